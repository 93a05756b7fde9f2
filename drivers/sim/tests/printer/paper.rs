//! What each command puts on paper.

use std::time::Duration;

use crate::bench::{Bench, CUT, black, black_rows};
use device_sim::printer::{
    BODY_BYTES_MAX, DOTS_PER_ROW, Edge, PAPERS_MAX, PATH_ROWS_MAX, PICTURE_WIDTH_PX, Paper, PrinterModel,
    VirtualPrinter,
};
use device_sim::wire::Device;
use kiosk_hal::uptime::Uptime;

/// Left, right, top and bottom of the ink.
fn ink(paper: &Paper) -> Option<(usize, usize, usize, usize)> {
    let dots = || (0..paper.rows().len()).flat_map(|y| (0..DOTS_PER_ROW).map(move |x| (x, y)));
    let inked: Vec<_> = dots().filter(|(x, y)| paper.dot(*x, *y)).collect();
    let columns = || inked.iter().map(|(x, _)| *x);
    let rows = || inked.iter().map(|(_, y)| *y);
    Some((columns().min()?, columns().max()?, rows().min()?, rows().max()?))
}

fn printed(bytes: &[u8]) -> Paper {
    Bench::usb().print(bytes)
}

/// Width and height of the ink.
fn size(bytes: &[u8]) -> (usize, usize) {
    let (left, right, top, bottom) = ink(&printed(bytes)).unwrap();
    (right - left + 1, bottom - top + 1)
}

#[test]
fn a_raster_picture_is_printed_dot_for_dot() {
    let picture = [0x1D, b'v', b'0', 0, 2, 0, 2, 0, 0b1000_0001, 0x0F, 0x00, 0x01];
    let paper = printed(&picture);
    assert_eq!(paper.inked_rows()[0][..3], [0b1000_0001, 0x0F, 0]);
    assert_eq!(paper.inked_rows()[1][..3], [0x00, 0x01, 0]);
}

#[test]
fn raster_scale_and_justification_are_obeyed() {
    let square = |m| [0x1D, b'v', b'0', m, 1, 0, 8, 0, 255, 255, 255, 255, 255, 255, 255, 255];
    assert_eq!(size(&square(0)), (8, 8));
    assert_eq!(size(&square(1)), (16, 8));
    assert_eq!(size(&square(2)), (8, 16));
    assert_eq!(size(&square(51)), (16, 16));
    let left_of = |n| ink(&printed(&[&[0x1B, b'a', n], square(0).as_slice()].concat())).unwrap().0;
    assert_eq!([left_of(0), left_of(1), left_of(50)], [0, 284, 568]);
}

#[test]
fn a_picture_wider_than_the_paper_loses_its_right_side_only() {
    let mut wide = vec![0x1D, b'v', b'0', 0, 100, 0, 2, 0];
    wide.resize(8 + 200, 0xFF);
    wide.extend(b"A\n");
    let paper = printed(&wide);
    assert_eq!(black_rows(&paper), 2);
    assert!(paper.inked_rows().ends_with(printed(b"A\n").inked_rows()));
}

#[test]
fn stored_graphics_print_once_in_both_forms() {
    let parameters = [48, 112, 48, 2, 1, 49, 8, 0, 1, 0, 0xFF];
    let small = [&[0x1D, b'(', b'L', 11, 0], parameters.as_slice(), &[0x1D, b'(', b'L', 2, 0, 48, 50]].concat();
    let large = [&[0x1D, b'8', b'L', 11, 0, 0, 0], parameters.as_slice(), &[0x1D, b'(', b'L', 2, 0, 48, 2]].concat();
    assert_eq!(size(&small), (16, 1));
    assert_eq!(size(&large), (16, 1));
    let twice = [small.as_slice(), &[0x1D, b'(', b'L', 2, 0, 48, 50]].concat();
    assert_eq!(size(&twice), (16, 1));
}

#[test]
fn text_grows_with_its_size_and_stands_in_its_place() {
    let (_, plain) = size(b"H\n");
    assert_eq!(size(b"\x1D!\x55H\n").1, plain * 6);
    assert_eq!(size(b"\x1B!\x10H\n").1, plain * 2);
    let right = ink(&printed(b"\x1Ba\x02H\n")).unwrap();
    assert!(right.0 > 560, "{right:?}");
}

#[test]
fn bold_is_wider_and_inverse_is_black_around() {
    let plain = size(b"l\n");
    assert_eq!(size(b"\x1BE\x01l\n"), (plain.0 + 1, plain.1));
    assert_eq!(size(b"\x1DB\x01l\n"), (12, 24));
    assert_eq!(size(b"\x1B-\x01l\n").0, 12);
}

