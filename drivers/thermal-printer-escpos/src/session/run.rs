//! One job from its first byte to its proof.

use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::uptime::Uptime;

use super::EscPosPrinter;
use super::dialogue::{Dialogue, Stopped};
use crate::encode::{Command, Job, Mark, ProcessId, Proof};
use crate::profile::{Confirmation, Profile};

/// Time between two rounds of `DLE EOT` while a job runs: how late a fault is learned at most.
pub(super) const POLL: Duration = Duration::from_millis(250);

/// `ETB`: raise the counter in the status when all before it is printed (Star Line Mode Command Specifications).
const ETB: [u8; 1] = [0x17];
/// `ESC ACK SOH`: transmit the status (Star Line Mode Command Specifications).
const STAR_STATUS: [u8; 3] = [0x1B, 0x06, 0x01];
/// Values of the counter.
const ETB_COUNTS: u8 = 32;
/// Time for the answer to a question for the counter.
pub(super) const COUNTER_TIME: Duration = Duration::from_millis(500);

/// How a job ended.
pub(super) enum Ended {
    /// The printer said that it is on paper and cut.
    Confirmed,
    /// The printer said that it has read all of it, and it reports no fault; more it cannot say.
    Read,
    /// It did not end as it should.
    Stopped(Stopped),
}

/// How a job proves that it is on paper, with what must be known of it before its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Witness {
    /// The answer to the process id behind the cut.
    ProcessId { serial: u32 },
    /// The counter, one above `before`.
    EtbCounter { before: u8 },
    /// The ticket at the mouth.
    PresenterSensor,
    /// Nothing. That the data was read is all there is.
    None,
}

impl Witness {
    /// What stands behind the cut in the data.
    pub(super) const fn proof(self) -> Proof {
        match self {
            Self::ProcessId { serial } => Proof::ProcessIds(serial),
            Self::EtbCounter { .. } | Self::PresenterSensor | Self::None => Proof::PaperSensor,
        }
    }
}

/// How much of a job may be on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    /// The link has taken the last band to its end.
    body_sent: bool,
    /// An answer was asked for at the top of the last band.
    marked: bool,
}

impl Progress {
    pub(super) const NOT_BEGUN: Self = Self { body_sent: false, marked: false };
}

impl<L: ByteLink> EscPosPrinter<L> {
    /// Sends `job` and waits for its proof.
    pub(super) fn run(&mut self, job: &Job, witness: Witness) -> Ended {
        self.progress = Progress::NOT_BEGUN;
        self.send_and_watch(job, witness).unwrap_or_else(Ended::Stopped)
    }

    fn send_and_watch(&mut self, job: &Job, witness: Witness) -> Result<Ended, Stopped> {
        let started = self.dialogue.now();
        let until = started + self.profile.job_time_max(job);
        // The first round is asked behind the preamble, whose `ESC @` has ended automatic status for a moment.
        let mut next_poll = started;
        self.send_segments(job, witness, &mut next_poll, until)?;
        let dialogue = &mut self.dialogue;
        match witness {
            Witness::ProcessId { serial } => {
                let cut = ProcessId::new(serial, Mark::Cut).bytes();
                await_proof(dialogue, &mut next_poll, until, |it| it.heard.process_ids.contains(&cut))?;
                Ok(Ended::Confirmed)
            }
            Witness::EtbCounter { before } => {
                dialogue.send(&ETB, until)?;
                let after = (before + 1) % ETB_COUNTS;
                await_counter(dialogue, after, &mut next_poll, until)?;
                Ok(Ended::Confirmed)
            }
            Witness::PresenterSensor => {
                await_proof(dialogue, &mut next_poll, until, |it| it.heard.paper_sensor)?;
                self.present(&mut next_poll, until)?;
                Ok(Ended::Confirmed)
            }
            Witness::None => {
                await_proof(dialogue, &mut next_poll, until, |it| it.heard.paper_sensor)?;
                let on_paper = started + self.profile.wire_time(job.len()) + self.profile.paper_time(job.rows());
                watch(dialogue, &mut next_poll, on_paper)?;
                Ok(Ended::Read)
            }
        }
    }

    fn send_segments(
        &mut self,
        job: &Job,
        witness: Witness,
        next_poll: &mut Uptime,
        until: Uptime,
    ) -> Result<(), Stopped> {
        // Preamble, bands, end: the last band is the one before the end. A single band needs no mark.
        let segments = job.segments();
        let last_band = segments.len().saturating_sub(2);
        for (place, segment) in segments.iter().enumerate() {
            if let (Witness::ProcessId { serial }, true) = (witness, place == last_band && place > 1) {
                let mut mark = Vec::new();
                Command::AnswerProcessId(ProcessId::new(serial, Mark::LastBand)).encode_into(&mut mark);
                self.progress.marked = true;
                self.dialogue.send(&mark, until)?;
            }
            self.dialogue.send(segment, until)?;
            self.progress.body_sent = place >= last_band;
            self.dialogue.hear_arrived()?;
            keep_watch(&mut self.dialogue, next_poll, until)?;
        }
        Ok(())
    }

