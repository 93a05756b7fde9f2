//! Keys of a keypad → what Slint is told.
//!
//! Only what a visit by keys needs: digits, moving on and back, choosing, taking back. No key with Control, Alt or the
//! system key, and no key that a console knows, does anything. The numbers are those of linux/input-event-codes.h.

use std::time::Duration;

use slint::SharedString;
use slint::platform::Key;

const LEFT_SHIFT: u16 = 42;
const RIGHT_SHIFT: u16 = 54;
/// Control, Alt and the system key, left and right.
const COMMANDS: [u16; 6] = [29, 97, 56, 100, 125, 126];
/// The value of a key that is held and repeats.
const REPEATED: i32 = 2;
/// `KEY_KP7` … `KEY_KP0` in the order of their codes, with what is printed on them; minus and plus between are none.
const KEYPAD: [(u16, char); 10] =
    [(71, '7'), (72, '8'), (73, '9'), (75, '4'), (76, '5'), (77, '6'), (79, '1'), (80, '2'), (81, '3'), (82, '0')];

/// What a key did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Down. A key that is held does not repeat.
    Down,
    /// Up.
    Up,
}

/// The keys of one keyboard.
#[derive(Debug, Default)]
pub struct Keys {
    commands: u8,
    shifts: u8,
    same_key_pause: Duration,
    /// The last key that went down, and when.
    last: Option<(u16, Duration)>,
}

impl Keys {
    /// A keyboard on which a key that goes down again within `same_key_pause` was struck twice by mistake.
    #[must_use]
    pub fn new(same_key_pause: Duration) -> Self {
        Self { same_key_pause, ..Self::default() }
    }

    /// Takes one key by its code and value (0 up, 1 down, 2 repeated), `at` the kernel's time for it; what Slint is to be
    /// told, if anything.
    pub fn take(&mut self, code: u16, value: i32, at: Duration) -> Option<(Press, SharedString)> {
        if let Some(index) = COMMANDS.iter().position(|command| *command == code) {
            self.commands = held(self.commands, index, value);
            return None;
        }
        if let Some(index) = [LEFT_SHIFT, RIGHT_SHIFT].iter().position(|shift| *shift == code) {
            self.shifts = held(self.shifts, index, value);
            return None;
        }
        // EN 301 549, 5.7: whoever cannot let go of a key in time types it once.
        if self.commands != 0 || value == REPEATED {
            return None;
        }
        if value != 0 && self.is_struck_twice(code, at) {
            return None;
        }
        let press = if value == 0 { Press::Up } else { Press::Down };
        self.text(code).map(|text| (press, text))
    }

    /// EN 301 549, 5.8. Only what was taken counts, and a clock that was set back stops no key.
    fn is_struck_twice(&mut self, code: u16, at: Duration) -> bool {
        let since = self.last.filter(|(last, _)| *last == code).and_then(|(_, before)| at.checked_sub(before));
        if since.is_some_and(|since| since < self.same_key_pause) {
            return true;
        }
        self.last = Some((code, at));
        false
    }

    fn text(&self, code: u16) -> Option<SharedString> {
        let key = match code {
            1 => Key::Escape,
            14 => Key::Backspace,
            15 if self.shifts != 0 => Key::Backtab,
            15 => Key::Tab,
            28 | 96 => Key::Return,
            57 => Key::Space,
            // The keypad's minus and plus, and the keys for the volume that keypads with a jack have.
            74 | 114 => return Some("-".into()),
            78 | 115 => return Some("+".into()),
            102 => Key::Home,
            103 => Key::UpArrow,
            105 => Key::LeftArrow,
            106 => Key::RightArrow,
            107 => Key::End,
            108 => Key::DownArrow,
            111 => Key::Delete,
            _ => return digit(code).map(SharedString::from),
        };
        Some(key.into())
    }
}

const fn held(bits: u8, index: usize, value: i32) -> u8 {
    if value == 0 { bits & !(1 << index) } else { bits | 1 << index }
}

/// `KEY_1` to `KEY_9` and `KEY_0` lie in a row; the keypad's have no order.
fn digit(code: u16) -> Option<char> {
    match code {
        2..=10 => char::from_digit(u32::from(code) - 1, 10),
        11 => Some('0'),
        _ => KEYPAD.iter().find(|(key, _)| *key == code).map(|(_, digit)| *digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);

    fn down(keys: &mut Keys, code: u16) -> Option<String> {
        keys.take(code, 1, NOW).map(|(_, text)| text.to_string())
    }

    #[test]
    fn digits_of_both_rows_are_typed() {
        let typed =
            |codes: &[u16]| codes.iter().filter_map(|code| down(&mut Keys::default(), *code)).collect::<String>();
        assert_eq!(typed(&[2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), "1234567890");
        assert_eq!(typed(&[79, 80, 81, 75, 76, 77, 71, 72, 73, 82]), "1234567890");
    }

    #[test]
    fn a_key_that_is_held_is_pressed_once() {
        let mut keys = Keys::default();
        let presses = [1, 2, 2, 0].map(|value| keys.take(28, value, NOW).map(|(press, _)| press));
        assert_eq!(presses, [Some(Press::Down), None, None, Some(Press::Up)]);
        // A modifier that repeats is held all the same.
        keys.take(29, 1, NOW);
        keys.take(29, 2, NOW);
        assert_eq!(down(&mut keys, 28), None);
    }

    #[test]
    fn a_key_that_is_struck_twice_by_a_trembling_hand_counts_once() {
        let mut keys = Keys::new(Duration::from_millis(500));
        let mut strike = |code, ms| {
            let at = NOW + Duration::from_millis(ms);
            let down = keys.take(code, 1, at).is_some();
            keys.take(code, 0, at);
            down
        };
        assert_eq!([strike(2, 0), strike(2, 200), strike(2, 499), strike(2, 500)], [true, false, false, true]);
        assert_eq!([strike(3, 510), strike(2, 520)], [true, true], "another key is no second strike");
        let before = NOW - Duration::from_secs(60);
        assert!(keys.take(2, 1, before).is_some(), "the clock was set back");
        let mut usual = Keys::default();
        assert!(usual.take(2, 1, NOW).is_some() && usual.take(2, 1, NOW).is_some());
    }

    #[test]
    fn the_voice_is_made_louder_and_quieter_by_the_keys_of_any_keypad() {
        let texts = [78, 115, 74, 114].map(|code| down(&mut Keys::default(), code));
        assert_eq!(texts.map(Option::unwrap), ["+", "+", "-", "-"]);
    }

    #[test]
    fn shift_and_tab_go_back() {
        let mut keys = Keys::default();
        keys.take(RIGHT_SHIFT, 1, NOW);
        assert_eq!(down(&mut keys, 15), Some(SharedString::from(Key::Backtab).to_string()));
        keys.take(RIGHT_SHIFT, 0, NOW);
        assert_eq!(down(&mut keys, 15), Some(SharedString::from(Key::Tab).to_string()));
    }

    #[test]
    fn no_command_reaches_the_screen() {
        for command in COMMANDS {
            let mut keys = Keys::default();
            keys.take(command, 1, NOW);
            assert_eq!([111, 14, 59, 28, 2].map(|code| down(&mut keys, code)), [const { None }; 5], "with {command}");
            keys.take(command, 0, NOW);
            assert!(down(&mut keys, 28).is_some());
        }
        // Letters, function keys, Print Screen, Power.
        assert_eq!([30, 59, 99, 116].map(|code| down(&mut Keys::default(), code)), [const { None }; 4]);
    }
}
