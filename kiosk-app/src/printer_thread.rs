//! The printer on a thread of its own: jobs in, outcomes out, and its state between jobs.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use device_links::LinkAddress;
use kiosk_core::event::Event;
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{JobId, PrintOutcome, PrinterStatus, TicketFace, TicketPrinter};
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::RequestId;
use thermal_printer_escpos::encode::nv::Stock;
use thermal_printer_escpos::session::EscPosPrinter;

use crate::chain::Chain;
use crate::config::Printing;
use crate::print_journal::PrintJournalFile;
use crate::stock::{Pantry, Restocked, Specimens};
use crate::watched::DeviceWork;
use crate::wiring::Desk;

/// How often the printer is asked for its state between jobs.
const STATUS_EVERY: Duration = Duration::from_secs(2);
/// A job that had to wait longer than this is not begun: its patient is told to write the number down, and no paper comes
/// after the number has left the screen.
pub const START_WAIT: Duration = Duration::from_secs(30);

/// One ticket to print.
#[derive(Debug)]
pub struct Job {
    /// The request that issued the number.
    pub request: RequestId,
    /// What is on the ticket.
    pub face: Box<TicketFace>,
    /// When it was asked for.
    pub asked_at: Uptime,
}

/// What the printer's thread is asked to do.
#[derive(Debug)]
pub enum Task {
    /// A patient's ticket; the visit is told of its outcome.
    Print(Job),
    /// A technician's ticket; whoever asked is told.
    Test(Box<TicketFace>, SyncSender<PrintOutcome>),
}

type Printer = EscPosPrinter<Box<dyn ByteLink>>;

/// The printer as the kiosk has it: open, or to be opened.
pub struct PrinterThread {
    address: LinkAddress,
    printing: Printing,
    open: Option<Printer>,
    journal: PrintJournalFile,
    pantry: Pantry,
    /// The job in the middle of which the thread may fall.
    in_hand: Option<RequestId>,
    reported: Option<Result<PrinterStatus, Fault>>,
}

impl PrinterThread {
    /// The printer at `address`, with each job in `journal` before its first byte, and pictures of `specimens` in it.
    pub fn new(address: LinkAddress, printing: Printing, journal: PrintJournalFile, specimens: Specimens) -> Self {
        let pantry = Pantry::new(specimens);
        Self { address, printing, open: None, journal, pantry, in_hand: None, reported: None }
    }

    /// Prints until the visit has ended.
    fn work(&mut self, tasks: &Receiver<Task>, desk: &Desk) {
        loop {
            desk.pulse.beat();
            let status = self.ask();
            if !self.report(status, desk) {
                return;
            }
            let ready = status.is_ok_and(|status| status.fault.is_none());
            if ready {
                self.restock();
            }
            // A ticket goes before the next picture.
            let wait = if ready && self.pantry.is_writing() { Duration::ZERO } else { STATUS_EVERY };
            let goes_on = match tasks.recv_timeout(wait) {
                Ok(Task::Print(job)) => self.print_for_visit(&job, desk),
                Ok(Task::Test(face, answer)) => {
                    let outcome = self.print(test_job(), &face, desk);
                    // A technician who went away needs no answer.
                    let _gone = answer.try_send(outcome);
                    true
                }
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => false,
            };
            if !goes_on {
                return;
            }
        }
    }

    fn report(&mut self, status: Result<PrinterStatus, Fault>, desk: &Desk) -> bool {
        if self.reported == Some(status) {
            return true;
        }
        tracing::info!(?status, "printer");
        self.reported = Some(status);
        desk.states.printer(status);
        desk.visit.send(Event::PrinterChanged(status)).is_ok()
    }

    fn print_for_visit(&mut self, job: &Job, desk: &Desk) -> bool {
        let waited = device_links::clock::now().saturating_since(job.asked_at);
        let outcome = if waited > START_WAIT {
            PrintOutcome::Failed(Fault::Busy)
        } else {
            self.in_hand = Some(job.request);
            self.print(JobId(job.request.into_bytes()), &job.face, desk)
        };
        tracing::info!(request = %job.request, ?outcome, "print job ended");
        self.in_hand = None;
        desk.visit.send(Event::Printed(job.request, outcome)).is_ok()
    }

    fn ask(&mut self) -> Result<PrinterStatus, Fault> {
        let status = self.opened()?.status();
        if status == Err(Fault::NoDevice) {
            self.close();
        }
        status
    }

    fn print(&mut self, job: JobId, face: &TicketFace, desk: &Desk) -> PrintOutcome {
        let outcome = match self.opened() {
            Ok(printer) => printer.print(job, face),
            Err(fault) => PrintOutcome::Failed(fault),
        };
        let rows = self.open.as_ref().and_then(Printer::last_report).map_or(0, |report| report.rows);
        desk.counters.printed(outcome, u64::from(rows) * 254 / (10 * u64::from(self.printing.profile.dpi.max(1))));
        if let PrintOutcome::Uncertain(Fault::NoDevice) | PrintOutcome::Failed(Fault::NoDevice) = outcome {
            // A device that was unplugged comes back as another file: the link must be opened again.
            self.close();
        }
        outcome
    }

