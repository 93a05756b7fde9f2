//! Every fault at every byte of the reference ticket, in virtual time: the outcome is right, what is on paper is what
//! the outcome says, and the next patient's ticket is clean.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod fork;
#[path = "../sample/mod.rs"]
mod sample;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::{Paper, PrinterModel, VirtualPrinter};
use device_sim::wire::Shared;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Point, Size};
use embedded_graphics::primitives::Rectangle;
use fork::{Follower, Leader, Step};
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{JobId, PrintOutcome};
use kiosk_hal::uptime::Uptime;
use thermal_printer_escpos::canvas::TicketCanvas;
use thermal_printer_escpos::encode::{Job, Proof};
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::session::EscPosPrinter;
use thermal_printer_escpos::ticket;

type Lever = fn(&mut VirtualPrinter);

/// A fault, what pulls it, and the faults the driver may name for it.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    lever: Lever,
    named: &'static [Fault],
}

const fn case(name: &'static str, lever: Lever, named: &'static [Fault]) -> Case {
    Case { name, lever, named }
}

/// The patient's ticket.
static OLD: LazyLock<TicketCanvas> =
    LazyLock::new(|| ticket::draw(&sample::face()).unwrap_or_else(|refused| panic!("{refused}")));
/// The next patient's, short, because it is printed after every fault.
static NEXT: LazyLock<TicketCanvas> = LazyLock::new(|| {
    let mut canvas = TicketCanvas::new(Size::new(OLD.width_dots(), 24));
    for (left, top) in [(8, 2), (100, 9), (301, 20)] {
        let bar = Rectangle::new(Point::new(left, top), Size::new(90, 3));
        let Ok(()) = canvas.fill_solid(&bar, BinaryColor::On);
    }
    canvas
});
static OLD_ROWS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| inked(&OLD));
static NEXT_ROWS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| inked(&NEXT));

/// Rows from the first to the last with ink.
fn inked(canvas: &TicketCanvas) -> Vec<Vec<u8>> {
    let rows: Vec<Vec<u8>> = canvas.rows().map(<[u8]>::to_vec).collect();
    let has_ink = |row: &Vec<u8>| row.iter().any(|bits| *bits != 0);
    let (first, last) = (rows.iter().position(has_ink).unwrap(), rows.iter().rposition(has_ink).unwrap());
    rows[first..=last].to_vec()
}

/// How much of a ticket is on a piece of paper, from its top.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    Whole,
    Beginning,
    Something,
}

fn shown(paper: &Paper, ticket: &[Vec<u8>]) -> Shown {
    let rows = paper.inked_rows();
    let same = rows.iter().zip(ticket).all(|(on_paper, drawn)| on_paper.as_slice() == drawn.as_slice());
    match (same, rows.len()) {
        (true, length) if length == ticket.len() => Shown::Whole,
        (true, length) if length < ticket.len() => Shown::Beginning,
        (true | false, _) => Shown::Something,
    }
}

thread_local! {
    /// The ticket as encoded last, for all of its fates.
    static ENCODED: RefCell<Option<(Proof, Rc<Job>)>> = const { RefCell::new(None) };
}

/// The ticket's job, encoded anew only when the driver wants another proof in it.
fn encoded(profile: &Profile, proof: Proof) -> Rc<Job> {
    ENCODED.with_borrow_mut(|kept| match kept {
        Some((same, job)) if *same == proof => Rc::clone(job),
        Some(_) | None => {
            let job = Rc::new(Job::ticket(&OLD, profile.automatic_status, proof));
            *kept = Some((proof, Rc::clone(&job)));
            job
        }
    })
}

/// A printer and what is known of it.
#[derive(Clone)]
struct Kiosk {
    model: PrinterModel,
    profile: Profile,
    /// What becomes of a ticket without a fault.
    good: PrintOutcome,
}

/// How often each outcome came.
type Tally = BTreeMap<&'static str, usize>;

impl Kiosk {
    /// Prints the ticket once undisturbed, and with the fault at each `stride`-th byte. Returns the outcomes.
    fn sweep(&self, case: Case, stride: usize) -> Tally {
        let mut tally = Tally::new();
        let mut place = 0;
        let before_byte = |steps: &[Step], begun: usize, link: &MemoryLink<VirtualPrinter>| {
            if place % stride == 0 {
                let fate = Fate { kiosk: self, case, context: format!("{} before byte {place}", case.name) };
                *tally.entry(fate.follow(steps, begun, link)).or_default() += 1;
            }
            place += 1;
        };
        let link = MemoryLink::new(Shared::new(VirtualPrinter::new(self.model.clone())));
        let leader = Leader { link, steps: Vec::new(), before_byte };
        let mut printer = EscPosPrinter::new(leader, self.profile);
        let undisturbed = printer.print_encoded(JobId([7; 16]), |proof| encoded(&self.profile, proof));
        drop(printer);
        assert_eq!(undisturbed, self.good);
        assert!(place > 300, "the ticket has {place} bytes");
        tally
    }

