//! A kiosk's scanner and printer: the shipped drivers on the virtual devices' wires, each wire with a clock of its own
//! that runs only while the driver waits. What a job took there passes in the world before its outcome is told.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::{Paper, PrinterModel, VirtualPrinter};
use device_sim::scanner::{Delivery, VirtualScanner};
use device_sim::wire::Shared;
use kiosk_app::print_journal::PrintJournalFile;
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{
    JobId, NotRecorded, PrintFact, PrintJournal, PrintOutcome, PrinterStatus, TicketFace, TicketPrinter,
};
use kiosk_hal::scanner::{Scan, Scanner};
use qr_scanner::LinkScanner;
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::session::EscPosPrinter;

/// How long a patient holds a card still.
const HELD_FOR: Duration = Duration::from_secs(2);

/// What stays when the kiosk's own power goes.
pub struct Devices {
    /// The printer.
    pub printer: Shared<VirtualPrinter>,
    /// The scanner.
    pub scanner: Shared<VirtualScanner>,
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            printer: Shared::new(VirtualPrinter::new(PrinterModel::usb())),
            scanner: Shared::new(VirtualScanner::new(Delivery::AtOnce)),
        }
    }
}

type Driver = EscPosPrinter<MemoryLink<VirtualPrinter>>;

/// The kiosk's hands on its devices.
pub struct Hands {
    printer: Shared<VirtualPrinter>,
    driver: Option<Driver>,
    journal: PrintJournalFile,
    held: HeldFacts,
    scanner: LinkScanner<MemoryLink<VirtualScanner>>,
    engine: Shared<VirtualScanner>,
}

/// A print as the oracle sees it.
#[derive(Debug)]
pub struct Printed {
    /// What the driver said.
    pub outcome: PrintOutcome,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// A mark of each whole ticket that came out: equal ones are equal dot for dot.
    pub tickets: Vec<u64>,
}

impl Hands {
    /// Takes the devices in hand, as the printer's thread does at its start.
    #[must_use]
    pub fn new(devices: &Devices, journal: PrintJournalFile) -> Self {
        let scanner = LinkScanner::new(MemoryLink::new(devices.scanner.clone()));
        Self {
            printer: devices.printer.clone(),
            driver: None,
            journal,
            held: HeldFacts::default(),
            scanner,
            engine: devices.scanner.clone(),
        }
    }

    fn driver(&mut self) -> &mut Driver {
        let (journal, held, printer) = (&self.journal, &self.held, &self.printer);
        self.driver.get_or_insert_with(|| {
            let profile = Profile::epson_80_mm(Wire::Fast);
            let link = MemoryLink::new(printer.clone());
            let make = if journal.is_path_clean() { EscPosPrinter::new } else { EscPosPrinter::after_unfinished_job };
            make(link, profile).with_journal(Box::new(Recorder { file: journal.clone(), held: held.clone() }))
        })
    }

    /// How the printer is.
    pub fn status(&mut self) -> Result<PrinterStatus, Fault> {
        let status = self.driver().status();
        if status == Err(Fault::NoDevice) {
            self.driver = None;
        }
        self.held.write(&mut self.journal);
        status
    }

    /// Prints a ticket. What became of it is on the kiosk's disk only once [`ended`](Self::ended) was called.
    pub fn print(&mut self, job: JobId, face: &TicketFace) -> Printed {
        let printer = self.printer.clone();
        let driver = self.driver();
        let before = driver.link_mut().now();
        let outcome = driver.print(job, face);
        let took = driver.link_mut().now().saturating_since(before);
        let rows = driver.last_report().map_or(u32::MAX, |report| report.rows);
        if let PrintOutcome::Uncertain(Fault::NoDevice) | PrintOutcome::Failed(Fault::NoDevice) = outcome {
            self.driver = None;
        }
        let papers = printer.with(VirtualPrinter::take_papers);
        let tickets = papers.iter().filter(|paper| is_whole(paper, rows)).map(mark).collect();
        Printed { outcome, took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX), tickets }
    }

    /// The printer answers as its manual says.
    pub fn answers_again(&mut self) {
        self.printer.with(VirtualPrinter::truthful);
    }

    /// The job's end is known to the kiosk.
    pub fn ended(&mut self) {
        self.held.write(&mut self.journal);
    }

    /// Somebody holds a code up: what the driver reads.
    pub fn scan(&mut self, code: &[u8]) -> Option<Scan> {
        self.engine.with(|engine| engine.present(code));
        let until = self.scanner.now() + HELD_FOR;
        let scan = self.scanner.next_scan(until).ok().flatten();
        self.engine.with(VirtualScanner::withdraw);
        scan
    }
}

/// Whether nearly all of a ticket is on this piece: more than a stump.
fn is_whole(paper: &Paper, rows: u32) -> bool {
    let inked = u32::try_from(paper.inked_rows().len()).unwrap_or(u32::MAX);
    inked.saturating_mul(10) >= rows.saturating_mul(8)
}

fn mark(paper: &Paper) -> u64 {
    let mut hasher = DefaultHasher::new();
    paper.inked_rows().hash(&mut hasher);
    hasher.finish()
}

/// Facts that the driver has told and the world has not come to yet. A power cut forgets them.
#[derive(Clone, Default)]
struct HeldFacts(Arc<Mutex<Vec<(JobId, PrintFact)>>>);

impl HeldFacts {
    fn write(&self, file: &mut PrintJournalFile) {
        let facts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (job, fact) in facts {
            // As in the driver: what cannot be recorded is found by the next start, which cuts the path free.
            let _told = file.record(job, fact);
        }
    }
}

/// Writes that a job begins at once, and all else when its time has come.
struct Recorder {
    file: PrintJournalFile,
    held: HeldFacts,
}

impl PrintJournal for Recorder {
    fn record(&mut self, job: JobId, fact: PrintFact) -> Result<(), NotRecorded> {
        match fact {
            PrintFact::Sending => {
                self.held.write(&mut self.file);
                self.file.record(job, fact)
            }
            PrintFact::Ended(_) | PrintFact::PathClean => {
                self.held.0.lock().unwrap_or_else(PoisonError::into_inner).push((job, fact));
                Ok(())
            }
        }
    }
}
