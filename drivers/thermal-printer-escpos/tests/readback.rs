//! The bytes of a job, read back by a printer with code of its own.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::{PrinterModel, Row, VirtualPrinter};
use device_sim::wire::Shared;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{Edition, TicketFace};
use thermal_printer_escpos::canvas::TicketCanvas;
use thermal_printer_escpos::encode::means::{Letters, Numbers, NvGraphics, QrCodes, RasterForm, TcvnPages};
use thermal_printer_escpos::encode::nv::{Stock, finite_pictures};
use thermal_printer_escpos::encode::{AutomaticStatus, Cell, Content, Job, Means, Proof, Sheet};
use thermal_printer_escpos::profile::{Family, Profile, Wire};
use thermal_printer_escpos::provision::{Provision, ProvisionError, provision};
use thermal_printer_escpos::self_test;
use thermal_printer_escpos::ticket::{self, Layout, PaperWidth, VariableLines};

mod sample;
use sample::face;

const PAGES: TcvnPages = TcvnPages { small: 30, capital: 31 };
const STORED: Means = Means {
    nv_graphics: NvGraphics::KeyCodes,
    qr_codes: QrCodes::Native,
    numbers: Numbers::Characters,
    ..Means::dots(RasterForm::BitImage)
};
const COMPACT: Layout = Layout { paper: PaperWidth::Mm80, logo: None, variable_lines: VariableLines::Compact };
const WAIT: Duration = Duration::from_secs(60);

struct Bench {
    printer: Shared<VirtualPrinter>,
    link: MemoryLink<VirtualPrinter>,
}

impl Bench {
    fn new() -> Self {
        Self::of(PrinterModel::usb())
    }

    fn of(model: PrinterModel) -> Self {
        let printer = Shared::new(VirtualPrinter::new(model));
        Self { link: MemoryLink::new(printer.clone()), printer }
    }

    fn send(&mut self, bytes: &[u8]) {
        let until = self.link.now() + WAIT;
        self.link.write(bytes, until).unwrap();
        self.link.idle(Duration::from_secs(5));
    }

    /// The rows of the one paper that `job` makes.
    fn print(&mut self, job: &Job) -> Vec<Row> {
        self.send(&job.bytes());
        let papers = self.printer.with(VirtualPrinter::take_papers);
        assert_eq!(papers.len(), 1);
        assert_eq!(self.printer.with(|printer| printer.unknown_commands()), 0);
        papers[0].inked_rows().to_vec()
    }

    fn power_cycle(&mut self) {
        self.printer.with(VirtualPrinter::power_off);
        self.printer.with(VirtualPrinter::power_on);
    }

    fn store(&mut self, sheet: &Sheet) -> Stock {
        let pictures: Vec<_> = finite_pictures(sheet).collect();
        let stock = Stock::of(&pictures);
        self.send(&stock.definition(&pictures));
        stock
    }
}

fn encode(sheet: &Sheet, means: &Means, stock: &Stock, cells: &[(char, Cell)]) -> Job {
    Job::encode(sheet, means, stock, cells, AutomaticStatus::Off, Proof::ProcessIds(1))
}

fn sheet(face: &TicketFace, layout: &Layout) -> Sheet {
    ticket::compose(face, layout).unwrap()
}

/// Rows of `canvas` from the first with ink to the last, in the middle of the printer's 576 dots.
fn inked(canvas: &TicketCanvas) -> Vec<Row> {
    let left = (72 - canvas.row_bytes()) / 2;
    let widen = |bits: &[u8]| {
        let mut row: Row = [0; 72];
        row[left..left + bits.len()].copy_from_slice(bits);
        row
    };
    let rows: Vec<Row> = canvas.rows().map(widen).collect();
    let first = rows.iter().position(|row| *row != [0; 72]).unwrap();
    let last = rows.iter().rposition(|row| *row != [0; 72]).unwrap();
    rows[first..=last].to_vec()
}

fn faces() -> Vec<TicketFace> {
    let mut reprint = face();
    reprint.edition = Edition::Reprint;
    reprint.notice = "SỐ TẠM CẤP KHI MẤT MẠNG".into();
    let mut chinese = face();
    chinese.title = "排队号票".into();
    chinese.patient = "CÔNG TẰNG TÔN NỮ NGUYỄN PHƯỚC HUYỀN TRÂN DIỄM PHƯƠNG KHÁNH LINH".into();
    vec![face(), reprint, chinese]
}