#[test]
fn a_full_line_wraps() {
    assert!(size(&[b'H'; 49]).1 > 24);
    assert!(size(&[b'H'; 48]).1 < 24);
}

#[test]
fn feeds_move_the_paper_by_dots_and_lines() {
    let top = |bytes: &[u8]| ink(&printed(bytes)).unwrap().2;
    let start = top(&black(1));
    assert_eq!(top(&[&[0x1B, b'J', 17], black(1).as_slice()].concat()), start + 17);
    assert_eq!(top(&[&[0x1B, b'd', 3], black(1).as_slice()].concat()), start + 90);
    assert_eq!(top(&[&[0x1B, b'3', 10, 0x0A, 0x0D, 0x0A, 0x1B, b'2', 0x0A], black(1).as_slice()].concat()), start + 50);
}

#[test]
fn a_cut_without_feed_goes_through_the_ticket() {
    let mut bench = Bench::usb();
    bench.send(&[black(200), vec![0x1D, b'V', 1]].concat());
    bench.link.idle(Duration::from_secs(2));
    let papers = bench.printer.with(|it| it.papers());
    assert_eq!((black_rows(&papers[0]), papers[0].edge()), (104, Edge::Partial));
    assert_eq!(black_rows(&bench.printer.with(|it| it.uncut())), 96);
    bench.send(&[0x1D, b'V', 65, 0]);
    bench.link.idle(Duration::from_secs(2));
    let rest = &bench.printer.with(|it| it.papers())[1];
    assert_eq!((black_rows(rest), rest.edge()), (96, Edge::Full));
}

#[test]
fn the_symbol_it_draws_has_the_asked_size_and_is_left_out_when_too_wide() {
    let symbol = |dots| {
        let mut bytes = vec![0x1D, b'(', b'k', 4, 0, 49, 65, 50, 0, 0x1D, b'(', b'k', 3, 0, 49, 67, dots];
        bytes.extend([0x1D, b'(', b'k', 3, 0, 49, 69, 49, 0x1D, b'(', b'k', 8, 0, 49, 80, 48]);
        bytes.extend(b"A-042");
        bytes.extend([0x1D, b'(', b'k', 3, 0, 49, 81, 48]);
        bytes
    };
    assert_eq!(size(&symbol(6)), (126, 126));
    assert_eq!(size(&symbol(16)), (336, 336));
    let too_wide = [&[0x1D, b'(', b'k', 204, 0, 49, 80, 48], [b'a'; 201].as_slice()].concat();
    assert_eq!(ink(&printed(&[too_wide, symbol(16)[9..17].to_vec(), symbol(16)[38..].to_vec()].concat())), None);
    let mut cheap = Bench::new(PrinterModel { native_qr: false, ..PrinterModel::usb() });
    assert!(!cheap.print(&symbol(6)).has_ink());
    assert_eq!(cheap.printer.with(|it| it.unknown_commands()), 5);
}

#[test]
fn bytes_without_a_letter_are_seen_as_boxes() {
    let box_size = size(&[0xC3, 0x0A]);
    assert_eq!(box_size, (10, 20));
    let paper = printed(&[0xC3, 0x0A]);
    assert_eq!(paper.inked_rows(), printed(&[0x01, 0x0A]).inked_rows());
}

#[test]
fn double_byte_printers_eat_two_bytes_until_told_not_to() {
    let mut bench = Bench::new(PrinterModel::clone_usb());
    let wide = ink(&bench.print(&[0x1B, b'@', 0xC3, 0xA0, 0x0A])).unwrap();
    assert!(wide.1 > 12);
    let two_boxes = bench.print(&[0x1B, b'@', 0x1C, b'.', 0xC3, 0xA0, 0x0A]);
    assert_eq!(two_boxes.inked_rows(), printed(&[0xC3, 0xA0, 0x0A]).inked_rows());
}

#[test]
fn unknown_commands_are_counted_and_their_arguments_seen() {
    let mut bench = Bench::usb();
    let paper = bench.print(b"\x1BzA\n\x1D(Z\x02\x00xy\x1B@");
    assert!(paper.has_ink());
    assert_eq!(bench.printer.with(|it| it.unknown_commands()), 2);
    assert_eq!(bench.printer.with(|it| it.unknown_beginnings()[0].clone()), b"\x1Bz");
}