    /// What the next job proves itself by. Asks the printer for its counter where it has one.
    pub(super) fn witness(&mut self, serial: u32) -> Result<Witness, Fault> {
        match self.profile.confirmation {
            Confirmation::ProcessId => Ok(Witness::ProcessId { serial }),
            Confirmation::EtbCounter => Ok(Witness::EtbCounter { before: self.ask_counter()? }),
            Confirmation::PresenterSensor if self.has_presenter() => Ok(Witness::PresenterSensor),
            Confirmation::PresenterSensor | Confirmation::None => Ok(Witness::None),
        }
    }

    fn ask_counter(&mut self) -> Result<u8, Fault> {
        let dialogue = &mut self.dialogue;
        let until = dialogue.now() + COUNTER_TIME;
        dialogue.heard.etb_counter = None;
        dialogue.send(&STAR_STATUS, until).map_err(|stopped| stopped.fault)?;
        dialogue.wait_until(until, |it| it.heard.etb_counter.is_some()).map_err(|error| error.fault())?;
        dialogue.heard.etb_counter.ok_or_else(|| dialogue.silence())
    }

    /// The printer said that the last dot of the ticket is on paper.
    pub(super) fn body_confirmed(&self, witness: Witness) -> bool {
        self.answered(witness, Mark::Body)
    }

    /// The printer gave its proof, if late.
    pub(super) fn proved(&self, witness: Witness) -> bool {
        match witness {
            Witness::ProcessId { .. } => self.answered(witness, Mark::Cut),
            Witness::EtbCounter { before } => self.dialogue.heard.etb_counter == Some((before + 1) % ETB_COUNTS),
            Witness::PresenterSensor | Witness::None => false,
        }
    }

    /// Whether every dot of the ticket may be on paper. `false` is certain.
    pub(super) fn body_may_be_whole(&self, witness: Witness) -> bool {
        let reached = !self.progress.marked || self.answered(witness, Mark::LastBand);
        self.body_confirmed(witness) || self.progress.body_sent && reached
    }

    fn answered(&self, witness: Witness, mark: Mark) -> bool {
        let Witness::ProcessId { serial } = witness else { return false };
        self.dialogue.heard.process_ids.contains(&ProcessId::new(serial, mark).bytes())
    }
}

/// Waits for the last answer the job asked for.
pub(super) fn await_proof<L: ByteLink>(
    dialogue: &mut Dialogue<L>,
    next_poll: &mut Uptime,
    until: Uptime,
    proved: impl Fn(&Dialogue<L>) -> bool,
) -> Result<(), Stopped> {
    while !proved(dialogue) {
        keep_watch(dialogue, next_poll, until)?;
        if dialogue.now() >= until {
            return Err(dialogue.gave_up());
        }
        dialogue.hear((*next_poll).min(until))?;
    }
    Ok(())
}

/// Asks for the counter until it has the value, for a printer that does not report it by itself.
fn await_counter<L: ByteLink>(
    dialogue: &mut Dialogue<L>,
    after: u8,
    next_poll: &mut Uptime,
    until: Uptime,
) -> Result<(), Stopped> {
    while dialogue.heard.etb_counter != Some(after) {
        keep_watch(dialogue, next_poll, until)?;
        if dialogue.now() >= until {
            return Err(dialogue.gave_up());
        }
        dialogue.send(&STAR_STATUS, until)?;
        let turn = (dialogue.now() + POLL).min(until);
        dialogue.wait_until(turn, |it| it.heard.etb_counter == Some(after))?;
    }
    Ok(())
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
pub(super) fn keep_watch<L: ByteLink>(
    dialogue: &mut Dialogue<L>,
    next_poll: &mut Uptime,
    until: Uptime,
) -> Result<(), Stopped> {
    if let Some(fault) = dialogue.reported_fault() {
        return Err(Stopped { fault, reported: true });
    }
    if dialogue.now() >= *next_poll {
        *next_poll = dialogue.now() + POLL;
        dialogue.ask_round(until)?;
    }
    Ok(())
}

/// Longest that getting the witness ready may take.
pub(super) const fn witness_time_max(profile: &Profile) -> Duration {
    match profile.confirmation {
        Confirmation::EtbCounter => COUNTER_TIME,
        Confirmation::ProcessId | Confirmation::PresenterSensor | Confirmation::None => Duration::ZERO,
    }
}
