//! What the printer says of itself: golden bytes from the ESC/POS reference's tables.

use std::time::Duration;

use crate::bench::{Bench, CUT, black, black_rows};
use device_sim::printer::{PaperSupply, PrinterModel, VirtualPrinter};
use kiosk_hal::link::ByteLink;
use kiosk_hal::uptime::Uptime;

const SHORT: Duration = Duration::from_millis(20);

#[track_caller]
fn real_time_after(lever: fn(&mut VirtualPrinter), golden: [u8; 4]) {
    let mut bench = Bench::usb();
    bench.printer.with(lever);
    assert_eq!(bench.statuses(), golden);
}

#[test]
fn real_time_status_has_the_references_bits() {
    real_time_after(|_| {}, [0x12, 0x12, 0x12, 0x12]);
    real_time_after(VirtualPrinter::open_cover, [0x1A, 0x16, 0x12, 0x12]);
    real_time_after(VirtualPrinter::paper_low, [0x12, 0x12, 0x12, 0x1E]);
    real_time_after(VirtualPrinter::paper_out, [0x1A, 0x32, 0x12, 0x7E]);
    real_time_after(VirtualPrinter::cutter_error, [0x3A, 0x52, 0x1A, 0x12]);
    real_time_after(VirtualPrinter::jam_paper, [0x1A, 0x52, 0x16, 0x12]);
    real_time_after(VirtualPrinter::break_down, [0x1A, 0x52, 0x32, 0x12]);
    real_time_after(VirtualPrinter::heat_head, [0x1A, 0x52, 0x52, 0x12]);
    real_time_after(VirtualPrinter::go_offline, [0x1A, 0x12, 0x12, 0x12]);
}

#[test]
fn without_a_near_end_sensor_its_bits_are_always_zero() {
    let mut bench = Bench::new(PrinterModel::clone_usb());
    bench.printer.with(VirtualPrinter::paper_low);
    assert_eq!(bench.statuses()[3], 0x12);
    bench.printer.with(VirtualPrinter::paper_out);
    assert_eq!(bench.statuses()[3], 0x72);
}

#[test]
fn each_lever_has_one_that_takes_it_back() {
    let mut bench = Bench::usb();
    bench.printer.with(|it| {
        it.open_cover();
        it.jam_paper();
        it.break_down();
        it.heat_head();
        it.go_offline();
        it.paper_out();
    });
    assert!(bench.printer.with(|it| it.status()).offline);
    bench.printer.with(|it| {
        it.close_cover();
        it.clear_jam();
        it.repair();
        it.cool_head();
        it.go_online();
        it.load_paper();
    });
    assert_eq!(bench.statuses(), [0x12; 4]);
    assert_eq!(bench.printer.with(|it| it.status().supply), PaperSupply::Full);
}

#[test]
fn real_time_status_is_answered_in_the_middle_of_a_picture_and_stays_part_of_it() {
    let mut bench = Bench::usb();
    let mut picture = black(8);
    picture[100..103].copy_from_slice(&[0x10, 0x04, 0x02]);
    bench.send(&picture[..200]);
    assert_eq!(bench.heard(SHORT), [0x12]);
    let paper = bench.print(&picture[200..]);
    assert_eq!(black_rows(&paper), 7);
    assert_eq!(bench.printer.with(|it| it.unknown_commands()), 0);
}

#[test]
fn asking_for_the_status_for_hours_does_not_fill_the_buffer() {
    let mut bench = Bench::new(PrinterModel::serial(115_200));
    bench.printer.with(VirtualPrinter::paper_out);
    bench.send(b"kept");
    for _ in 0..2_000 {
        assert_eq!(bench.ask(&[0x10, 0x04, 0x04]), [0x7E]);
    }
    assert_eq!(bench.printer.with(|it| it.status().buffered_bytes), 4);
}

#[test]
fn automatic_status_comes_at_once_and_on_each_change() {
    let mut bench = Bench::usb();
    assert_eq!(bench.ask(&[0x1D, b'a', 0x0E]), [0x10, 0x00, 0x00, 0x0F]);
    bench.printer.with(VirtualPrinter::open_cover);
    assert_eq!(bench.heard(SHORT), [0x38, 0x00, 0x00, 0x0F]);
    bench.printer.with(VirtualPrinter::close_cover);
    assert_eq!(bench.heard(SHORT), [0x10, 0x00, 0x00, 0x0F]);
    bench.printer.with(VirtualPrinter::paper_out);
    assert_eq!(bench.heard(SHORT), [0x18, 0x00, 0x0F, 0x0F]);
    assert_eq!(bench.heard(SHORT), []);
}

