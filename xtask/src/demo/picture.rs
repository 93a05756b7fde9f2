//! Pictures as files and as grey values.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result};

/// A grey picture, one byte a pixel, 0 black, 255 white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row after row.
    pub pixels: Vec<u8>,
}

impl Grey {
    /// The luminance of an RGB picture (ITU-R BT.601 weights, in 1/256).
    #[must_use]
    pub fn of_rgb(width: usize, height: usize, rgb: &[u8]) -> Self {
        let luminance = |pixel: &[u8]| {
            let weighted: u32 =
                pixel.iter().zip([77_u32, 150, 29]).map(|(value, weight)| u32::from(*value) * weight).sum();
            u8::try_from(weighted / 256).unwrap_or(u8::MAX)
        };
        Self { width, height, pixels: rgb.chunks_exact(3).map(luminance).collect() }
    }

    /// A grey PNG, such as the paper of the virtual printer, or one in colour, such as a picture of a screen.
    ///
    /// # Errors
    /// The bytes are no PNG of 8-bit grey or RGB values.
    pub fn of_png(bytes: &[u8]) -> Result<Self> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info()?;
        let (width, height) = (reader.info().width as usize, reader.info().height as usize);
        let bytes = |channels: usize| vec![0; width * height * channels];
        match reader.output_color_type() {
            (png::ColorType::Grayscale, png::BitDepth::Eight) => {
                let mut pixels = bytes(1);
                reader.next_frame(&mut pixels)?;
                Ok(Self { width, height, pixels })
            }
            (png::ColorType::Rgb, png::BitDepth::Eight) => {
                let mut rgb = bytes(3);
                reader.next_frame(&mut rgb)?;
                Ok(Self::of_rgb(width, height, &rgb))
            }
            other => anyhow::bail!("expected 8-bit grey or RGB, got {other:?}"),
        }
    }
}

/// Writes an RGB picture as PNG.
///
/// # Errors
/// The file cannot be written.
pub fn write_rgb(path: &Path, width: u32, height: u32, rgb: &[u8]) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(rgb)?;
    Ok(())
}
