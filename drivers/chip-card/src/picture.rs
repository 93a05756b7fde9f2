//! Decoding a face to pixels.

use std::fmt;

use zeroize::Zeroizing;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::dg2::{Portrait, PortraitFormat};

/// Most pixels of one side. Faces on documents are a few hundred pixels high.
pub const SIDE_PIXELS_MAX: usize = 2_000;

/// A decoded face. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green, blue for each pixel, row by row from the top.
    pub rgb: Zeroizing<Vec<u8>>,
}

/// How a JPEG 2000 code stream begins: SOC and SIZ, up to the number of components.
#[cfg(feature = "jpeg2000")]
const CODE_STREAM: &[u8] = &[0xFF, 0x4F, 0xFF, 0x51];
#[cfg(feature = "jpeg2000")]
const CODE_STREAM_HEAD_BYTES: usize = 42;
/// Most components decoded: three colours and a mask.
#[cfg(feature = "jpeg2000")]
const COLOURS_MAX: usize = 4;
/// Most tiles. Faces have one, or tiles of at least 64 pixels.
#[cfg(feature = "jpeg2000")]
const TILES_MAX: u64 = 1_024;

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}×{})", self.width, self.height)
    }
}

/// Why a face was not decoded. Holds nothing of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The picture is damaged, or coded in a way that the decoder does not have.
    #[error("the picture cannot be decoded")]
    Damaged,
    /// More pixels than any face has.
    #[error("expected at most {SIDE_PIXELS_MAX} pixels on each side, got {width} by {height}")]
    TooLarge {
        /// Pixels of a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// Neither grey nor three colours.
    #[error("expected 1 or 3 colours, got {0}")]
    Colours(usize),
    /// Built without the decoder for this format.
    #[error("no decoder for {0:?} is built in")]
    NoDecoder(PortraitFormat),
}

impl Portrait {
    /// Decodes the face. Takes some ten milliseconds.
    ///
    /// # Errors
    /// [`PictureError`]; a damaged picture says nothing about the rest of the card.
    pub fn decode(&self) -> Result<Picture, PictureError> {
        match self.format() {
            PortraitFormat::Jpeg => decode_jpeg(self.data()),
            PortraitFormat::Jpeg2000 => decode_jpeg_2000(self.data()),
        }
    }
}

fn decode_jpeg(data: &[u8]) -> Result<Picture, PictureError> {
    let options = DecoderOptions::default()
        .set_max_width(SIDE_PIXELS_MAX)
        .set_max_height(SIDE_PIXELS_MAX)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    let rgb = Zeroizing::new(decoder.decode().map_err(|_| PictureError::Damaged)?);
    let info = decoder.info().ok_or(PictureError::Damaged)?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    if rgb.len() == width * height * 3 { Ok(Picture { width, height, rgb }) } else { Err(PictureError::Damaged) }
}

#[cfg(feature = "jpeg2000")]
fn decode_jpeg_2000(data: &[u8]) -> Result<Picture, PictureError> {
    use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

    if let Some(error) = too_much_to_decode(data) {
        return Err(error);
    }
    // Faces have no palette, and one could ask for thousands of planes.
    let settings = DecodeSettings { resolve_palette_indices: false, ..DecodeSettings::default() };
    let image = Image::new(data, &settings).map_err(|_| PictureError::Damaged)?;
    let side = |pixels| usize::try_from(pixels).unwrap_or(usize::MAX);
    let (width, height) = (side(image.width()), side(image.height()));
    if width > SIDE_PIXELS_MAX || height > SIDE_PIXELS_MAX {
        return Err(PictureError::TooLarge { width, height });
    }
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|_| PictureError::Damaged)?;
    let colours = decoded.components().len();
    if colours == 0 {
        return Err(PictureError::Colours(colours));
    }
    let samples = Zeroizing::new(decoded.data_u8());
    if samples.len() != width * height * colours {
        return Err(PictureError::Damaged);
    }
    let rgb = match colours {
        1 => samples.iter().flat_map(|grey| [*grey; 3]).collect(),
        3 => samples.to_vec(),
        _ => return Err(PictureError::Colours(colours)),
    };
    Ok(Picture { width, height, rgb: Zeroizing::new(rgb) })
}

/// What every code stream in the data would take: the decoder allocates for each component and each tile before anybody
/// can ask how many there are. Looks at whatever may be the head of a code stream (ISO/IEC 15444-1, A.5.1).
#[cfg(feature = "jpeg2000")]
pub(crate) fn too_much_to_decode(data: &[u8]) -> Option<PictureError> {
    data.windows(CODE_STREAM_HEAD_BYTES).filter(|head| head.starts_with(CODE_STREAM)).find_map(|head| {
        let number = |at: usize| {
            let bytes = head.get(at..).and_then(<[u8]>::first_chunk::<4>);
            bytes.map_or(0, |bytes| u64::from(u32::from_be_bytes(*bytes)))
        };
        let tiles = |grid, offset, size| number(grid).saturating_sub(number(offset)).div_ceil(number(size).max(1));
        let components = head.last_chunk::<2>().map_or(0, |bytes| usize::from(u16::from_be_bytes(*bytes)));
        if components > COLOURS_MAX {
            return Some(PictureError::Colours(components));
        }
        let many = tiles(8, 32, 24).saturating_mul(tiles(12, 36, 28)) > TILES_MAX;
        many.then_some(PictureError::Damaged)
    })
}

#[cfg(not(feature = "jpeg2000"))]
fn decode_jpeg_2000(_data: &[u8]) -> Result<Picture, PictureError> {
    Err(PictureError::NoDecoder(PortraitFormat::Jpeg2000))
}