    fn close(&mut self) {
        self.open = None;
        self.pantry.forget();
    }

    fn restock(&mut self) {
        let Some(mut printer) = self.open.take() else { return };
        let writes = self.pantry.is_writing();
        if writes && self.journal.storing().is_err() {
            self.pantry.give_up();
            self.open = Some(printer);
            return;
        }
        let layout = self.printing.profile.layout(self.printing.logo.clone());
        let restocked = self.pantry.step(printer.link_mut(), &self.printing.profile, &layout);
        if writes && restocked != Restocked::BrokenOff {
            self.journal.stored();
        }
        self.open = Some(match restocked {
            Restocked::Nothing => printer,
            Restocked::Holds(stock) => printer.with_stock(stock),
            Restocked::BrokenOff => {
                printer.doubt_path();
                printer.with_stock(Stock::empty())
            }
        });
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
            let printer = make(link, self.printing.profile).with_journal(Box::new(self.journal.clone()));
            self.open = Some(match &self.printing.logo {
                Some(logo) => printer.with_logo(logo.clone()),
                None => printer,
            });
        }
        self.open.as_mut().ok_or(Fault::NoDevice)
    }
}

fn test_job() -> JobId {
    JobId(queue_client::new_request_id().into_bytes())
}

/// The thread with what it is wired to.
pub struct PrinterWork {
    /// The printer.
    pub thread: PrinterThread,
    /// What it is asked to do.
    pub tasks: Receiver<Task>,
    /// Whom it tells.
    pub desk: Desk,
}

impl DeviceWork for PrinterWork {
    fn work(&mut self) {
        self.thread.work(&self.tasks, &self.desk);
    }

    fn fallen(&mut self) {
        self.thread.close();
        let fault = Fault::HardwareError;
        if let Some(request) = self.thread.in_hand.take() {
            // A visit that has ended needs no outcome.
            let _ended = self.desk.visit.send(Event::Printed(request, PrintOutcome::Uncertain(fault)));
        }
        self.thread.report(Err(fault), &self.desk);
    }
}

#[cfg(test)]
mod tests {
    use device_sim::printer::{Paper, PrinterModel, VirtualPrinter};
    use device_sim::pty::PtyMount;
    use device_sim::wire::Shared;
    use kiosk_hal::printer::{Edition, PrintFact};
    use thermal_printer_escpos::encode::nv::finite_pictures;
    use thermal_printer_escpos::encode::{AutomaticStatus, Job as Encoded, Proof};
    use thermal_printer_escpos::profile::{Profile, Wire};
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

    fn in_room(number: &str, room: usize) -> TicketFace {
        let mut face = face(number, 8);
        face.place = format!("Phòng {room}");
        face
    }

    fn started(link: &LinkAddress, dir: &std::path::Path) -> PrinterThread {
        let printing = Printing { profile: Profile::epson_80_mm(Wire::Serial { baud: 115_200 }), logo: None };
        let specimens = Specimens::default();
        PrinterThread::new(link.clone(), printing, PrintJournalFile::open(dir).unwrap(), specimens)
    }

    /// Rooms of a hospital, each with a picture of its own on the ticket.
    const ROOMS: usize = 12;
    /// Generous: decides only how long a failing test takes.
    const SOON: Duration = Duration::from_secs(60);

    fn desk(dir: &std::path::Path) -> Desk {
        Desk::for_test(std::sync::mpsc::sync_channel(16).0, dir)
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
            let longest = START_WAIT + status_time_max(&profile) + print_time_max(&profile, &job);
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
        let mut thread = started(&link, dir.path());
        let desk = desk(dir.path());

        printer.with(|printer| printer.paper_left_mm(40));
        assert!(matches!(thread.print(test_job(), &face("A-001", 8), &desk), PrintOutcome::Failed(Fault::PaperOut)));
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
        assert_eq!(thread.print(test_job(), &face("A-002", 8), &desk), PrintOutcome::Confirmed);
        assert_eq!(printer.with(|printer| printer.papers().iter().filter(|paper| Paper::has_ink(paper)).count()), 1);
    }