#[test]
fn every_raster_form_gives_the_canvas_dot_for_dot_on_both_papers() {
    for paper in [PaperWidth::Mm80, PaperWidth::Mm58] {
        for face in faces() {
            let sheet = sheet(&face, &Layout { paper, ..Layout::default() });
            for form in [RasterForm::BitImage, RasterForm::Graphics] {
                let job = encode(&sheet, &Means::dots(form), &Stock::empty(), &[]);
                assert_eq!(job.dots_flipped(), 0);
                let printed = Bench::new().print(&job);
                assert!(printed == inked(sheet.canvas()), "{paper:?} {form:?}");
            }
        }
    }
}

#[test]
fn stored_pictures_are_printed_dot_for_dot_and_never_written_by_a_ticket() {
    let sheet = sheet(&face(), &COMPACT);
    let mut bench = Bench::new();
    let stock = bench.store(&sheet);
    let written = bench.printer.with(|printer| printer.memory_writes());
    let job = encode(&sheet, &STORED, &stock, &[]);
    let printed = bench.print(&job);
    assert_eq!(bench.printer.with(|printer| printer.memory_writes()), written);
    let fixed = sheet.parts().iter().filter(|part| matches!(part.content, Content::Fixed(_)));
    for part in fixed {
        let picture = inked(&sheet.picture(part));
        assert!(printed.windows(picture.len()).any(|rows| rows == picture), "{part:?} is not on the paper");
    }
}

#[test]
fn parts_keep_their_rows_whatever_they_travel_as() {
    let sheet = sheet(&face(), &COMPACT);
    let mut bench = Bench::new();
    let stock = bench.store(&sheet);
    let foot = sheet.parts().last().unwrap();
    let picture = inked(&sheet.picture(foot));
    let from = inked(sheet.canvas());
    let place = |rows: &[Row]| rows.windows(picture.len()).position(|window| window == picture).unwrap();
    for letters in [Letters::Dots, Letters::Pages(PAGES), Letters::Defined] {
        let job = encode(&sheet, &Means { letters, ..STORED }, &stock, &ticket::cells(&sheet));
        let moved = place(&bench.print(&job)).abs_diff(place(&from));
        assert!(moved <= 8, "{letters:?} moves the closing lines by {moved} dots");
    }
}

#[test]
fn the_stock_is_written_once_and_again_only_when_its_seal_is_missing() {
    let sheet = sheet(&face(), &COMPACT);
    let mut bench = Bench::new();
    let pictures: Vec<_> = finite_pictures(&sheet).collect();
    let stock = Stock::of(&pictures);
    let definition = stock.definition(&pictures);
    // The power goes before the seal is written.
    bench.send(&definition[..definition.len() - 10]);
    bench.power_cycle();
    let profile = Profile::epson_80_mm(Wire::Fast);
    let written = provision(&mut bench.link, &profile, &stock, &pictures).unwrap();
    // It goes on with the last picture that is there.
    assert!(matches!(written, Provision::Written { bytes } if bytes < definition.len()), "{written:?}");
    let writes = bench.printer.with(|printer| printer.memory_writes());
    bench.power_cycle();
    assert_eq!(provision(&mut bench.link, &profile, &stock, &pictures).unwrap(), Provision::Held);
    assert_eq!(bench.printer.with(|printer| printer.memory_writes()), writes);
}

#[test]
fn a_list_of_many_key_codes_comes_in_blocks() {
    let mut bench = Bench::new();
    let places = (0..60).map(|room| {
        let mut face = face();
        face.place = format!("Phòng {room}");
        sheet(&face, &COMPACT)
    });
    let pictures: Vec<_> = places.flat_map(|sheet| finite_pictures(&sheet).collect::<Vec<_>>()).collect();
    let stock = Stock::of(&pictures);
    assert!(stock.keys().count() > 60);
    let profile = Profile::epson_80_mm(Wire::Fast);
    provision(&mut bench.link, &profile, &stock, &pictures).unwrap();
    assert_eq!(provision(&mut bench.link, &profile, &stock, &pictures).unwrap(), Provision::Held);
}

#[test]
fn a_printer_without_memory_is_found_out_and_not_written_to() {
    let mut bench = Bench::of(PrinterModel::clone_usb());
    let pictures: Vec<_> = finite_pictures(&sheet(&face(), &COMPACT)).collect();
    let profile = Profile::epson_80_mm(Wire::Fast);
    let refused = provision(&mut bench.link, &profile, &Stock::of(&pictures), &pictures).unwrap_err();
    assert!(matches!(refused, ProvisionError::NoList), "{refused:?}");
    assert_eq!(bench.printer.with(|printer| printer.memory_writes()), 0);
}

