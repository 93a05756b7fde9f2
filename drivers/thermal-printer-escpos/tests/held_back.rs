//! A line with the operating system's output queue in it: when the printer holds the host back, questions stand in
//! that queue behind the ticket and are not answered.

use std::collections::VecDeque;
use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::{PrinterModel, VirtualPrinter};
use device_sim::wire::Shared;
use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::printer::{JobId, PrintOutcome, TicketPrinter};
use kiosk_hal::uptime::Uptime;
use thermal_printer_escpos::encode::{AutomaticStatus, Job, Proof};
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::session::{EscPosPrinter, print_time_max};
use thermal_printer_escpos::ticket;

mod sample;

/// More than a ticket, as a TCP connection takes; a terminal takes 4 to 8 KiB.
const QUEUE_BYTES: usize = 65_536;
/// How often the queue is looked at while the host waits.
const TURN: Duration = Duration::from_micros(500);

struct Queued {
    link: MemoryLink<VirtualPrinter>,
    queue: VecDeque<u8>,
}

impl Queued {
    /// Sends what the printer takes until `until`.
    fn drain(&mut self, until: Uptime) -> Result<(), LinkError> {
        match self.link.write(self.queue.make_contiguous(), until) {
            Ok(()) => self.queue.clear(),
            Err(WriteFailed { written, cause: LinkError::TimedOut }) => drop(self.queue.drain(..written)),
            Err(WriteFailed { cause, .. }) => return Err(cause),
        }
        Ok(())
    }
}

impl ByteLink for Queued {
    fn now(&self) -> Uptime {
        self.link.now()
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        loop {
            self.drain(self.now())?;
            match self.link.read(into, (self.now() + TURN).min(until)) {
                Err(LinkError::TimedOut) if self.now() < until => {}
                other => return other,
            }
        }
    }

    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        let mut written = 0;
        while written < bytes.len() {
            let room = QUEUE_BYTES - self.queue.len();
            let taken = bytes.iter().skip(written).take(room);
            self.queue.extend(taken.clone());
            written += taken.len();
            let turn_end = if written < bytes.len() { (self.now() + TURN).min(until) } else { self.now() };
            self.drain(turn_end).map_err(|cause| WriteFailed { written, cause })?;
            if written < bytes.len() && self.now() >= until {
                return Err(WriteFailed { written, cause: LinkError::TimedOut });
            }
        }
        Ok(())
    }

    fn discard_output(&mut self) -> Result<(), LinkError> {
        self.queue.clear();
        Ok(())
    }
}

const PROFILE: Profile = Profile::epson_80_mm(Wire::Serial { baud: 115_200 });

fn bench() -> (Shared<VirtualPrinter>, EscPosPrinter<Queued>) {
    let shared = Shared::new(VirtualPrinter::new(PrinterModel::serial(115_200)));
    let link = Queued { link: MemoryLink::new(shared.clone()), queue: VecDeque::new() };
    (shared, EscPosPrinter::new(link, PROFILE))
}

#[test]
fn a_ticket_goes_through_the_queue() {
    let (_, mut printer) = bench();
    assert_eq!(printer.print(JobId([7; 16]), &sample::face()), PrintOutcome::Confirmed);
}

#[test]
fn what_the_printer_says_by_itself_counts_while_questions_wait_in_the_queue() {
    let mut failed = 0;
    for paper_mm in [15, 20, 25, 30, 40, 50, 60] {
        let (shared, mut printer) = bench();
        shared.with(|it| it.paper_left_mm(paper_mm));
        let started = printer.now();
        let outcome = printer.print(JobId([7; 16]), &sample::face());
        let took = printer.now().saturating_since(started);
        // The queue is thrown away before the clearing command, so the printer says that nothing more comes out.
        let clears = outcome == PrintOutcome::Failed(Fault::PaperOut);
        assert!(clears || outcome == PrintOutcome::Uncertain(Fault::PaperOut), "{paper_mm} mm: {outcome:?}");
        failed += usize::from(clears);
        assert!(took < Duration::from_secs(6), "the patient waited {took:?} with {paper_mm} mm of paper");
    }
    assert!(failed > 0, "thrown away, the queue no longer keeps the clearing command from the printer");
}

#[test]
fn no_print_takes_longer_than_its_bound() {
    let Ok(canvas) = ticket::draw(&sample::face()) else { panic!("the sample is drawn") };
    let bound = print_time_max(&PROFILE, &Job::ticket(&canvas, AutomaticStatus::Faults, Proof::ProcessIds(1)));
    let levers: [fn(&mut VirtualPrinter); 4] =
        [VirtualPrinter::hold_line, VirtualPrinter::silent, VirtualPrinter::garbage, VirtualPrinter::power_off];
    for lever in levers {
        for after_ms in [0, 300, 2_500] {
            let (_, mut printer) = bench();
            let started = printer.now();
            printer.link_mut().link.at(started + Duration::from_millis(after_ms), lever);
            let first = printer.print(JobId([7; 16]), &sample::face());
            let took = printer.now().saturating_since(started);
            assert!(took <= bound, "{first:?} took {took:?}, bound {bound:?}");
            let again = printer.now();
            let second = printer.print(JobId([8; 16]), &sample::face());
            let took = printer.now().saturating_since(again);
            assert!(took <= bound, "{second:?} took {took:?}, bound {bound:?}");
        }
    }
}
