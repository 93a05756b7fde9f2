//! The driver on the virtual printer: what comes out, what is reported, and what the next patient finds.

use std::sync::LazyLock;
use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::{Paper, PrinterModel, VirtualPrinter};
use device_sim::wire::Shared;
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{self, JobId, PrintOutcome, TicketFace, TicketPrinter};
use thermal_printer_escpos::canvas::TicketCanvas;
use thermal_printer_escpos::encode::nv::{Stock, finite_pictures};
use thermal_printer_escpos::encode::{AutomaticStatus, Job, Proof};
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::provision::provision;
use thermal_printer_escpos::session::EscPosPrinter;
use thermal_printer_escpos::ticket;

mod sample;

type Lever = fn(&mut VirtualPrinter);

struct Bench {
    shared: Shared<VirtualPrinter>,
    printer: EscPosPrinter<MemoryLink<VirtualPrinter>>,
}

impl Bench {
    fn new(model: PrinterModel, profile: Profile) -> Self {
        let shared = Shared::new(VirtualPrinter::new(model));
        let printer = EscPosPrinter::new(MemoryLink::new(shared.clone()), profile);
        Self { shared, printer }
    }

    fn usb() -> Self {
        Self::new(PrinterModel::usb(), Profile::epson_80_mm(Wire::Fast))
    }

    fn serial() -> Self {
        Self::new(PrinterModel::serial(115_200), Profile::epson_80_mm(Wire::Serial { baud: 115_200 }))
    }

    fn print(&mut self, face: &TicketFace) -> PrintOutcome {
        // All as dots: the paper is then compared with the canvas, and a job is long enough to be interrupted.
        match ticket::draw(face) {
            Ok(canvas) => self.printer.print_canvas(JobId([7; 16]), &canvas),
            Err(_) => self.printer.print(JobId([7; 16]), face),
        }
    }

    /// Pulls `lever` when `after` has passed.
    fn plan(&mut self, after: Duration, lever: Lever) {
        let at = self.printer.now() + after;
        self.printer.link_mut().at(at, lever);
    }

    fn pull(&self, lever: Lever) {
        self.shared.with(lever);
    }

    /// Pieces with ink that came out since the last call.
    fn tickets(&mut self) -> Vec<Paper> {
        self.printer.link_mut().idle(Duration::from_secs(5));
        let papers = self.shared.with(VirtualPrinter::take_papers);
        papers.into_iter().filter(Paper::has_ink).collect()
    }

    /// Staff put things right and take away what hangs out; then the next patient comes.
    fn next_patient_gets_one_clean_ticket(&mut self, context: &str) {
        // A fault planned for later than the ticket took strikes before staff come.
        self.printer.link_mut().idle(Duration::from_secs(1));
        self.pull(VirtualPrinter::replug);
        self.pull(VirtualPrinter::power_on);
        self.pull(VirtualPrinter::load_paper);
        self.pull(VirtualPrinter::close_cover);
        self.pull(VirtualPrinter::cutter_fixed);
        self.pull(VirtualPrinter::truthful);
        self.pull(VirtualPrinter::release_line);
        assert_eq!(self.printer.print_canvas(JobId([8; 16]), &NEXT), PrintOutcome::Confirmed, "{context}");
        let tickets = self.tickets();
        let own = tickets.last().unwrap_or_else(|| panic!("{context}: no ticket"));
        assert!(shows(own, &NEXT), "{context}: the next patient's ticket is not clean");
        let olds = tickets.iter().filter(|paper| shows(paper, &OLD)).count();
        assert!(olds <= 1, "{context}: the old ticket came {olds} times");
        assert_eq!(self.shared.with(|it| it.unknown_commands()), 0, "{context}");
    }
}

static OLD: LazyLock<TicketCanvas> = LazyLock::new(|| drawn(&sample::face()));
static NEXT: LazyLock<TicketCanvas> = LazyLock::new(|| drawn(&next_face()));

fn drawn(face: &TicketFace) -> TicketCanvas {
    ticket::draw(face).unwrap_or_else(|refused| panic!("{refused}"))
}

fn next_face() -> TicketFace {
    let mut face = sample::face();
    face.number = "A-0124".into();
    face.patient = "TRẦN VĂN THỬ".into();
    face
}

