//! Questions to the printer and what it has said so far.

use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ByteLink, LinkError};
use kiosk_hal::uptime::Uptime;

use super::round::Round;
use crate::encode::{RealTimeCommand, StatusQuery};
use crate::reply::{Dialect, Reply, ReplyParser};
use crate::status::{FullStatus, Sensors, star_counter};

/// Bytes read from the link at a time.
const READ_BYTES: usize = 256;
/// Reads after which input counts as a flood and is read no further for now: a line that never falls silent must not
/// keep the driver from its deadline.
const FLOOD_READS_MAX: usize = 256;
/// Time for the answers to `DLE EOT` 1 to 4 together. Printers answer in milliseconds, clones within half a second.
pub(super) const INQUIRY_TIME: Duration = Duration::from_millis(1_500);
/// Inquiries begun anew because noise or a late answer came between the answers.
const INQUIRIES_MAX: usize = 3;
/// How long a late answer to an earlier question is listened for before the answers to new ones are believed.
const LATE_ANSWER_TIME: Duration = Duration::from_millis(50);
/// Time for the rest of a reply that has begun: the longest has 80 bytes, 83 ms at 9,600 baud.
const REST_OF_REPLY_TIME: Duration = Duration::from_millis(100);
/// Time for a printer to confirm that its buffers are clear.
pub(super) const CLEAR_TIME: Duration = Duration::from_millis(1_000);
/// Times the buffers are told to clear: what was thrown away before the first may end in the middle of a command.
const CLEAR_COMMANDS_MAX: u32 = 2;
/// Longest wait in one write, so that what the printer says meanwhile is heard.
const WRITE_SLICE: Duration = Duration::from_millis(100);

/// Why bytes stopped on their way.
#[derive(Debug)]
pub(super) struct Stopped {
    pub fault: Fault,
    /// The printer itself reported the fault; otherwise it is what silence or the link amounts to.
    pub reported: bool,
}

impl Stopped {
    /// The same, with what the printer says afterwards in the place of silence: a printer that is held back in the
    /// middle of its data can say nothing before.
    pub fn explained_by(self, fault: Option<Fault>) -> Self {
        match (self.fault, fault) {
            (Fault::Offline, Some(fault)) => Self { fault, reported: true },
            _ => self,
        }
    }
}

impl From<LinkError> for Stopped {
    fn from(error: LinkError) -> Self {
        Self { fault: error.fault(), reported: false }
    }
}

/// What was heard since [`Dialogue::forget`].
#[derive(Debug)]
pub(super) struct Heard {
    pub process_ids: Vec<[u8; 4]>,
    pub paper_sensor: bool,
    pub buffers_cleared: bool,
    pub full_status: Option<FullStatus>,
    pub etb_counter: Option<u8>,
    /// Bytes that are no reply.
    pub garbage: usize,
    /// An answer came that nobody had asked for.
    surplus: bool,
}

impl Heard {
    const fn nothing() -> Self {
        Self {
            process_ids: Vec::new(),
            paper_sensor: false,
            buffers_cleared: false,
            full_status: None,
            etb_counter: None,
            garbage: 0,
            surplus: false,
        }
    }
}

/// A link, and everything heard on it.
pub(super) struct Dialogue<L> {
    pub link: L,
    parser: ReplyParser,
    round: Round,
    /// Answers to an earlier round may still be on their way.
    unsettled: bool,
    /// The fault in the newest automatic status since the last inquiry began. Each is whole by itself.
    announced: Option<Fault>,
    /// As last reported, whole.
    pub sensors: Sensors,
    pub heard: Heard,
    /// Bytes taken by the link since the start of the job.
    pub bytes_sent: usize,
}

/// Process ids remembered; a job asks for three.
const PROCESS_IDS_MAX: usize = 8;

impl<L: ByteLink> Dialogue<L> {
    pub const fn new(link: L, dialect: Dialect) -> Self {
        Self {
            link,
            parser: ReplyParser::speaking(dialect),
            round: Round::new(),
            unsettled: false,
            announced: None,
            sensors: Sensors::NONE_TRIPPED,
            heard: Heard::nothing(),
            bytes_sent: 0,
        }
    }

    pub fn now(&self) -> Uptime {
        self.link.now()
    }

