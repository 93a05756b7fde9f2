//! What happens to a ticket when the world interferes.

use std::time::Duration;

use crate::bench::{Bench, CUT, black, black_rows};
use device_sim::memory::MemoryLink;
use device_sim::printer::{Cutter, Edge, PrinterModel, VirtualPrinter};
use kiosk_hal::link::{ByteLink, LinkError};
use kiosk_hal::uptime::Uptime;

const CLEAR: [u8; 10] = [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8];

fn ticket() -> Vec<u8> {
    [black(400), CUT.to_vec()].concat()
}

#[test]
fn printing_takes_the_time_of_the_paper() {
    let mut bench = Bench::usb();
    bench.send(&ticket());
    bench.link.idle(Duration::from_millis(200));
    assert_eq!(black_rows(&bench.printer.with(|it| it.uncut())), 320);
    assert_eq!(bench.printer.with(|it| it.papers()).len(), 0);
    bench.link.idle(Duration::from_millis(410));
    assert_eq!(black_rows(&bench.printer.with(|it| it.papers())[0]), 400);
}

#[test]
fn time_spent_idle_does_not_speed_the_next_ticket_up() {
    let mut bench = Bench::usb();
    bench.link.idle(Duration::from_secs(30));
    bench.send(&ticket());
    bench.link.idle(Duration::from_millis(100));
    assert_eq!(black_rows(&bench.printer.with(|it| it.uncut())), 160);
}

#[test]
fn a_slow_printer_takes_longer() {
    let mut bench = Bench::usb();
    bench.printer.with(|it| it.set_speed(20));
    bench.send(&ticket());
    bench.link.idle(Duration::from_millis(200));
    assert_eq!(black_rows(&bench.printer.with(|it| it.uncut())), 32);
}

#[test]
fn the_rest_prints_after_paper_is_loaded() {
    let mut bench = Bench::usb();
    bench.printer.with(|it| it.paper_left_mm(20));
    bench.send(&ticket());
    bench.link.idle(Duration::from_secs(60));
    assert_eq!(black_rows(&bench.printer.with(|it| it.uncut())), 160);
    bench.printer.with(VirtualPrinter::load_paper);
    bench.link.idle(Duration::from_secs(2));
    assert_eq!(black_rows(&bench.printer.with(|it| it.papers())[0]), 400);
}

#[test]
fn an_open_cover_stops_at_the_row_and_goes_on_when_closed() {
    let mut bench = Bench::usb();
    bench.link.at(Uptime::from_millis(100), VirtualPrinter::open_cover);
    bench.link.at(Uptime::from_millis(5_000), VirtualPrinter::close_cover);
    bench.send(&ticket());
    bench.link.idle(Duration::from_secs(4));
    assert_eq!(black_rows(&bench.printer.with(|it| it.uncut())), 160);
    bench.link.idle(Duration::from_secs(4));
    assert_eq!(black_rows(&bench.printer.with(|it| it.papers())[0]), 400);
}

#[test]
fn cleared_buffers_leave_a_stump_and_nothing_more() {
    let mut bench = Bench::usb();
    bench.printer.with(|it| it.paper_left_mm(20));
    bench.send(&ticket());
    bench.link.idle(Duration::from_secs(1));
    assert_eq!(bench.ask(&CLEAR), [0x37, 0x25, 0x00]);
    bench.printer.with(VirtualPrinter::load_paper);
    bench.link.idle(Duration::from_secs(5));
    assert_eq!(bench.printer.with(|it| it.papers()).len(), 0);
    assert_eq!(black_rows(&bench.print(b"")), 160);
}

#[test]
fn a_jammed_cutter_waits_for_the_fix_and_the_command_to_go_on() {
    let mut bench = Bench::usb();
    bench.printer.with(VirtualPrinter::cutter_error_at_next_cut);
    bench.send(&ticket());
    bench.link.idle(Duration::from_secs(2));
    assert_eq!(bench.printer.with(|it| it.status().cutter), Cutter::Jammed);
    bench.ask(&[0x10, 0x05, 1]);
    assert_eq!(bench.printer.with(|it| it.status().cutter), Cutter::Jammed);
    bench.printer.with(VirtualPrinter::cutter_fixed);
    assert!(bench.printer.with(|it| it.status().offline));
    bench.ask(&[0x10, 0x05, 1]);
    bench.link.idle(Duration::from_secs(2));
    assert_eq!(black_rows(&bench.printer.with(|it| it.papers())[0]), 400);
}

#[test]
fn recovery_with_clearing_drops_the_cut_that_jammed() {
    let mut bench = Bench::usb();
    bench.printer.with(VirtualPrinter::cutter_error_at_next_cut);
    bench.send(&ticket());
    bench.link.idle(Duration::from_secs(2));
    bench.printer.with(VirtualPrinter::cutter_fixed);
    bench.ask(&[0x10, 0x05, 2]);
    bench.link.idle(Duration::from_secs(2));
    assert_eq!(bench.printer.with(|it| it.papers()).len(), 0);
    assert!(!bench.printer.with(|it| it.status()).offline);
}