    /// The same with the fault at moments a few dot rows apart, until after the cut.
    fn sweep_rows(&self, case: Case) -> Tally {
        let mut tally = Tally::new();
        for row in (0..ROWS).step_by(ROWS_BETWEEN) {
            let shared = Shared::new(VirtualPrinter::new(self.model.clone()));
            let mut link = MemoryLink::new(shared.clone());
            link.at(Uptime::ZERO + ROW_TIME * row, case.lever);
            let fate = Fate { kiosk: self, case, context: format!("{} at row {row}", case.name) };
            let word = fate.end(EscPosPrinter::new(link, self.profile), &shared, MemoryLink::idle);
            *tally.entry(word).or_default() += 1;
        }
        tally
    }
}

/// One row at 200 mm/s and 8 rows a mm.
const ROW_TIME: Duration = Duration::from_micros(625);
/// Rows of paper and time of the cut, and some more.
const ROWS: u32 = 1_800;
const ROWS_BETWEEN: usize = 5;

/// One fault at one moment.
struct Fate<'a> {
    kiosk: &'a Kiosk,
    case: Case,
    context: String,
}

impl Fate<'_> {
    fn follow(&self, steps: &[Step], begun: usize, link: &MemoryLink<VirtualPrinter>) -> &'static str {
        let (live, shared) = link.fork();
        shared.with(self.case.lever);
        let link = Follower::new(steps, Uptime::ZERO, begun, live);
        self.end(EscPosPrinter::new(link, self.kiosk.profile), &shared, Follower::idle)
    }

    /// Prints, looks, lets staff come and the next patient print; the outcome.
    fn end<L: ByteLink>(
        &self,
        mut printer: EscPosPrinter<L>,
        shared: &Shared<VirtualPrinter>,
        idle: fn(&mut L, Duration),
    ) -> &'static str {
        let profile = self.kiosk.profile;
        let outcome = printer.print_encoded(JobId([7; 16]), |proof| encoded(&profile, proof));
        let whole_before = self.whole_tickets(&out_of_the_printer(shared));
        self.is_right(outcome, whole_before);
        // What is still on its way comes out before staff come.
        idle(printer.link_mut(), Duration::from_secs(1));
        put_right(shared);
        let whole_later = match outcome {
            PrintOutcome::Failed(Fault::NoDevice) | PrintOutcome::Uncertain(Fault::NoDevice) => {
                let link = MemoryLink::new(shared.clone());
                self.next_patient(EscPosPrinter::after_unfinished_job(link, profile), shared)
            }
            PrintOutcome::Confirmed | PrintOutcome::Failed(_) | PrintOutcome::Uncertain(_) => {
                self.next_patient(printer, shared)
            }
        };
        self.agrees(outcome, whole_before + whole_later)
    }

    /// The outcome names the fault, and a ticket called printed is there at that moment.
    fn is_right(&self, outcome: PrintOutcome, whole: usize) {
        match outcome {
            PrintOutcome::Confirmed => assert_eq!(whole, 1, "{}: confirmed", self.context),
            PrintOutcome::Failed(fault) => {
                assert!(self.case.named.contains(&fault), "{}: {outcome:?}", self.context);
                assert_eq!(whole, 0, "{}: {outcome:?}", self.context);
            }
            PrintOutcome::Uncertain(fault) => {
                let named = self.case.named.contains(&fault) || outcome == self.kiosk.good;
                assert!(named, "{}: {outcome:?}", self.context);
            }
        }
    }

    /// Prints the next ticket and looks at everything that came out; how many whole old tickets there are.
    fn next_patient<L: ByteLink>(&self, mut printer: EscPosPrinter<L>, shared: &Shared<VirtualPrinter>) -> usize {
        let outcome = printer.print_canvas(JobId([8; 16]), &NEXT);
        if outcome == PrintOutcome::Failed(Fault::Busy) && !self.kiosk.model.clears_in_real_time {
            // Cut off in a picture's head it may wait for megabytes; it gets no ticket before it is switched off and on.
            return self.whole_tickets(&out_of_the_printer(shared));
        }
        assert_eq!(outcome, self.kiosk.good, "{}: the next patient", self.context);
        let own = shared.with(|it| it.at_mouth().or_else(|| it.papers().pop()));
        let own = own.unwrap_or_else(|| panic!("{}: no paper for the next patient", self.context));
        assert_eq!(shown(&own, &NEXT_ROWS), Shown::Whole, "{}: the next patient's ticket is not clean", self.context);
        let mut papers = out_of_the_printer(shared);
        papers.retain(|paper| shown(paper, &NEXT_ROWS) != Shown::Whole);
        self.whole_tickets(&papers)
    }

    /// Whole tickets of the first patient. Everything else must be the beginning of one, as far as the printer clears
    /// its buffers when it is told to.
    fn whole_tickets(&self, papers: &[Paper]) -> usize {
        let shows = |paper: &Paper| shown(paper, &OLD_ROWS);
        let odd = papers.iter().find(|paper| shows(paper) == Shown::Something);
        let excused = !self.kiosk.model.clears_in_real_time;
        assert!(excused || odd.is_none(), "{}: neither the ticket nor its beginning: {odd:?}", self.context);
        papers.iter().filter(|paper| shows(paper) == Shown::Whole).count()
    }

    /// What came out, at any time, is what the outcome said.
    fn agrees(&self, outcome: PrintOutcome, whole: usize) -> &'static str {
        match outcome {
            PrintOutcome::Confirmed => {
                assert_eq!(whole, 1, "{}: confirmed", self.context);
                "confirmed"
            }
            PrintOutcome::Failed(_) => {
                assert_eq!(whole, 0, "{}: {outcome:?}, and it came out", self.context);
                "failed"
            }
            PrintOutcome::Uncertain(_) => {
                assert!(whole <= 1, "{}: {outcome:?}, {whole} came out", self.context);
                "uncertain"
            }
        }
    }
}

