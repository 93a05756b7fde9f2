use std::io;

use kiosk_hal::fault::Fault;
use rustix::io::Errno;

use crate::address::LinkAddress;

/// Why a link could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No such device file, nothing attached to it, or no such host.
    #[error("{address}: no such device")]
    NotFound {
        /// What was to be opened.
        address: LinkAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// Another program holds the line, or the device server takes no further connection.
    #[error("{address}: in use or refused")]
    Busy {
        /// What was to be opened.
        address: LinkAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// This user may not open the device.
    #[error("{address}: not permitted")]
    Permission {
        /// What was to be opened.
        address: LinkAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// The file exists and is no serial line.
    #[error("{address}: not a serial line")]
    NotSerial {
        /// What was to be opened.
        address: LinkAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// The node exists and is none of the kind the address says.
    #[error("{address}: not a node of this kind")]
    WrongNode {
        /// What was to be opened.
        address: LinkAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// The file exists and is no device.
    #[error("{address}: not a device")]
    NotADevice {
        /// What was to be opened.
        address: LinkAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// The line does not know this speed or flow control.
    #[error("{address}: the line refused its settings")]
    Settings {
        /// What was to be opened.
        address: LinkAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// The host did not answer in time, or there is no way to it.
    #[error("{address}: unreachable")]
    Unreachable {
        /// What was to be opened.
        address: LinkAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// Any other refusal of the operating system.
    #[error("{address}: could not be opened")]
    Io {
        /// What was to be opened.
        address: LinkAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
}

impl OpenError {
    /// Sorts the error numbers of `open` and the terminal calls.
    pub(crate) fn of_serial(address: LinkAddress, errno: Errno) -> Self {
        let cause = io::Error::from(errno);
        match errno {
            // EIO: a pty whose other side closed, or a port without hardware.
            Errno::NOENT | Errno::NXIO | Errno::NODEV | Errno::IO | Errno::NOTDIR => Self::NotFound { address, cause },
            Errno::BUSY | Errno::WOULDBLOCK => Self::Busy { address, cause },
            Errno::ACCESS | Errno::PERM => Self::Permission { address, cause },
            Errno::NOTTY | Errno::ISDIR => Self::NotSerial { address, cause },
            Errno::INVAL | Errno::RANGE => Self::Settings { address, cause },
            _ => Self::Io { address, cause },
        }
    }

    /// Sorts the error numbers of opening, locking and grabbing a node.
    pub(crate) fn of_node(address: LinkAddress, errno: Errno) -> Self {
        let cause = io::Error::from(errno);
        match errno {
            Errno::NOENT | Errno::NXIO | Errno::NODEV | Errno::NOTDIR => Self::NotFound { address, cause },
            Errno::BUSY | Errno::WOULDBLOCK => Self::Busy { address, cause },
            Errno::ACCESS | Errno::PERM => Self::Permission { address, cause },
            Errno::NOTTY | Errno::ISDIR | Errno::INVAL => Self::WrongNode { address, cause },
            _ => Self::Io { address, cause },
        }
    }

    /// Sorts the error numbers of `open` on a device file.
    pub(crate) fn of_file(address: LinkAddress, errno: Errno) -> Self {
        match errno {
            Errno::NOTTY | Errno::ISDIR => Self::NotADevice { address, cause: errno.into() },
            _ => Self::of_serial(address, errno),
        }
    }

    /// Sorts the errors of name resolution and `connect`.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the standard library's list is long and open")]
    pub(crate) fn of_tcp(address: LinkAddress, cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::NotFound => Self::NotFound { address, cause },
            io::ErrorKind::ConnectionRefused => Self::Busy { address, cause },
            io::ErrorKind::PermissionDenied => Self::Permission { address, cause },
            io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown => Self::Unreachable { address, cause },
            _ => Self::Io { address, cause },
        }
    }

    /// The common fault this error amounts to.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Busy { .. } => Fault::Busy,
            Self::Unreachable { .. } => Fault::Offline,
            Self::NotFound { .. }
            | Self::Permission { .. }
            | Self::NotSerial { .. }
            | Self::WrongNode { .. }
            | Self::NotADevice { .. }
            | Self::Settings { .. }
            | Self::Io { .. } => Fault::NoDevice,
        }
    }

    /// What a technician should look at first.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotFound {
                address: LinkAddress::Serial(_) | LinkAddress::Hidraw(_) | LinkAddress::Keyboard(_),
                ..
            } => "check cable and power; `kioskctl devices` lists what is attached",
            Self::NotFound { address: LinkAddress::UsbLp(_), .. } => {
                "check cable and power; `ls /dev/usb` shows USB printers the kernel's usblp driver has found"
            }
            Self::Busy { address: LinkAddress::UsbLp(_), .. } => {
                "stop the other program that has the printer open (kiosk-app, CUPS)"
            }
            Self::NotFound { address: LinkAddress::Tcp(_), .. } => "check the host name, or give the IP address",
            Self::Busy { address: LinkAddress::Serial(_), .. } => {
                "stop the other program that holds the line (kiosk-app, ModemManager, a terminal program)"
            }
            Self::Busy { address: LinkAddress::Hidraw(_) | LinkAddress::Keyboard(_), .. } => {
                "stop the other program that reads the scanner (kiosk-app, another kioskctl)"
            }
            Self::Busy { address: LinkAddress::Tcp(_), .. } => {
                "check the port; a printer takes one connection at a time: stop the other one"
            }
            Self::Permission { address: LinkAddress::Hidraw(_) | LinkAddress::Keyboard(_), .. } => {
                "install the udev rule that gives the kiosk's user the scanner's node"
            }
            Self::Permission { .. } => {
                "add the user to the group that owns the device (dialout, lp), or install the udev rule"
            }
            Self::NotSerial { .. } => "the path is no serial line; `kioskctl devices` lists those that are",
            Self::WrongNode { .. } => "`kioskctl devices` lists the scanners' nodes and what each is",
            Self::NotADevice { .. } => "the path is a file, not a device; USB printers are below /dev/usb",
            Self::Settings { .. } => "check speed and flow control in the device's manual",
            Self::Unreachable { .. } => "check network cable, power and the device's IP address",
            Self::Io { .. } => "unplug the device, plug it in again and look at the kernel's log",
        }
    }
}
