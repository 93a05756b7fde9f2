//! A kiosk that is killed while it writes pictures into its printer, at every byte of it.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::{Paper, PrinterModel, VirtualPrinter};
use device_sim::wire::Shared;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Point, Size};
use embedded_graphics::primitives::Rectangle;
use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::printer::{JobId, PrintOutcome, TicketPrinter};
use kiosk_hal::uptime::Uptime;
use thermal_printer_escpos::canvas::{DOTS_80_MM, TicketCanvas};
use thermal_printer_escpos::encode::nv::{FinitePicture, Stock, finite_pictures};
use thermal_printer_escpos::encode::{Content, Group, Part, Sheet};
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::provision::{Provision, provision};
use thermal_printer_escpos::session::EscPosPrinter;

const GROUPS: [Group; 4] = [Group::Head, Group::Place, Group::Priority, Group::Foot];
/// Rows from one picture of a sheet to the next.
const PITCH: u32 = 40;

/// A ticket of four pictures that a printer keeps, each with bars of its own; the last is `rows` high.
fn sheet(rows: u32) -> Sheet {
    let mut canvas = TicketCanvas::new(Size::new(DOTS_80_MM, 3 * PITCH + rows));
    let mut parts = Vec::new();
    for (place, group) in (0_u32..).zip(GROUPS) {
        let (top, height) = (place * PITCH, if place == 3 { rows } else { 4 });
        let left = 272 - 8 * place as i32;
        for bar in 0..height {
            let size = Size::new(20 + bar % 7, 1);
            let Ok(()) =
                canvas.fill_solid(&Rectangle::new(Point::new(left, (top + bar) as i32), size), BinaryColor::On);
        }
        parts.push(Part { rows: top..top + height, content: Content::Fixed(group) });
    }
    Sheet::new(canvas, parts)
}

/// The wire of a kiosk that is killed when so many bytes of it have gone out.
struct Doomed {
    link: MemoryLink<VirtualPrinter>,
    bytes_left: usize,
}

impl ByteLink for Doomed {
    fn now(&self) -> Uptime {
        self.link.now()
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        self.link.read(into, until)
    }

    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        let last = bytes.len().min(self.bytes_left);
        self.link.write(&bytes[..last], until)?;
        self.bytes_left -= last;
        if last == bytes.len() { Ok(()) } else { Err(WriteFailed { written: last, cause: LinkError::Gone }) }
    }
}

struct Kiosk {
    sheet: Sheet,
    pictures: Vec<FinitePicture>,
    stock: Stock,
    profile: Profile,
}

impl Kiosk {
    fn new(sheet: Sheet) -> Self {
        let pictures: Vec<_> = finite_pictures(&sheet).collect();
        let stock = Stock::of(&pictures);
        Self { sheet, pictures, stock, profile: Profile::epson_80_mm(Wire::Serial { baud: 19_200 }) }
    }

    fn definition_bytes(&self) -> usize {
        self.stock.definition(&self.pictures).len()
    }

    /// Kills the kiosk after `bytes`; `None` when it was done by then.
    fn killed_after(&self, bytes: usize) -> Option<Shared<VirtualPrinter>> {
        let printer = Shared::new(VirtualPrinter::new(PrinterModel::serial(19_200)));
        let mut link = Doomed { link: MemoryLink::new(printer.clone()), bytes_left: bytes };
        provision(&mut link, &self.profile, &self.stock, &self.pictures).err()?;
        Some(printer)
    }

    /// Starts the kiosk again: what of the stock was written, and the ticket printed from it.
    fn restarted(&self, printer: &Shared<VirtualPrinter>, context: &str) -> Provision {
        let mut session = EscPosPrinter::after_unfinished_job(MemoryLink::new(printer.clone()), self.profile);
        // As often as a kiosk asks: a large picture takes several rounds of clearing.
        let ready = (0..8).any(|_| session.status().is_ok_and(|status| status.fault.is_none()));
        assert!(ready, "{context}: the printer does not become ready");
        let done = provision(session.link_mut(), &self.profile, &self.stock, &self.pictures).unwrap();
        printer.with(VirtualPrinter::take_papers);
        let mut session = session.with_stock(self.stock.clone());
        assert_eq!(session.print_sheet(JobId([3; 16]), &self.sheet), PrintOutcome::Confirmed, "{context}");
        session.link_mut().idle(Duration::from_secs(2));
        let papers: Vec<Paper> = printer.with(VirtualPrinter::take_papers);
        let ticket = papers.iter().find(|paper| paper.has_ink()).unwrap();
        assert!(shows(ticket, self.sheet.canvas()), "{context}: other dots than those drawn");
        done
    }
}

fn shows(paper: &Paper, canvas: &TicketCanvas) -> bool {
    let is_inked = |row: &&[u8]| row.iter().any(|bits| *bits != 0);
    let rows: Vec<&[u8]> = canvas.rows().collect();
    let last = rows.iter().rposition(is_inked).unwrap();
    paper
        .inked_rows()
        .iter()
        .map(|row| row.as_slice())
        .eq(rows[..=last].iter().copied().skip_while(|row| !is_inked(row)))
}

#[test]
fn a_kiosk_killed_at_any_byte_of_its_pictures_prints_the_next_ticket_right() {
    let kiosk = Kiosk::new(sheet(6));
    let mut gone_on = 0;
    let mut bytes = 0;
    while let Some(printer) = kiosk.killed_after(bytes) {
        let done = kiosk.restarted(&printer, &format!("killed after byte {bytes}"));
        if let Provision::Written { bytes } = done {
            assert!(bytes <= kiosk.definition_bytes());
            gone_on += usize::from(bytes < kiosk.definition_bytes());
        }
        bytes += 1;
    }
    // Beside the pictures there are the questions for the list.
    assert!(bytes > kiosk.definition_bytes(), "{bytes}");
    assert!(gone_on > kiosk.definition_bytes() / 2, "all was written anew but {gone_on} of {bytes} times");
}

/// More dots than are sent to fill up a picture at once.
#[test]
fn a_kiosk_killed_in_a_large_picture_prints_the_next_ticket_right() {
    let kiosk = Kiosk::new(sheet(7_000));
    let longest = kiosk.pictures.iter().map(FinitePicture::data_bytes).max().unwrap();
    assert!(longest > 20_000, "{longest}");
    for bytes in [300, 2_000, 17_000] {
        let printer = kiosk.killed_after(bytes).unwrap();
        kiosk.restarted(&printer, &format!("killed after byte {bytes}"));
    }
}

#[test]
fn one_picture_at_most_is_written_twice() {
    let kiosk = Kiosk::new(sheet(6));
    let whole = kiosk.killed_after(usize::MAX);
    assert!(whole.is_none(), "nothing stops it");
    let parts = kiosk.stock.definitions(&kiosk.pictures);
    let keys: Vec<_> = kiosk.stock.keys().collect();
    for listed in 1..keys.len() {
        let missing = kiosk.stock.missing(&kiosk.pictures, &keys[..listed]);
        assert_eq!(missing, parts[listed..], "{listed} of the pictures are there");
    }
    assert_eq!(kiosk.stock.missing(&kiosk.pictures, &[]), parts, "nothing is there");
    assert_eq!(kiosk.stock.missing(&kiosk.pictures, &keys[1..3]), parts, "others are there");
    let other = Stock::of(&Kiosk::new(sheet(9)).pictures);
    let others: Vec<_> = other.keys().collect();
    assert_eq!(kiosk.stock.missing(&kiosk.pictures, &others), parts, "another stock is there");
}
