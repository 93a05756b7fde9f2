//! The wiring plan.

use std::cell::RefCell;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use kiosk_core::event::{Event, Touch};
use kiosk_ui::KioskUi;
use tokio::sync::mpsc::channel;

use crate::card_thread::CardWork;
use crate::config::Checked;
use crate::counters::Counters;
use crate::journal::{Journal, JournalError};
use crate::journal_thread::Told;
use crate::offline::{self, Offline};
use crate::print_journal::{PrintJournalError, PrintJournalFile};
use crate::printer_thread::{PrinterThread, PrinterWork};
use crate::pulse::Pulses;
use crate::queue_thread::QueueThread;
use crate::scanner_thread::ScannerWork;
use crate::states::States;
use crate::stock::Specimens;
use crate::supervisor::{Supervision, Supervisor};
use crate::visit_loop::Outlets;
use crate::wiring::{Desk, Tap};
use crate::{journal_thread, queue_thread, supervisor, visit_loop, watched};

/// Events that may wait for the visit. A device thread that is faster waits; a touch that finds no room is dropped.
const EVENTS_MAX: usize = 64;
/// Lines that may wait for the disk, and commands that may wait for the queue service.
const COMMANDS_MAX: usize = 64;
/// Tasks that may wait for the printer. The visit has one on its way at most, a technician another.
const TASKS_MAX: usize = 2;

/// Commands that may wait for the chip-card reader: the end of one reading, the next, a technician's question.
const CARD_COMMANDS_MAX: usize = 4;

/// How often the screen's thread shows that it lives.
const SCREEN_BEAT_EVERY: Duration = Duration::from_secs(2);

// How long a thread may need for one round of its loop; beyond it the thread is stuck.
/// A frame takes a fraction of a second.
const SCREEN_ROUND_MAX: Duration = Duration::from_secs(30);
/// The visit waits for nobody.
const VISIT_ROUND_MAX: Duration = Duration::from_secs(20);
/// A request with its retries, and the wait for a full channel.
const QUEUE_ROUND_MAX: Duration = Duration::from_secs(60);
/// A disk that is this slow serves nobody.
const DISK_ROUND_MAX: Duration = Duration::from_secs(60);
/// A read, or finding the scanner's family.
const LINE_ROUND_MAX: Duration = Duration::from_secs(60);
/// One answer of a card, or the wait for the reader service.
const CARD_ROUND_MAX: Duration = Duration::from_secs(60);
/// As long as the visit waits for paper, and writing a stock of pictures before it.
const PRINTER_ROUND_MAX: Duration = Duration::from_secs(300);