#[test]
fn the_self_test_reads_right_in_the_row_of_the_printers_own_pages_only() {
    let Some(family) = Family::named("bixolon-80mm") else { panic!("the family is there") };
    let rows = self_test::rows(family);
    let mut bench = Bench::new();
    bench.send(&self_test::job(576, &rows));
    let words = bench.printer.with(|printer| printer.words().to_owned());
    let right: Vec<&str> = words.lines().collect();
    let right = right.windows(2).filter(|lines| lines[1] == self_test::WORDS).map(|lines| lines[0]);
    assert_eq!(right.collect::<Vec<_>>(), ["1:  30/31"], "{words}");
}

#[test]
fn a_picture_that_is_not_in_the_stock_travels_as_dots() {
    let known = sheet(&face(), &COMPACT);
    let mut bench = Bench::new();
    let stock = bench.store(&known);
    let mut elsewhere = face();
    elsewhere.place = "Phòng 11 – Tầng 1".into();
    let sheet = sheet(&elsewhere, &COMPACT);
    let printed = bench.print(&encode(&sheet, &STORED, &stock, &[]));
    let place = inked(&sheet.picture(&sheet.parts()[1]));
    assert!(printed.windows(place.len()).any(|rows| rows == place));
}

#[test]
fn words_on_two_pages_are_read_as_they_were_written() {
    let sheet = sheet(&face(), &COMPACT);
    let mut bench = Bench::new();
    let stock = bench.store(&sheet);
    bench.print(&encode(&sheet, &Means { letters: Letters::Pages(PAGES), ..STORED }, &stock, &[]));
    let words = bench.printer.with(|printer| printer.words().to_owned());
    for line in [
        "A-0123",
        "NGUYỄN THỊ THUỲ DƯƠNG (1949)",
        "Số người chờ trước: 17",
        "Dự kiến chờ: khoảng 35 phút",
        "07:42 - Thứ Hai, 23/11/2026",
    ] {
        assert!(words.lines().any(|printed| printed == line), "{line} is not in {words}");
    }
}

#[test]
fn letters_defined_by_us_are_printed_as_we_drew_them() {
    let sheet = sheet(&face(), &COMPACT);
    let cells = ticket::cells(&sheet);
    let means = Means { letters: Letters::Defined, ..STORED };
    let mut bench = Bench::new();
    bench.print(&encode(&sheet, &means, &Stock::empty(), &cells));
    let words = bench.printer.with(|printer| printer.words().to_owned());
    assert!(words.lines().any(|line| line == "NGUY◆N TH◆ THU◆ D◆◆NG (1949)"), "{words}");
    assert!(!words.contains('□'));
}

#[test]
fn a_name_no_page_has_travels_as_dots() {
    for patient in ["军人 (1949)", "Y BLŎ NIÊ"] {
        let mut strange = face();
        strange.patient = patient.into();
        let sheet = sheet(&strange, &COMPACT);
        let means = Means { letters: Letters::Pages(PAGES), ..Means::dots(RasterForm::BitImage) };
        let printed = Bench::new().print(&encode(&sheet, &means, &Stock::empty(), &[]));
        let part = sheet.parts().iter().find(|part| matches!(part.content, Content::Text { .. })).unwrap();
        let name = inked(&sheet.picture(part));
        assert!(printed.windows(name.len()).any(|rows| rows == name), "{patient}");
    }
}

/// One USB job, one ticket with stored pictures, one of characters.
#[test]
fn the_reference_ticket_keeps_its_byte_budgets() {
    let large = sheet(&face(), &Layout::default());
    for form in [RasterForm::BitImage, RasterForm::Graphics] {
        let job = encode(&large, &Means::dots(form), &Stock::empty(), &[]);
        assert!(job.len() <= 29_000, "{form:?}: {job:?}");
    }
    let compact = sheet(&face(), &COMPACT);
    let pictures: Vec<_> = finite_pictures(&compact).collect();
    let stock = Stock::of(&pictures);
    let job = encode(&compact, &STORED, &stock, &[]);
    assert!(job.len() <= 5_000, "{job:?}");
    let job = encode(&compact, &Means { letters: Letters::Pages(PAGES), ..STORED }, &stock, &[]);
    assert!(job.len() <= 400, "{job:?}");
}
