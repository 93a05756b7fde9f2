//! Bytes to commands, one byte at a time (Epson ESC/POS reference; names as there).

use super::face::Cell;
use super::memory::Nv;
use super::paper::ROW_BYTES;
use super::presenter::Movement;
use super::realtime::{CLEAR, DLE, ENQ, EOT, FULL_STATUS};

/// Longest body of one command that is kept, in bytes: a graphic of 576 x 2,400 dots and its parameters.
/// A longer one is skipped and counted as unknown.
pub const BODY_BYTES_MAX: usize = ROW_BYTES * 2_400 + 10;

/// First bytes of an unknown command that are kept for the report.
const UNKNOWN_BYTES_KEPT: usize = 8;

const HT: u8 = 0x09;
const ACK: u8 = 0x06;
const LF: u8 = 0x0A;
const CR: u8 = 0x0D;
const ESC: u8 = 0x1B;
const ETB: u8 = 0x17;
const FS: u8 = 0x1C;
const GS: u8 = 0x1D;

/// Where text, graphics and symbols stand in the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Justification {
    Left,
    Centre,
    Right,
}

/// How many dots one dot of a picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) across: usize,
    pub(super) down: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CutKind {
    Full,
    Partial,
}

/// A graphic as `GS ( L` function 112 carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Graphic {
    pub(super) scale: Scale,
    pub(super) width_dots: usize,
    pub(super) rows: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Qr {
    Model,
    ModuleDots(u8),
    Level(u8),
    Store(Vec<u8>),
    Print,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Understood, and nothing to do (a real-time command that has acted already, `CR`, an empty picture).
    Nothing,
    /// A real-time command at a place where a command may stand.
    RealTime,
    Initialize,
    Text(u8),
    Tab,
    LineFeed,
    FeedDots(u8),
    FeedLines(u8),
    LineSpacing(Option<u8>),
    Justify(Justification),
    CodePage(u8),
    PrintMode(u8),
    CharacterSize(u8),
    Bold(u8),
    Underline(u8),
    Inverse(u8),
    DoubleByte(bool),
    RasterRow {
        scale: Scale,
        bits: Vec<u8>,
    },
    StoreGraphic(Graphic),
    PrintGraphic,
    Nv(Nv),
    PrintNv([u8; 2], Scale),
    /// `ACK`: the host has taken a block.
    Acknowledge,
    /// `ESC &`: letters of the host's own from this code on.
    DefineLetters(u8, Vec<Cell>),
    /// `ESC %`: whether they are used.
    DefinedLetters(u8),
    Qr(Qr),
    Cut {
        kind: CutKind,
        feed_dots: Option<u8>,
    },
    AutoStatus(u8),
    TransmitStatus(u8),
    ProcessId([u8; 4]),
    /// `ETB` of Star printers.
    CountUp,
    /// `ESC ACK SOH` of Star printers.
    TransmitCounter,
    /// `GS e` of kiosk printers.
    Presenter(Movement),
    Unknown(Vec<u8>),
}

/// What a command's first bytes tell.
enum Head {
    Incomplete,
    Whole(Command),
    Body { letter: u8, bytes: usize },
    Raster { scale: Scale, row_bytes: usize, rows: usize },
}

#[derive(Debug, Clone)]
enum Reading {
    Head(Vec<u8>),
    Body { letter: u8, left: usize, bytes: Vec<u8> },
    Raster { scale: Scale, row_bytes: usize, rows_left: usize, row_left: usize, row: Vec<u8> },
    Skip { left: usize },
}

/// Reads commands from a stream. Keeps at most [`BODY_BYTES_MAX`] bytes.
#[derive(Debug, Clone)]
pub(super) struct CommandReader(Reading);

impl Default for CommandReader {
    fn default() -> Self {
        Self(Reading::Head(Vec::new()))
    }
}

impl CommandReader {
    /// Takes one byte; a command comes out with its last byte, a raster picture row by row.
    pub(super) fn push(&mut self, byte: u8) -> Option<Command> {
        match &mut self.0 {
            Reading::Head(head) => {
                head.push(byte);
                let known = decode_head(head);
                self.begin(known)
            }
            Reading::Body { letter, left, bytes } => {
                bytes.push(byte);
                *left -= 1;
                if *left > 0 {
                    return None;
                }
                let command = decode_body(*letter, bytes);
                *self = Self::default();
                Some(command)
            }
            Reading::Raster { .. } => self.push_raster(byte),
            Reading::Skip { left } => {
                *left -= 1;
                if *left == 0 {
                    *self = Self::default();
                }
                None
            }
        }
    }

