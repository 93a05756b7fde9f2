//! A hospital's logo: a PNG as dots.

use std::fmt;

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Point, Size};
use image::{ImageFormat, ImageReader, Limits};

use crate::canvas::TicketCanvas;

/// Widest logo in dots: it fits on 58 mm paper.
pub const LOGO_WIDTH_DOTS_MAX: u32 = 360;
/// Highest logo in dots, 20 mm of paper.
pub const LOGO_HEIGHT_DOTS_MAX: u32 = 160;
/// Memory the decoder may take: a picture of the largest size in eight bytes a pixel, and room for its rows.
const DECODE_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// Grey from which a pixel is white, of 255, as seen on white paper.
const LUMA_WHITE: u8 = 128;

/// A picture of black and white dots, one for each pixel of its file. It stands above the hospital's name.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo(TicketCanvas);

/// A file that is no logo.
#[derive(Debug, thiserror::Error)]
pub enum LogoRefused {
    /// Not a PNG, or a broken one.
    #[error("not a readable PNG")]
    Unreadable(#[source] image::ImageError),
    /// Wider or higher than [`LOGO_WIDTH_DOTS_MAX`] and [`LOGO_HEIGHT_DOTS_MAX`] allow. A picture is never scaled:
    /// a logo blurred by scaling falls apart in black and white.
    #[error("{width} x {height} pixels, at most {LOGO_WIDTH_DOTS_MAX} x {LOGO_HEIGHT_DOTS_MAX} allowed")]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Nothing in it is black.
    #[error("all white")]
    Blank,
}

impl Logo {
    /// Reads a PNG. Transparent pixels are paper; what is darker than middle grey is black.
    ///
    /// # Errors
    /// [`LogoRefused`] when the file is no PNG, too large, or all white.
    pub fn from_png(png: &[u8]) -> Result<Self, LogoRefused> {
        let (width, height) = reader(png).into_dimensions().map_err(LogoRefused::Unreadable)?;
        if width > LOGO_WIDTH_DOTS_MAX || height > LOGO_HEIGHT_DOTS_MAX {
            return Err(LogoRefused::TooLarge { width, height });
        }
        let pixels = reader(png).decode().map_err(LogoRefused::Unreadable)?.to_luma_alpha8();
        let row_bytes = width.div_ceil(8) as usize;
        let mut packed = vec![0_u8; row_bytes * height as usize];
        for (x, y, pixel) in pixels.enumerate_pixels() {
            let [luma, alpha] = pixel.0;
            let on_paper = 255 - (u32::from(255 - luma) * u32::from(alpha) / 255) as u8;
            if let Some(byte) =
                packed.get_mut(y as usize * row_bytes + x as usize / 8).filter(|_| on_paper < LUMA_WHITE)
            {
                *byte |= 0x80 >> (x % 8);
            }
        }
        let mut canvas = TicketCanvas::new(Size::new(width, height));
        canvas.stamp(Point::zero(), row_bytes, &packed, BinaryColor::On);
        if canvas.is_blank() { Err(LogoRefused::Blank) } else { Ok(Self(canvas)) }
    }

    pub(crate) const fn dots(&self) -> &TicketCanvas {
        &self.0
    }
}

fn reader(png: &[u8]) -> ImageReader<std::io::Cursor<&[u8]>> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    let mut reader = ImageReader::with_format(std::io::Cursor::new(png), ImageFormat::Png);
    reader.limits(limits);
    reader
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({} x {} dots)", self.0.width_dots(), self.0.height_dots())
    }
}
