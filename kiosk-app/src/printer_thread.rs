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
use crate::print_journal::PrintJournalFile;

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
    journal: PrintJournalFile,
}

impl PrinterThread {
    /// The printer of the configuration, with each job in `journal` before its first byte.
    pub fn new(config: &PrinterConfig, journal: PrintJournalFile) -> Self {
        let wire = match &config.link {
            LinkAddress::Serial(line) => Wire::Serial { baud: line.baud },
            LinkAddress::UsbLp(_) | LinkAddress::Tcp(_) | LinkAddress::Hidraw(_) | LinkAddress::Keyboard(_) => {
                Wire::Fast
            }
        };
        let profile = match config.profile {
            PrinterProfile::Epson80Mm => Profile::epson_80_mm(wire),
            PrinterProfile::Presenter80Mm => Profile::presenter_80_mm(wire),
            PrinterProfile::Counter80Mm => Profile::etb_counter_80_mm(wire),
            PrinterProfile::Unknown80Mm => Profile::unknown_80_mm(wire),
        };
        Self { address: config.link.clone(), profile, open: None, journal }
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
            Err(fault) => return PrintOutcome::Failed(fault),
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
            // What hangs in the printer of a lost job must not head the next ticket.
            let clean = self.journal.is_path_clean();
            let make = if clean { EscPosPrinter::new } else { EscPosPrinter::after_unfinished_job };
            self.open = Some(make(link, self.profile).with_journal(Box::new(self.journal.clone())));
        }
        self.open.as_mut().ok_or(Fault::NoDevice)
    }
}

#[cfg(test)]
mod tests {
    use device_sim::printer::{Paper, PrinterModel, VirtualPrinter};
    use device_sim::pty::PtyMount;
    use device_sim::wire::Shared;
    use kiosk_hal::printer::{Edition, PrintFact};
    use thermal_printer_escpos::encode::{AutomaticStatus, Job as Encoded, Proof};
    use thermal_printer_escpos::session::{print_time_max, status_time_max};
    use thermal_printer_escpos::ticket::{self, FIELD_LETTERS_MAX};

    use super::*;

    fn face(number: &str, letters: usize) -> TicketFace {
        let text = "Ộ".repeat(letters);
        TicketFace {
            hospital: text.clone(),
            address: text.clone(),
            title: "PHIẾU SỐ THỨ TỰ".into(),
            number: number.into(),
            notice: String::new(),
            department: String::new(),
            service: text.clone(),
            place: text.clone(),
            patient: text,
            priority: String::new(),
            ahead: "Số người chờ trước: 999".into(),
            wait: String::new(),
            issued_at: "23/11/2026 08:30".into(),
            qr: String::new(),
            footer: vec!["Vui lòng giữ phiếu và theo dõi màn hình gọi số.".into(); 2],
            edition: Edition::Original,
        }
    }

    fn job(number: &str) -> Job {
        Job { request: RequestId::from_bytes([7; 16]), face: Box::new(face(number, 8)) }
    }

    #[test]
    fn the_visit_waits_longer_than_the_slowest_printer_takes() {
        let canvas = ticket::draw(&face("A-999", FIELD_LETTERS_MAX)).unwrap();
        let wire = Wire::Serial { baud: 9_600 };
        let profiles = [
            Profile::epson_80_mm(wire),
            Profile::presenter_80_mm(wire),
            Profile::etb_counter_80_mm(wire),
            Profile::unknown_80_mm(wire),
        ];
        for profile in profiles {
            let job = Encoded::ticket(&canvas, AutomaticStatus::Faults, Proof::ProcessIds(0));
            let longest = status_time_max(&profile) + print_time_max(&profile, &job);
            assert!(longest < kiosk_core::session::PRINT_WAIT, "{longest:?}");
        }
    }

    #[test]
    fn a_stump_that_was_left_when_the_printer_went_does_not_head_the_next_ticket() {
        let dir = tempfile::tempdir().unwrap();
        let device = dir.path().join("printer");
        let printer = Shared::new(VirtualPrinter::new(PrinterModel::usb()));
        let wire = PtyMount::new(printer.clone(), &device).unwrap();
        let link = format!("serial:{}@115200", device.display()).parse().unwrap();
        let config = PrinterConfig { link, profile: PrinterProfile::Epson80Mm };
        let mut thread = PrinterThread::new(&config, PrintJournalFile::open(dir.path()).unwrap());

        printer.with(|printer| printer.paper_left_mm(40));
        assert!(matches!(thread.print(&job("A-001")), PrintOutcome::Failed(Fault::PaperOut)));
        // To load paper somebody pulls the plug.
        wire.unplug();
        assert_eq!(thread.ask(), Err(Fault::NoDevice));
        printer.with(VirtualPrinter::power_off);
        printer.with(VirtualPrinter::power_on);
        printer.with(VirtualPrinter::load_paper);
        wire.replug();
        let status = thread.ask();
        assert!(status.is_ok_and(|status| status.fault.is_none()), "{status:?}");
        assert_eq!(printer.with(VirtualPrinter::take_papers).len(), 1, "the stump is cut off");
        assert_eq!(thread.print(&job("A-002")), PrintOutcome::Confirmed);
        assert_eq!(printer.with(|printer| printer.papers().iter().filter(|paper| Paper::has_ink(paper)).count()), 1);
    }

    /// A kiosk with a virtual printer, killed and started again on the same disk.
    #[test]
    fn a_restart_costs_a_slip_only_when_a_ticket_was_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let device = dir.path().join("printer");
        let printer = Shared::new(VirtualPrinter::new(PrinterModel::usb()));
        let _wire = PtyMount::new(printer.clone(), &device).unwrap();
        let link = format!("serial:{}@115200", device.display()).parse().unwrap();
        let config = PrinterConfig { link, profile: PrinterProfile::Epson80Mm };
        let started = || PrinterThread::new(&config, PrintJournalFile::open(dir.path()).unwrap());

        assert_eq!(started().print(&job("A-001")), PrintOutcome::Confirmed);
        printer.with(VirtualPrinter::take_papers);
        assert!(started().ask().is_ok_and(|status| status.fault.is_none()));
        assert_eq!(printer.with(VirtualPrinter::take_papers).len(), 0, "nothing was cut off");

        let mut journal = PrintJournalFile::open(dir.path()).unwrap();
        kiosk_hal::printer::PrintJournal::record(&mut journal, JobId([9; 16]), PrintFact::Sending).unwrap();
        assert!(started().ask().is_ok_and(|status| status.fault.is_none()));
        assert_eq!(printer.with(VirtualPrinter::take_papers).len(), 1, "the slip of the ticket that was cut off");
        assert!(started().ask().is_ok_and(|status| status.fault.is_none()));
        assert_eq!(printer.with(VirtualPrinter::take_papers).len(), 0, "once");
    }
}
