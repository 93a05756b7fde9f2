//! Pictures compared exactly with committed ones.
//!
//! What is compared is a digest of every pixel (`tests/reference/<group>.txt`). What is looked at is one sheet a screen
//! (`tests/reference/<screen>.png`), reduced: languages from the left, normal, large and high contrast from the top.
//! `UPDATE_REFERENCE=1` writes both anew; look at each sheet before it is committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use slint::{Rgba8Pixel, SharedPixelBuffer};

/// How much smaller a picture is on its sheet, in each direction.
const REDUCTION: usize = 4;
/// Steps of each colour on a sheet: 6 x 7 x 6 colours.
const STEPS: [u32; 3] = [6, 7, 6];

/// A whole screen, rows from the top.
pub struct Picture {
    pixels: SharedPixelBuffer<Rgba8Pixel>,
}

impl Picture {
    pub fn of(window: &slint::Window) -> Self {
        Self { pixels: window.take_snapshot().unwrap() }
    }

    /// Of every pixel: two pictures with one digest are the same.
    pub fn digest(&self) -> String {
        let digest = Sha256::digest(self.pixels.as_bytes());
        digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reduced, as places in the sheet's palette.
    fn reduced(&self) -> Vec<u8> {
        let (width, pixels) = (self.pixels.width() as usize, self.pixels.as_slice());
        let (columns, rows) = (width / REDUCTION, self.pixels.height() as usize / REDUCTION);
        let mut reduced = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                let mut sum = [0_u32; 3];
                for line in 0..REDUCTION {
                    let at = (row * REDUCTION + line) * width + column * REDUCTION;
                    for pixel in &pixels[at..at + REDUCTION] {
                        sum = [sum[0] + u32::from(pixel.r), sum[1] + u32::from(pixel.g), sum[2] + u32::from(pixel.b)];
                    }
                }
                reduced.push(place(sum.map(|sum| sum / (REDUCTION * REDUCTION) as u32)));
            }
        }
        reduced
    }
}

fn place(colour: [u32; 3]) -> u8 {
    let step = |of: usize| (colour[of] * (STEPS[of] - 1) + 127) / 255;
    u8::try_from((step(0) * STEPS[1] + step(1)) * STEPS[2] + step(2)).unwrap()
}

fn palette() -> Vec<u8> {
    let shade = |step: u32, of: usize| u8::try_from(step * 255 / (STEPS[of] - 1)).unwrap();
    let mut colours = Vec::new();
    for red in 0..STEPS[0] {
        for green in 0..STEPS[1] {
            for blue in 0..STEPS[2] {
                colours.extend([shade(red, 0), shade(green, 1), shade(blue, 2)]);
            }
        }
    }
    colours
}

/// Pictures of one screen side by side, `columns` in a row.
pub fn write_sheet(pictures: &[Picture], columns: usize, to: &Path) {
    let (width, height) = (1080 / REDUCTION, 1920 / REDUCTION);
    let rows = pictures.len().div_ceil(columns);
    let mut sheet = vec![0_u8; width * columns * height * rows];
    for (index, picture) in pictures.iter().enumerate() {
        let (left, top) = (index % columns * width, index / columns * height);
        for (row, line) in picture.reduced().chunks(width).enumerate() {
            let at = (top + row) * width * columns + left;
            sheet[at..at + width].copy_from_slice(line);
        }
    }
    let file = std::io::BufWriter::new(fs::File::create(to).unwrap());
    let mut encoder = png::Encoder::new(file, (width * columns) as u32, (height * rows) as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette());
    encoder.set_compression(png::Compression::High);
    // Flat colours compress best unfiltered.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().unwrap().write_image_data(&sheet).unwrap();
}

pub fn reference_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

/// The committed digests of a group of screens, by picture.
pub fn digests(group: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(reference_folder().join(format!("{group}.txt"))).unwrap_or_default();
    text.lines().filter_map(|line| line.split_once(' ')).map(|(name, digest)| (name.into(), digest.into())).collect()
}

pub fn write_digests(group: &str, digests: &BTreeMap<String, String>) {
    let lines: String = digests.iter().map(|(name, digest)| format!("{name} {digest}\n")).collect();
    fs::write(reference_folder().join(format!("{group}.txt")), lines).unwrap();
}

pub fn is_update() -> bool {
    std::env::var_os("UPDATE_REFERENCE").is_some_and(|value| value == "1")
}

/// Where a sheet goes that is not as committed.
pub fn actual_sheet(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("ui-diff");
    fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{name}.png"))
}