    /// Passes over bytes of a picture without keeping them, at most `bytes` and never the last one; how many.
    pub(super) fn pass_over(&mut self, bytes: usize) -> usize {
        let Reading::Raster { row_bytes, rows_left, row_left, row, .. } = &mut self.0 else { return 0 };
        let passed = bytes.min(*row_left + (*rows_left - 1) * *row_bytes - 1);
        row.clear();
        let after = (*row_bytes - *row_left) + passed;
        *rows_left -= after / *row_bytes;
        *row_left = *row_bytes - after % *row_bytes;
        passed
    }

    /// Rows of the present picture that `bytes` more bytes complete, its last one not counted.
    pub(super) fn rows_in(&self, bytes: usize) -> usize {
        match &self.0 {
            Reading::Raster { row_bytes, rows_left, row_left, .. } if bytes >= *row_left => {
                (1 + (bytes - *row_left) / *row_bytes).min(*rows_left - 1)
            }
            Reading::Head(_) | Reading::Body { .. } | Reading::Raster { .. } | Reading::Skip { .. } => 0,
        }
    }

    /// Takes bytes of a picture's row, never its last one; how many.
    pub(super) fn take_picture(&mut self, bytes: &[u8]) -> usize {
        let Reading::Raster { row_left, row, .. } = &mut self.0 else { return 0 };
        let taken = bytes.len().min(*row_left - 1);
        let kept = taken.min(ROW_BYTES.saturating_sub(row.len()));
        row.extend_from_slice(bytes.get(..kept).unwrap_or_default());
        *row_left -= taken;
        taken
    }

    /// Whether what it has of a command may become a real-time command.
    pub(super) fn may_be_real_time(&self) -> bool {
        matches!(&self.0, Reading::Head(head) if head.first() == Some(&DLE))
    }

    fn begin(&mut self, head: Head) -> Option<Command> {
        match head {
            Head::Incomplete => None,
            Head::Whole(command) => {
                *self = Self::default();
                Some(command)
            }
            Head::Body { letter, bytes: 0 } => {
                *self = Self::default();
                Some(decode_body(letter, &[]))
            }
            Head::Body { letter, bytes } if bytes > BODY_BYTES_MAX => {
                self.0 = Reading::Skip { left: bytes };
                Some(Command::Unknown(vec![GS, letter]))
            }
            Head::Body { letter, bytes } => {
                self.0 = Reading::Body { letter, left: bytes, bytes: Vec::new() };
                None
            }
            Head::Raster { row_bytes, rows, .. } if row_bytes == 0 || rows == 0 => {
                *self = Self::default();
                Some(Command::Nothing)
            }
            Head::Raster { scale, row_bytes, rows } => {
                self.0 = Reading::Raster { scale, row_bytes, rows_left: rows, row_left: row_bytes, row: Vec::new() };
                None
            }
        }
    }

    fn push_raster(&mut self, byte: u8) -> Option<Command> {
        let Reading::Raster { scale, row_bytes, rows_left, row_left, row } = &mut self.0 else { return None };
        if row.len() < ROW_BYTES {
            row.push(byte);
        }
        *row_left -= 1;
        if *row_left > 0 {
            return None;
        }
        let command = Command::RasterRow { scale: *scale, bits: std::mem::take(row) };
        *row_left = *row_bytes;
        *rows_left -= 1;
        if *rows_left == 0 {
            *self = Self::default();
        }
        Some(command)
    }
}

fn decode_head(head: &[u8]) -> Head {
    let whole = match head {
        [ESC | FS | GS | DLE] => return Head::Incomplete,
        [HT] => Command::Tab,
        [ACK] => Command::Acknowledge,
        [LF] => Command::LineFeed,
        // NUL is no command and no character: printers pass over it.
        [CR | 0x00] => Command::Nothing,
        [ETB] => Command::CountUp,
        [byte @ (0x20..=0x7E | 0x80..)] => Command::Text(*byte),
        [DLE, ..] => return decode_dle(head),
        [ESC, rest @ ..] => return decode_esc(rest),
        [GS, rest @ ..] => return decode_gs(rest),
        [FS, b'.'] => Command::DoubleByte(false),
        [FS, b'&'] => Command::DoubleByte(true),
        _ => unknown(head),
    };
    Head::Whole(whole)
}