/// Takes every piece that has left the cutter, wherever it is.
fn out_of_the_printer(shared: &Shared<VirtualPrinter>) -> Vec<Paper> {
    shared.with(|it| {
        let mut papers = it.take_papers();
        papers.extend(it.retracted());
        papers.extend(it.in_presenter());
        it.empty_presenter();
        papers
    })
}

/// Staff come and put everything right.
fn put_right(shared: &Shared<VirtualPrinter>) {
    shared.with(|it| {
        it.replug();
        it.power_on();
        it.load_paper();
        it.close_cover();
        it.cutter_fixed();
        it.clear_jam();
        it.cool_head();
        it.truthful();
        it.release_line();
        it.free_presenter();
    });
}

const BAUD: u32 = 230_400;

fn serial() -> Kiosk {
    let profile = Profile::epson_80_mm(Wire::Serial { baud: BAUD });
    Kiosk { model: PrinterModel::serial(BAUD), profile, good: PrintOutcome::Confirmed }
}

fn usb() -> Kiosk {
    Kiosk { model: PrinterModel::usb(), profile: Profile::epson_80_mm(Wire::Fast), good: PrintOutcome::Confirmed }
}

/// Faults the driver may name when paper, cover or mechanism stop it.
const STOPPING: [Case; 5] = [
    case("paper out", VirtualPrinter::paper_out, &[Fault::PaperOut]),
    case("cover", VirtualPrinter::open_cover, &[Fault::CoverOpen]),
    case("cutter", VirtualPrinter::cutter_error, &[Fault::HardwareError]),
    case("paper jam", VirtualPrinter::jam_paper, &[Fault::HardwareError, Fault::PaperJammed]),
    case("hot head", VirtualPrinter::heat_head, &[Fault::Busy]),
];
const LOSING: [Case; 2] = [
    case("power loss", VirtualPrinter::power_off, &[Fault::Offline, Fault::NoDevice]),
    case("unplugged", VirtualPrinter::unplug, &[Fault::NoDevice]),
];
const MUTED: [Case; 4] = [
    case("garbage", VirtualPrinter::garbage, &[Fault::Protocol]),
    case("silence", VirtualPrinter::silent, &[Fault::Offline]),
    case("half answers", VirtualPrinter::half_answers, &[Fault::Offline, Fault::Protocol]),
    case("held line", VirtualPrinter::hold_line, &[Fault::Offline]),
];
const NEAR_END: Case = case("near end", VirtualPrinter::paper_low, &[]);
const CUTTER: Case = case("cutter at the cut", VirtualPrinter::cutter_error_at_next_cut, &[Fault::HardwareError]);

/// A stopped ticket is known not to be on paper as long as its last band is not reached.
fn stops(kiosk: &Kiosk, case: Case, stride: usize) {
    let tally = kiosk.sweep(case, stride);
    let (failed, all) = (tally.get("failed").copied().unwrap_or(0), tally.values().sum::<usize>());
    assert!(failed * 10 >= all * 8, "{}: {tally:?}", case.name);
}

/// A printer that is not heard is never believed to have printed; only at the very end it has said so before.
fn leaves_uncertain(kiosk: &Kiosk, case: Case, stride: usize) {
    let tally = kiosk.sweep(case, stride);
    let (uncertain, all) = (tally.get("uncertain").copied().unwrap_or(0), tally.values().sum::<usize>());
    assert!(uncertain * 100 >= all * 95, "{}: {tally:?}", case.name);
}

