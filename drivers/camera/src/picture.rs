//! Image files as frames: PNG, JPEG and binary PGM.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use kiosk_hal::frame::GreyFrame;

/// Most pixels of a picture. Above that it is refused before its pixels are decoded.
pub const PIXELS_MAX: usize = 40_000_000;

/// Longest side of a picture, in pixels.
pub const SIDE_MAX: u32 = 20_000;

/// Most memory a decoder may take, in bytes: [`PIXELS_MAX`] at four channels of 16 bits, and some.
const MEMORY_BYTES_MAX: u64 = 400_000_000;

/// Why a file is no frame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The first bytes are those of no format that is read here.
    #[error("expected a PNG, JPEG or binary PGM file")]
    UnknownFormat,
    /// More pixels than [`PIXELS_MAX`], or a side longer than [`SIDE_MAX`].
    #[error("expected at most {PIXELS_MAX} pixels and sides of at most {SIDE_MAX}, got {width} x {height}")]
    TooLarge {
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// The file is damaged, cut short, or a variant of its format that is not read here.
    #[error("the picture cannot be decoded")]
    Damaged(#[source] image::ImageError),
    /// The header of a PGM file is not one, or fewer pixels follow than it promises.
    #[error("the PGM file cannot be decoded")]
    DamagedPgm,
}

/// The grey picture in the bytes of an image file. Transparent places are white.
///
/// # Errors
/// [`PictureError`]; no bytes make it panic, and none make it take more memory than the limits allow.
pub fn grey(bytes: &[u8]) -> Result<GreyFrame, PictureError> {
    if bytes.starts_with(b"P5") {
        return pgm(bytes);
    }
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
        Ok(_) | Err(_) => return Err(PictureError::UnknownFormat),
    };
    let (width, height) = reader(bytes, format).into_dimensions().map_err(PictureError::Damaged)?;
    checked(width as usize, height as usize)?;
    let picture = reader(bytes, format).decode().map_err(PictureError::Damaged)?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    GreyFrame::new(width, height, on_white(picture)).map_err(|_| PictureError::TooLarge { width, height })
}

fn reader(bytes: &[u8], format: ImageFormat) -> ImageReader<Cursor<&[u8]>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_BYTES_MAX);
    reader.limits(limits);
    reader
}

fn checked(width: usize, height: usize) -> Result<(), PictureError> {
    let fits = width.max(height) <= SIDE_MAX as usize && width.saturating_mul(height) <= PIXELS_MAX;
    if fits { Ok(()) } else { Err(PictureError::TooLarge { width, height }) }
}

fn on_white(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_luma8().into_raw();
    }
    let blend = |pixel: &image::LumaA<u8>| {
        let [level, alpha] = pixel.0.map(u32::from);
        ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    picture.into_luma_alpha8().pixels().map(blend).collect()
}

/// Netpbm's binary grey map with one byte a pixel: `P5`, width, height and 255, each after white space, with comments.
fn pgm(bytes: &[u8]) -> Result<GreyFrame, PictureError> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut number = || -> Option<usize> {
        loop {
            rest = rest.trim_ascii_start();
            if !rest.starts_with(b"#") {
                break;
            }
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            rest = rest.get(end..)?;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok();
        rest = rest.get(digits..)?;
        value
    };
    let (Some(width), Some(height), Some(255)) = (number(), number(), number()) else {
        return Err(PictureError::DamagedPgm);
    };
    checked(width, height)?;
    // One white space ends the header.
    let pixels = rest.get(1..).and_then(|pixels| pixels.get(..width * height)).ok_or(PictureError::DamagedPgm)?;
    GreyFrame::new(width, height, pixels.to_vec()).map_err(|_| PictureError::DamagedPgm)
}