fn unknown(bytes: &[u8]) -> Command {
    Command::Unknown(bytes.iter().copied().take(UNKNOWN_BYTES_KEPT).collect())
}

fn decode_dle(head: &[u8]) -> Head {
    match head {
        [_, EOT | ENQ] => Head::Incomplete,
        [_, EOT, 1..=4 | FULL_STATUS] | [_, ENQ, 1 | 2] => Head::Whole(Command::RealTime),
        whole if *whole == CLEAR => Head::Whole(Command::RealTime),
        begun if CLEAR.starts_with(begun) => Head::Incomplete,
        other => Head::Whole(unknown(other)),
    }
}

fn decode_esc(rest: &[u8]) -> Head {
    let whole = match *rest {
        [b'@'] => Command::Initialize,
        [b'2'] => Command::LineSpacing(None),
        [0x06] => return Head::Incomplete,
        [0x06, 0x01] => Command::TransmitCounter,
        [b'!' | b'%' | b'-' | b'3' | b'E' | b'J' | b'a' | b'd' | b't'] => return Head::Incomplete,
        [b'!', n] => Command::PrintMode(n),
        [b'-', n] => Command::Underline(n),
        [b'3', n] => Command::LineSpacing(Some(n)),
        [b'E', n] => Command::Bold(n),
        [b'J', n] => Command::FeedDots(n),
        [b'd', n] => Command::FeedLines(n),
        [b't', page] => Command::CodePage(page),
        [b'%', n] => Command::DefinedLetters(n),
        [b'&', ref definition @ ..] => return decode_letters(definition),
        [b'a', 0 | 48] => Command::Justify(Justification::Left),
        [b'a', 1 | 49] => Command::Justify(Justification::Centre),
        [b'a', 2 | 50] => Command::Justify(Justification::Right),
        _ => unknown(&[&[ESC], rest].concat()),
    };
    Head::Whole(whole)
}

fn decode_gs(rest: &[u8]) -> Head {
    let whole = match *rest {
        [b'!' | b'B' | b'P' | b'a' | b'e' | b'r' | b'V'] | [b'e', 3] | [b'P', _] | [b'V', 65 | 66] => {
            return Head::Incomplete;
        }
        // Motion units of one dot, which is what this model moves by anyway.
        [b'P', _, 0 | 203] => Command::Nothing,
        [b'v'] | [b'v', b'0', ..] if rest.len() < 7 => return Head::Incomplete,
        [b'(', ..] if rest.len() < 4 => return Head::Incomplete,
        [b'8'] => return Head::Incomplete,
        [b'8', b'L', ..] if rest.len() < 6 => return Head::Incomplete,
        [b'e', 2] => Command::Presenter(Movement::Retract),
        [b'e', 3, _] => Command::Presenter(Movement::Present),
        [b'e', 5] => Command::Presenter(Movement::Eject),
        [b'!', n] => Command::CharacterSize(n),
        [b'B', n] => Command::Inverse(n),
        [b'a', n] => Command::AutoStatus(n),
        [b'r', n] => Command::TransmitStatus(n),
        [b'V', 0 | 48] => Command::Cut { kind: CutKind::Full, feed_dots: None },
        [b'V', 1 | 49] => Command::Cut { kind: CutKind::Partial, feed_dots: None },
        [b'V', 65, n] => Command::Cut { kind: CutKind::Full, feed_dots: Some(n) },
        [b'V', 66, n] => Command::Cut { kind: CutKind::Partial, feed_dots: Some(n) },
        [b'v', b'0', m @ (0..=3 | 48..=51), x_low, x_high, y_low, y_high] => {
            let scale = Scale { across: 1 + usize::from(m & 1), down: 1 + usize::from((m >> 1) & 1) };
            return Head::Raster { scale, row_bytes: word(x_low, x_high), rows: word(y_low, y_high) };
        }
        [b'(', letter, low, high] => return Head::Body { letter, bytes: word(low, high) },
        [b'8', b'L', a, b, c, d] => {
            let bytes = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            return Head::Body { letter: b'L', bytes };
        }
        _ => unknown(&[&[GS], rest].concat()),
    };
    Head::Whole(whole)
}

fn word(low: u8, high: u8) -> usize {
    usize::from(u16::from_le_bytes([low, high]))
}

