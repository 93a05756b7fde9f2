//! Bytes as the manuals print them, and a canvas as a job.

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Point, Size};
use embedded_graphics::primitives::Rectangle;
use thermal_printer_escpos::canvas::TicketCanvas;
use thermal_printer_escpos::encode::means::{Letters, RasterForm};
use thermal_printer_escpos::encode::nv::{self, FinitePicture, KeyCode, Stock};
use thermal_printer_escpos::encode::{
    AutomaticStatus, BAND_ROWS_MAX, Cell, Command, Content, Emphasis, Job, Mark, Means, Part, ProcessId, Proof,
    RealTimeCommand, Sheet, StatusQuery, bands,
};

fn bytes(command: Command<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    command.encode_into(&mut out);
    out
}

fn canvas(height: u32, black: &[Rectangle]) -> TicketCanvas {
    let mut canvas = TicketCanvas::new(Size::new(576, height));
    for area in black {
        let Ok(()) = canvas.fill_solid(area, BinaryColor::On);
    }
    canvas
}

fn area(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
    Rectangle::new(Point::new(x, y), Size::new(width, height))
}

#[test]
fn commands_are_the_bytes_of_the_manual() {
    assert_eq!(bytes(Command::Initialise), [0x1B, 0x40]);
    assert_eq!(bytes(Command::CancelDoubleByte), [0x1C, 0x2E]);
    assert_eq!(bytes(Command::MotionUnitsInDots), [0x1D, 0x50, 203, 203]);
    assert_eq!(bytes(Command::AutomaticStatus(AutomaticStatus::Off)), [0x1D, 0x61, 0x00]);
    assert_eq!(bytes(Command::AutomaticStatus(AutomaticStatus::Faults)), [0x1D, 0x61, 0x0E]);
    assert_eq!(bytes(Command::Centre), [0x1B, 0x61, 0x01]);
    assert_eq!(bytes(Command::FeedDots(255)), [0x1B, 0x4A, 0xFF]);
    assert_eq!(bytes(Command::TransmitPaperSensor), [0x1D, 0x72, 0x01]);
    assert_eq!(bytes(Command::FeedAndCut), [0x1D, 0x56, 0x42, 28]);
    let id = ProcessId::new(0, Mark::Body);
    assert_eq!(bytes(Command::AnswerProcessId(id)), [0x1D, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30, b'!', b'!', b'!', b'B']);
    assert_eq!(RealTimeCommand::TransmitStatus(StatusQuery::Paper).bytes(), [0x10, 0x04, 0x04]);
    assert_eq!(RealTimeCommand::RecoverAndClear.bytes(), [0x10, 0x05, 0x02]);
    assert_eq!(RealTimeCommand::ClearBuffers.bytes(), [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8]);
}

#[test]
fn commands_for_characters_codes_and_stored_pictures_are_the_bytes_of_the_manual() {
    assert_eq!(bytes(Command::LineSpacing(32)), [0x1B, 0x33, 32]);
    assert_eq!(bytes(Command::CharacterSize { across: 6, down: 6 }), [0x1D, 0x21, 0x55]);
    assert_eq!(bytes(Command::EndLine), [0x0A]);
    assert_eq!(bytes(Command::OwnLetters), [0x1B, 0x25, 0]);
    let expected = [
        &[0x1D, 0x28, 0x6B, 4, 0, 0x31, 0x41, 0x32, 0][..],
        &[0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x43, 6],
        &[0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x45, 0x31],
        &[0x1D, 0x28, 0x6B, 5, 0, 0x31, 0x50, 0x30, b'h', b'i'],
        &[0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x51, 0x30],
    ];
    assert_eq!(bytes(Command::QrCode { text: "hi", module_dots: 6 }), expected.concat());
    assert_eq!(nv::LIST_KEY_CODES, [0x1D, 0x28, 0x4C, 4, 0, 0x30, 0x40, 0x4B, 0x43]);
}

#[test]
fn a_stored_picture_is_defined_and_printed_as_the_manual_has_it() {
    let canvas = canvas(40, &[area(284, 20, 8, 2)]);
    let Some(picture) = FinitePicture::new(&canvas) else { panic!("there is ink") };
    let stock = Stock::of([&picture]);
    let Some([k1, k2]) = stock.key(&picture).map(KeyCode::bytes) else { panic!("it is held") };
    let [s1, s2] = stock.keys().last().map(KeyCode::bytes).unwrap_or_default();
    let expected = [
        // ESC @, then all is deleted (function 65).
        &[0x1B, 0x40, 0x1D, 0x28, 0x4C, 5, 0, 0x30, 0x41, b'C', b'L', b'R'][..],
        // Function 67: 16 x 2 dots in one colour.
        &[0x1D, 0x28, 0x4C, 15, 0, 0x30, 0x43, 0x30, k1, k2, 1, 16, 0, 2, 0, 0x31, 0x0F, 0xF0, 0x0F, 0xF0],
        // The seal.
        &[0x1D, 0x28, 0x4C, 12, 0, 0x30, 0x43, 0x30, s1, s2, 1, 8, 0, 1, 0, 0x31, 0x80],
    ];
    assert_eq!(stock.definition([&picture]), expected.concat());
    let print = stock.key(&picture).map(|key| bytes(Command::PrintNvGraphic(key)));
    assert_eq!(print, Some(vec![0x1D, 0x28, 0x4C, 6, 0, 0x30, 0x45, k1, k2, 1, 1]));
}