/// Why the kiosk cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Slint has no screen.
    #[error("no screen")]
    Screen(#[from] kiosk_screen::ScreenError),
    /// Slint cannot show the window.
    #[error("the window cannot be shown")]
    Window(#[from] slint::PlatformError),
    /// The service manager's socket is none.
    #[error("NOTIFY_SOCKET")]
    Supervisor(#[source] std::io::Error),
    /// The journal cannot be opened.
    #[error("no number can be issued without a journal")]
    Journal(#[from] JournalError),
    /// The print journal cannot be opened.
    #[error("no ticket can be printed without a journal")]
    PrintJournal(#[from] PrintJournalError),
    /// The numbers this kiosk issued by itself cannot be read or kept.
    #[error("provisional numbers cannot be kept")]
    Offline(#[source] std::io::Error),
    /// The queue service's address is none.
    #[error("queue.url in the configuration")]
    QueueUrl(#[from] queue_client::InvalidBaseUrl),
    /// A thread cannot be started.
    #[error("cannot start the {name} thread")]
    Thread {
        /// Which one.
        name: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Runs the kiosk until its window is closed.
///
/// # Errors
/// [`RunError`] when it cannot start. A thread that ends later ends the process.
pub fn run(checked: Checked, supervision: &Supervision) -> Result<(), RunError> {
    let Checked { config, printing, person_key, anchors } = checked;
    let supervisor = Supervisor::new(supervision).map_err(RunError::Supervisor)?;
    let screen = kiosk_screen::install(&config.screen)?;
    let ui = KioskUi::new()?;
    let journal = Journal::open(&config.state_dir)?;
    let prints = PrintJournalFile::open(&config.state_dir)?;
    let client = config.queue.client()?;

    let (visit, events) = sync_channel(EVENTS_MAX);
    let (journal_lines, lines) = sync_channel(COMMANDS_MAX);
    let (queue, commands) = channel(COMMANDS_MAX);
    let (printer, tasks) = sync_channel(TASKS_MAX);

    let to_void = journal.to_void();
    tracing::info!(kiosk = %config.kiosk, unresolved = to_void.len(), "kiosk starting");
    let counters = Counters::open(&config.state_dir);
    let states = States::new(counters.clone());
    let pulses = Pulses::default();
    let desk = |thread, round_max| {
        let pulse = pulses.of(thread, round_max);
        Desk { visit: visit.clone(), pulse, states: states.clone(), counters: counters.clone() }
    };
    ui.on_touch(touches(visit.clone()));

    let offline = RefCell::new(Offline::open(&config.state_dir, offline::clocks()).map_err(RunError::Offline)?);
    let (specimens, tap) = (Specimens::default(), Tap::default());
    let teller = QueueThread {
        ways: config.offered_ways(),
        language: config.language.into(),
        kiosk: config.kiosk,
        client,
        desk: desk("queue", QUEUE_ROUND_MAX),
        journal: journal_lines.clone(),
        offline,
    };
    watched::spawn("queue", move || queue_thread::block_on(teller.work(commands, to_void)))?;
    let told = Told { visit: visit.clone(), queue: queue.clone() };
    let pulse = pulses.of("journal", DISK_ROUND_MAX);
    watched::spawn("journal", move || journal_thread::work(journal, &lines, &told, &pulse))?;
    let scanner = ScannerWork { config: config.scanner, desk: desk("scanner", LINE_ROUND_MAX), tap };
    watched::device("scanner", scanner)?;
    let thread = PrinterThread::new(config.printer.link.0, printing, prints, specimens.clone());
    watched::device("printer", PrinterWork { thread, tasks, desk: desk("printer", PRINTER_ROUND_MAX) })?;
    let card = match config.card {
        Some(config) => {
            let (card, commands) = sync_channel(CARD_COMMANDS_MAX);
            watched::device("card", CardWork::new(config, anchors, commands, desk("card", CARD_ROUND_MAX)))?;
            Some(card)
        }
        None => None,
    };

    let outlets = Outlets { journal: journal_lines, queue, printer, card, person_key, specimens };
    let (handle, pulse, ready) = (ui.handle(), pulses.of("visit", VISIT_ROUND_MAX), supervisor.clone());
    let mut is_ready = false;
    let show = move |screen| {
        let shown = handle.show(screen).is_ok();
        if shown && !std::mem::replace(&mut is_ready, true) {
            ready.ready();
        }
        shown
    };
    watched::spawn("visit", move || visit_loop::work(&events, &outlets, &pulse, show))?;
    let limit = supervision.watchdog;
    let (_screen_beats, watched_pulses) = (screen_beats(&pulses), pulses);
    watched::spawn("watchdog", move || supervisor::watch(&supervisor, &watched_pulses, limit))?;

    Ok(screen.run(ui.component(), kiosk_ui::DESIGN)?)
}

/// The screen's thread beats from its own event loop.
fn screen_beats(pulses: &Pulses) -> slint::Timer {
    let (timer, pulse) = (slint::Timer::default(), pulses.of("screen", SCREEN_ROUND_MAX));
    timer.start(slint::TimerMode::Repeated, SCREEN_BEAT_EVERY, move || pulse.beat());
    timer
}

fn touches(visit: SyncSender<Event>) -> impl Fn(Touch) + Clone {
    move |touch| {
        if let Err(TrySendError::Full(_)) = visit.try_send(Event::Touched(touch)) {
            tracing::warn!("a touch was dropped: the visit is busy");
        }
    }
}