    /// Throws away what has arrived and everything heard: an answer to an old question must not pass for a new one.
    pub fn forget(&mut self) -> Result<(), LinkError> {
        self.hear_arrived()?;
        let rest_until = self.now() + REST_OF_REPLY_TIME;
        // The rest of an automatic status would look like the answer to `GS r`.
        self.wait_until(rest_until, |it| !it.parser.has_begun())?;
        self.parser.reset();
        self.give_up_round();
        self.heard = Heard::nothing();
        self.bytes_sent = 0;
        Ok(())
    }

    fn give_up_round(&mut self) {
        self.unsettled |= self.round.is_open();
        self.round = Round::new();
    }

    /// Reads what has arrived and waits for nothing.
    pub fn hear_arrived(&mut self) -> Result<(), LinkError> {
        for _ in 0..FLOOD_READS_MAX {
            if !self.hear(self.now())? {
                break;
            }
        }
        Ok(())
    }

    /// Listens until `done`, at most until `until`; whether it is done.
    pub fn wait_until(&mut self, until: Uptime, done: impl Fn(&Self) -> bool) -> Result<bool, LinkError> {
        for _ in 0..FLOOD_READS_MAX {
            if done(self) {
                return Ok(true);
            }
            if self.now() >= until {
                return Ok(false);
            }
            self.hear(until)?;
        }
        Ok(done(self))
    }

    /// Reads once, waiting until `until`. `false` = nothing arrived.
    pub fn hear(&mut self, until: Uptime) -> Result<bool, LinkError> {
        let mut chunk = [0; READ_BYTES];
        let count = match self.link.read(&mut chunk, until) {
            Ok(count) => count,
            Err(LinkError::TimedOut) => return Ok(false),
            Err(other) => return Err(other),
        };
        let mut replies = Vec::new();
        self.parser.feed(chunk.get(..count).unwrap_or_default(), |reply| replies.push(reply));
        for reply in replies {
            match reply {
                Ok(reply) => self.note(reply),
                Err(_) => {
                    self.heard.garbage += 1;
                    self.round.spoil();
                }
            }
        }
        Ok(true)
    }

    fn note(&mut self, reply: Reply) {
        match reply {
            Reply::RealTime(byte) => self.note_answer(byte),
            Reply::Automatic(status) => {
                self.sensors = Sensors { paper_jammed: self.sensors.paper_jammed, ..Sensors::from_automatic(status) };
                self.round.overtake();
                self.announced = self.sensors.lasting_fault();
            }
            Reply::Full(status) => {
                let status = FullStatus::new(status);
                self.sensors.paper_jammed = status.paper_jammed;
                self.heard.full_status = Some(status);
            }
            Reply::Star(status) => self.heard.etb_counter = Some(star_counter(status)),
            Reply::PaperSensor(_) => self.heard.paper_sensor = true,
            Reply::ProcessId(id) => {
                if self.heard.process_ids.len() < PROCESS_IDS_MAX {
                    self.heard.process_ids.push(id);
                }
            }
            Reply::BuffersCleared => self.heard.buffers_cleared = true,
            Reply::Block { .. } | Reply::Identity(_) | Reply::Ready | Reply::NotReady => {}
        }
    }

    fn note_answer(&mut self, byte: u8) {
        if !self.round.answer(byte) {
            self.heard.surplus = true;
        }
        if let (Some(sensors), false) = (self.round.sensors(), self.round.is_overtaken()) {
            self.sensors = Sensors { paper_jammed: self.sensors.paper_jammed, ..sensors };
        }
    }

    /// Asks `DLE EOT` 1 to 4, one after the other, and waits for each answer.
    ///
    /// Begins anew when something came between the answers, because then they may belong to other questions.
    pub fn inquire(&mut self) -> Result<Sensors, Fault> {
        let until = self.now() + INQUIRY_TIME;
        self.hear_arrived().map_err(|error| error.fault())?;
        self.announced = None;
        for _ in 0..INQUIRIES_MAX {
            self.forget().map_err(|error| error.fault())?;
            let unsettled = std::mem::take(&mut self.unsettled);
            self.ask_one_by_one(until)?;
            if unsettled {
                let late = (self.now() + LATE_ANSWER_TIME).min(until);
                self.wait_until(late, |it| it.heard.surplus).map_err(|error| error.fault())?;
            }
            if self.round.is_overtaken() {
                return Ok(self.sensors);
            }
            if let (Some(sensors), false) = (self.round.sensors(), self.heard.surplus) {
                return Ok(Sensors { paper_jammed: self.sensors.paper_jammed, ..sensors });
            }
            self.unsettled = true;
        }
        Err(Fault::Protocol)
    }

