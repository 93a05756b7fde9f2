//! Camera frames.

use crate::link::LinkError;
use crate::uptime::Uptime;

/// One grey picture, rows from top to bottom, one byte a pixel, 0 black, 255 white.
///
/// It may show a patient's card: `Debug` prints its size only.
#[derive(Clone, PartialEq, Eq)]
pub struct GreyFrame {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// The pixel count does not match width times height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} pixels, got {got}")]
pub struct WrongPixelCount {
    /// Width times height.
    pub expected: usize,
    /// Pixels given.
    pub got: usize,
}

impl GreyFrame {
    /// A frame of `width` x `height` pixels.
    ///
    /// # Errors
    /// [`WrongPixelCount`] when `pixels` is shorter or longer than that.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self, WrongPixelCount> {
        let expected = width.saturating_mul(height);
        if pixels.len() == expected {
            Ok(Self { width, height, pixels })
        } else {
            Err(WrongPixelCount { expected, got: pixels.len() })
        }
    }

    /// Pixels in a row.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// All pixels, row after row.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

impl std::fmt::Debug for GreyFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GreyFrame({}x{})", self.width, self.height)
    }
}

/// Where frames come from: a camera, a folder of pictures.
pub trait FrameSource: Send {
    /// The source's clock.
    fn now(&self) -> Uptime;

    /// The newest frame, waiting until `until` for one.
    ///
    /// # Errors
    /// Those of [`LinkError`].
    fn next_frame(&mut self, until: Uptime) -> Result<GreyFrame, LinkError>;
}
