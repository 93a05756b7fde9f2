//! Which screen a picture of the panel shows: the one it is nearest to of a rehearsal's.
//!
//! The rehearsal is the same visit on a kiosk beside the virtual machine, with the same service, whose virtual touchscreen
//! knows the name of what it shows.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e_tests::{SCREEN_WITHIN, card, eventually};
use xtask::demo::card_reader::ChipCard;
use xtask::demo::headless::SAMPLE_CARD;
use xtask::demo::picture::{Grey, write_rgb};
use xtask::demo::reading::largest_number;
use xtask::demo::stack::Stack;
use xtask::demo::touchscreen::{FIRST_TILE, Spot, Touchscreen};

/// How far two pixels of the same screen may lie apart: the panel has fewer shades.
const SHADES: u8 = 32;
/// Pixels in a thousand that may differ from the rehearsal: the number, the patient, where a moving picture is.
pub const PERMILLE_MAX: usize = 60;
/// One pixel of so many is looked at; no divisor of the panel's width, so that every column is.
const EVERY: usize = 17;
/// Pictures taken of each screen, and how far apart: the card on the welcome screen moves.
const PHASES: u32 = 6;
const PHASE: Duration = Duration::from_millis(900);
/// The patient of the rehearsal.
const REHEARSED: u8 = 90;

/// A machine that waits for a patient.
pub const WELCOME: &str = "welcome";
/// The same, and a notice that its scanner is gone.
pub const NO_SCANNER: &str = "welcome without a scanner";
/// The same, and a notice that its printer is gone.
pub const NO_PRINTER: &str = "welcome without a printer";
/// The services after a card was read.
pub const SERVICES: &str = "services";
/// The number after its ticket came out.
pub const NUMBER: &str = "number";
/// What reading the chip means, and a button to agree.
pub const CONSENT: &str = "consent to reading the chip";
/// The card goes into the slot.
pub const INSERT: &str = "insert the card";
/// The services after the chip was read, with the portrait.
pub const SERVICES_BY_CHIP: &str = "services and the portrait";
/// The waiting room, where the rehearsal's patient was called.
pub const WALL: &str = "wall";

/// What the kiosk logs once it has read all of a chip: the portrait is the last part.
pub const CHIP_READ: &str = "result=Ok(())";

/// The button "read the chip" under the services.
pub const READ_CHIP: Spot = Spot { x: 780, y: 1536 };
/// "I agree".
pub const AGREE: Spot = Spot { x: 540, y: 1332 };
/// "Not me", above the services.
pub const NOT_ME: Spot = Spot { x: 830, y: 218 };