#[test]
fn automatic_status_tells_only_of_the_groups_asked_for_and_ends_with_initialize() {
    let mut bench = Bench::usb();
    bench.ask(&[0x1D, b'a', 0x08]);
    bench.printer.with(VirtualPrinter::open_cover);
    assert_eq!(bench.heard(SHORT), []);
    bench.printer.with(VirtualPrinter::close_cover);
    bench.ask(&[0x1B, b'@']);
    bench.printer.with(VirtualPrinter::paper_low);
    assert_eq!(bench.heard(SHORT), []);
}

#[test]
fn paper_end_is_said_at_the_moment_it_happens() {
    let mut bench = Bench::usb();
    bench.ask(&[0x1D, b'a', 0x0E]);
    bench.printer.with(|it| it.paper_left_mm(10));
    assert_eq!(bench.heard(SHORT), [0x10, 0x00, 0x03, 0x0F]);
    let start = bench.link.now();
    bench.send(&black(200));
    assert_eq!(bench.heard(Duration::from_millis(60)), [0x18, 0x00, 0x0F, 0x0F]);
    assert!(bench.link.now() >= start + Duration::from_millis(50));
}

#[test]
fn status_in_order_is_answered_after_what_comes_before_and_not_without_paper() {
    let mut bench = Bench::usb();
    bench.send(&black(160));
    bench.send(&[0x1D, b'r', 1]);
    assert_eq!(bench.heard(Duration::from_millis(90)), []);
    assert_eq!(bench.heard(SHORT), [0x00]);
    bench.printer.with(VirtualPrinter::paper_out);
    assert_eq!(bench.ask(&[0x1D, b'r', 1]), []);
    bench.printer.with(VirtualPrinter::paper_low);
    assert_eq!(bench.heard(SHORT), [0x03]);
}

#[test]
fn a_process_id_is_answered_when_all_before_it_is_on_paper() {
    let mut bench = Bench::usb();
    bench.send(&black(160));
    bench.send(&[0x1D, b'V', 66, 0, 0x1D, b'(', b'H', 6, 0, 48, 48, b'A', b'0', b'4', b'2']);
    let until = Uptime::ZERO + Duration::from_millis(100 + 60 + 300);
    assert_eq!(bench.heard(Duration::from_millis(455)), []);
    assert_eq!(bench.heard(SHORT), [0x37, 0x22, b'A', b'0', b'4', b'2', 0x00]);
    assert!(bench.link.now() >= until);
}

#[test]
fn a_printer_that_knows_no_process_id_says_nothing_and_counts_it() {
    let mut bench = Bench::new(PrinterModel::clone_usb());
    assert_eq!(bench.ask(&[0x1D, b'(', b'H', 6, 0, 48, 48, 49, 49, 49, 49]), []);
    assert_eq!(bench.printer.with(|it| it.unknown_commands()), 1);
}

#[test]
fn a_process_id_that_is_not_printable_is_unknown() {
    let mut bench = Bench::usb();
    assert_eq!(bench.ask(&[0x1D, b'(', b'H', 6, 0, 48, 48, 1, 2, 3, 4]), []);
    assert_eq!(bench.printer.with(|it| it.unknown_beginnings().to_vec()), [[0x1D, b'(', b'H', 48, 48, 1, 2, 3]]);
}

#[test]
fn a_silent_printer_prints_and_a_garbling_one_sends_no_status() {
    let mut bench = Bench::usb();
    bench.printer.with(VirtualPrinter::silent);
    assert_eq!(bench.ask(&[0x10, 0x04, 1]), []);
    assert!(bench.print(&black(8)).has_ink());
    bench.printer.with(VirtualPrinter::garbage);
    let garbled = bench.ask(&[0x10, 0x04, 1]);
    assert_eq!(garbled.len(), 1);
    assert_ne!(garbled[0] & 0b1001_0011, 0b0001_0010);
    bench.printer.with(VirtualPrinter::truthful);
    assert_eq!(bench.ask(&[0x10, 0x04, 1]), [0x12]);
}

#[test]
fn a_question_that_arrives_in_pieces_takes_nothing_of_the_next_command_with_it() {
    let ticket = [b"\x1bJ\x18".to_vec(), black(16), CUT.to_vec()].concat();
    let printed = |pieces: &[&[u8]]| {
        let mut bench = Bench::usb();
        for piece in pieces {
            bench.send(piece);
            // The printer has time to look at each piece before the next one comes.
            bench.link.idle(Duration::from_secs(1));
        }
        assert_eq!(bench.printer.with(|it| it.unknown_commands()), 0, "{pieces:?}");
        bench.printer.with(|it| it.papers())[0].rows().to_vec()
    };
    let alone = printed(&[&ticket]);
    let asked = [&[0x10, 0x04, 0x01], ticket.as_slice()].concat();
    for cut in 1..=4 {
        let (first, rest) = asked.split_at(cut);
        assert_eq!(printed(&[first, rest]), alone, "cut after {cut} bytes");
    }
}
