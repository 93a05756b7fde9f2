//! Questions to the printer and what it has said so far.

use std::collections::VecDeque;
use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ByteLink, LinkError};
use kiosk_hal::uptime::Uptime;

use crate::encode::{RealTimeCommand, StatusQuery};
use crate::reply::{Reply, ReplyParser};
use crate::status::Sensors;

/// Bytes read from the link at a time.
const READ_BYTES: usize = 256;
/// Reads after which input counts as a flood and is read no further for now: a line that never falls silent must not
/// keep the driver from its deadline.
const FLOOD_READS_MAX: usize = 256;
/// Time for the answers to `DLE EOT` 1 to 4 together. Printers answer in milliseconds, clones within half a second.
pub(super) const INQUIRY_TIME: Duration = Duration::from_millis(1_500);
/// Time for a printer to confirm that its buffers are clear.
pub(super) const CLEAR_TIME: Duration = Duration::from_millis(1_000);
/// Longest wait in one write, so that what the printer says meanwhile is heard.
const WRITE_SLICE: Duration = Duration::from_millis(100);

/// Why bytes stopped on their way.
#[derive(Debug)]
pub(super) struct Stopped {
    pub fault: Fault,
    /// The printer itself reported the fault; otherwise it is what silence or the link amounts to.
    pub reported: bool,
}

impl From<LinkError> for Stopped {
    fn from(error: LinkError) -> Self {
        Self { fault: error.fault(), reported: false }
    }
}

/// A link, and everything heard on it since [`Dialogue::forget`].
pub(super) struct Dialogue<L> {
    pub link: L,
    parser: ReplyParser,
    awaited: VecDeque<StatusQuery>,
    pub sensors: Sensors,
    /// The fault in the newest automatic status. Each is whole by itself.
    announced: Option<Fault>,
    pub process_ids: Vec<[u8; 4]>,
    pub paper_sensor_answered: bool,
    pub buffers_cleared: bool,
    pub garbage: usize,
    /// Bytes taken by the link since the start of the job.
    pub bytes_sent: usize,
}

/// Process ids remembered; a job asks for two.
const PROCESS_IDS_MAX: usize = 8;

impl<L: ByteLink> Dialogue<L> {
    pub const fn new(link: L) -> Self {
        Self {
            link,
            parser: ReplyParser::new(),
            awaited: VecDeque::new(),
            sensors: Sensors {
                offline: false,
                cover_open: false,
                paper_end: false,
                paper_near_end: false,
                cutter_error: false,
                unrecoverable: false,
                recoverable: false,
                waiting: false,
                other_error: false,
            },
            announced: None,
            process_ids: Vec::new(),
            paper_sensor_answered: false,
            buffers_cleared: false,
            garbage: 0,
            bytes_sent: 0,
        }
    }

    pub fn now(&self) -> Uptime {
        self.link.now()
    }

    /// Throws away what has arrived and everything heard: an answer to an old question must not pass for a new one.
    pub fn forget(&mut self) -> Result<(), LinkError> {
        self.hear_arrived()?;
        self.parser.reset();
        self.awaited.clear();
        self.announced = None;
        self.process_ids.clear();
        self.paper_sensor_answered = false;
        self.buffers_cleared = false;
        self.garbage = 0;
        self.bytes_sent = 0;
        Ok(())
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
                Err(_) => self.garbage += 1,
            }
        }
        Ok(true)
    }

    fn note(&mut self, reply: Reply) {
        match reply {
            Reply::RealTime(byte) => {
                if let Some(query) = self.awaited.pop_front() {
                    self.sensors.read_real_time(query, byte);
                }
            }
            Reply::Automatic(status) => {
                self.sensors = Sensors::from_automatic(status);
                self.announced = self.sensors.lasting_fault();
            }
            Reply::PaperSensor(_) => self.paper_sensor_answered = true,
            Reply::ProcessId(id) => {
                if self.process_ids.len() < PROCESS_IDS_MAX {
                    self.process_ids.push(id);
                }
            }
            Reply::BuffersCleared => self.buffers_cleared = true,
            Reply::Block(_) | Reply::Ready | Reply::NotReady => {}
        }
    }

    /// Whether every question of the last round is answered.
    pub fn all_answered(&self) -> bool {
        self.awaited.is_empty()
    }

    /// Asks `DLE EOT` 1 to 4, one after the other, and waits for each answer.
    pub fn inquire(&mut self) -> Result<Sensors, Fault> {
        self.forget().map_err(|error| error.fault())?;
        let until = self.now() + INQUIRY_TIME;
        self.sensors = Sensors::default();
        for query in StatusQuery::ALL {
            self.ask(&[query], until).map_err(|stopped| stopped.fault)?;
            while !self.all_answered() {
                let heard = self.hear(until).map_err(|error| error.fault())?;
                if !heard && self.now() >= until {
                    return Err(if self.garbage > 0 { Fault::Protocol } else { Fault::Offline });
                }
            }
        }
        Ok(self.sensors)
    }

    /// Sends `queries` without waiting for the answers.
    pub fn ask(&mut self, queries: &[StatusQuery], until: Uptime) -> Result<(), Stopped> {
        self.awaited.clear();
        for query in queries {
            self.awaited.push_back(*query);
            self.send(RealTimeCommand::TransmitStatus(*query).bytes(), until)?;
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
                return Err(LinkError::TimedOut.into());
            }
        }
    }

    /// A fault that only a person can end: one the printer announced, or the sum of a complete round of questions.
    ///
    /// A printer that stops for a person also stops reading, so questions asked meanwhile may wait behind the ticket
    /// for as long as the fault lasts.
    pub fn reported_fault(&self) -> Option<Fault> {
        self.announced.or_else(|| self.sensors.lasting_fault().filter(|_| self.all_answered()))
    }

    /// Clears the printer's buffers in real time; `true` = the printer says that they are clear.
    pub fn clear_buffers(&mut self) -> Result<bool, LinkError> {
        let until = self.now() + CLEAR_TIME;
        self.buffers_cleared = false;
        if self.sensors.cutter_error || self.sensors.recoverable {
            self.send_regardless(RealTimeCommand::RecoverAndClear, until)?;
        }
        self.send_regardless(RealTimeCommand::ClearBuffers, until)?;
        while !self.buffers_cleared && self.now() < until {
            self.hear(until)?;
        }
        Ok(self.buffers_cleared)
    }

    /// Sends a recovery command whatever the sensors say; held back by the wire until `until`, it is given up.
    fn send_regardless(&mut self, command: RealTimeCommand, until: Uptime) -> Result<(), LinkError> {
        match self.link.write(command.bytes(), until).map_err(|failed| failed.cause) {
            Ok(()) | Err(LinkError::TimedOut) => Ok(()),
            Err(other) => Err(other),
        }
    }
}
