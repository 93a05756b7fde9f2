//! A scanner that types, as the kernel's event node shows it: `struct input_event` for each key down and up, each
//! followed by a report.

/// The two long words of time before type, code and value.
const TIME_BYTES: usize = 2 * size_of::<usize>();

const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const EV_MSC: u16 = 4;
const EV_LED: u16 = 17;

const KEY_ENTER: u16 = 28;
const KEY_TAB: u16 = 15;
const KEY_LEFT_SHIFT: u16 = 42;
const UP: i32 = 0;
const DOWN: i32 = 1;
const REPEAT: i32 = 2;

/// Signs of a US keyboard by the key they are on: code, without Shift, with Shift.
const KEYS: [(u16, char, char); 48] = [
    (41, '`', '~'),
    (2, '1', '!'),
    (3, '2', '@'),
    (4, '3', '#'),
    (5, '4', '$'),
    (6, '5', '%'),
    (7, '6', '^'),
    (8, '7', '&'),
    (9, '8', '*'),
    (10, '9', '('),
    (11, '0', ')'),
    (12, '-', '_'),
    (13, '=', '+'),
    (16, 'q', 'Q'),
    (17, 'w', 'W'),
    (18, 'e', 'E'),
    (19, 'r', 'R'),
    (20, 't', 'T'),
    (21, 'y', 'Y'),
    (22, 'u', 'U'),
    (23, 'i', 'I'),
    (24, 'o', 'O'),
    (25, 'p', 'P'),
    (26, '[', '{'),
    (27, ']', '}'),
    (43, '\\', '|'),
    (30, 'a', 'A'),
    (31, 's', 'S'),
    (32, 'd', 'D'),
    (33, 'f', 'F'),
    (34, 'g', 'G'),
    (35, 'h', 'H'),
    (36, 'j', 'J'),
    (37, 'k', 'K'),
    (38, 'l', 'L'),
    (39, ';', ':'),
    (40, '\'', '"'),
    (44, 'z', 'Z'),
    (45, 'x', 'X'),
    (46, 'c', 'C'),
    (47, 'v', 'V'),
    (48, 'b', 'B'),
    (49, 'n', 'N'),
    (50, 'm', 'M'),
    (51, ',', '<'),
    (52, '.', '>'),
    (53, '/', '?'),
    (57, ' ', ' '),
];

/// The keys that type these bytes. A byte no key types is left out without a sign of it.
pub(super) fn typed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| strokes(char::from(*byte))).collect()
}

fn strokes(sign: char) -> Vec<u8> {
    let tap = |code| [stroke(code, DOWN), stroke(code, UP)].concat();
    match sign {
        '\r' => tap(KEY_ENTER),
        '\t' => tap(KEY_TAB),
        _ => KEYS
            .iter()
            .find_map(|&(code, plain, shifted)| match sign {
                _ if sign == plain => Some(tap(code)),
                _ if sign == shifted => {
                    Some([stroke(KEY_LEFT_SHIFT, DOWN), tap(code), stroke(KEY_LEFT_SHIFT, UP)].concat())
                }
                _ => None,
            })
            .unwrap_or_default(),
    }
}

/// One key moved: its scan code, the key, the report.
fn stroke(code: u16, value: i32) -> Vec<u8> {
    [event(EV_MSC, 4, i32::from(code) + 0x70000), event(EV_KEY, code, value), event(EV_SYN, 0, 0)].concat()
}

fn event(kind: u16, code: u16, value: i32) -> Vec<u8> {
    [[0; TIME_BYTES].as_slice(), &kind.to_ne_bytes(), &code.to_ne_bytes(), &value.to_ne_bytes()].concat()
}

/// A light going on, a key let go that was never pressed, a repeat of a key that is not held.
pub(super) fn other_events() -> Vec<u8> {
    [event(EV_LED, 0, 1), stroke(30, UP), stroke(31, REPEAT), event(EV_SYN, 0, 0)].concat()
}
