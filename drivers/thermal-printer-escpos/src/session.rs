//! One printer over one link: pre-flight, send, confirm, and clean up after a fault.
//!
//! `Confirmed` comes from the printer's own answer behind the cut and from nowhere else. After anything but a
//! confirmed ticket the paper path is not clean until the printer has proved it: the buffers are cleared in real time
//! before [`TicketPrinter::print`] returns, and the stump is cut off before the next ticket begins. No byte of a
//! ticket is ever sent twice.

mod dialogue;
mod presenter;
mod recovery;
mod round;
mod run;

use std::borrow::Borrow;
use std::fmt;
use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{
    JobId, Media, PrintFact, PrintJournal, PrintOutcome, PrinterStatus, TicketFace, TicketPrinter,
};
use kiosk_hal::uptime::Uptime;

use crate::canvas::TicketCanvas;
use crate::encode::means::Letters;
use crate::encode::nv::Stock;
use crate::encode::{AutomaticStatus, Command, Job, PROCESS_IDS, Proof, Sheet};
use crate::profile::Profile;
use crate::status::Sensors;
use crate::ticket::{self, Layout, Logo};
use dialogue::Dialogue;
use presenter::Mouth;
use recovery::ANNOUNCE_TIME;
pub use recovery::{print_time_max, status_time_max};
use run::{Ended, Progress, Witness};

/// What may be in the printer of an earlier job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    /// Nothing.
    Clean,
    /// Printed paper that was not cut off; the buffers are clear.
    Stump,
    /// Anything: bytes in a buffer, half a command, half a ticket.
    Unknown,
}

/// What was seen of the last job, for the engineer's log. Nothing of the patient's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobReport {
    /// Length of the job in bytes.
    pub bytes: usize,
    /// Bytes the link took, status questions included.
    pub bytes_sent: usize,
    /// Dot rows of the ticket.
    pub rows: u32,
    /// The printer said that the last dot of the ticket is on paper.
    pub body_confirmed: bool,
    /// From the first byte to the outcome.
    pub took: Duration,
}

/// An ESC/POS printer on `link`.
///
/// # Examples
/// ```
/// use kiosk_hal::link::ByteLink;
/// use kiosk_hal::printer::{JobId, PrintOutcome, TicketFace, TicketPrinter};
/// use thermal_printer_escpos::profile::{Profile, Wire};
/// use thermal_printer_escpos::session::EscPosPrinter;
///
/// fn print(link: impl ByteLink, face: &TicketFace) -> PrintOutcome {
///     let mut printer = EscPosPrinter::new(link, Profile::epson_80_mm(Wire::Serial { baud: 115_200 }));
///     printer.print(JobId([1; 16]), face)
/// }
/// ```
pub struct EscPosPrinter<L> {
    dialogue: Dialogue<L>,
    profile: Profile,
    path: Path,
    mouth: Mouth,
    progress: Progress,
    journal: Option<Box<dyn PrintJournal>>,
    layout: Layout,
    stock: Stock,
    jobs: u32,
    last_job: Option<JobId>,
    state: Option<JobState>,
    last_report: Option<JobReport>,
}

/// Where a job is. It only ever moves downwards in this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Not a byte of it was sent.
    Queued,
    /// It is on its way; that is in the journal.
    Sending,
    /// What became of it.
    Ended(PrintOutcome),
}

