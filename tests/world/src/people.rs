//! The invented people of the world: each has one token, and words that no message may carry.

use kiosk_core::view::MaskedName;
use queue_protocol::model::PersonMark;

/// Somebody; a number tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person(pub u64);

/// In every name of the world and in nothing else. Looked for in bytes that must not carry a name.
pub const NAME_MARK: &str = "Nguyễn Văn Mẫu";
/// Begins every personal number of the world.
pub const NUMBER_MARK: &str = "00109099";

impl Person {
    /// The last word tells people apart, masked or not.
    #[must_use]
    pub fn name(self) -> String {
        let letter = |place: u32| char::from(b'a' + u8::try_from(self.0 / 26_u64.pow(place) % 26).unwrap_or(0));
        format!("{NAME_MARK} Q{}{}{}", letter(2), letter(1), letter(0))
    }

    /// The code of the card, as a scanner sends it.
    #[must_use]
    pub fn code(self) -> Vec<u8> {
        let birth = if self.0.is_multiple_of(5) { "01011940" } else { "01011990" };
        let number = self.0 % 10_000;
        format!("{NUMBER_MARK}{number:04}||{}|{birth}|Nam|Số 1, Đường Mẫu|01012022", self.name()).into_bytes()
    }

    /// Recognises the person at the service. The kiosk's own hash needs its key and is tested there.
    #[must_use]
    pub fn mark(self) -> PersonMark {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&self.0.to_be_bytes());
        PersonMark::from_bytes(bytes)
    }

    /// Whether a screen may call this person so.
    #[must_use]
    pub fn is_called(self, name: &MaskedName) -> bool {
        *name == MaskedName::of(&self.name())
    }
}
