//! Key codes of `linux/input-event-codes.h` on a US keyboard.

/// What a key is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A letter: Caps Lock turns its case.
    Letter(u8),
    /// Another printing key, without and with Shift.
    Sign(u8, u8),
    /// Enter and Tab: the end of a record.
    End,
    Shift,
    CapsLock,
    /// A lock or a key without meaning of its own.
    Silent,
    /// Control, Alt and the like: what is pressed with them is no text.
    Other,
}

/// The row that begins at a key code, without and with Shift.
struct Row {
    first: u16,
    plain: &'static [u8],
    shifted: &'static [u8],
}

const ROWS: [Row; 7] = [
    Row { first: 2, plain: b"1234567890-=", shifted: b"!@#$%^&*()_+" },
    Row { first: 16, plain: b"qwertyuiop[]", shifted: b"QWERTYUIOP{}" },
    Row { first: 30, plain: b"asdfghjkl;'`", shifted: b"ASDFGHJKL:\"~" },
    Row { first: 43, plain: b"\\zxcvbnm,./", shifted: b"|ZXCVBNM<>?" },
    Row { first: 55, plain: b"*", shifted: b"*" },
    Row { first: 57, plain: b" ", shifted: b" " },
    // The keypad, with Num Lock on: that is how scanners type on it.
    Row { first: 71, plain: b"789-456+1230.", shifted: b"789-456+1230." },
];

impl Key {
    /// The key with this code.
    pub(super) fn of(code: u16) -> Self {
        match code {
            28 | 96 | 15 => Self::End,
            42 | 54 => Self::Shift,
            58 => Self::CapsLock,
            // Num Lock, Scroll Lock.
            69 | 70 => Self::Silent,
            98 => Self::Sign(b'/', b'/'),
            _ => ROWS.iter().find_map(|row| row.key(code)).unwrap_or(Self::Other),
        }
    }
}

impl Row {
    fn key(&self, code: u16) -> Option<Key> {
        let place = usize::from(code.checked_sub(self.first)?);
        let (plain, shifted) = (*self.plain.get(place)?, *self.shifted.get(place)?);
        Some(if plain.is_ascii_lowercase() { Key::Letter(plain) } else { Key::Sign(plain, shifted) })
    }
}
