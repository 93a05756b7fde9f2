//! One job from its first byte to its proof, and the job that cleans up after another.

use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::uptime::Uptime;

use super::dialogue::{CLEAR_TIME, Dialogue, INQUIRY_TIME, Stopped};
use super::{EscPosPrinter, JobId, Path};
use crate::encode::{BAND_ROWS_MAX, Job, Mark, ProcessId, Proof, StatusQuery};
use crate::profile::Profile;

/// Time between two rounds of `DLE EOT` while a job runs: how late a fault is learned at most.
const POLL: Duration = Duration::from_millis(250);
/// Jobs sent to clean the path before the printer counts as stuck.
const CLEANING_JOBS_MAX: usize = 2;
/// NULs that end a raster command of which the rest was lost: data of the largest band. Outside of a command NUL is
/// ignored.
const RESYNC_BYTES: usize = BAND_ROWS_MAX * 72;
/// The job under which the path is cleaned.
const CLEANING: JobId = JobId([0; 16]);

/// Longest that [`kiosk_hal::printer::TicketPrinter::status`] may take on this printer, whatever it does.
#[must_use]
pub fn status_time_max(profile: &Profile) -> Duration {
    SENSORS_TIME + cleaning_time_max(profile)
}

/// Longest that [`kiosk_hal::printer::TicketPrinter::print`] may take for `job` on this printer, whatever it does:
/// getting ready, the job, and leaving the printer clean.
#[must_use]
pub fn print_time_max(profile: &Profile, job: &Job) -> Duration {
    status_time_max(profile) + profile.job_time_max(job) + CLEAR_TIME + status_time_max(profile)
}

/// Two rounds of questions, with the buffers cleared between them.
const SENSORS_TIME: Duration = INQUIRY_TIME.saturating_mul(2).saturating_add(CLEAR_TIME);

fn cleaning_time_max(profile: &Profile) -> Duration {
    let job = Job::clean_path(profile.automatic_status, Proof::ProcessIds(0));
    let jobs = profile.job_time_max(&job) * CLEANING_JOBS_MAX as u32;
    CLEAR_TIME + jobs + profile.wire_time(RESYNC_BYTES) + POLL
}

/// How a job ended.
pub(super) enum Ended {
    /// The printer said that it is on paper and cut.
    Confirmed,
    /// The printer said that it has read all of it, and it reports no fault; more it cannot say.
    Read,
    /// It did not end as it should.
    Stopped(Stopped),
}

impl<L: ByteLink> EscPosPrinter<L> {
    pub(super) fn run(&mut self, job: &Job, proof: Proof) -> Ended {
        let started = self.dialogue.now();
        let until = started + self.profile.job_time_max(job);
        let dialogue = &mut self.dialogue;
        let mut next_poll = started + POLL;
        if let Err(stopped) = send_segments(dialogue, job, &mut next_poll, until) {
            return Ended::Stopped(stopped);
        }
        if let Err(stopped) = await_proof(dialogue, proof, &mut next_poll, until) {
            return Ended::Stopped(stopped);
        }
        match proof {
            Proof::ProcessIds(_) => Ended::Confirmed,
            Proof::PaperSensor => {
                let on_paper = started + self.profile.wire_time(job.len()) + self.profile.paper_time(job.rows());
                watch(dialogue, &mut next_poll, on_paper).map_or_else(Ended::Stopped, |()| Ended::Read)
            }
        }
    }

    pub(super) fn body_confirmed(&self, proof: Proof) -> bool {
        match proof {
            Proof::ProcessIds(serial) => {
                self.dialogue.process_ids.contains(&ProcessId::new(serial, Mark::Body).bytes())
            }
            Proof::PaperSensor => false,
        }
    }

    pub(super) fn cut_confirmed(&self, proof: Proof) -> bool {
        proved(&self.dialogue, proof)
    }

