//! The chip-card reader on a thread of its own: what is in the slot, and readings that a visit asks for.
//!
//! The system's reader service may be down, a reader unplugged, a card mute or pulled out at any moment: each is a state
//! that is told, and the thread looks again. Nothing of a card is kept when its reading has ended.

mod reading;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use chip_card::{Lengths, Trust};
use device_links::pcsc::{CardSlot, LengthMemory, PcscError, PcscReaders, Reader, ReaderName, ReaderService};
use kiosk_core::chip::{ChipEvent, ChipFailure};
use kiosk_core::event::Event;
use kiosk_hal::card::CardMedia;
use kiosk_hal::fault::Fault;
use queue_protocol::model::RequestId;
use vn_identity::{Date, PersonalNumber};

use crate::calendar;
use crate::chain::Chain;
use crate::config::CardConfig;
use crate::states::Device;
use crate::watched::DeviceWork;
use crate::wiring::Desk;
use reading::Going;

/// How often the slot is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// Looks in a row that must fail before the reader is called gone: while a card or a reader is changed the service may
/// refuse one, and a patient must not be told to go on without.
const FAILED_LOOKS: u32 = 3;
/// Longest wait for the reader service to say what there is.
const LOOK_WAIT: Duration = Duration::from_secs(5);
/// Longest wait for a card to be powered.
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// Stands for today while the clock cannot be right; nobody is trusted then.
const DAY_UNKNOWN: Date = Date { year: 2026, month: 1, day: 1 };

