//! Runs the machines over a link: deadlines, progress, and what it cost.

use std::fmt;
use std::time::Duration;

use kiosk_hal::link::{ApduLink, LinkError};
use kiosk_hal::uptime::Uptime;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::access::{Access, AccessError, AccessKeys};
use crate::channel::{Channel, Lengths};
use crate::chip_proof::ChipChecks;
use crate::document::Document;
use crate::file::ElementaryFile;
use crate::machine::{Machine, Step, Wire};
use crate::progress::{Progress, ReadingStep, Wish};
use crate::read_document::ProveChipError;
use crate::read_file::ReadFileError;
use crate::trust::Trust;

/// Longest wait for one answer. PACE computes on the chip; the slowest document known takes 6.6 s for all of its steps.
pub const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// Asked at each note how to go on. [`Wish::Stop`] ends the reading at the next command.
pub type Watch<'w> = dyn FnMut(Progress) -> Wish + 'w;

/// What a conversation cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Command APDUs sent.
    pub apdus: usize,
    /// Bytes of those commands.
    pub bytes_sent: usize,
    /// Bytes of the answers, with their status.
    pub bytes_received: usize,
}

/// What one part of a reading cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRecord {
    /// The part.
    pub step: ReadingStep,
    /// When it began, on the link's clock.
    pub began: Uptime,
    /// How long it took so far.
    pub took: Duration,
    /// What was sent and received for it.
    pub traffic: Traffic,
}

/// One inserted card and the conversation with it.
///
/// The calls follow the order in which their results are wanted: [`open`](Self::open), then whatever is read. Each ends
/// at its `until` at the latest, give or take one answer.
pub struct CardSession<'l, L: ApduLink + ?Sized> {
    link: &'l mut L,
    pub(crate) channel: Channel,
    keys: AccessKeys,
    checks: ChipChecks,
    ledger: Ledger,
}

impl<'l, L: ApduLink + ?Sized> CardSession<'l, L> {
    /// A conversation that has not begun. `lengths` is what an earlier one with the same ATR has learned.
    pub fn new(link: &'l mut L, lengths: Lengths) -> Self {
        Self {
            link,
            channel: Channel::new(lengths),
            keys: AccessKeys::default(),
            checks: ChipChecks::default(),
            ledger: Ledger::default(),
        }
    }

    /// Selects the application and opens the chip.
    ///
    /// `rng` makes challenges and ephemeral keys; it must be the system's unless a test wants known ones.
    ///
    /// # Errors
    /// [`AccessError::NoApplication`], [`AccessError::WrongPassword`] and a removed card are for the patient, the others
    /// for staff.
    pub fn open(
        &mut self,
        keys: &AccessKeys,
        rng: &mut dyn CryptoRng,
        until: Uptime,
        watch: &mut Watch<'_>,
    ) -> Result<Access, AccessError> {
        self.keys = keys.clone();
        let wire = self.channel.wire.clone();
        let machine = Machine::new(wire.clone(), self.channel.open(&self.keys, rng));
        run(self.link, machine, &wire, until, &mut self.ledger, watch)
    }

    /// Reads what a form needs: DG1, DG13 and the SOD, and judges the SOD. What the card refuses is a value in the
    /// document.
    ///
    /// # Errors
    /// Only what ends the conversation: a removed card, the link, secure messaging, the caller's wish.
    pub fn read_form(
        &mut self,
        trust: &Trust,
        until: Uptime,
        watch: &mut Watch<'_>,
    ) -> Result<Document, ReadFileError> {
        let wire = self.channel.wire.clone();
        let machine = Machine::new(wire.clone(), self.channel.read_form(trust));
        run(self.link, machine, &wire, until, &mut self.ledger, watch)
    }

    /// Which protocols [`prove_chip`](Self::prove_chip) runs.
    pub const fn set_chip_checks(&mut self, checks: ChipChecks) {
        self.checks = checks;
    }

