//! Keys of a keypad → what Slint is told.
//!
//! Only what a visit by keys needs: digits, moving on and back, choosing, taking back. No key with Control, Alt or the
//! system key, and no key that a console knows, does anything. The numbers are those of linux/input-event-codes.h.

use slint::SharedString;
use slint::platform::Key;

const LEFT_SHIFT: u16 = 42;
const RIGHT_SHIFT: u16 = 54;
/// Control, Alt and the system key, left and right.
const COMMANDS: [u16; 6] = [29, 97, 56, 100, 125, 126];
/// `KEY_KP7` … `KEY_KP0` in the order of their codes, with what is printed on them; minus and plus between are none.
const KEYPAD: [(u16, char); 10] =
    [(71, '7'), (72, '8'), (73, '9'), (75, '4'), (76, '5'), (77, '6'), (79, '1'), (80, '2'), (81, '3'), (82, '0')];

/// What a key did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Down, or held long enough to repeat.
    Down,
    /// Up.
    Up,
}

/// The keys of one keyboard.
#[derive(Debug, Default)]
pub struct Keys {
    commands: u8,
    shifts: u8,
}

impl Keys {
    /// Takes one key by its code and value (0 up, 1 down, 2 repeated); what Slint is to be told, if anything.
    pub fn take(&mut self, code: u16, value: i32) -> Option<(Press, SharedString)> {
        if let Some(index) = COMMANDS.iter().position(|command| *command == code) {
            self.commands = held(self.commands, index, value);
            return None;
        }
        if let Some(index) = [LEFT_SHIFT, RIGHT_SHIFT].iter().position(|shift| *shift == code) {
            self.shifts = held(self.shifts, index, value);
            return None;
        }
        if self.commands != 0 {
            return None;
        }
        let press = if value == 0 { Press::Up } else { Press::Down };
        self.text(code).map(|text| (press, text))
    }

    fn text(&self, code: u16) -> Option<SharedString> {
        let key = match code {
            1 => Key::Escape,
            14 => Key::Backspace,
            15 if self.shifts != 0 => Key::Backtab,
            15 => Key::Tab,
            28 | 96 => Key::Return,
            57 => Key::Space,
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

    fn down(keys: &mut Keys, code: u16) -> Option<String> {
        keys.take(code, 1).map(|(_, text)| text.to_string())
    }

    #[test]
    fn digits_of_both_rows_are_typed() {
        let typed =
            |codes: &[u16]| codes.iter().filter_map(|code| down(&mut Keys::default(), *code)).collect::<String>();
        assert_eq!(typed(&[2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), "1234567890");
        assert_eq!(typed(&[79, 80, 81, 75, 76, 77, 71, 72, 73, 82]), "1234567890");
    }

    #[test]
    fn a_key_goes_down_repeats_and_comes_up() {
        let mut keys = Keys::default();
        let presses = [1, 2, 0].map(|value| keys.take(28, value).map(|(press, _)| press));
        assert_eq!(presses, [Some(Press::Down), Some(Press::Down), Some(Press::Up)]);
    }

    #[test]
    fn shift_and_tab_go_back() {
        let mut keys = Keys::default();
        keys.take(RIGHT_SHIFT, 1);
        assert_eq!(down(&mut keys, 15), Some(SharedString::from(Key::Backtab).to_string()));
        keys.take(RIGHT_SHIFT, 0);
        assert_eq!(down(&mut keys, 15), Some(SharedString::from(Key::Tab).to_string()));
    }

    #[test]
    fn no_command_reaches_the_screen() {
        for command in COMMANDS {
            let mut keys = Keys::default();
            keys.take(command, 1);
            assert_eq!([111, 14, 59, 28, 2].map(|code| down(&mut keys, code)), [const { None }; 5], "with {command}");
            keys.take(command, 0);
            assert!(down(&mut keys, 28).is_some());
        }
        // Letters, function keys, Print Screen, Power.
        assert_eq!([30, 59, 99, 116].map(|code| down(&mut Keys::default(), code)), [const { None }; 4]);
    }
}