fn shows(paper: &Paper, canvas: &TicketCanvas) -> bool {
    let inked = |row: &&[u8]| row.iter().any(|bits| *bits != 0);
    let from_first_ink: Vec<&[u8]> = canvas.rows().skip_while(|row| !inked(row)).collect();
    let last_ink = from_first_ink.iter().rposition(inked).unwrap_or(0);
    paper.inked_rows().iter().map(|row| row.as_slice()).eq(from_first_ink.into_iter().take(last_ink + 1))
}

fn job() -> Job {
    Job::ticket(&OLD, AutomaticStatus::Faults, Proof::ProcessIds(1))
}

#[test]
fn the_paper_is_the_canvas_dot_for_dot() {
    for mut bench in [Bench::usb(), Bench::serial()] {
        assert_eq!(bench.print(&sample::face()), PrintOutcome::Confirmed);
        let tickets = bench.tickets();
        assert_eq!(tickets.len(), 1);
        assert!(shows(&tickets[0], &OLD));
        assert_eq!(bench.shared.with(|it| (it.unknown_commands(), it.bytes_lost())), (0, 0));
    }
}

#[test]
fn a_slow_printer_that_holds_its_stock_confirms_a_short_job() {
    let profile = Profile::epson_80_mm(Wire::Serial { baud: 9_600 });
    let sheet = ticket::compose(&sample::face(), &profile.layout(None)).unwrap();
    let pictures: Vec<_> = finite_pictures(&sheet).collect();
    let stock = Stock::of(&pictures);
    let shared = Shared::new(VirtualPrinter::new(PrinterModel::serial(9_600)));
    let mut link = MemoryLink::new(shared.clone());
    provision(&mut link, &profile, &stock, &pictures).unwrap();
    let mut printer = EscPosPrinter::new(link, profile).with_stock(stock);
    assert_eq!(printer.print(JobId([7; 16]), &sample::face()), PrintOutcome::Confirmed);
    let report = printer.last_report().unwrap();
    assert!(report.bytes <= 5_000, "{report:?}");
    assert_eq!(shared.with(|it| (it.papers().len(), it.unknown_commands())), (1, 0));
}

#[test]
fn three_millimetres_of_white_paper_are_below_the_last_line() {
    let mut bench = Bench::usb();
    assert_eq!(bench.print(&sample::face()), PrintOutcome::Confirmed);
    let tickets = bench.tickets();
    let white = tickets[0].rows().iter().rev().take_while(|row| row.iter().all(|bits| *bits == 0)).count();
    assert!((24..40).contains(&white), "{white} dots");
}

#[test]
fn a_ticket_is_one_paper_after_another() {
    let mut bench = Bench::usb();
    for _ in 0..3 {
        assert_eq!(bench.print(&sample::face()), PrintOutcome::Confirmed);
    }
    assert_eq!(bench.tickets().len(), 3);
}

#[test]
fn a_fault_before_the_first_byte_prints_nothing() {
    let faults: [(Lever, Fault); 7] = [
        (VirtualPrinter::paper_out, Fault::PaperOut),
        (VirtualPrinter::open_cover, Fault::CoverOpen),
        (VirtualPrinter::cutter_error, Fault::HardwareError),
        (VirtualPrinter::heat_head, Fault::Busy),
        (VirtualPrinter::silent, Fault::Offline),
        (VirtualPrinter::garbage, Fault::Protocol),
        (VirtualPrinter::unplug, Fault::NoDevice),
    ];
    for (lever, fault) in faults {
        let mut bench = Bench::serial();
        bench.pull(lever);
        assert_eq!(bench.print(&sample::face()), PrintOutcome::Failed(fault));
        bench.pull(VirtualPrinter::cool_head);
        assert!(bench.tickets().is_empty(), "{fault:?}");
        bench.next_patient_gets_one_clean_ticket(&format!("{fault:?} before"));
    }
}

#[test]
fn a_refused_name_prints_nothing() {
    let mut bench = Bench::usb();
    let mut face = sample::face();
    face.patient = "NGUYỄN\u{1b}@".into();
    assert_eq!(bench.print(&face), PrintOutcome::Failed(Fault::InvalidData));
    assert!(bench.shared.with(|it| it.wire_log().is_empty()));
}

/// Moments of a ticket at which a fault strikes, from the first byte to past the cut.
fn moments() -> impl Iterator<Item = Duration> {
    (1..20).map(|step| Duration::from_millis(step * 193))
}