impl<L> fmt::Debug for EscPosPrinter<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EscPosPrinter")
            .field("profile", &self.profile)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl<L: ByteLink> EscPosPrinter<L> {
    /// A printer in which no earlier job was left.
    #[must_use]
    pub fn new(link: L, profile: Profile) -> Self {
        Self::with_path(link, profile, Path::Clean)
    }

    /// A printer in which an earlier job may be left: the link was lost, or the kiosk restarted, before its outcome.
    ///
    /// Its buffers are cleared and the paper path is cut free before the next ticket; that costs a short slip.
    #[must_use]
    pub fn after_unfinished_job(link: L, profile: Profile) -> Self {
        Self::with_path(link, profile, Path::Unknown)
    }

    fn with_path(link: L, profile: Profile, path: Path) -> Self {
        Self {
            dialogue: Dialogue::new(link, profile.dialect()),
            profile,
            path,
            mouth: Mouth::Empty(Media::NotPresent),
            progress: Progress::NOT_BEGUN,
            journal: None,
            layout: profile.layout(None),
            stock: Stock::empty(),
            jobs: 0,
            last_job: None,
            state: None,
            last_report: None,
        }
    }

    /// The same printer, with each job in `journal` before its first byte.
    #[must_use]
    pub fn with_journal(mut self, journal: Box<dyn PrintJournal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// The same printer with the hospital's logo on its tickets.
    #[must_use]
    pub fn with_logo(mut self, logo: Logo) -> Self {
        self.layout.logo = Some(logo);
        self
    }

    /// The same printer, which holds `stock`: see [`provision`](crate::provision::provision).
    #[must_use]
    pub fn with_stock(mut self, stock: Stock) -> Self {
        self.stock = stock;
        self
    }

    /// Bytes other than a job's were cut off on their way to the printer: what is in it is cleared before the next ticket.
    pub const fn doubt_path(&mut self) {
        self.path = Path::Unknown;
    }

    /// Whether nothing of an earlier job is in the printer.
    #[must_use]
    pub fn is_path_clean(&self) -> bool {
        self.path == Path::Clean
    }

    /// Where the last job is.
    #[must_use]
    pub const fn job_state(&self) -> Option<JobState> {
        self.state
    }

    /// What was seen of the last job that began.
    #[must_use]
    pub const fn last_report(&self) -> Option<JobReport> {
        self.last_report
    }

    /// The link, to pull a lever on a virtual wire or to close it.
    pub const fn link_mut(&mut self) -> &mut L {
        &mut self.dialogue.link
    }

    /// Prints a picture as a ticket, as dots.
    pub fn print_canvas(&mut self, job: JobId, canvas: &TicketCanvas) -> PrintOutcome {
        if canvas.width_dots() != self.profile.width_dots {
            self.begin(job);
            return self.end(PrintOutcome::Failed(Fault::InvalidData));
        }
        let automatic_status = self.profile.automatic_status;
        self.print_encoded(job, |proof| Job::ticket(canvas, automatic_status, proof))
    }

    /// Prints a drawn ticket by the means of the profile. [`TicketPrinter::print`] draws and calls this.
    pub fn print_sheet(&mut self, job: JobId, sheet: &Sheet) -> PrintOutcome {
        let (means, stock) = (self.profile.means(), self.stock.clone());
        let cells = match means.letters {
            Letters::Defined => ticket::cells(sheet),
            Letters::Dots | Letters::Pages(_) => Vec::new(),
        };
        let automatic_status = self.profile.automatic_status;
        self.print_encoded(job, |proof| Job::encode(sheet, &means, &stock, &cells, automatic_status, proof))
    }

    fn begin(&mut self, job: JobId) {
        self.last_job = Some(job);
        self.last_report = None;
        self.state = Some(JobState::Queued);
    }

    /// Prints what `encode` makes, with the proof it is given behind the body and the cut.
    ///
    /// `encode` is called when the printer is ready and the job is in the journal.
    pub fn print_encoded<J: Borrow<Job>>(&mut self, job: JobId, encode: impl FnOnce(Proof) -> J) -> PrintOutcome {
        self.begin(job);
        let serial = self.serial(job);
        let ready = self.prepare().and_then(|()| self.witness(serial)).and_then(|witness| {
            self.record(job, PrintFact::Sending)?;
            Ok(witness)
        });
        let witness = match ready {
            Ok(witness) => witness,
            Err(fault) => return self.end(PrintOutcome::Failed(fault)),
        };
        self.state = Some(JobState::Sending);
        let encoded = encode(witness.proof());
        let encoded = encoded.borrow();
        let started = self.dialogue.now();
        let ended = self.run(encoded, witness);
        self.last_report = Some(JobReport {
            bytes: encoded.len(),
            bytes_sent: self.dialogue.bytes_sent,
            rows: encoded.rows(),
            body_confirmed: self.body_confirmed(witness),
            took: self.dialogue.now().saturating_since(started),
        });
        let outcome = self.settle(ended, witness);
        // The outcome is known; a journal that does not take it calls the job uncertain after a restart, which is true.
        let _uncertain_after_restart = self.record(job, PrintFact::Ended(outcome));
        if outcome != PrintOutcome::Confirmed && self.path == Path::Clean {
            self.path_is_clean();
        }
        self.end(outcome)
    }

    fn end(&mut self, outcome: PrintOutcome) -> PrintOutcome {
        self.state = Some(JobState::Ended(outcome));
        outcome
    }

    /// A job that is not on disk is not sent: a power cut would leave its half ticket to the next patient.
    fn record(&mut self, job: JobId, fact: PrintFact) -> Result<(), Fault> {
        match &mut self.journal {
            Some(journal) => journal.record(job, fact).map_err(|_| Fault::HardwareError),
            None => Ok(()),
        }
    }

    /// Makes sure that a ticket can be printed whole: no fault, and nothing of an earlier job in the way.
    fn prepare(&mut self) -> Result<(), Fault> {
        self.announce_faults()?;
        if let Some(fault) = self.sensors()?.fault() {
            return Err(fault);
        }
        self.clean_path()?;
        self.clear_mouth()?;
        self.dialogue.forget().map_err(|error| error.fault())?;
        self.dialogue.reported_fault().map_or(Ok(()), Err)
    }

    /// Switches automatic status on before the questions: a fault between its question and the ticket is announced,
    /// while a printer that has stopped would not get as far as the ticket's own preamble. The job that cleans the path
    /// does the same.
    fn announce_faults(&mut self) -> Result<(), Fault> {
        if self.path != Path::Clean || self.profile.automatic_status == AutomaticStatus::Off {
            return Ok(());
        }
        let mut command = Vec::new();
        Command::AutomaticStatus(self.profile.automatic_status).encode_into(&mut command);
        let until = self.dialogue.now() + ANNOUNCE_TIME;
        self.dialogue.send_regardless(&command, until).map_err(|error| error.fault())
    }

    /// The sensors; an error whose cause a person has removed is ended first (`DLE ENQ 2`), which a printer waits for.
    fn sensors(&mut self) -> Result<Sensors, Fault> {
        // First of all, because a printer cut off in the middle of a command takes questions for the rest of it.
        if self.path == Path::Unknown && self.dialogue.clear_buffers().map_err(|error| error.fault())? {
            self.path = Path::Stump;
        }
        let mut sensors = self.dialogue.inquire()?;
        self.feel_for_jams()?;
        sensors.paper_jammed = self.dialogue.sensors.paper_jammed;
        if !(sensors.cutter_error || sensors.recoverable) || sensors.cover_open {
            return Ok(sensors);
        }
        // What the buffers held is gone by this; the paper in the path is not.
        self.path = Path::Unknown;
        self.dialogue.clear_buffers().map_err(|error| error.fault())?;
        self.dialogue.inquire()
    }

    /// Turns the end of a job into its outcome, leaving the printer as clean as it allows.
    fn settle(&mut self, ended: Ended, witness: Witness) -> PrintOutcome {
        let stopped = match ended {
            Ended::Confirmed => return PrintOutcome::Confirmed,
            Ended::Read => return PrintOutcome::Uncertain(Fault::Unsupported),
            Ended::Stopped(stopped) => stopped,
        };
        if self.dialogue.bytes_sent == 0 {
            return PrintOutcome::Failed(stopped.fault);
        }
        self.path = Path::Unknown;
        let cleared = self.dialogue.clear_buffers().unwrap_or(false);
        if cleared {
            self.path = Path::Stump;
        }
        let (proved, whole) = (self.proved(witness), self.body_may_be_whole(witness));
        let sensors = self.sensors();
        let stopped = stopped.explained_by(sensors.as_ref().ok().and_then(Sensors::fault));
        // `Failed` needs the printer's own words: it named the fault, it cleared the rest, and it had not reached the
        // last band of the ticket by then, which it would have said before.
        let outcome = if proved {
            PrintOutcome::Confirmed
        } else if stopped.reported && cleared && !whole {
            PrintOutcome::Failed(stopped.fault)
        } else {
            PrintOutcome::Uncertain(stopped.fault)
        };
        if sensors.is_ok_and(|sensors| sensors.fault().is_none()) {
            // Cut off at once, so that the stump does not wait for the next patient. Not clean = the path stays marked,
            // and the next status or ticket tries again.
            let _refused_until_clean = self.clean_path();
        }
        outcome
    }

    /// A number by which the answers to this job are told from all others, those of an earlier run included.
    fn serial(&mut self, job: JobId) -> u32 {
        self.jobs = self.jobs.wrapping_add(1);
        let [a, b, c, d, ..] = (u128::from_be_bytes(job.0) % u128::from(PROCESS_IDS)).to_le_bytes();
        u32::from_le_bytes([a, b, c, d]).wrapping_add(self.jobs) % PROCESS_IDS
    }
}

impl<L: ByteLink> TicketPrinter for EscPosPrinter<L> {
    fn status(&mut self) -> Result<PrinterStatus, Fault> {
        let sensors = self.sensors()?;
        let paper = sensors.paper(self.profile.near_end);
        let fault = sensors.fault().or_else(|| self.clean_path().and_then(|()| self.attend().map(drop)).err());
        Ok(PrinterStatus { fault, paper })
    }

    fn print(&mut self, job: JobId, face: &TicketFace) -> PrintOutcome {
        match ticket::compose(face, &self.layout) {
            Ok(sheet) => self.print_sheet(job, &sheet),
            Err(_) => {
                self.begin(job);
                self.end(PrintOutcome::Failed(Fault::InvalidData))
            }
        }
    }

    fn now(&self) -> Uptime {
        self.dialogue.now()
    }
}