#[test]
fn settings_end_with_initialize() {
    assert_eq!(size(b"\x1D!\x77\x1BE\x01\x1DB\x01\x1B@H\n"), size(b"H\n"));
}

#[test]
fn everything_received_is_in_the_wire_log() {
    let mut bench = Bench::usb();
    bench.send(b"abc\x10\x04\x01");
    assert_eq!(bench.printer.with(|it| it.wire_log().to_vec()), b"abc\x10\x04\x01");
    bench.printer.with(VirtualPrinter::clear_wire_log);
    assert_eq!(bench.printer.with(|it| it.wire_log().len()), 0);
}

#[test]
fn the_picture_is_grey_with_white_margins() {
    let paper = printed(&black(5));
    let png = paper.to_png();
    let mut reader = png::Decoder::new(std::io::Cursor::new(png.as_slice())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width as usize, info.height as usize), (PICTURE_WIDTH_PX, paper.rows().len()));
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::Eight));
    let top = ink(&paper).unwrap().2;
    let row = &pixels[top * PICTURE_WIDTH_PX..][..PICTURE_WIDTH_PX];
    assert_eq!((row[31], row[32], row[607], row[608]), (255, 0, 0, 255));
}

#[test]
fn paper_without_end_tears_off_and_only_the_latest_pieces_are_kept() {
    let mut printer = VirtualPrinter::new(PrinterModel::usb());
    let feeds = (PATH_ROWS_MAX as u64 / 7_650 + 1) * (PAPERS_MAX as u64 + 2);
    for now in (0..feeds).map(|feed| Uptime::from_millis(feed * 6_000)) {
        printer.receive(&[0x1B, b'd', 255], now);
        printer.transmit(now + Duration::from_secs(6));
        assert!(printer.uncut().rows().len() <= PATH_ROWS_MAX);
    }
    let papers = printer.papers();
    assert_eq!((papers.len(), papers[0].edge()), (PAPERS_MAX, Edge::Torn));
}

#[test]
fn a_graphic_longer_than_its_limit_is_skipped_whole() {
    let mut bench = Bench::usb();
    let bytes = BODY_BYTES_MAX + 1;
    let [a, b, c, d] = u32::try_from(bytes).unwrap().to_le_bytes();
    let mut command = vec![0x1D, b'8', b'L', a, b, c, d];
    command.resize(7 + bytes, b'x');
    command.extend(b"A\n");
    assert_eq!(bench.print(&command).inked_rows(), printed(b"A\n").inked_rows());
    assert_eq!(bench.printer.with(|it| it.unknown_commands()), 1);
}

/// Bytes that often begin a command.
fn likely_bytes(random: &mut fastrand::Rng) -> Vec<u8> {
    const LIKELY: &[u8] = b"\x10\x04\x05\x14\x1B\x1C\x1D@!vV0(LkH8Jadtr\x00\x01\x02\x30\x31\x0A";
    let length = random.usize(..120);
    let mut byte = || if random.u8(..3) == 0 { random.u8(..) } else { LIKELY[random.usize(..LIKELY.len())] };
    (0..length).map(|_| byte()).collect()
}

#[test]
fn random_bytes_never_panic_and_never_grow_without_bound() {
    let mut random = fastrand::Rng::with_seed(0x5EED);
    let mut printer = VirtualPrinter::new(PrinterModel { receive_buffer_bytes: 2_048, ..PrinterModel::clone_usb() });
    for round in 0..2_000 {
        let now = Uptime::from_millis(round * 20);
        let bytes = likely_bytes(&mut random);
        printer.receive(&bytes, now);
        assert!(printer.transmit(now).len() <= device_sim::printer::REPLY_BYTES_MAX);
        match random.u64(..40) {
            0 => printer.open_cover(),
            1 => printer.close_cover(),
            2 => printer.paper_out(),
            3 => printer.load_paper(),
            4 => printer.power_cut_after(7),
            5 => printer.power_on(),
            6 => printer.cutter_error_at_next_cut(),
            7 => printer.cutter_fixed(),
            8 => printer.receive(&CUT, now),
            _ => {}
        }
        let state = printer.status();
        assert!(state.buffered_bytes <= 2_048 && state.papers <= device_sim::printer::PAPERS_MAX);
        assert!(printer.uncut().rows().len() <= device_sim::printer::PATH_ROWS_MAX);
        assert!(printer.wake(now).is_none_or(|at| at >= now));
    }
    assert!(printer.unknown_commands() > 0 && printer.bytes_lost() > 0);
}
