//! Cameras of the kernel's Video4Linux interface as frame sources.

mod error;
mod pixels;
mod v4l2;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use kiosk_hal::frame::{FrameSource, GreyFrame};
use kiosk_hal::link::LinkError;
use kiosk_hal::uptime::Uptime;

pub use error::{CameraAddressError, CameraError};
use pixels::Format;
use v4l2::Stream;

use crate::clock;

/// What is asked of a camera. It may give something else, which is taken as it is.
const WIDTH: u32 = 1_280;
const HEIGHT: u32 = 720;

/// Damaged frames in a row, such as JPEG pictures cut short on a bad cable, after which the camera counts as gone.
const DAMAGED_MAX: usize = 30;

/// Where a camera is: `camera:/dev/video0`, or a name below `/dev/v4l/by-id`.
///
/// ```
/// use device_links::CameraAddress;
///
/// let camera: CameraAddress = "camera:/dev/video0".parse()?;
/// assert_eq!(camera.to_string(), "camera:/dev/video0");
/// # Ok::<(), device_links::CameraAddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CameraAddress {
    /// The device file, absolute.
    pub path: PathBuf,
}

impl FromStr for CameraAddress {
    type Err = CameraAddressError;

    fn from_str(text: &str) -> Result<Self, CameraAddressError> {
        match text.strip_prefix("camera:") {
            Some(path) if path.starts_with('/') && !path.contains('\0') => Ok(Self { path: path.into() }),
            Some(_) | None => Err(CameraAddressError { got: text.to_owned() }),
        }
    }
}

impl fmt::Display for CameraAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "camera:{}", self.path.display())
    }
}

/// An open camera that streams.
///
/// Frames that were waiting when [`next_frame`](FrameSource::next_frame) is called are skipped up to the newest one.
#[derive(Debug)]
pub struct CameraLink {
    stream: Stream,
    format: Format,
}

impl CameraLink {
    /// Opens a camera and starts its stream: as GREY, YUYV or MJPEG, whichever it has, at 1280 x 720 if it can.
    ///
    /// # Errors
    /// [`CameraError`] with the address, the cause and a hint for the technician.
    pub fn open(address: &CameraAddress) -> Result<Self, CameraError> {
        let (stream, format) = Stream::open(address, WIDTH, HEIGHT)?;
        Ok(Self { stream, format })
    }
}

impl FrameSource for CameraLink {
    fn now(&self) -> Uptime {
        clock::now()
    }

    fn next_frame(&mut self, until: Uptime) -> Result<GreyFrame, LinkError> {
        for _ in 0..DAMAGED_MAX {
            if let Some(frame) = self.stream.newest(until, |bytes| self.format.grey(bytes))? {
                return Ok(frame);
            }
        }
        Err(LinkError::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_path_to_a_device() {
        for bad in ["/dev/video0", "camera:video0", "camera:", "serial:/dev/video0@1"] {
            let error = bad.parse::<CameraAddress>().unwrap_err();
            assert_eq!(error.to_string(), format!("expected camera:/dev/video0 or another absolute path, got {bad:?}"));
        }
    }

    #[test]
    fn what_is_no_camera_is_refused_with_a_hint() {
        let open = |path: &str| CameraLink::open(&CameraAddress { path: path.into() }).unwrap_err();
        assert!(matches!(open("/dev/no-such-camera"), CameraError::NotFound { .. }));
        let error = open("/dev/null");
        assert!(matches!(error, CameraError::NoCamera { .. }), "{error:?}");
        assert!(error.hint().contains("/dev/v4l/by-id"));
    }
}
