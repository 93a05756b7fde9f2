//! Whole visits through the shipped kiosk, as fast as a hand that never hesitates.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use device_sim::printer::{PrinterModel, VirtualPrinter};
use xtask::demo::stack::Stack;
use xtask::demo::touchscreen::{FIRST_TILE, FOOT_BUTTON, Spot, Touchscreen};

/// Until a screen or a byte follows.
const PATIENCE: Duration = Duration::from_secs(40);
const LOOK_EVERY: Duration = Duration::from_micros(500);
/// The tile beside the first: a service gives at most 9,999 numbers a day.
const SECOND_TILE: Spot = Spot { x: 790, y: FIRST_TILE.y };
/// `ESC @`: a ticket begins with it, a question for the state does not.
const TICKET_BEGINS: [u8; 2] = [0x1B, b'@'];

/// What one visit took.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    /// From the card's last byte on the wire to the services on screen.
    pub scan_to_services: Duration,
    /// From the touch on a service to the next picture.
    pub touch_to_frame: Duration,
    /// From that touch to the ticket's first byte at the printer.
    pub touch_to_byte: Duration,
}

impl Visit {
    /// The kiosk's own share of a visit: the patient's time to find the service is not in it.
    pub fn scan_to_byte(&self) -> Duration {
        self.scan_to_services + self.touch_to_byte
    }
}

/// A printer whose paper takes next to no time: what is measured is the kiosk.
pub fn hurry(stack: &Stack) {
    let quick = PrinterModel { baud: None, paper_mm_per_s: 20_000, cut_ms: 1, ..PrinterModel::usb() };
    stack.printer.with(|printer| *printer = VirtualPrinter::new(quick));
}

/// The card of the `serial`th invented patient, as a scanner sends it.
pub fn card(serial: usize) -> Vec<u8> {
    let letters: String = format!("{serial:06}").bytes().map(|digit| char::from(digit - b'0' + b'A')).collect();
    format!(
        "001049{:06}||NGUYỄN VĂN {letters}|02031949|Nam|Số 1, Đường Mẫu, Phường Mẫu|01012022",
        900_000 + serial % 99_999
    )
    .into_bytes()
}

/// One visit from Welcome to Welcome.
pub fn visit(stack: &Stack, serial: usize) -> Result<Visit> {
    let screen = stack.kiosk_screen();
    until_title(&screen, &["welcome", "welcome-limited"])?;
    stack.printer.with(|printer| {
        printer.take_papers();
        printer.load_paper();
        printer.clear_wire_log();
    });
    let held_up = Instant::now();
    stack.scanner.with(|scanner| scanner.present(&card(serial)));
    until_title(&screen, &["choose-service"])?;
    let scan_to_services = held_up.elapsed();
    let before = screen.glance()?.revision;
    let tile = if serial.is_multiple_of(2) { FIRST_TILE } else { SECOND_TILE };
    let touched = Instant::now();
    screen.touch(tile)?;
    until(|| Ok(screen.glance()?.revision != before))?;
    let touch_to_frame = touched.elapsed();
    until(|| Ok(stack.printer.with(|printer| printer.wire_log().windows(2).any(|pair| pair == TICKET_BEGINS))))?;
    let touch_to_byte = touched.elapsed();
    let end = until_title(&screen, &["number-take", "number-write-down", "apology"])?;
    ensure!(end == "number-take", "visit {serial} ended at {end}");
    screen.touch(FOOT_BUTTON)?;
    Ok(Visit { scan_to_services, touch_to_frame, touch_to_byte })
}

/// Waits for one of these screens; which one it is.
pub fn until_title(screen: &Touchscreen, titles: &[&str]) -> Result<String> {
    let mut title = String::new();
    until(|| {
        // A kiosk that starts has no screen yet.
        title = screen.glance().map(|glance| glance.title).unwrap_or_default();
        Ok(titles.contains(&title.as_str()))
    })
    .map_err(|error| error.context(format!("wanted {}, saw {title}", titles.join(" or "))))?;
    Ok(title)
}

fn until(mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let give_up_at = Instant::now() + PATIENCE;
    while !holds()? {
        if Instant::now() >= give_up_at {
            bail!("waited {PATIENCE:?}");
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
