//! From a camera's bytes to grey.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};
use kiosk_hal::frame::GreyFrame;

/// Longest side of a frame, in pixels, and most memory its decoder may take, in bytes.
const SIDE_MAX: u32 = 8_192;
const MEMORY_BYTES_MAX: u64 = 200_000_000;

/// How pixels are written (videodev2.h, `V4L2_PIX_FMT_*`), the one easiest to read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// One byte a pixel.
    Grey,
    /// Two pixels in four bytes: luma, blue, luma, red.
    Yuyv,
    /// A JPEG picture a frame.
    Mjpeg,
}

impl Encoding {
    pub const ALL: [Self; 3] = [Self::Grey, Self::Yuyv, Self::Mjpeg];

    /// The kernel's number for it: four letters, the first lowest.
    pub const fn fourcc(self) -> u32 {
        u32::from_le_bytes(match self {
            Self::Grey => *b"GREY",
            Self::Yuyv => *b"YUYV",
            Self::Mjpeg => *b"MJPG",
        })
    }
}

/// How a camera's frames are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    pub encoding: Encoding,
    pub width: usize,
    pub height: usize,
    /// Bytes from a row to the next. Nothing for [`Encoding::Mjpeg`].
    pub row_bytes: usize,
}

impl Format {
    /// The frame in `bytes`; `None` when they are too few or no picture.
    pub fn grey(&self, bytes: &[u8]) -> Option<GreyFrame> {
        match self.encoding {
            Encoding::Grey => self.rows(bytes, 1),
            Encoding::Yuyv => self.rows(bytes, 2),
            Encoding::Mjpeg => jpeg(bytes),
        }
    }

    /// The first of each `step` bytes.
    fn rows(&self, bytes: &[u8], step: usize) -> Option<GreyFrame> {
        let used = self.width.checked_mul(step)?;
        let row_bytes = self.row_bytes.max(used);
        let mut pixels = Vec::with_capacity(self.width.checked_mul(self.height)?.min(bytes.len()));
        for row in 0..self.height {
            let start = row.checked_mul(row_bytes)?;
            pixels.extend(bytes.get(start..start.checked_add(used)?)?.iter().step_by(step));
        }
        GreyFrame::new(self.width, self.height, pixels).ok()
    }
}

/// Cameras leave out the Huffman tables of the standard at times; `image` supplies them.
fn jpeg(bytes: &[u8]) -> Option<GreyFrame> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_BYTES_MAX);
    reader.limits(limits);
    let grey = reader.decode().ok()?.into_luma8();
    let (width, height) = (usize::try_from(grey.width()).ok()?, usize::try_from(grey.height()).ok()?);
    GreyFrame::new(width, height, grey.into_raw()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn format(encoding: Encoding, row_bytes: usize) -> Format {
        Format { encoding, width: 2, height: 2, row_bytes }
    }

    #[test]
    fn rows_longer_than_their_pixels_are_read_without_what_fills_them() {
        let frame = format(Encoding::Grey, 3).grey(&[1, 2, 0, 3, 4, 0]).unwrap();
        assert_eq!(frame.pixels(), [1, 2, 3, 4]);
    }

    #[test]
    fn of_yuyv_the_luma_is_taken() {
        let frame = format(Encoding::Yuyv, 4).grey(&[1, 128, 2, 128, 3, 128, 4, 128]).unwrap();
        assert_eq!(frame.pixels(), [1, 2, 3, 4]);
    }

    #[test]
    fn a_jpeg_picture_is_read_at_its_own_size() {
        let mut bytes = Vec::new();
        let grey = image::GrayImage::from_pixel(16, 8, image::Luma([200]));
        grey.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg).unwrap();
        let frame = format(Encoding::Mjpeg, 0).grey(&bytes).unwrap();
        assert_eq!((frame.width(), frame.height()), (16, 8));
        assert!(frame.pixels().iter().all(|pixel| pixel.abs_diff(200) < 4));
    }

    #[test]
    fn a_frame_cut_short_is_none() {
        assert!(format(Encoding::Grey, 2).grey(&[1, 2, 3]).is_none());
        assert!(format(Encoding::Yuyv, 4).grey(&[1; 7]).is_none());
        assert!(format(Encoding::Mjpeg, 0).grey(&[0xff, 0xd8, 0xff]).is_none());
        let huge = Format { encoding: Encoding::Yuyv, width: usize::MAX, height: 9, row_bytes: 1 };
        assert!(huge.grey(&[0; 64]).is_none());
    }
}