/// The pictures of the rehearsal.
#[derive(Debug)]
pub struct Screens(Vec<(&'static str, Grey)>);

impl Screens {
    /// Rehearses with a kiosk of `hospital`, which is gone afterwards; its patient was called.
    ///
    /// # Errors
    /// The kiosk shows something else.
    pub fn rehearse(hospital: &mut Stack) -> Result<Self> {
        hospital.start_kiosk()?;
        let (kiosk, mut screens) = (hospital.kiosk_screen(), Self(Vec::new()));
        screens.keep(WELCOME, "welcome", &kiosk)?;
        for (name, wire) in [(NO_SCANNER, &hospital.scanner_wire), (NO_PRINTER, &hospital.printer_wire)] {
            wire.unplug();
            screens.keep(name, "welcome-limited", &kiosk)?;
            wire.replug();
            kiosk.wait_for_title(&["welcome"], SCREEN_WITHIN)?;
        }
        hospital.scanner.with(|scanner| scanner.present(&card(REHEARSED)));
        screens.keep(SERVICES, "choose-service", &kiosk)?;
        kiosk.touch(FIRST_TILE)?;
        screens.keep(NUMBER, "number-take", &kiosk)?;
        // It goes back by itself: a touch now might be one on the welcome screen.
        kiosk.wait_for_title(&["welcome"], SCREEN_WITHIN)?;
        screens.rehearse_chip(hospital, &kiosk)?;
        hospital.kill_kiosk();
        hospital.call_somebody()?;
        Ok(screens)
    }

    /// Rehearses the waiting room with the display of `hospital`.
    ///
    /// # Errors
    /// It shows something else.
    pub fn rehearse_wall(&mut self, hospital: &Stack) -> Result<()> {
        let display = hospital.display_screen();
        // A board that is not there yet is a wall as well.
        display.wait_for(&["board"], SCREEN_WITHIN, |frame| largest_number(&frame.grey()).is_some())?;
        self.keep(WALL, "board", &display)
    }

    fn rehearse_chip(&mut self, hospital: &Stack, kiosk: &Touchscreen) -> Result<()> {
        hospital.scanner.with(|scanner| scanner.present(SAMPLE_CARD.as_bytes()));
        kiosk.wait_for_title(&["choose-service"], SCREEN_WITHIN)?;
        kiosk.touch(READ_CHIP)?;
        self.keep(CONSENT, "chip-consent", kiosk)?;
        kiosk.touch(AGREE)?;
        self.keep(INSERT, "chip-insert", kiosk)?;
        let reader = hospital.card_reader.as_ref().context("the rehearsal has no card reader")?;
        reader.insert(ChipCard::Cccd)?;
        // The services are there before the portrait, which moves them down.
        kiosk.wait_for_title(&["choose-service"], SCREEN_WITHIN)?;
        eventually("the portrait to be read", || Ok(hospital.kiosk_said(CHIP_READ)))?;
        self.keep(SERVICES_BY_CHIP, "choose-service", kiosk)?;
        reader.pull_out();
        kiosk.touch(NOT_ME)?;
        kiosk.wait_for_title(&["welcome"], SCREEN_WITHIN).map(drop)
    }

    fn keep(&mut self, name: &'static str, title: &str, kiosk: &Touchscreen) -> Result<()> {
        self.0.push((name, kiosk.wait_for(&[title], SCREEN_WITHIN, |_| true)?.grey()));
        for _ in 1..PHASES {
            thread::sleep(PHASE);
            let frame = kiosk.look()?;
            let is_new = self.0.last().is_none_or(|(_, last)| *last != frame.grey());
            if frame.glance.title == title && is_new {
                self.0.push((name, frame.grey()));
            }
        }
        Ok(())
    }

    /// The nearest one, and how many pixels in a thousand differ.
    pub fn nearest(&self, picture: &Grey) -> (&'static str, usize) {
        let far = ("no screen", 1_000);
        self.0.iter().map(|(name, one)| (*name, difference(one, picture))).min_by_key(|(_, by)| *by).unwrap_or(far)
    }
}

/// Of the looked-at pixels, how many in a thousand differ visibly.
fn difference(one: &Grey, other: &Grey) -> usize {
    if (one.width, one.height) != (other.width, other.height) {
        return 1_000;
    }
    let pairs = || one.pixels.iter().step_by(EVERY).zip(other.pixels.iter().step_by(EVERY));
    pairs().filter(|(one, other)| one.abs_diff(**other) > SHADES).count() * 1_000 / pairs().len().max(1)
}

/// A picture of the panel in colour.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Pixels {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Pixels {
    /// A PPM as QEMU writes it: `P6`, width, height, 255, a line feed, and three bytes a pixel.
    ///
    /// # Errors
    /// It is another kind of file, or cut off.
    pub fn of_ppm(bytes: &[u8]) -> Result<Self> {
        let mut words = bytes.splitn(5, u8::is_ascii_whitespace);
        ensure!(words.next() == Some(b"P6"), "expected a PPM of colours");
        let mut number = || -> Result<u32> { Ok(std::str::from_utf8(words.next().unwrap_or_default())?.parse()?) };
        let (width, height, shades) = (number()?, number()?, number()?);
        let rgb = words.next().unwrap_or_default().to_vec();
        ensure!(shades == 255 && rgb.len() == width as usize * height as usize * 3, "the PPM is cut off");
        Ok(Self { width, height, rgb })
    }

    /// The colour at a pixel, if it is one of the panel's.
    pub fn pixel(&self, (x, y): (u32, u32)) -> Option<[u8; 3]> {
        let index = (y as usize * self.width as usize + x as usize) * 3;
        let colour = self.rgb.get(index..index + 3).filter(|_| x < self.width)?;
        colour.try_into().ok()
    }

    /// How many pixels have exactly this colour.
    pub fn count(&self, colour: [u8; 3]) -> usize {
        self.rgb.chunks_exact(3).filter(|pixel| **pixel == colour).count()
    }

    /// In grey values.
    pub fn grey(&self) -> Grey {
        Grey::of_rgb(self.width as usize, self.height as usize, &self.rgb)
    }

    /// Writes it as PNG.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        write_rgb(path, self.width, self.height, &self.rgb)
    }
}
