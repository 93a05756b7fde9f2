//! The invented people of the walk: each has one token, a number to type, and perhaps a chip.

use kiosk_core::chip::{Checked, ChipForm, ChipTrust, Portrait};
use kiosk_core::view::MaskedName;
use kiosk_hal::scanner::Scan;
use vn_identity::{Claim, Provenance};

/// Somebody; a number tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person(pub u64);

impl Person {
    /// The last word tells people apart, masked or not.
    pub fn name(self) -> String {
        let letter = |place: u32| char::from(b'a' + (self.0 / 26_u64.pow(place) % 26) as u8);
        format!("Nguyễn Văn Mẫu Q{}{}{}", letter(2), letter(1), letter(0))
    }

    /// The number that is their key: of an identity card, or of a health insurance card.
    pub fn key(self) -> String {
        let number = format!("001090{:06}", 990_000 + self.0);
        if self.has_card() { number } else { number[2..].to_owned() }
    }

    /// Whose card has this number.
    pub fn of_card(number: &str) -> Option<Self> {
        Some(Self(number.get(6..)?.parse::<u64>().ok()?.checked_sub(990_000)?))
    }

    /// Whether the token is an identity card, whose chip can be read.
    pub fn has_card(self) -> bool {
        !self.0.is_multiple_of(3)
    }

    /// A health insurance card, of every second one with a year of birth alone; or an identity card.
    pub fn token(self) -> Scan {
        let (key, name) = (self.key(), self.name());
        let text = if self.has_card() {
            format!("{key}||{name}|01011990|Nam|Số 1, Đường Mẫu|01012022")
        } else {
            let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
            let birth = if self.0.is_multiple_of(2) { "1951" } else { "01/01/1990" };
            format!("{key}|{hex}|{birth}|1")
        };
        Scan::new(text.into_bytes()).unwrap()
    }

    pub fn claim(self) -> Claim {
        vn_identity::decode(self.token().as_bytes()).unwrap()
    }

    /// What the chip of the person's card says.
    pub fn form(self, genuine: Checked) -> ChipForm {
        ChipForm { claim: self.claim().from_source(Provenance::Chip), trust: trust(genuine) }
    }

    /// A picture that is this person's alone.
    pub fn portrait(self) -> Portrait {
        Portrait::new(2, 1, [self.0.to_be_bytes().as_slice()[2..].to_vec()].concat()).unwrap()
    }

    /// Whether a screen may call this person so.
    pub fn is_called(self, name: &MaskedName) -> bool {
        let key = self.key();
        let end_of_number = format!("{}{}", "*".repeat(key.len() - 4), &key[key.len() - 4..]);
        *name == MaskedName::of(&self.name()) || name.as_str() == end_of_number
    }

    /// Whether paper may call this person so.
    pub fn is_printed(self, text: &str) -> bool {
        let key = self.key();
        text.starts_with(&self.name()) || text.starts_with('*') && text.contains(&key[key.len() - 4..])
    }
}

pub fn trust(genuine: Checked) -> ChipTrust {
    ChipTrust { intact: Checked::Yes, issued: Checked::Yes, genuine }
}
