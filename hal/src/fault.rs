//! The small set of faults every part of the kiosk understands.

use std::fmt;

/// What is wrong with a device, in the words of XFS4IoT (CWA 17852).
///
/// A driver keeps its own rich error and maps it to one of these with `fault()`. The kiosk decides by the fault what a
/// patient is told; staff read it with its fix; the engineer reads the driver's chain of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// `noDevice`: nothing is attached, or it was unplugged.
    NoDevice,
    /// `offline`: attached but not answering, or switched off line by its own button.
    Offline,
    /// `hardwareError`: the device says it cannot work (head, cutter, voltage).
    HardwareError,
    /// `userError`: a person must act at the device first, such as closing the cover.
    CoverOpen,
    /// `paper: out`.
    PaperOut,
    /// `paper: jammed`.
    PaperJammed,
    /// `deviceBusy`: in use by somebody else, or still at the previous task.
    Busy,
    /// The device answered with something its manual does not have.
    Protocol,
    /// `invalidData`: no device could do what was asked, such as printing a name with a control character.
    InvalidData,
    /// `unsupportedCommand`: this device has no means to do it, such as saying that a ticket is on paper.
    Unsupported,
}

impl Fault {
    /// A stable name for logs, panels and JSON, such as `printer.paper_out` without its device.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoDevice => "no_device",
            Self::Offline => "offline",
            Self::HardwareError => "hardware_error",
            Self::CoverOpen => "cover_open",
            Self::PaperOut => "paper_out",
            Self::PaperJammed => "paper_jammed",
            Self::Busy => "device_busy",
            Self::Protocol => "protocol",
            Self::InvalidData => "invalid_data",
            Self::Unsupported => "unsupported_command",
        }
    }
}

/// How a device is, as XFS4IoT says it (CWA 17852, `Common.Status`, `device`). A printer without paper works: that is
/// said by `paper`.
#[must_use]
pub const fn device_word(fault: Option<Fault>) -> &'static str {
    match fault {
        None | Some(Fault::PaperOut | Fault::InvalidData | Fault::Unsupported) => "online",
        Some(Fault::NoDevice) => "noDevice",
        Some(Fault::Offline) => "offline",
        Some(Fault::CoverOpen) => "userError",
        Some(Fault::Busy) => "deviceBusy",
        Some(Fault::HardwareError | Fault::PaperJammed | Fault::Protocol) => "hardwareError",
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDevice => "no device",
            Self::Offline => "offline",
            Self::HardwareError => "hardware error",
            Self::CoverOpen => "cover open",
            Self::PaperOut => "paper out",
            Self::PaperJammed => "paper jammed",
            Self::Busy => "device busy",
            Self::Protocol => "unexpected answer",
            Self::InvalidData => "invalid data",
            Self::Unsupported => "not supported by the device",
        })
    }
}
