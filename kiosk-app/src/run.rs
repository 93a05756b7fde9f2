//! The wiring plan.

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use kiosk_core::event::{Event, Touch};
use kiosk_ui::{KioskUi, ScreenModel};
use queue_client::{Credentials, CredentialsError, Deadlines, QueueClient};
use tokio::sync::mpsc::channel;

use crate::config::{Config, QueueConfig};
use crate::journal::{Journal, JournalError};
use crate::print_journal::{PrintJournalError, PrintJournalFile};
use crate::printer_thread::PrinterThread;
use crate::queue_thread::QueueThread;
use crate::visit_loop::Outlets;
use crate::{journal_thread, queue_thread, scanner_thread, visit_loop, watched};

/// Events that may wait for the visit. A device thread that is faster waits; a touch that finds no room is dropped.
const EVENTS_MAX: usize = 64;
/// Lines that may wait for the disk, and commands that may wait for the queue service.
const COMMANDS_MAX: usize = 64;
/// Jobs that may wait for the printer. The visit has one on its way at most.
const JOBS_MAX: usize = 1;

/// How long one request to the queue service may take, retries included: shorter than the visit waits
/// (`kiosk_core::session::ISSUE_WAIT`), so that the visit hears why.
const QUEUE_DEADLINES: Deadlines =
    Deadlines { connect: Duration::from_secs(2), attempt: Duration::from_secs(3), total: Duration::from_secs(8) };
const _: () = assert!(QUEUE_DEADLINES.total.as_millis() < kiosk_core::session::ISSUE_WAIT.as_millis());

/// Why the kiosk cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Slint has no screen.
    #[error("no screen")]
    Screen(#[from] kiosk_screen::ScreenError),
    /// Slint cannot show the window.
    #[error("the window cannot be shown")]
    Window(#[from] slint::PlatformError),
    /// The journal cannot be opened.
    #[error("no number can be issued without a journal")]
    Journal(#[from] JournalError),
    /// The print journal cannot be opened.
    #[error("no ticket can be printed without a journal")]
    PrintJournal(#[from] PrintJournalError),
    /// The queue service's address is none.
    #[error("queue.url in the configuration")]
    QueueUrl(#[from] queue_client::InvalidBaseUrl),
    /// The key or the CA cannot be read.
    #[error("queue.key_file or queue.ca_file in the configuration")]
    QueueCredentials(#[from] CredentialsError),
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
pub fn run(config: Config) -> Result<(), RunError> {
    let screen = kiosk_screen::install(&config.screen)?;
    let ui = KioskUi::new()?;
    let journal = Journal::open(&config.state_dir)?;
    let prints = PrintJournalFile::open(&config.state_dir)?;
    let QueueConfig { url, key_file, ca_file } = &config.queue;
    let credentials = Credentials::read(key_file.as_deref(), ca_file.as_deref())?;
    let client = QueueClient::with_credentials(url, QUEUE_DEADLINES, credentials)?;

    let (visit, events) = sync_channel(EVENTS_MAX);
    let (journal_lines, lines) = sync_channel(COMMANDS_MAX);
    let (queue, commands) = channel(COMMANDS_MAX);
    let (printer, jobs) = sync_channel(JOBS_MAX);

    let to_void = journal.to_void();
    tracing::info!(kiosk = %config.kiosk, unresolved = to_void.len(), "kiosk starting");
    ui.on_touch(touches(visit.clone()));

    let teller = QueueThread { kiosk: config.kiosk, client, visit: visit.clone(), journal: journal_lines.clone() };
    watched::spawn("queue", move || queue_thread::block_on(teller.work(commands, to_void)))?;
    let (to_visit, to_queue) = (visit.clone(), queue.clone());
    watched::spawn("journal", move || journal_thread::work(journal, &lines, &to_visit, &to_queue))?;
    let to_visit = visit.clone();
    watched::spawn("scanner", move || scanner_thread::work(&config.scanner, &to_visit))?;
    watched::spawn("printer", move || PrinterThread::new(&config.printer, prints).work(&jobs, &visit))?;

    let outlets = Outlets { journal: journal_lines, queue, printer };
    let handle = ui.handle();
    let show = move |hospital: &str, view| handle.show(ScreenModel { hospital: hospital.to_owned(), view }).is_ok();
    watched::spawn("visit", move || visit_loop::work(&events, &outlets, show))?;

    Ok(screen.run(ui.component(), kiosk_ui::DESIGN)?)
}

fn touches(visit: SyncSender<Event>) -> impl Fn(Touch) + Clone {
    move |touch| {
        if let Err(TrySendError::Full(_)) = visit.try_send(Event::Touched(touch)) {
            tracing::warn!("a touch was dropped: the visit is busy");
        }
    }
}
