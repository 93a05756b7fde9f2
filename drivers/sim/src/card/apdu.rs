//! Command and response APDUs (ISO 7816-4, 5.1 to 5.3).

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Class.
    pub cla: u8,
    /// Instruction.
    pub ins: u8,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// Command data, empty for none.
    pub data: Vec<u8>,
    /// Most bytes of response data that are wanted (Ne), `None` for none.
    pub expected: Option<usize>,
    /// How the lengths are written.
    pub form: Form,
}

/// How lengths are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One byte each: at most 255 bytes there and 256 back.
    Short,
    /// Three and two or three bytes: at most 65,535 there and 65,536 back.
    Extended,
}

impl Command {
    /// Reads a command in each of its seven cases; `None` when the lengths do not fit.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[cla, ins, p1, p2], body) = bytes.split_first_chunk::<4>()?;
        let (data, expected, form) = match body {
            [] => (Vec::new(), None, Form::Short),
            [le] => (Vec::new(), Some(short_expected(*le)), Form::Short),
            [0, high, low] => (Vec::new(), Some(extended_expected(*high, *low)), Form::Extended),
            [0, high, low, rest @ ..] => extended_data(usize::from(*high) << 8 | usize::from(*low), rest)?,
            [lc, rest @ ..] => short_data(usize::from(*lc), rest)?,
        };
        Some(Self { cla, ins, p1, p2, data, expected, form })
    }
}

type Body = (Vec<u8>, Option<usize>, Form);

fn short_data(count: usize, rest: &[u8]) -> Option<Body> {
    let (data, tail) = rest.split_at_checked(count)?;
    let expected = match tail {
        [] => None,
        [le] => Some(short_expected(*le)),
        [_, _, ..] => return None,
    };
    Some((data.to_vec(), expected, Form::Short))
}

fn extended_data(count: usize, rest: &[u8]) -> Option<Body> {
    let (data, tail) = rest.split_at_checked(count)?;
    let expected = match tail {
        [] => None,
        [high, low] => Some(extended_expected(*high, *low)),
        [_] | [_, _, _, ..] => return None,
    };
    (count > 0).then(|| (data.to_vec(), expected, Form::Extended))
}

fn short_expected(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

fn extended_expected(high: u8, low: u8) -> usize {
    if (high, low) == (0, 0) { 65_536 } else { usize::from(high) << 8 | usize::from(low) }
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Response data.
    pub data: Vec<u8>,
    /// SW1 and SW2.
    pub status: u16,
}

impl Response {
    /// Done, with data.
    #[must_use]
    pub const fn done(data: Vec<u8>) -> Self {
        Self { data, status: status::DONE }
    }

    /// No data.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Self { data: Vec::new(), status }
    }

    /// Data, SW1, SW2.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [self.data.as_slice(), &self.status.to_be_bytes()].concat()
    }
}

/// Status words (ISO 7816-4, 5.6).
pub mod status {
    /// Done.
    pub const DONE: u16 = 0x9000;
    /// The file ended before as many bytes as wanted.
    pub const END_OF_FILE: u16 = 0x6282;
    /// Authentication failed.
    pub const AUTHENTICATION_FAILED: u16 = 0x6300;
    /// Wrong length.
    pub const WRONG_LENGTH: u16 = 0x6700;
    /// Secure messaging is not supported here.
    pub const NO_SECURE_MESSAGING: u16 = 0x6882;
    /// Access is not allowed.
    pub const SECURITY_NOT_SATISFIED: u16 = 0x6982;
    /// Conditions of use are not satisfied, such as a step out of order.
    pub const CONDITIONS_NOT_SATISFIED: u16 = 0x6985;
    /// No file is selected.
    pub const NO_CURRENT_FILE: u16 = 0x6986;
    /// Objects of secure messaging are missing.
    pub const SM_OBJECTS_MISSING: u16 = 0x6987;
    /// Objects of secure messaging are wrong.
    pub const SM_OBJECTS_WRONG: u16 = 0x6988;
    /// Wrong command data.
    pub const WRONG_DATA: u16 = 0x6A80;
    /// File or application not found.
    pub const NOT_FOUND: u16 = 0x6A82;
    /// Wrong P1 or P2.
    pub const WRONG_PARAMETERS: u16 = 0x6A86;
    /// Referenced data not found.
    pub const REFERENCE_NOT_FOUND: u16 = 0x6A88;
    /// Offset outside the file.
    pub const WRONG_OFFSET: u16 = 0x6B00;
    /// Instruction not supported.
    pub const INSTRUCTION_NOT_SUPPORTED: u16 = 0x6D00;
    /// Class not supported.
    pub const CLASS_NOT_SUPPORTED: u16 = 0x6E00;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_of_lengths_is_read() {
        let read = |bytes: &[u8]| Command::parse(bytes).map(|it| (it.data.len(), it.expected, it.form));
        assert_eq!(read(&[0, 1, 2, 3]), Some((0, None, Form::Short)));
        assert_eq!(read(&[0, 1, 2, 3, 0]), Some((0, Some(256), Form::Short)));
        assert_eq!(read(&[0, 1, 2, 3, 2, 8, 9]), Some((2, None, Form::Short)));
        assert_eq!(read(&[0, 1, 2, 3, 2, 8, 9, 4]), Some((2, Some(4), Form::Short)));
        assert_eq!(read(&[0, 1, 2, 3, 0, 0, 0]), Some((0, Some(65_536), Form::Extended)));
        assert_eq!(read(&[0, 1, 2, 3, 0, 0, 1, 9]), Some((1, None, Form::Extended)));
        assert_eq!(read(&[0, 1, 2, 3, 0, 0, 1, 9, 1, 0]), Some((1, Some(256), Form::Extended)));
        for wrong in [&[0, 1, 2][..], &[0, 1, 2, 3, 5, 1], &[0, 1, 2, 3, 1, 1, 1, 1], &[0, 1, 2, 3, 0, 0, 9, 1]] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
