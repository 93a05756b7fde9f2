//! Pictures compared exactly with the committed ones.
//!
//! `UPDATE_REFERENCE=1` writes the committed pictures anew; look at each before it is committed.

use std::fs;
use std::path::{Path, PathBuf};

use slint::{Rgba8Pixel, SharedPixelBuffer};

/// Largest committed picture, in bytes.
const PICTURE_BYTES_MAX: usize = 170_000;

/// An RGB picture, rows from the top.
#[derive(PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
}

impl Picture {
    pub fn of(window: &slint::Window) -> Self {
        let snapshot: SharedPixelBuffer<Rgba8Pixel> = window.take_snapshot().unwrap();
        let rgb = snapshot.as_slice().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
        Self { width: snapshot.width(), height: snapshot.height(), rgb }
    }

    /// Fails when `folder/name.png` holds another picture, and says where the actual one is.
    pub fn assert_is(&self, folder: &Path, name: &str) {
        let reference = folder.join(format!("{name}.png"));
        if std::env::var_os("UPDATE_REFERENCE").is_some_and(|value| value == "1") {
            let bytes = self.encode();
            assert!(bytes.len() <= PICTURE_BYTES_MAX, "{name}: {} bytes", bytes.len());
            fs::write(&reference, bytes).unwrap();
        }
        if fs::File::open(&reference).is_ok_and(|file| Self::decode(file) == *self) {
            return;
        }
        let actual = diff_folder().join(format!("{name}.png"));
        fs::create_dir_all(diff_folder()).unwrap();
        fs::write(&actual, self.encode()).unwrap();
        panic!("{} is not what is drawn: see {}", reference.display(), actual.display());
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        // Flat colours compress best unfiltered.
        encoder.set_filter(png::Filter::NoFilter);
        encoder.write_header().unwrap().write_image_data(&self.rgb).unwrap();
        bytes
    }

    fn decode(file: fs::File) -> Self {
        let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgb).unwrap();
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
        rgb.truncate(info.buffer_size());
        Self { width: info.width, height: info.height, rgb }
    }
}

fn diff_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("ui-diff")
}