#[test]
fn power_lost_after_bytes_leaves_an_uncut_stump_and_a_device_that_is_gone() {
    let mut bench = Bench::usb();
    bench.send(&black(100));
    bench.link.idle(Duration::from_millis(50));
    bench.printer.with(|it| it.power_cut_after(10));
    bench.send(&ticket());
    let mut chunk = [0; 4];
    assert!(matches!(bench.link.read(&mut chunk, Uptime::from_millis(90)), Err(LinkError::Gone)));
    bench.printer.with(VirtualPrinter::power_on);
    let mut bench = Bench { link: MemoryLink::new(bench.printer.clone()), printer: bench.printer };
    bench.link.idle(Duration::from_secs(5));
    assert_eq!(black_rows(&bench.printer.with(|it| it.uncut())), 80);
    assert_eq!(bench.statuses(), [0x12; 4]);
}

#[test]
fn power_lost_while_printing_stops_at_the_row() {
    let mut bench = Bench::usb();
    bench.printer.with(|it| it.power_cut_after_mm(10));
    bench.send(&ticket());
    bench.link.idle(Duration::from_secs(2));
    assert_eq!(black_rows(&bench.printer.with(|it| it.uncut())), 80);
    assert!(!bench.printer.with(|it| it.status()).powered);
}

#[test]
fn a_serial_printer_without_power_swallows_everything_in_silence() {
    let mut bench = Bench::new(PrinterModel::serial(115_200));
    bench.printer.with(|it| it.power_cut_after(0));
    assert_eq!(bench.ask(&ticket()), []);
    bench.printer.with(VirtualPrinter::power_on);
    bench.link.idle(Duration::from_secs(5));
    assert!(!bench.printer.with(|it| it.uncut()).has_ink());
}

#[test]
fn a_write_that_stalls_to_its_deadline_tells_how_much_was_taken() {
    let mut bench = Bench::new(PrinterModel { receive_buffer_bytes: 1_000, ..PrinterModel::usb() });
    bench.printer.with(VirtualPrinter::paper_out);
    let failed = bench.try_send(&ticket()).unwrap_err();
    assert!(matches!((failed.written, failed.cause), (1_000, LinkError::TimedOut)));
    assert_eq!(bench.link.now(), Uptime::from_millis(10_000));
    assert_eq!(bench.printer.with(|it| it.bytes_lost()), 0);
}

#[test]
fn a_small_buffer_only_slows_the_host_down() {
    let mut bench = Bench::new(PrinterModel { receive_buffer_bytes: 1_000, ..PrinterModel::usb() });
    let paper = bench.print(&black(400));
    assert_eq!(black_rows(&paper), 400);
}

#[test]
fn a_held_line_takes_nothing_until_released() {
    let mut bench = Bench::usb();
    bench.printer.with(VirtualPrinter::hold_line);
    bench.link.at(Uptime::from_millis(300), VirtualPrinter::release_line);
    bench.send(b"x");
    assert_eq!(bench.link.now(), Uptime::from_millis(300));
}

#[test]
fn a_serial_line_takes_the_time_of_its_rate() {
    let mut bench = Bench::new(PrinterModel::serial(9_600));
    bench.send(&black(13));
    let millis = bench.link.now().since_start().as_millis();
    assert!((960..=990).contains(&millis), "{millis} ms for 944 bytes");
}

#[test]
fn an_unplugged_printer_is_gone_and_prints_on() {
    let mut bench = Bench::usb();
    bench.send(&ticket());
    bench.printer.with(VirtualPrinter::unplug);
    assert!(matches!(bench.try_send(b"x").unwrap_err().cause, LinkError::Gone));
    bench.printer.with(VirtualPrinter::replug);
    bench.link.idle(Duration::from_secs(2));
    assert_eq!(bench.printer.with(|it| it.papers()).len(), 1);
}

#[test]
fn a_hand_can_tear_the_stump_off() {
    let mut bench = Bench::usb();
    bench.send(&black(300));
    bench.link.idle(Duration::from_secs(1));
    bench.printer.with(VirtualPrinter::tear_off);
    assert_eq!(bench.printer.with(|it| it.papers())[0].edge(), Edge::Torn);
}

#[test]
fn the_same_calls_give_the_same_times_and_paper() {
    let run = || {
        let mut bench = Bench::new(PrinterModel::serial(38_400));
        bench.send(&[0x1D, b'a', 0x0E]);
        bench.printer.with(|it| it.paper_left_mm(7));
        bench.link.at(Uptime::from_millis(900), VirtualPrinter::load_paper);
        bench.send(&ticket());
        let heard = bench.heard(Duration::from_secs(3));
        (bench.link.now(), heard, bench.printer.with(|it| it.papers()))
    };
    assert_eq!(run(), run());
}
