//! Devices made by the kernel's `uhid`: to everything above it they are USB HID devices that were plugged in.

use std::fs::{File, OpenOptions};
use std::io::Write as _;

use device_sim::scanner::HID_POS_DESCRIPTOR;

// Kinds of events (linux/uhid.h).
const DESTROY: u32 = 1;
const CREATE: u32 = 11;
const INPUT: u32 = 12;

/// `BUS_USB` (linux/input.h).
const USB: u16 = 3;
/// Fields of `struct uhid_create2_req` in front of the descriptor's length.
const NAME_BYTES: usize = 128;
const PHYS_AND_UNIQ_BYTES: usize = 64 + 64;

/// Data of one HID-POS report, by [`HID_POS_DESCRIPTOR`].
const POS_DATA_BYTES: usize = 56;
const POS_REPORT_BYTES: usize = 64;

/// A keyboard of eight bytes a report: modifiers, nothing, six keys (HID 1.11, appendix B.1).
const KEYBOARD_DESCRIPTOR: &[u8] = &[
    0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, // Generic Desktop, Keyboard, collection (application)
    0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, // key codes, the eight modifiers, 0 to 1
    0x75, 0x01, 0x95, 0x08, 0x81, 0x02, // eight bits
    0x75, 0x08, 0x95, 0x01, 0x81, 0x03, // a byte of nothing
    0x19, 0x00, 0x29, 0x65, 0x15, 0x00, 0x25, 0x65, // keys 0 to 101
    0x75, 0x08, 0x95, 0x06, 0x81, 0x00, // six of them
    0xC0,
];
const LEFT_SHIFT: u8 = 0x02;
pub const ENTER: u8 = 0x28;

/// A device that is plugged in as long as this value lives.
pub struct Plugged(File);

impl Plugged {
    /// Plugs in a scanner in HID-POS mode.
    pub fn hid_pos(name: &str, vendor: u16, product: u16) -> Self {
        Self::of(name, vendor, product, HID_POS_DESCRIPTOR)
    }

    /// Plugs in a scanner in keyboard mode.
    pub fn keyboard(name: &str, vendor: u16, product: u16) -> Self {
        Self::of(name, vendor, product, KEYBOARD_DESCRIPTOR)
    }

    fn of(name: &str, vendor: u16, product: u16, descriptor: &[u8]) -> Self {
        let mut event = CREATE.to_ne_bytes().to_vec();
        event.extend(name.bytes());
        event.resize(size_of::<u32>() + NAME_BYTES + PHYS_AND_UNIQ_BYTES, 0);
        event.extend((descriptor.len() as u16).to_ne_bytes());
        event.extend(USB.to_ne_bytes());
        for number in [vendor.into(), product.into(), 0x0111, 0u32] {
            event.extend(number.to_ne_bytes());
        }
        event.extend(descriptor);
        let mut file = OpenOptions::new().read(true).write(true).open("/dev/uhid").unwrap();
        file.write_all(&event).unwrap();
        Self(file)
    }

    /// One input report.
    pub fn report(&mut self, bytes: &[u8]) {
        let mut event = INPUT.to_ne_bytes().to_vec();
        event.extend((bytes.len() as u16).to_ne_bytes());
        event.extend(bytes);
        self.0.write_all(&event).unwrap();
    }

    /// A QR code as HID-POS reports, all but the last marked "continued".
    pub fn scan(&mut self, code: &[u8]) {
        let last = code.len().div_ceil(POS_DATA_BYTES) - 1;
        for (place, data) in code.chunks(POS_DATA_BYTES).enumerate() {
            let mut report = [2, data.len() as u8, b']', b'Q', b'1'].to_vec();
            report.extend(data);
            report.resize(POS_REPORT_BYTES, 0);
            report[POS_REPORT_BYTES - 1] = u8::from(place < last);
            self.report(&report);
        }
    }

    /// Presses a key and lets it go.
    pub fn tap(&mut self, modifiers: u8, usage: u8) {
        self.report(&[modifiers, 0, usage, 0, 0, 0, 0, 0]);
        self.report(&[0; 8]);
    }

    /// The key of a character on a US keyboard. What has none is left out without a sign of it, as scanners do.
    pub fn type_character(&mut self, character: char) {
        const DIGITS_SHIFTED: &str = "!@#$%^&*()";
        const SIGNS: &str = "\r\u{1b}\u{8}\t -=[]\\\0;'`,./";
        const SIGNS_SHIFTED: &str = "\r\u{1b}\u{8}\t _+{}|\0:\"~<>?";
        let place = |of: &str| of.chars().position(|one| one == character).map(|place| place as u8);
        let key = match character {
            'a'..='z' => Some((0, 4 + character as u8 - b'a')),
            'A'..='Z' => Some((LEFT_SHIFT, 4 + character as u8 - b'A')),
            '1'..='9' => Some((0, 30 + character as u8 - b'1')),
            '0' => Some((0, 39)),
            _ => place(SIGNS)
                .map(|place| (0, ENTER + place))
                .or_else(|| place(SIGNS_SHIFTED).map(|place| (LEFT_SHIFT, ENTER + place)))
                .or_else(|| place(DIGITS_SHIFTED).map(|place| (LEFT_SHIFT, 30 + place))),
        };
        if let Some((modifiers, usage)) = key {
            self.tap(modifiers, usage);
        }
    }

    /// Pulls it out; what is open at that moment has lost its device when this returns.
    pub fn pull_out(mut self) {
        self.0.write_all(&DESTROY.to_ne_bytes()).unwrap();
    }
}