#[test]
fn paper_out_at_any_moment_is_never_a_lie() {
    let mut failed = 0;
    for moment in moments() {
        let mut bench = Bench::serial();
        bench.plan(moment, VirtualPrinter::paper_out);
        let outcome = bench.printer.print_canvas(JobId([7; 16]), &OLD);
        let context = format!("paper out after {moment:?}: {outcome:?}");
        let papers = whole_papers(&mut bench);
        match outcome {
            PrintOutcome::Confirmed => assert_eq!(papers, 1, "{context}"),
            PrintOutcome::Failed(fault) => {
                failed += 1;
                assert_eq!((fault, papers), (Fault::PaperOut, 0), "{context}");
            }
            PrintOutcome::Uncertain(fault) => assert_eq!(fault, Fault::PaperOut, "{context}"),
        }
        bench.next_patient_gets_one_clean_ticket(&context);
    }
    assert!(failed > 10, "most moments are in the middle of the ticket: {failed}");
}

/// Loads paper and counts what then comes out whole: after `Failed` nothing may.
fn whole_papers(bench: &mut Bench) -> usize {
    bench.pull(VirtualPrinter::load_paper);
    bench.tickets().iter().filter(|paper| shows(paper, &OLD)).count()
}

#[test]
fn a_fault_at_any_moment_ends_in_its_outcome_and_a_clean_next_ticket() {
    let faults: [(Lever, Fault); 4] = [
        (VirtualPrinter::open_cover, Fault::CoverOpen),
        (VirtualPrinter::cutter_error, Fault::HardwareError),
        (VirtualPrinter::power_off, Fault::Offline),
        (VirtualPrinter::unplug, Fault::NoDevice),
    ];
    for (lever, expected) in faults {
        for moment in moments().step_by(2) {
            let mut bench = Bench::serial();
            bench.plan(moment, lever);
            let outcome = bench.printer.print_canvas(JobId([7; 16]), &OLD);
            let context = format!("{expected:?} after {moment:?}: {outcome:?}");
            match outcome {
                PrintOutcome::Confirmed => assert!(moment > Duration::from_secs(2), "{context}"),
                PrintOutcome::Uncertain(fault) | PrintOutcome::Failed(fault) => {
                    assert_eq!(fault, expected, "{context}");
                }
            }
            bench.next_patient_gets_one_clean_ticket(&context);
        }
    }
}

#[test]
fn power_lost_at_many_bytes_is_uncertain_and_the_stump_is_cut_off() {
    for bytes in (20..job().len()).step_by(5_903) {
        let mut bench = Bench::serial();
        bench.shared.with(|it| it.power_cut_after(bytes));
        let context = format!("power lost after {bytes} bytes");
        assert_eq!(bench.print(&sample::face()), PrintOutcome::Uncertain(Fault::Offline), "{context}");
        bench.next_patient_gets_one_clean_ticket(&context);
    }
}

#[test]
fn a_cutter_that_jams_under_the_ticket_is_uncertain() {
    let mut bench = Bench::usb();
    bench.pull(VirtualPrinter::cutter_error_at_next_cut);
    assert_eq!(bench.print(&sample::face()), PrintOutcome::Uncertain(Fault::HardwareError));
    assert!(bench.printer.last_report().unwrap().body_confirmed);
    bench.next_patient_gets_one_clean_ticket("cutter");
}

#[test]
fn silence_and_garbage_in_the_middle_are_never_called_printed() {
    for (lever, fault) in
        [(VirtualPrinter::silent as Lever, Fault::Offline), (VirtualPrinter::garbage as Lever, Fault::Protocol)]
    {
        let mut bench = Bench::serial();
        bench.plan(Duration::from_millis(300), lever);
        assert_eq!(bench.print(&sample::face()), PrintOutcome::Uncertain(fault));
        bench.next_patient_gets_one_clean_ticket(&format!("{fault:?} in the middle"));
    }
}

#[test]
fn a_held_line_ends_by_the_deadline() {
    let mut bench = Bench::serial();
    bench.plan(Duration::from_millis(300), VirtualPrinter::hold_line);
    let started = bench.printer.now();
    assert_eq!(bench.print(&sample::face()), PrintOutcome::Uncertain(Fault::Offline));
    assert!(bench.printer.now().saturating_since(started) < Duration::from_secs(20));
    bench.next_patient_gets_one_clean_ticket("held line");
}