    /// A ticket that is asked for before, and one that is asked for in the middle of writing.
    #[test]
    fn a_ticket_goes_before_the_pictures_that_are_being_written() {
        let dir = tempfile::tempdir().unwrap();
        let device = dir.path().join("printer");
        let printer = Shared::new(VirtualPrinter::new(PrinterModel::serial(115_200)));
        let _wire = PtyMount::new(printer.clone(), &device).unwrap();
        let link = format!("serial:{}@115200", device.display()).parse().unwrap();
        let printing = Printing { profile: Profile::epson_80_mm(Wire::Serial { baud: 115_200 }), logo: None };
        let specimens = Specimens::default();
        specimens.replace((1..=ROOMS).map(|room| in_room("A-001", room)).collect());
        let mut thread = PrinterThread::new(link, printing, PrintJournalFile::open(dir.path()).unwrap(), specimens);
        let (visit, told) = std::sync::mpsc::sync_channel(16);
        let (tasks, inbox) = std::sync::mpsc::sync_channel(4);
        let desk = Desk::for_test(visit, dir.path());
        let writes = || printer.with(|printer| printer.memory_writes());
        let job = |serial: u8, room: usize| {
            let request = RequestId::from_bytes([serial; 16]);
            Task::Print(Job { request, face: Box::new(in_room("A-002", room)), asked_at: device_links::clock::now() })
        };
        let outcome = || {
            let printed = |event| if let Event::Printed(_, outcome) = event { Some(outcome) } else { None };
            std::iter::from_fn(|| told.recv_timeout(SOON).ok()).find_map(printed)
        };
        let until_written = |count: usize| {
            let until = device_links::clock::now() + SOON;
            while writes() < count && device_links::clock::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
            writes()
        };

        tasks.send(job(1, 1)).unwrap();
        let worker = std::thread::spawn(move || thread.work(&inbox, &desk));
        assert_eq!(outcome(), Some(PrintOutcome::Confirmed));
        assert!(writes() <= 1, "{} pictures went before a ticket", writes());

        let before = until_written(3);
        tasks.send(job(2, 2)).unwrap();
        assert_eq!(outcome(), Some(PrintOutcome::Confirmed));
        let between = writes() - before;
        assert!(between <= 2, "{between} pictures went before a ticket");
        assert_eq!(printer.with(|printer| printer.unknown_commands()), 0);
        assert!(until_written(ROOMS) >= ROOMS, "the pictures are written all the same");
        drop(tasks);
        worker.join().unwrap();
        assert_eq!(printer.with(VirtualPrinter::take_papers).iter().filter(|paper| paper.has_ink()).count(), 2);
    }

    /// What the kernel has of a picture when the kiosk is killed goes to the printer; the rest never comes.
    fn half_a_picture(link: &LinkAddress, face: &TicketFace, dir: &std::path::Path) -> usize {
        let profile = Profile::epson_80_mm(Wire::Serial { baud: 115_200 });
        let sheet = ticket::compose(face, &profile.layout(None)).unwrap();
        let pictures: Vec<_> = finite_pictures(&sheet).collect();
        let parts = Stock::of(&pictures).definitions(&pictures);
        let sent = [&parts[0], &parts[1][..parts[1].len() / 2]].concat();
        PrintJournalFile::open(dir).unwrap().storing().unwrap();
        let mut link = device_links::open(link).unwrap();
        let until = link.now() + SOON;
        link.write(&sent, until).unwrap();
        sent.len()
    }

    #[test]
    fn a_ticket_after_a_kill_in_the_middle_of_a_picture_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let device = dir.path().join("printer");
        let printer = Shared::new(VirtualPrinter::new(PrinterModel::serial(115_200)));
        let _wire = PtyMount::new(printer.clone(), &device).unwrap();
        let link = format!("serial:{}@115200", device.display()).parse().unwrap();
        let sent = half_a_picture(&link, &in_room("A-001", 1), dir.path());
        let until = device_links::clock::now() + SOON;
        while printer.with(|printer| printer.wire_log().len()) < sent && device_links::clock::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }

        let mut thread = started(&link, dir.path());
        let desk = desk(dir.path());
        assert!(!thread.journal.is_path_clean(), "the journal knows of the picture");
        assert!(thread.ask().is_ok_and(|status| status.fault.is_none()));
        assert!(thread.journal.is_path_clean(), "the printer has nothing of it any more");
        printer.with(VirtualPrinter::take_papers);
        assert_eq!(thread.print(test_job(), &in_room("A-001", 1), &desk), PrintOutcome::Confirmed);
        assert_eq!(printer.with(VirtualPrinter::take_papers).iter().filter(|paper| paper.has_ink()).count(), 1);
    }

    /// A kiosk with a virtual printer, killed and started again on the same disk.
    #[test]
    fn a_restart_costs_a_slip_only_when_a_ticket_was_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let device = dir.path().join("printer");
        let printer = Shared::new(VirtualPrinter::new(PrinterModel::usb()));
        let _wire = PtyMount::new(printer.clone(), &device).unwrap();
        let link = format!("serial:{}@115200", device.display()).parse().unwrap();
        let started = || started(&link, dir.path());
        let desk = desk(dir.path());

        assert_eq!(started().print(test_job(), &face("A-001", 8), &desk), PrintOutcome::Confirmed);
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
