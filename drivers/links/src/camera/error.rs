use std::io;

use kiosk_hal::fault::Fault;
use rustix::io::Errno;

use super::CameraAddress;

/// A text that is no camera address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected camera:/dev/video0 or another absolute path, got {got:?}")]
pub struct CameraAddressError {
    /// The text.
    pub got: String,
}

/// Why a camera could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CameraError {
    /// No such device file, or nothing attached to it.
    #[error("{address}: no such camera")]
    NotFound {
        /// What was to be opened.
        address: CameraAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// Another program streams from it.
    #[error("{address}: in use")]
    Busy {
        /// What was to be opened.
        address: CameraAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// This user may not open the device.
    #[error("{address}: not permitted")]
    Permission {
        /// What was to be opened.
        address: CameraAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
    /// The file exists and is no camera that streams: another kind of file, or a camera's metadata node.
    #[error("{address}: not a camera that streams")]
    NoCamera {
        /// What was to be opened.
        address: CameraAddress,
    },
    /// It has none of the pixel formats that are read here.
    #[error("{address}: expected GREY, YUYV or MJPEG frames, got {got}")]
    Format {
        /// What was to be opened.
        address: CameraAddress,
        /// The four letters of what the camera offers instead.
        got: String,
    },
    /// Any other refusal of the operating system.
    #[error("{address}: could not be started")]
    Io {
        /// What was to be opened.
        address: CameraAddress,
        /// The operating system's reason.
        #[source]
        cause: io::Error,
    },
}

impl CameraError {
    /// Sorts the error numbers of `open` and the video calls.
    pub(super) fn of(address: &CameraAddress, errno: Errno) -> Self {
        let (address, cause) = (address.clone(), io::Error::from(errno));
        match errno {
            Errno::NOENT | Errno::NXIO | Errno::NODEV | Errno::NOTDIR => Self::NotFound { address, cause },
            Errno::BUSY => Self::Busy { address, cause },
            Errno::ACCESS | Errno::PERM => Self::Permission { address, cause },
            Errno::NOTTY | Errno::ISDIR | Errno::INVAL => Self::NoCamera { address },
            _ => Self::Io { address, cause },
        }
    }

    /// The common fault this error amounts to.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Busy { .. } => Fault::Busy,
            Self::Format { .. } => Fault::Unsupported,
            Self::NotFound { .. } | Self::Permission { .. } | Self::NoCamera { .. } | Self::Io { .. } => {
                Fault::NoDevice
            }
        }
    }

    /// What a technician should look at first.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "check the cable; cameras are listed in /dev/v4l/by-id",
            Self::Busy { .. } => "stop the other program that uses the camera (kiosk-app, a browser)",
            Self::Permission { .. } => "add the user to the group video, or install the udev rule",
            Self::NoCamera { .. } => {
                "take another of the camera's device files: those in /dev/v4l/by-id that end in index0 stream"
            }
            Self::Format { .. } => "use a camera with the formats GREY, YUYV or MJPEG",
            Self::Io { .. } => "unplug the camera, plug it in again and look at the kernel's log",
        }
    }
}