/// What the thread is asked to do.
#[derive(Debug)]
pub enum Command {
    /// Read the card that is, or will be, in the slot.
    Read {
        /// This reading.
        reading: RequestId,
        /// Opens the chip.
        number: PersonalNumber,
    },
    /// End this reading.
    Stop(RequestId),
    /// A technician asks what is in the readers.
    Test(SyncSender<Vec<(String, &'static str)>>),
}

/// A reading that waits for its card.
struct Awaited {
    reading: RequestId,
    number: PersonalNumber,
}

/// The thread with what it is wired to.
pub struct CardWork {
    wanted: Option<String>,
    anchors: Vec<Vec<u8>>,
    commands: Receiver<Command>,
    desk: Desk,
    readers: Option<PcscReaders>,
    lengths: LengthMemory<Lengths>,
    /// What the visit was told last; `None` = nothing yet.
    reported: Option<Result<(), Fault>>,
    media: CardMedia,
    /// Looks in a row that have failed.
    failed_looks: u32,
    awaited: Option<Awaited>,
    /// The reading in the middle of which the thread may fall.
    in_hand: Option<RequestId>,
}

/// The visit has ended.
struct Ended;

impl CardWork {
    /// The reader of the configuration; chips signed below `anchors` are vouched for.
    pub fn new(config: CardConfig, anchors: Vec<Vec<u8>>, commands: Receiver<Command>, desk: Desk) -> Self {
        Self {
            wanted: config.reader,
            anchors,
            commands,
            desk,
            readers: None,
            lengths: LengthMemory::default(),
            reported: None,
            media: CardMedia::NotPresent,
            failed_looks: 0,
            awaited: None,
            in_hand: None,
        }
    }

    fn turn(&mut self) -> Result<(), Ended> {
        self.desk.pulse.beat();
        let reader = match self.look() {
            Ok(reader) => {
                self.failed_looks = 0;
                self.report(Ok(()))?;
                self.media(media(&reader.slot))?;
                Some(reader)
            }
            Err(fault) => {
                self.failed_looks = self.failed_looks.saturating_add(1);
                if self.failed_looks >= FAILED_LOOKS {
                    self.report(Err(fault))?;
                    self.media(CardMedia::NotPresent)?;
                    self.give_up(ChipFailure::ReaderGone)?;
                }
                None
            }
        };
        if let Some(reader) = reader.filter(|reader| media(&reader.slot) == CardMedia::Present)
            && let Some(awaited) = self.awaited.take()
        {
            return self.read(&reader, awaited);
        }
        match self.commands.recv_timeout(LOOK_EVERY) {
            Ok(command) => self.obey(command),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }

    fn obey(&mut self, command: Command) -> Result<(), Ended> {
        match command {
            Command::Read { reading, number } => {
                self.give_up(ChipFailure::Stopped)?;
                self.awaited = Some(Awaited { reading, number });
            }
            Command::Stop(reading) => {
                if self.awaited.as_ref().is_some_and(|awaited| awaited.reading == reading) {
                    self.give_up(ChipFailure::Stopped)?;
                }
            }
            Command::Test(answer) => {
                let seen = self.seen().map(|seen| seen.readers().to_vec()).unwrap_or_default();
                let described = seen.iter().map(|reader| (reader.name.to_string(), slot_word(&reader.slot))).collect();
                // A technician who went away needs no answer.
                let _gone = answer.try_send(described);
            }
        }
        Ok(())
    }

    fn seen(&mut self) -> Result<ReaderService, PcscError> {
        let readers = match self.readers.take() {
            Some(readers) => readers,
            None => PcscReaders::new()?,
        };
        let readers = self.readers.insert(readers);
        readers.look(readers.now() + LOOK_WAIT)
    }

    /// The reader that counts: of the configured name, one with a card before one without.
    fn look(&mut self) -> Result<Reader, Fault> {
        let seen = self.seen().map_err(|error| {
            self.readers = None;
            error.fault().unwrap_or(Fault::HardwareError)
        })?;
        let wanted = self.wanted.as_deref();
        match seen {
            ReaderService::Down => Err(Fault::Offline),
            ReaderService::Up(all) => {
                // One that was just pulled out is listed for a moment and cannot be asked.
                let fitting = |reader: &&Reader| {
                    reader.slot != CardSlot::Unknown && wanted.is_none_or(|part| reader.name.as_str().contains(part))
                };
                let mut fitting: Vec<&Reader> = all.iter().filter(fitting).collect();
                fitting.sort_by_key(|reader| media(&reader.slot) != CardMedia::Present);
                fitting.first().copied().cloned().ok_or(Fault::NoDevice)
            }
        }
    }

    fn report(&mut self, state: Result<(), Fault>) -> Result<(), Ended> {
        if self.reported == Some(state) {
            return Ok(());
        }
        tracing::info!(?state, "chip-card reader");
        self.reported = Some(state);
        self.desk.states.tell(Device::CardReader, state);
        self.tell(Event::ChipReaderChanged(state))
    }

    fn media(&mut self, media: CardMedia) -> Result<(), Ended> {
        if self.media == media {
            return Ok(());
        }
        self.media = media;
        self.tell(Event::CardSlotChanged(media))
    }

    fn give_up(&mut self, why: ChipFailure) -> Result<(), Ended> {
        match self.awaited.take() {
            Some(awaited) => self.tell(Event::Chip(awaited.reading, ChipEvent::Ended(Err(why)))),
            None => Ok(()),
        }
    }

    fn read(&mut self, reader: &Reader, awaited: Awaited) -> Result<(), Ended> {
        let Awaited { reading, number } = awaited;
        self.in_hand = Some(reading);
        let result = self.read_card(&reader.name, reading, &number);
        self.in_hand = None;
        if result.is_ok() {
            self.desk.counters.chip_read();
        }
        tracing::info!(%reading, ?result, "chip reading ended");
        self.tell(Event::Chip(reading, ChipEvent::Ended(result)))
    }

    fn read_card(
        &mut self,
        reader: &ReaderName,
        reading: RequestId,
        number: &PersonalNumber,
    ) -> Result<(), ChipFailure> {
        let Some(readers) = self.readers.as_mut() else { return Err(ChipFailure::ReaderGone) };
        let until = readers.now() + CONNECT_WAIT;
        let mut card = readers.connect(reader, until).map_err(|error| {
            tracing::warn!(%reading, "card not opened: {}", Chain(&error));
            if matches!(error, PcscError::NoCard) {
                ChipFailure::PulledOut
            } else if matches!(error, PcscError::MuteCard) {
                ChipFailure::Unreadable
            } else {
                ChipFailure::ReaderGone
            }
        })?;
        let atr = card.atr().clone();
        let lengths = self.lengths.known(&atr).unwrap_or(Lengths::Unknown);
        let trust = self.trust();
        let (commands, desk) = (&self.commands, &self.desk);
        let mut tell = |event| desk.visit.send(Event::Chip(reading, event)).is_ok();
        let mut stopped = false;
        let mut going = || {
            desk.pulse.beat();
            // Once stopped, what else was asked stays for the next turn.
            stopped = stopped || going_on(commands, reading) == Going::Stop;
            if stopped { Going::Stop } else { Going::On }
        };
        let (learned, result) = reading::read(&mut card, lengths, number, &trust, &mut tell, &mut going);
        self.lengths.learn(&atr, learned);
        result
    }

    /// Without a day nothing can be said of validity, so nobody is trusted.
    fn trust(&self) -> Trust {
        let Some(today) = calendar::today() else { return Trust::new(DAY_UNKNOWN) };
        let mut trust = Trust::new(today);
        for anchor in &self.anchors {
            if let Err(error) = trust.add_anchor(anchor) {
                tracing::warn!("an anchor is not used: {}", Chain(&error));
            }
        }
        trust
    }

    fn tell(&self, event: Event) -> Result<(), Ended> {
        self.desk.visit.send(event).map_err(|_| Ended)
    }
}

/// Looks for a wish to stop while a card is read. A technician's question waits for nobody; another reading cannot come
/// before this one was stopped.
fn going_on(commands: &Receiver<Command>, reading: RequestId) -> Going {
    match commands.try_recv() {
        Ok(Command::Stop(stopped)) if stopped == reading => Going::Stop,
        Ok(Command::Test(answer)) => {
            let _gone = answer.try_send(vec![(String::new(), "deviceBusy")]);
            Going::On
        }
        Ok(Command::Stop(_) | Command::Read { .. }) | Err(_) => Going::On,
    }
}

const fn media(slot: &CardSlot) -> CardMedia {
    match slot {
        CardSlot::Card(_) | CardSlot::Mute => CardMedia::Present,
        CardSlot::Empty | CardSlot::Unknown => CardMedia::NotPresent,
    }
}

/// XFS4IoT `CardReader.Status`, `media` and `chipPower`.
const fn slot_word(slot: &CardSlot) -> &'static str {
    match slot {
        CardSlot::Card(_) => "present",
        CardSlot::Mute => "noDevice",
        CardSlot::Empty => "notPresent",
        CardSlot::Unknown => "unknown",
    }
}

impl DeviceWork for CardWork {
    fn work(&mut self) {
        while self.turn().is_ok() {}
    }

    fn fallen(&mut self) {
        self.readers = None;
        if let Some(reading) = self.in_hand.take() {
            // A visit that has ended needs no outcome.
            let _ended = self.tell(Event::Chip(reading, ChipEvent::Ended(Err(ChipFailure::Unreadable))));
        }
    }
}

#[cfg(test)]
mod tests;