    fn ask_one_by_one(&mut self, until: Uptime) -> Result<(), Fault> {
        for query in StatusQuery::ALL {
            self.round.ask(query);
            self.send(RealTimeCommand::TransmitStatus(query).bytes(), until).map_err(|stopped| stopped.fault)?;
            if !self.wait_until(until, |it| !it.round.is_open()).map_err(|error| error.fault())? {
                return Err(self.silence());
            }
        }
        Ok(())
    }

    /// What it amounts to that no answer came.
    pub const fn silence(&self) -> Fault {
        if self.heard.garbage > 0 { Fault::Protocol } else { Fault::Offline }
    }

    /// Sends a round of questions without waiting for the answers.
    ///
    /// Nothing is asked while an answer of the round before is still to come: it would pass for an answer of this one.
    pub fn ask_round(&mut self, until: Uptime) -> Result<(), Stopped> {
        if self.round.is_open() {
            return Ok(());
        }
        self.round = Round::new();
        for query in StatusQuery::ALL {
            self.round.ask(query);
            self.send(RealTimeCommand::TransmitStatus(query).bytes(), until)?;
        }
        Ok(())
    }

    /// Sends `bytes` to the last, listening whenever the wire holds them back.
    ///
    /// Stops at `until`, and at once when the printer reports that a person has to act.
    pub fn send(&mut self, bytes: &[u8], until: Uptime) -> Result<(), Stopped> {
        let mut rest = bytes;
        loop {
            let slice_end = (self.now() + WRITE_SLICE).min(until);
            let Err(failed) = self.link.write(rest, slice_end) else {
                self.bytes_sent += rest.len();
                return Ok(());
            };
            self.bytes_sent += failed.written;
            rest = rest.get(failed.written..).unwrap_or_default();
            if !matches!(failed.cause, LinkError::TimedOut) {
                return Err(failed.cause.into());
            }
            self.hear_arrived()?;
            if let Some(fault) = self.reported_fault() {
                return Err(Stopped { fault, reported: true });
            }
            if self.now() >= until {
                return Err(self.gave_up());
            }
        }
    }

    /// What it amounts to that the deadline passed.
    pub fn gave_up(&self) -> Stopped {
        Stopped { fault: self.sensors.fault().unwrap_or_else(|| self.silence()), reported: false }
    }

    /// A fault that only a person can end: one the printer announced, or the sum of a whole round of questions.
    ///
    /// A printer that stops for a person also stops reading, so questions asked meanwhile may wait behind the ticket
    /// for as long as the fault lasts.
    pub fn reported_fault(&self) -> Option<Fault> {
        self.announced.or_else(|| self.sensors.lasting_fault())
    }

    /// Clears the printer's buffers in real time; `true` = the printer says that they are clear.
    ///
    /// What still waits in the host's own queue is thrown away first: the command would wait behind it until the fault
    /// is over, and the rest of the ticket would come out before it.
    pub fn clear_buffers(&mut self) -> Result<bool, LinkError> {
        self.link.discard_output()?;
        self.give_up_round();
        self.heard.buffers_cleared = false;
        for _ in 0..CLEAR_COMMANDS_MAX {
            let until = self.now() + CLEAR_TIME / CLEAR_COMMANDS_MAX;
            if self.sensors.cutter_error || self.sensors.recoverable {
                self.send_regardless(RealTimeCommand::RecoverAndClear.bytes(), until)?;
            }
            self.send_regardless(RealTimeCommand::ClearBuffers.bytes(), until)?;
            if self.wait_until(until, |it| it.heard.buffers_cleared)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Sends a command whatever the sensors say; held back by the wire until `until`, it is given up.
    pub fn send_regardless(&mut self, command: &[u8], until: Uptime) -> Result<(), LinkError> {
        match self.link.write(command, until).map_err(|failed| failed.cause) {
            Ok(()) | Err(LinkError::TimedOut) => Ok(()),
            Err(other) => Err(other),
        }
    }
}
