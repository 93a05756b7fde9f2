//! What every [`TicketPrinter`] promises.

use crate::fault::Fault;
use crate::printer::{Edition, JobId, Paper, PrintOutcome, TicketFace, TicketPrinter};

/// A printer under test and the hand at it.
pub trait PrinterBench {
    /// The printer's type.
    type Printer: TicketPrinter;

    /// The printer. It can confirm what it prints.
    fn printer(&mut self) -> &mut Self::Printer;

    /// Takes the paper out.
    fn take_out_paper(&mut self);

    /// Leaves so little paper that a ticket ends in its middle.
    fn leave_half_a_ticket_of_paper(&mut self);

    /// Loads a new roll.
    fn load_paper(&mut self);

    /// Opens the cover.
    fn open_cover(&mut self);

    /// Closes the cover.
    fn close_cover(&mut self);

    /// Unplugs the device.
    fn unplug(&mut self);

    /// Waits until nothing moves, then takes away the pieces that came out and counts those with print on them.
    fn take_printed_pieces(&mut self) -> usize;
}

/// Checks all promises of a ticket printer that is ready at the start. It is unplugged afterwards.
///
/// # Panics
/// With the name of the first promise that does not hold.
pub fn holds(bench: &mut impl PrinterBench) {
    a_ready_printer_says_so(bench);
    a_confirmed_ticket_is_one_paper(bench);
    text_that_is_a_command_prints_nothing(bench);
    without_paper_nothing_is_printed_now_or_later(bench);
    an_open_cover_is_named(bench);
    paper_that_ends_in_the_middle_leaves_no_trace_on_the_next_ticket(bench);
    an_unplugged_printer_says_so(bench);
}

fn a_ready_printer_says_so(bench: &mut impl PrinterBench) {
    let status = bench.printer().status();
    assert!(
        matches!(status, Ok(status) if status.fault.is_none()),
        "printer: a ready one has no fault, got {status:?}"
    );
}

fn a_confirmed_ticket_is_one_paper(bench: &mut impl PrinterBench) {
    for (job, edition) in [(1, Edition::Original), (2, Edition::Reprint)] {
        let before = bench.printer().now();
        let outcome = bench.printer().print(JobId([job; 16]), &face(edition));
        assert_eq!(outcome, PrintOutcome::Confirmed, "printer: a ticket on paper is confirmed");
        assert!(bench.printer().now() > before, "printer: printing takes time on the printer's clock");
        assert_eq!(bench.take_printed_pieces(), 1, "printer: a confirmed ticket is one paper");
    }
}

fn text_that_is_a_command_prints_nothing(bench: &mut impl PrinterBench) {
    let mut face = face(Edition::Original);
    face.patient.push('\u{1b}');
    let outcome = bench.printer().print(JobId([3; 16]), &face);
    assert_eq!(outcome, PrintOutcome::Failed(Fault::InvalidData), "printer: control characters are refused");
    assert_eq!(bench.take_printed_pieces(), 0, "printer: a refused face prints nothing");
}

fn without_paper_nothing_is_printed_now_or_later(bench: &mut impl PrinterBench) {
    bench.take_out_paper();
    let status = bench.printer().status();
    let said = matches!(status, Ok(status) if status.fault == Some(Fault::PaperOut) && status.paper == Paper::Out);
    assert!(said, "printer: no paper is PaperOut, got {status:?}");
    let outcome = bench.printer().print(JobId([4; 16]), &face(Edition::Original));
    assert_eq!(outcome, PrintOutcome::Failed(Fault::PaperOut), "printer: no paper, no ticket");
    bench.load_paper();
    assert_eq!(bench.take_printed_pieces(), 0, "printer: a failed ticket does not come out later");
}

fn an_open_cover_is_named(bench: &mut impl PrinterBench) {
    bench.open_cover();
    let outcome = bench.printer().print(JobId([5; 16]), &face(Edition::Original));
    assert_eq!(outcome, PrintOutcome::Failed(Fault::CoverOpen), "printer: an open cover is named");
    bench.close_cover();
    assert_eq!(bench.take_printed_pieces(), 0, "printer: a failed ticket does not come out later");
}

fn paper_that_ends_in_the_middle_leaves_no_trace_on_the_next_ticket(bench: &mut impl PrinterBench) {
    bench.leave_half_a_ticket_of_paper();
    let outcome = bench.printer().print(JobId([6; 16]), &face(Edition::Original));
    let honest = matches!(outcome, PrintOutcome::Failed(Fault::PaperOut) | PrintOutcome::Uncertain(Fault::PaperOut));
    assert!(honest, "printer: half a ticket is not a ticket, got {outcome:?}");
    bench.load_paper();
    let outcome = bench.printer().print(JobId([7; 16]), &face(Edition::Original));
    assert_eq!(outcome, PrintOutcome::Confirmed, "printer: paper loaded, the next ticket is printed");
    assert_eq!(bench.take_printed_pieces(), 2, "printer: the half ticket is cut off before the next one");
}

fn an_unplugged_printer_says_so(bench: &mut impl PrinterBench) {
    bench.unplug();
    let outcome = bench.printer().print(JobId([8; 16]), &face(Edition::Original));
    assert_eq!(outcome, PrintOutcome::Failed(Fault::NoDevice), "printer: unplugged is NoDevice");
    let status = bench.printer().status();
    assert_eq!(status, Err(Fault::NoDevice), "printer: unplugged is NoDevice");
}

fn face(edition: Edition) -> TicketFace {
    TicketFace {
        hospital: "BỆNH VIỆN MẪU".into(),
        address: String::new(),
        title: "PHIẾU SỐ THỨ TỰ".into(),
        number: "A-042".into(),
        notice: String::new(),
        department: String::new(),
        service: "Khám Nội".into(),
        place: "Phòng 205".into(),
        patient: "NGUYỄN VĂN MẪU".into(),
        priority: String::new(),
        ahead: "Số người chờ trước: 3".into(),
        wait: String::new(),
        issued_at: "07:42, 23/11/2026".into(),
        qr: String::new(),
        footer: Vec::new(),
        edition,
    }
}