#[test]
fn paper_out_is_learned_within_half_a_second_of_the_sensor() {
    for profile in [Profile::epson_80_mm(Wire::Fast), polled()] {
        let mut bench = Bench::new(PrinterModel::usb(), profile);
        bench.shared.with(|it| it.paper_left_mm(30));
        let started = bench.printer.now();
        assert_eq!(bench.print(&sample::face()), PrintOutcome::Failed(Fault::PaperOut));
        // 30 mm take 150 ms at 200 mm/s.
        let took = bench.printer.now().saturating_since(started);
        assert!(took < Duration::from_millis(650), "{took:?}");
    }
}

fn polled() -> Profile {
    Profile { automatic_status: AutomaticStatus::Off, ..Profile::epson_80_mm(Wire::Fast) }
}

#[test]
fn a_slow_hot_head_is_waited_for() {
    let mut bench = Bench::serial();
    bench.plan(Duration::from_millis(500), VirtualPrinter::heat_head);
    bench.plan(Duration::from_millis(2_000), VirtualPrinter::cool_head);
    assert_eq!(bench.print(&sample::face()), PrintOutcome::Confirmed);
}

#[test]
fn a_printer_that_cannot_confirm_is_never_confirmed() {
    let mut bench = Bench::new(PrinterModel::clone_usb(), Profile::unknown_80_mm(Wire::Fast));
    for _ in 0..2 {
        assert_eq!(bench.print(&sample::face()), PrintOutcome::Uncertain(Fault::Unsupported));
        let tickets = bench.tickets();
        assert!(tickets.len() == 1 && shows(&tickets[0], &OLD));
    }
    bench.shared.with(|it| it.paper_left_mm(30));
    assert_eq!(bench.print(&sample::face()), PrintOutcome::Uncertain(Fault::PaperOut));
}

#[test]
fn a_link_opened_again_finds_no_old_half_ticket() {
    let mut bench = Bench::serial();
    bench.plan(Duration::from_millis(900), VirtualPrinter::unplug);
    assert_eq!(bench.print(&sample::face()), PrintOutcome::Uncertain(Fault::NoDevice));
    bench.pull(VirtualPrinter::replug);
    let profile = Profile::epson_80_mm(Wire::Serial { baud: 115_200 });
    bench.printer = EscPosPrinter::after_unfinished_job(MemoryLink::new(bench.shared.clone()), profile);
    bench.next_patient_gets_one_clean_ticket("opened again");
}

#[test]
fn status_names_the_fault_and_the_paper() {
    let mut bench = Bench::usb();
    assert_eq!(bench.printer.status(), Ok(printer::PrinterStatus { fault: None, paper: printer::Paper::Full }));
    bench.pull(VirtualPrinter::paper_low);
    assert_eq!(bench.printer.status().unwrap().paper, printer::Paper::Low);
    bench.pull(VirtualPrinter::paper_out);
    let out = printer::PrinterStatus { fault: Some(Fault::PaperOut), paper: printer::Paper::Out };
    assert_eq!(bench.printer.status(), Ok(out));
    bench.pull(VirtualPrinter::unplug);
    assert_eq!(bench.printer.status(), Err(Fault::NoDevice));
}

#[test]
fn the_stump_comes_out_when_staff_look_at_the_status() {
    let mut bench = Bench::serial();
    bench.plan(Duration::from_millis(1_500), VirtualPrinter::paper_out);
    assert_eq!(bench.print(&sample::face()), PrintOutcome::Failed(Fault::PaperOut));
    bench.pull(VirtualPrinter::load_paper);
    assert_eq!(bench.printer.status().unwrap().fault, None);
    assert_eq!(bench.tickets().len(), 1, "the stump");
    assert_eq!(bench.print(&next_face()), PrintOutcome::Confirmed);
    let tickets = bench.tickets();
    assert!(tickets.len() == 1 && shows(&tickets[0], &NEXT));
}

/// Deadline = wire + paper + 3 s; a healthy ticket is done in the paper's time.
#[test]
fn a_ticket_takes_the_time_of_the_paper() {
    let mut bench = Bench::usb();
    let started = bench.printer.now();
    assert_eq!(bench.print(&sample::face()), PrintOutcome::Confirmed);
    let took = bench.printer.now().saturating_since(started);
    let paper = Duration::from_millis(u64::from(job().rows()) * 1_000 / 8 / 200 + 12 * 1_000 / 200 + 300);
    assert!(took < paper + Duration::from_millis(50), "{took:?} against {paper:?} of paper");
}
