//! The printer on a thread of its own: jobs in, outcomes out, and its state between jobs.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use device_links::LinkAddress;
use kiosk_core::event::Event;
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{JobId, PrintOutcome, PrinterStatus, TicketFace, TicketPrinter};
use queue_protocol::model::RequestId;
use thermal_printer_escpos::{EscPosPrinter, Profile};

use crate::chain::Chain;

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

/// Prints until the visit has ended.
pub fn work(address: &LinkAddress, jobs: &Receiver<Job>, visit: &SyncSender<Event>) {
    let mut printer: Option<Printer> = None;
    let mut reported: Option<Result<PrinterStatus, Fault>> = None;
    loop {
        let status = ask(&mut printer, address);
        if reported != Some(status) {
            tracing::info!(?status, "printer");
            reported = Some(status);
            if visit.send(Event::PrinterChanged(status)).is_err() {
                return;
            }
        }
        match jobs.recv_timeout(STATUS_EVERY) {
            Ok(job) => {
                let outcome = print(&mut printer, address, &job);
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

fn ask(printer: &mut Option<Printer>, address: &LinkAddress) -> Result<PrinterStatus, Fault> {
    let status = opened(printer, address)?.status();
    close_when_gone(printer, status.err());
    status
}

fn print(printer: &mut Option<Printer>, address: &LinkAddress, job: &Job) -> PrintOutcome {
    let outcome = match opened(printer, address) {
        Ok(open) => open.print(JobId(job.request.into_bytes()), &job.face),
        Err(fault) => PrintOutcome::Failed(fault),
    };
    let fault = match outcome {
        PrintOutcome::Confirmed => None,
        PrintOutcome::Uncertain(fault) | PrintOutcome::Failed(fault) => Some(fault),
    };
    close_when_gone(printer, fault);
    outcome
}

fn opened<'a>(printer: &'a mut Option<Printer>, address: &LinkAddress) -> Result<&'a mut Printer, Fault> {
    if printer.is_none() {
        let link = device_links::open(address).map_err(|error| {
            tracing::debug!(%address, "printer not opened: {}", Chain(&error));
            error.fault()
        })?;
        *printer = Some(EscPosPrinter::new(link, Profile::default()));
    }
    printer.as_mut().ok_or(Fault::NoDevice)
}

/// A device that was unplugged comes back as another file: the link must be opened again.
fn close_when_gone(printer: &mut Option<Printer>, fault: Option<Fault>) {
    if fault == Some(Fault::NoDevice) {
        *printer = None;
    }
}