    /// Clears what an earlier job may have left and cuts the path free. To be called while the printer has no fault.
    ///
    /// The proof stands behind the cut in the same stream: once it is answered, everything sent before is done with,
    /// whether or not the printer knows the clearing command.
    pub(super) fn clean_path(&mut self) -> Result<(), Fault> {
        if self.path == Path::Unknown && self.dialogue.clear_buffers().map_err(|error| error.fault())? {
            self.path = Path::Stump;
        }
        for attempt in 0..CLEANING_JOBS_MAX {
            if self.path == Path::Clean {
                return Ok(());
            }
            if attempt > 0 {
                let until = self.dialogue.now() + self.profile.wire_time(RESYNC_BYTES) + POLL;
                self.dialogue.send(&[0; RESYNC_BYTES], until).map_err(|stopped| stopped.fault)?;
            }
            self.cut_free()?;
        }
        if self.path == Path::Clean { Ok(()) } else { Err(Fault::Busy) }
    }

    fn cut_free(&mut self) -> Result<(), Fault> {
        self.jobs = self.jobs.wrapping_add(1);
        let proof = self.proof(CLEANING);
        let job = Job::clean_path(self.profile.automatic_status, proof);
        self.dialogue.forget().map_err(|error| error.fault())?;
        match self.run(&job, proof) {
            Ended::Confirmed | Ended::Read => self.path = Path::Clean,
            Ended::Stopped(stopped) if stopped.reported || stopped.fault == Fault::NoDevice => {
                return Err(stopped.fault);
            }
            Ended::Stopped(_) => {}
        }
        Ok(())
    }
}

fn send_segments<L: ByteLink>(
    dialogue: &mut Dialogue<L>,
    job: &Job,
    next_poll: &mut Uptime,
    until: Uptime,
) -> Result<(), Stopped> {
    for segment in job.segments() {
        dialogue.send(segment, until)?;
        dialogue.hear_arrived()?;
        keep_watch(dialogue, next_poll, until)?;
    }
    Ok(())
}

/// Waits for the last answer the job asked for.
fn await_proof<L: ByteLink>(
    dialogue: &mut Dialogue<L>,
    proof: Proof,
    next_poll: &mut Uptime,
    until: Uptime,
) -> Result<(), Stopped> {
    while !proved(dialogue, proof) {
        keep_watch(dialogue, next_poll, until)?;
        if dialogue.now() >= until {
            return Err(gave_up(dialogue));
        }
        dialogue.hear((*next_poll).min(until))?;
    }
    Ok(())
}

fn proved<L>(dialogue: &Dialogue<L>, proof: Proof) -> bool {
    match proof {
        Proof::ProcessIds(serial) => dialogue.process_ids.contains(&ProcessId::new(serial, Mark::Cut).bytes()),
        Proof::PaperSensor => dialogue.paper_sensor_answered,
    }
}

/// Listens and polls until `until`, for a printer that does not say when it is done.
fn watch<L: ByteLink>(dialogue: &mut Dialogue<L>, next_poll: &mut Uptime, until: Uptime) -> Result<(), Stopped> {
    while dialogue.now() < until {
        keep_watch(dialogue, next_poll, until)?;
        dialogue.hear((*next_poll).min(until))?;
    }
    keep_watch(dialogue, next_poll, until)
}

/// Stops on a reported fault, and asks for the state when it is time to. Stands between commands only.
fn keep_watch<L: ByteLink>(dialogue: &mut Dialogue<L>, next_poll: &mut Uptime, until: Uptime) -> Result<(), Stopped> {
    if let Some(fault) = dialogue.reported_fault() {
        return Err(Stopped { fault, reported: true });
    }
    if dialogue.now() >= *next_poll {
        *next_poll = dialogue.now() + POLL;
        dialogue.ask(&StatusQuery::ALL, until)?;
    }
    Ok(())
}

/// What it amounts to that the deadline passed without proof.
fn gave_up<L>(dialogue: &Dialogue<L>) -> Stopped {
    let silence = if dialogue.garbage > 0 { Fault::Protocol } else { Fault::Offline };
    Stopped { fault: dialogue.sensors.fault().unwrap_or(silence), reported: false }
}
