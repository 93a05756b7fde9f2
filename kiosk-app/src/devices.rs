//! The devices' threads, wired.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use crate::card_thread::{self, CardWork};
use crate::config::{CardConfig, PrinterConfig, Printing, ScannerConfig};
use crate::print_journal::PrintJournalFile;
use crate::printer_thread::{PrinterThread, PrinterWork, Task};
use crate::run::RunError;
use crate::scanner_thread::ScannerWork;
use crate::stock::Specimens;
use crate::watched;
use crate::wiring::{Desks, Tap};

/// Tasks that may wait for the printer. The visit has one on its way at most, a technician another.
const TASKS_MAX: usize = 2;
/// Commands that may wait for the chip-card reader: the end of one reading, the next, a technician's question.
const CARD_COMMANDS_MAX: usize = 4;

/// A read, or finding the scanner's family.
const SCANNER_ROUND_MAX: Duration = Duration::from_secs(60);
/// One answer of a card, or the wait for the reader service.
const CARD_ROUND_MAX: Duration = Duration::from_secs(60);
/// As long as the visit waits for paper, and writing a stock of pictures before it.
const PRINTER_ROUND_MAX: Duration = Duration::from_secs(300);

/// The ways to the devices' threads.
#[derive(Debug, Clone)]
pub struct Devices {
    /// The printer.
    pub printer: SyncSender<Task>,
    /// The chip-card reader, where there is one.
    pub card: Option<SyncSender<card_thread::Command>>,
    /// Takes a code away from the visit, for a technician's test.
    pub tap: Tap,
    /// A ticket of each kind, for the printer's own memory.
    pub specimens: Specimens,
}

/// What the configuration says of the devices.
pub struct DevicePlan {
    /// The scanner.
    pub scanner: ScannerConfig,
    /// The printer's place.
    pub printer: PrinterConfig,
    /// What the printer can do.
    pub printing: Printing,
    /// Its journal.
    pub prints: PrintJournalFile,
    /// The chip-card reader.
    pub card: Option<CardConfig>,
    /// Who is trusted to have signed chips.
    pub anchors: Vec<Vec<u8>>,
}

/// Starts a thread for each device.
///
/// # Errors
/// [`RunError::Thread`].
pub fn start(plan: DevicePlan, desks: &Desks) -> Result<Devices, RunError> {
    let (specimens, tap) = (Specimens::default(), Tap::default());
    let desk = desks.of("scanner", SCANNER_ROUND_MAX);
    watched::device("scanner", ScannerWork { config: plan.scanner, desk, tap: tap.clone() })?;
    let (printer, tasks) = sync_channel(TASKS_MAX);
    let thread = PrinterThread::new(plan.printer.link.0, plan.printing, plan.prints, specimens.clone());
    watched::device("printer", PrinterWork { thread, tasks, desk: desks.of("printer", PRINTER_ROUND_MAX) })?;
    let card = match plan.card {
        Some(config) => {
            let (card, commands) = sync_channel(CARD_COMMANDS_MAX);
            let desk = desks.of("card", CARD_ROUND_MAX);
            watched::device("card", CardWork::new(config, plan.anchors, commands, desk))?;
            Some(card)
        }
        None => None,
    };
    Ok(Devices { printer, card, tap, specimens })
}
