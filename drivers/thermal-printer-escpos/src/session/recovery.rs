//! Leaving the printer clean: the job that cuts off what another has left.

use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{JobId, PrintFact};

use super::dialogue::{CLEAR_TIME, INQUIRY_TIME};
use super::presenter::FULL_STATUS_TIME;
use super::run::{Ended, POLL, witness_time_max};
use super::{EscPosPrinter, Path};
use crate::encode::{BAND_ROWS_MAX, Job, Proof};
use crate::profile::Profile;

/// Jobs sent to clean the path before the printer counts as stuck.
const CLEANING_JOBS_MAX: usize = 2;
/// NULs that end a raster command of which the rest was lost: data of the largest band. Outside of a command NUL is
/// ignored.
const RESYNC_BYTES: usize = BAND_ROWS_MAX * 72;
/// The job under which the path is cleaned.
pub(super) const CLEANING: JobId = JobId([0; 16]);

/// Longest that [`kiosk_hal::printer::TicketPrinter::status`] may take on this printer, whatever it does.
#[must_use]
pub fn status_time_max(profile: &Profile) -> Duration {
    SENSORS_TIME + FULL_STATUS_TIME * 3 + profile.presenter_time() + cleaning_time_max(profile)
}

/// Longest that [`kiosk_hal::printer::TicketPrinter::print`] may take for `job` on this printer, whatever it does:
/// getting ready, the job, and leaving the printer clean.
#[must_use]
pub fn print_time_max(profile: &Profile, job: &Job) -> Duration {
    let around = ANNOUNCE_TIME + status_time_max(profile) + witness_time_max(profile);
    around + profile.job_time_max(job) + CLEAR_TIME + status_time_max(profile)
}

/// Two rounds of questions, with the buffers cleared before and between them.
const SENSORS_TIME: Duration = INQUIRY_TIME.saturating_add(CLEAR_TIME).saturating_mul(2);

/// How long the command that switches automatic status on may be held back; a printer that is held answers no question
/// after it either.
pub(super) const ANNOUNCE_TIME: Duration = Duration::from_millis(200);

fn cleaning_time_max(profile: &Profile) -> Duration {
    let job = Job::clean_path(profile.automatic_status, Proof::ProcessIds(0));
    let jobs = (profile.job_time_max(&job) + witness_time_max(profile)) * CLEANING_JOBS_MAX as u32;
    jobs + profile.wire_time(RESYNC_BYTES) + POLL
}

impl<L: ByteLink> EscPosPrinter<L> {
    /// Cuts the path free. To be called after [`EscPosPrinter::sensors`] has found no fault.
    ///
    /// The proof stands behind the cut in the same stream: once it is answered, everything sent before is done with,
    /// whether or not the printer knows the clearing command.
    pub(super) fn clean_path(&mut self) -> Result<(), Fault> {
        if self.path == Path::Clean {
            return Ok(());
        }
        for attempt in 0..CLEANING_JOBS_MAX {
            if attempt > 0 {
                let until = self.dialogue.now() + self.profile.wire_time(RESYNC_BYTES) + POLL;
                self.dialogue.send(&[0; RESYNC_BYTES], until).map_err(|stopped| stopped.fault)?;
            }
            self.cut_free()?;
            if self.path == Path::Clean {
                self.path_is_clean();
                return Ok(());
            }
        }
        Err(Fault::Busy)
    }

    fn cut_free(&mut self) -> Result<(), Fault> {
        let serial = self.serial(CLEANING);
        self.dialogue.forget().map_err(|error| error.fault())?;
        self.draw_in_unfelt()?;
        let witness = self.witness(serial)?;
        let job = Job::clean_path(self.profile.automatic_status, witness.proof());
        match self.run(&job, witness) {
            Ended::Confirmed | Ended::Read => self.path = Path::Clean,
            Ended::Stopped(stopped) if stopped.reported || stopped.fault == Fault::NoDevice => {
                return Err(stopped.fault);
            }
            Ended::Stopped(_) => {}
        }
        self.draw_in_stump();
        Ok(())
    }

    /// A presenter puts the stump out like a ticket; nobody waits for it.
    fn draw_in_stump(&mut self) {
        // What stays at the mouth is drawn in before the next ticket.
        let _tried_again_later = self.clear_mouth();
    }

    /// Tells the journal. A journal that cannot be written costs a slip after the next restart, no more.
    pub(super) fn path_is_clean(&mut self) {
        if let Some(journal) = &mut self.journal {
            let _slip_after_restart = journal.record(self.last_job.unwrap_or(CLEANING), PrintFact::PathClean);
        }
    }
}