#[test]
fn a_band_as_a_graphic_is_stored_and_printed() {
    let sheet = Sheet::from(canvas(40, &[area(284, 20, 8, 2)]));
    let means = Means::dots(RasterForm::Graphics);
    let job = Job::encode(&sheet, &means, &Stock::empty(), &[], AutomaticStatus::Off, Proof::PaperSensor);
    let band = [
        &[0x1B, 0x4A, 20, 0x1D, 0x28, 0x4C, 14, 0, 0x30, 0x70, 0x30, 1, 1, 0x31, 16, 0, 2, 0][..],
        &[0x0F, 0xF0, 0x0F, 0xF0, 0x1D, 0x28, 0x4C, 2, 0, 0x30, 0x32],
    ];
    let (bytes, band) = (job.bytes(), band.concat());
    assert!(bytes.windows(band.len()).any(|window| window == band), "{bytes:02x?}");
}

#[test]
fn letters_of_our_own_are_defined_in_runs_and_used() {
    let words = Content::Text { words: "Ấ Ế!".into(), emphasis: Emphasis::Plain };
    let sheet = Sheet::new(canvas(30, &[]), vec![Part { rows: 0..30, content: words }]);
    let cells = [('Ấ', Cell([[1, 2, 3]; 12])), ('Ế', Cell([[0x10, 0x04, 0]; 12]))];
    let means = Means { letters: Letters::Defined, ..Means::dots(RasterForm::BitImage) };
    let job = Job::encode(&sheet, &means, &Stock::empty(), &cells, AutomaticStatus::Off, Proof::PaperSensor).bytes();
    // The exclamation mark is used by the words, so the letters take the codes behind it; DLE EOT in a cell is defused.
    let defined = [&[0x1B, 0x26, 3, b'"', b'#', 12][..], &[1, 2, 3].repeat(12), &[12], &[0x10, 0x06, 0].repeat(12)];
    let defined = [&defined.concat()[..], &[0x1B, 0x25, 1]].concat();
    assert!(job.windows(defined.len()).any(|window| window == defined), "{job:02x?}");
    assert!(job.windows(5).any(|window| window == [b'"', b' ', b'#', b'!', 0x0A]), "{job:02x?}");
}

#[test]
fn process_ids_are_printable_and_differ_from_job_to_job() {
    let mut seen = std::collections::HashSet::new();
    for serial in (0..94 * 94 * 94).step_by(97) {
        for mark in [Mark::Body, Mark::Cut] {
            let id = ProcessId::new(serial, mark).bytes();
            assert!(id.iter().all(|byte| (32..=126).contains(byte)), "{id:?}");
            assert!(seen.insert(id), "{id:?} came twice");
        }
    }
}

#[test]
fn a_small_black_square_is_one_cropped_band_between_preamble_and_cut() {
    let job = Job::ticket(&canvas(40, &[area(284, 20, 8, 2)]), AutomaticStatus::Off, Proof::PaperSensor);
    let expected = [
        // ESC @, FS ., GS P 203 203, GS a 0, ESC a 1
        &[0x1B, 0x40, 0x1C, 0x2E, 0x1D, 0x50, 203, 203, 0x1D, 0x61, 0, 0x1B, 0x61, 1][..],
        // 20 dots down, 2 bytes x 2 rows from dot 280
        &[0x1B, 0x4A, 20, 0x1D, 0x76, 0x30, 0, 2, 0, 2, 0, 0x0F, 0xF0, 0x0F, 0xF0],
        &[0x1D, 0x56, 0x42, 28, 0x1D, 0x72, 1],
    ];
    assert_eq!(job.bytes(), expected.concat());
    assert_eq!(job.rows(), 22);
}

#[test]
fn white_rows_are_fed_and_long_gaps_in_steps_of_255() {
    let job = Job::ticket(
        &canvas(700, &[area(0, 0, 576, 1), area(0, 600, 576, 1)]),
        AutomaticStatus::Off,
        Proof::PaperSensor,
    );
    let feeds = [0x1B, 0x4A, 255, 0x1B, 0x4A, 255, 0x1B, 0x4A, 89];
    assert!(job.bytes().windows(feeds.len()).any(|window| window == feeds));
}

#[test]
fn no_band_is_higher_than_the_limit() {
    let found = bands(&canvas(1_000, &[area(0, 0, 576, 1_000)]), RasterForm::BitImage);
    assert_eq!(found.iter().map(|band| band.rows()).sum::<u32>(), 1_000);
    assert!(found.iter().all(|band| band.rows() as usize <= BAND_ROWS_MAX));
}

#[test]
fn dots_that_spell_a_real_time_command_are_changed_by_one() {
    // 10 14 in the middle of the row: DLE DC4.
    let canvas =
        canvas(1, &[area(0, 0, 8, 1), area(83, 0, 1, 1), area(91, 0, 1, 1), area(93, 0, 1, 1), area(568, 0, 8, 1)]);
    assert!(canvas.packed().windows(2).any(|pair| pair == [0x10, 0x14]), "the test draws the command");
    let job = Job::ticket(&canvas, AutomaticStatus::Off, Proof::PaperSensor);
    assert_eq!(job.dots_flipped(), 1);
    let special = |pair: &[u8]| matches!(pair, [0x10, 0x04 | 0x05 | 0x14]);
    assert!(!job.bytes().windows(2).any(special));
}

#[test]
fn a_blank_canvas_is_cut_without_a_band() {
    let job = Job::ticket(&canvas(100, &[]), AutomaticStatus::Off, Proof::PaperSensor);
    assert_eq!(job.rows(), 0);
    assert!(!job.bytes().contains(&0x76));
}
