use std::fmt;

/// The two status bytes at the end of every response (ISO 7816-4, 5.6).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusWord(u16);

impl StatusWord {
    /// Done.
    pub const SUCCESS: Self = Self(0x9000);
    /// No such file or application.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// The command's data is wrong.
    pub const WRONG_DATA: Self = Self(0x6A80);
    /// The command needs an access right that was not established.
    pub const SECURITY_STATUS_NOT_SATISFIED: Self = Self(0x6982);
    /// Authentication failed, such as with a wrong CAN.
    pub const AUTHENTICATION_FAILED: Self = Self(0x6300);
    /// The card does not have this command. The CCCD answers so to SELECT MF.
    pub const INSTRUCTION_NOT_SUPPORTED: Self = Self(0x6D00);
    /// Wrong length.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// The file ended before as many bytes as were asked for.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// The offset lies behind the end of the file.
    pub const WRONG_OFFSET: Self = Self(0x6B00);
    /// Something went wrong, and the card does not say what.
    pub const NO_DIAGNOSIS: Self = Self(0x6F00);

    /// Splits a response into its data and its status; `None` when it has fewer than two bytes.
    #[must_use]
    pub fn split(response: &[u8]) -> Option<(&[u8], Self)> {
        let (data, status) = response.split_last_chunk::<2>()?;
        Some((data, Self(u16::from_be_bytes(*status))))
    }

    /// SW1 and SW2 as one number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Whether the command was done: `9000`, or `61xx` with more data waiting.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 == Self::SUCCESS.0 || self.0 >> 8 == 0x61
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::SUCCESS => "done",
            Self::NOT_FOUND => "not found",
            Self::WRONG_DATA => "wrong data",
            Self::SECURITY_STATUS_NOT_SATISFIED => "security status not satisfied",
            Self::AUTHENTICATION_FAILED => "authentication failed",
            Self::INSTRUCTION_NOT_SUPPORTED => "instruction not supported",
            Self::WRONG_LENGTH => "wrong length",
            Self::END_OF_FILE => "end of the file",
            Self::WRONG_OFFSET => "wrong offset",
            Self::NO_DIAGNOSIS => "no diagnosis",
            Self(0x6100..=0x61FF) => "done, more data waiting",
            Self(_) => "no meaning known here",
        }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X} ({})", self.0, self.meaning())
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusWord({:04X})", self.0)
    }
}