    /// Has the chip show that it is genuine, and writes the outcome into the document. A chip that does not is opened
    /// again, so that its face can still be read.
    ///
    /// # Errors
    /// Only what ends the conversation. A chip that is not genuine is a value.
    pub fn prove_chip(
        &mut self,
        document: &mut Document,
        rng: &mut dyn CryptoRng,
        until: Uptime,
        watch: &mut Watch<'_>,
    ) -> Result<(), ProveChipError> {
        let wire = self.channel.wire.clone();
        let machine = Machine::new(wire.clone(), self.channel.prove_chip(document, self.checks, &self.keys, rng));
        run(self.link, machine, &wire, until, &mut self.ledger, watch)
    }

    /// Reads the face, the longest file by far.
    ///
    /// # Errors
    /// Only what ends the conversation, such as [`Wish::Stop`]. Everything read before stays in the document.
    pub fn read_portrait(
        &mut self,
        document: &mut Document,
        until: Uptime,
        watch: &mut Watch<'_>,
    ) -> Result<(), ReadFileError> {
        let wire = self.channel.wire.clone();
        let machine = Machine::new(wire.clone(), self.channel.read_portrait(document));
        run(self.link, machine, &wire, until, &mut self.ledger, watch)
    }

    /// Reads one file as it is on the card: tag, length and value. The bytes are wiped on drop.
    ///
    /// # Errors
    /// [`ReadFileError::NotFound`] and [`ReadFileError::Denied`] where the card says so; [`ReadFileError::Stopped`] on
    /// the caller's wish.
    pub fn read_file(
        &mut self,
        file: ElementaryFile,
        until: Uptime,
        watch: &mut Watch<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, ReadFileError> {
        let wire = self.channel.wire.clone();
        wire.note(Progress::Begun(ReadingStep::File(file)));
        let machine = Machine::new(wire.clone(), self.channel.read_file(file));
        run(self.link, machine, &wire, until, &mut self.ledger, watch)
    }

    /// Whether extended length works on this card, as far as this conversation knows. Keep it for the ATR.
    #[must_use]
    pub const fn lengths(&self) -> Lengths {
        self.channel.lengths
    }

    /// What all of it cost.
    #[must_use]
    pub const fn traffic(&self) -> Traffic {
        self.ledger.traffic
    }

    /// What each part cost, in order.
    #[must_use]
    pub fn steps(&self) -> &[StepRecord] {
        &self.ledger.steps
    }
}

impl<L: ApduLink + ?Sized> fmt::Debug for CardSession<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardSession").field("traffic", &self.ledger.traffic).finish_non_exhaustive()
    }
}

/// Where the cost of a conversation is written down.
#[derive(Default)]
struct Ledger {
    traffic: Traffic,
    steps: Vec<StepRecord>,
}

impl Ledger {
    fn note(&mut self, progress: Progress, now: Uptime) {
        if let Progress::Begun(step) = progress {
            self.steps.push(StepRecord { step, began: now, took: Duration::ZERO, traffic: Traffic::default() });
        }
    }

    fn count(&mut self, sent: usize, received: usize, now: Uptime) {
        let of_step = self.steps.last_mut().map(|record| {
            record.took = now.saturating_since(record.began);
            &mut record.traffic
        });
        for traffic in [Some(&mut self.traffic), of_step].into_iter().flatten() {
            traffic.apdus += 1;
            traffic.bytes_sent += sent;
            traffic.bytes_received += received;
        }
    }
}

/// Runs a machine to its end.
fn run<L: ApduLink + ?Sized, T>(
    link: &mut L,
    machine: Machine<'_, T>,
    wire: &Wire,
    until: Uptime,
    ledger: &mut Ledger,
    watch: &mut Watch<'_>,
) -> T {
    wire.set_wish(Wish::Continue);
    let mut step = machine.start();
    loop {
        while let Some(note) = wire.take_note() {
            ledger.note(note, link.now());
            wire.set_wish(watch(note));
        }
        match step {
            Step::Done(outcome) => return outcome,
            Step::Transmit { command, machine } => {
                // A link with an answer at hand need not look at the clock; a card could keep it busy for ever.
                let now = link.now();
                if now >= until {
                    step = machine.answer(Err(LinkError::TimedOut));
                    continue;
                }
                let answer = link.transmit(&command, until.min(now + ANSWER_WAIT));
                let received = answer.as_ref().map_or(0, Vec::len);
                ledger.count(command.len(), received, link.now());
                step = machine.answer(answer);
            }
        }
    }
}
