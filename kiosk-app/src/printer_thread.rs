//! The printer on a thread of its own: jobs in, outcomes out, and its state between jobs.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use device_links::LinkAddress;
use kiosk_core::event::Event;
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{JobId, PrintOutcome, PrinterStatus, TicketFace, TicketPrinter};
use queue_protocol::model::RequestId;
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::session::EscPosPrinter;

use crate::chain::Chain;
use crate::config::{PrinterConfig, PrinterProfile};

/// How often the printer is asked for its state between jobs.
const STATUS_EVERY: Duration = Duration::from_secs(2);

/// One ticket to print.
#[derive(Debug)]
pub struct Job {
    /// The request that issued the number.
    pub request: RequestId,
    /// What is on the ticket.
    pub face: Box<TicketFace>,
}

type Printer = EscPosPrinter<Box<dyn ByteLink>>;

/// The printer as the kiosk has it: open, or to be opened.
pub struct PrinterThread {
    address: LinkAddress,
    profile: Profile,
    open: Option<Printer>,
    /// Part of an earlier ticket may be in the printer when it is opened next.
    unfinished: bool,
}

impl PrinterThread {
    /// The printer of the configuration; `interrupted` when the kiosk may have stopped in the middle of a ticket.
    pub fn new(config: &PrinterConfig, interrupted: bool) -> Self {
        let wire = match &config.link {
            LinkAddress::Serial(line) => Wire::Serial { baud: line.baud },
            LinkAddress::Tcp(_) => Wire::Fast,
        };
        let profile = match config.profile {
            PrinterProfile::Epson80Mm => Profile::epson_80_mm(wire),
            PrinterProfile::Unknown80Mm => Profile::unknown_80_mm(wire),
        };
        Self { address: config.link.clone(), profile, open: None, unfinished: interrupted }
    }

    /// Prints until the visit has ended.
    pub fn work(mut self, jobs: &Receiver<Job>, visit: &SyncSender<Event>) {
        let mut reported: Option<Result<PrinterStatus, Fault>> = None;
        loop {
            let status = self.ask();
            if reported != Some(status) {
                tracing::info!(?status, "printer");
                reported = Some(status);
                if visit.send(Event::PrinterChanged(status)).is_err() {
                    return;
                }
            }
            match jobs.recv_timeout(STATUS_EVERY) {
                Ok(job) => {
                    let outcome = self.print(&job);
                    tracing::info!(request = %job.request, ?outcome, "print job ended");
                    if visit.send(Event::Printed(job.request, outcome)).is_err() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn ask(&mut self) -> Result<PrinterStatus, Fault> {
        let status = self.opened()?.status();
        if status == Err(Fault::NoDevice) {
            self.open = None;
        }
        status
    }

    fn print(&mut self, job: &Job) -> PrintOutcome {
        let outcome = match self.opened() {
            Ok(printer) => printer.print(JobId(job.request.into_bytes()), &job.face),
            Err(fault) => PrintOutcome::Failed(fault),
        };
        self.unfinished = match outcome {
            PrintOutcome::Confirmed => false,
            PrintOutcome::Uncertain(_) => true,
            PrintOutcome::Failed(_) => self.unfinished,
        };
        if let PrintOutcome::Uncertain(Fault::NoDevice) | PrintOutcome::Failed(Fault::NoDevice) = outcome {
            // A device that was unplugged comes back as another file: the link must be opened again.
            self.open = None;
        }
        outcome
    }

    fn opened(&mut self) -> Result<&mut Printer, Fault> {
        if self.open.is_none() {
            let link = device_links::open(&self.address).map_err(|error| {
                tracing::debug!(address = %self.address, "printer not opened: {}", Chain(&error));
                error.fault()
            })?;
            let make = if self.unfinished { EscPosPrinter::after_unfinished_job } else { EscPosPrinter::new };
            self.open = Some(make(link, self.profile));
        }
        self.open.as_mut().ok_or(Fault::NoDevice)
    }
}