#[test]
fn paper_out_at_every_byte() {
    stops(&serial(), STOPPING[0], 1);
}

#[test]
fn an_open_cover_at_every_byte() {
    stops(&serial(), STOPPING[1], 1);
}

#[test]
fn a_jammed_cutter_at_every_byte() {
    stops(&serial(), STOPPING[2], 1);
}

#[test]
fn jammed_paper_at_every_byte() {
    stops(&serial(), STOPPING[3], 1);
}

#[test]
fn a_hot_head_at_every_seventh_byte() {
    serial().sweep(STOPPING[4], SEVENTH);
}

#[test]
fn a_power_loss_at_every_byte() {
    leaves_uncertain(&serial(), LOSING[0], 1);
}

#[test]
fn a_pulled_plug_at_every_byte() {
    leaves_uncertain(&serial(), LOSING[1], 1);
}

#[test]
fn garbage_from_every_byte_on() {
    leaves_uncertain(&serial(), MUTED[0], 1);
}

#[test]
fn silence_from_every_byte_on() {
    leaves_uncertain(&serial(), MUTED[1], 1);
}

#[test]
fn half_answers_from_every_seventh_byte_on() {
    leaves_uncertain(&serial(), MUTED[2], SEVENTH);
}

#[test]
fn a_held_line_from_every_seventh_byte_on() {
    leaves_uncertain(&serial(), MUTED[3], SEVENTH);
}

#[test]
fn a_low_roll_at_every_byte_prints_all_the_same() {
    let tally = serial().sweep(NEAR_END, 1);
    assert_eq!(tally.keys().collect::<Vec<_>>(), [&"confirmed"], "{tally:?}");
}

#[test]
fn a_cutter_that_will_jam_from_every_byte_on() {
    leaves_uncertain(&serial(), CUTTER, 1);
}

/// For faults that are variants of another: every seventh byte.
const SEVENTH: usize = 7;

/// Bytes between two faults on the printers below. Prime, so that it falls into every part of a row.
const STRIDE: usize = 211;

#[test]
fn every_fault_on_usb_where_the_whole_ticket_is_in_the_buffer_at_once() {
    for case in STOPPING.into_iter().take(4) {
        stops(&usb(), case, STRIDE);
    }
    for case in LOSING.into_iter().chain(MUTED).chain([CUTTER]) {
        leaves_uncertain(&usb(), case, STRIDE);
    }
    usb().sweep(NEAR_END, STRIDE);
    usb().sweep(STOPPING[4], STRIDE);
}

#[test]
fn every_fault_down_the_paper() {
    for case in STOPPING.into_iter().chain(LOSING).chain(MUTED).chain([NEAR_END, CUTTER]) {
        let tally = usb().sweep_rows(case);
        assert!(tally.contains_key("confirmed"), "the last fault comes after the cut: {tally:?}");
    }
}

#[test]
fn every_fault_on_a_printer_with_a_presenter() {
    let kiosk = Kiosk {
        model: PrinterModel::presenter_usb(),
        profile: Profile::presenter_80_mm(Wire::Fast),
        good: PrintOutcome::Confirmed,
    };
    let blocked = case("presenter blocked", VirtualPrinter::block_presenter, &[Fault::PaperJammed]);
    let not_taken = case("presenter, not taken", |_| {}, &[]);
    let cases = [STOPPING.as_slice(), &LOSING, &MUTED, &[NEAR_END, CUTTER, blocked, not_taken]].concat();
    for case in cases {
        kiosk.sweep(case, STRIDE);
    }
}

#[test]
fn every_fault_on_a_printer_that_counts() {
    let kiosk = Kiosk {
        model: PrinterModel::etb_counter_usb(),
        profile: Profile::etb_counter_80_mm(Wire::Fast),
        good: PrintOutcome::Confirmed,
    };
    for case in [STOPPING.as_slice(), &LOSING, &MUTED, &[NEAR_END, CUTTER]].concat() {
        kiosk.sweep(case, STRIDE);
    }
}

#[test]
fn every_fault_on_a_clone_that_neither_confirms_nor_clears() {
    let kiosk = Kiosk {
        model: PrinterModel { clears_in_real_time: false, ..PrinterModel::clone_usb() },
        profile: Profile::unknown_80_mm(Wire::Fast),
        good: PrintOutcome::Uncertain(Fault::Unsupported),
    };
    for case in [STOPPING.as_slice(), &LOSING, &MUTED, &[NEAR_END, CUTTER]].concat() {
        kiosk.sweep(case, STRIDE);
    }
}