fn decode_body(letter: u8, body: &[u8]) -> Command {
    match (letter, body) {
        (b'H', [48, 48, id @ ..]) => process_id(id).unwrap_or_else(|| unknown_body(letter, body)),
        (b'L', [48, 2 | 50]) => Command::PrintGraphic,
        (b'L', [48, 64, b'K', b'C']) => Command::Nv(Nv::List),
        (b'L', [48, 65, b'C', b'L', b'R']) => Command::Nv(Nv::DeleteAll),
        (b'L', [48, 66, first @ 32..=126, second @ 32..=126]) => Command::Nv(Nv::Delete([*first, *second])),
        (b'L', [48, 67, parameters @ ..]) => decode_nv(parameters).unwrap_or_else(|| unknown_body(letter, body)),
        (b'L', [48, 69, first @ 32..=126, second @ 32..=126, across @ (1 | 2), down @ (1 | 2)]) => {
            let scale = Scale { across: usize::from(*across), down: usize::from(*down) };
            Command::PrintNv([*first, *second], scale)
        }
        (b'L', [48, 112, parameters @ ..]) => {
            decode_graphic(parameters).map_or_else(|| unknown_body(letter, body), Command::StoreGraphic)
        }
        (b'k', [49, rest @ ..]) => decode_qr(rest).map_or_else(|| unknown_body(letter, body), Command::Qr),
        _ => unknown_body(letter, body),
    }
}

fn unknown_body(letter: u8, body: &[u8]) -> Command {
    unknown(&[&[GS, b'(', letter], body].concat())
}

/// The id's bytes are printable (reference: 32 to 126).
fn process_id(id: &[u8]) -> Option<Command> {
    let id: [u8; 4] = id.try_into().ok()?;
    id.iter().all(|byte| (32..=126).contains(byte)).then_some(Command::ProcessId(id))
}

/// One colour, in the black of a head that has no other.
fn decode_nv(parameters: &[u8]) -> Option<Command> {
    let [48, first @ 32..=126, second @ 32..=126, 1, x_low, x_high, y_low, y_high, 49, bits @ ..] = parameters else {
        return None;
    };
    let (width_dots, height) = (word(*x_low, *x_high), word(*y_low, *y_high));
    let row_bytes = width_dots.div_ceil(8);
    if row_bytes == 0 || height == 0 || bits.len() != row_bytes * height {
        return None;
    }
    let rows = bits.chunks(row_bytes).map(<[u8]>::to_vec).collect();
    let graphic = Graphic { scale: Scale { across: 1, down: 1 }, width_dots, rows };
    Some(Command::Nv(Nv::Define([*first, *second], graphic)))
}

/// `ESC & y c1 c2 [x d…]…`: columns of `y` bytes from the left, the top dot in the highest bit.
fn decode_letters(definition: &[u8]) -> Head {
    let [y, first, last, columns @ ..] = definition else { return Head::Incomplete };
    if *y != 3 || first > last || !(0x20..=0x7E).contains(first) || *last > 0x7E {
        return Head::Whole(unknown(&[&[ESC, b'&'], definition].concat()));
    }
    let mut letters = Vec::new();
    let mut rest = columns;
    for _ in *first..=*last {
        let [width, data @ ..] = rest else { return Head::Incomplete };
        let Some((dots, after)) = data.split_at_checked(usize::from(*width) * 3) else { return Head::Incomplete };
        letters.push(dots);
        rest = after;
    }
    Head::Whole(Command::DefineLetters(*first, letters.into_iter().map(Cell::from_columns).collect()))
}

fn decode_graphic(parameters: &[u8]) -> Option<Graphic> {
    let [48, across @ (1 | 2), down @ (1 | 2), 49, x_low, x_high, y_low, y_high, bits @ ..] = parameters else {
        return None;
    };
    let (width_dots, height) = (word(*x_low, *x_high), word(*y_low, *y_high));
    let row_bytes = width_dots.div_ceil(8);
    if row_bytes == 0 || bits.len() != row_bytes * height {
        return None;
    }
    let scale = Scale { across: usize::from(*across), down: usize::from(*down) };
    Some(Graphic { scale, width_dots, rows: bits.chunks(row_bytes).map(<[u8]>::to_vec).collect() })
}

fn decode_qr(rest: &[u8]) -> Option<Qr> {
    match *rest {
        [65, 49 | 50, 0] => Some(Qr::Model),
        [67, dots @ 1..=16] => Some(Qr::ModuleDots(dots)),
        [69, level @ 48..=51] => Some(Qr::Level(level)),
        [80, 48, ref data @ ..] => Some(Qr::Store(data.to_vec())),
        [81, 48] => Some(Qr::Print),
        _ => None,
    }
}
