//! The picture in memory, and its way into the panel's buffer.

use slint::platform::software_renderer::{PremultipliedRgbaColor, TargetPixel};

use super::geometry::{Rect, Rotation, Size};

/// Bytes of a pixel of the panel: `DRM_FORMAT_XRGB8888`, little-endian (drm_fourcc.h).
pub const PIXEL_BYTES: usize = 4;

/// A pixel as the panel has it: blue in the lowest byte, then green, then red.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Xrgb(pub u32);

impl TargetPixel for Xrgb {
    fn blend(&mut self, color: PremultipliedRgbaColor) {
        let rest = u32::from(u8::MAX - color.alpha);
        let channel =
            |shift: u32, over: u8| (((self.0 >> shift & 0xff) * rest / 255) + u32::from(over)).min(0xff) << shift;
        *self = Self(channel(16, color.red) | channel(8, color.green) | channel(0, color.blue));
    }

    fn from_rgb(red: u8, green: u8, blue: u8) -> Self {
        Self(u32::from(red) << 16 | u32::from(green) << 8 | u32::from(blue))
    }
}

/// What Slint draws into. The panel's own memory is slow to read, and blending reads.
#[derive(Debug)]
pub struct Picture {
    size: Size,
    pixels: Vec<Xrgb>,
}

impl Picture {
    /// A black one.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self { size, pixels: vec![Xrgb::default(); size.width as usize * size.height as usize] }
    }

    /// In pixels of the view.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Rows from the top, each `size().width` pixels.
    pub fn pixels_mut(&mut self) -> &mut [Xrgb] {
        &mut self.pixels
    }

    /// Copies what is at `rect` of the panel into `buffer`, whose rows are `pitch` bytes apart; how many bytes were written.
    /// What `buffer` is too small for is left out.
    pub fn copy(&self, rotation: Rotation, rect: Rect, buffer: &mut [u8], pitch: usize) -> u64 {
        let mut written = 0;
        for y in rect.y..rect.y + rect.height {
            let start = y as usize * pitch + rect.x as usize * PIXEL_BYTES;
            let Some(row) = buffer.get_mut(start..start + rect.width as usize * PIXEL_BYTES) else { return written };
            written += row.len() as u64;
            self.copy_row(rotation, (rect.x, y), row);
        }
        written
    }

    /// A row of the panel is a row or a column of the picture, in either direction: it begins somewhere and goes on by a
    /// constant step.
    fn copy_row(&self, rotation: Rotation, (x, y): (u32, u32), row: &mut [u8]) {
        let (x, y) = (x as usize, y as usize);
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let targets = row.chunks_exact_mut(PIXEL_BYTES);
        match rotation {
            Rotation::Upright => fill(targets, self.pixels.iter().skip(y * width + x)),
            Rotation::Right => {
                let column = (height - 1 - x) * width + y;
                fill(targets, self.pixels.iter().take(column + 1).rev().step_by(width));
            }
            Rotation::Down => {
                let from = (height - 1 - y) * width + (width - 1 - x);
                fill(targets, self.pixels.iter().take(from + 1).rev());
            }
            Rotation::Left => fill(targets, self.pixels.iter().skip(x * width + (width - 1 - y)).step_by(width)),
        }
    }
}

fn fill<'a>(targets: std::slice::ChunksExactMut<'_, u8>, pixels: impl Iterator<Item = &'a Xrgb>) {
    for (target, pixel) in targets.zip(pixels) {
        target.copy_from_slice(&pixel.0.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A view of 3x2: pixels 1 to 6 by rows.
    fn picture() -> Picture {
        let mut picture = Picture::new(Size::new(3, 2));
        for (value, pixel) in (1..).zip(picture.pixels_mut()) {
            *pixel = Xrgb(value);
        }
        picture
    }

    /// The panel's rows of low bytes after all of it was copied.
    fn shown(rotation: Rotation) -> Vec<Vec<u8>> {
        let picture = picture();
        let panel = rotation.view(picture.size());
        let pitch = panel.width as usize * PIXEL_BYTES + 8;
        let mut buffer = vec![0xee; pitch * panel.height as usize];
        let bytes = picture.copy(rotation, panel.whole(), &mut buffer, pitch);
        assert_eq!(bytes, 24);
        let row = |row: &[u8]| row.chunks_exact(PIXEL_BYTES).map(|pixel| pixel[0]).collect::<Vec<_>>();
        buffer.chunks_exact(pitch).map(|bytes| row(&bytes[..panel.width as usize * PIXEL_BYTES])).collect()
    }

    #[test]
    fn the_picture_is_turned_clockwise() {
        assert_eq!(shown(Rotation::Upright), [[1, 2, 3], [4, 5, 6]]);
        assert_eq!(shown(Rotation::Right), [[4, 1], [5, 2], [6, 3]]);
        assert_eq!(shown(Rotation::Down), [[6, 5, 4], [3, 2, 1]]);
        assert_eq!(shown(Rotation::Left), [[3, 6], [2, 5], [1, 4]]);
    }

    #[test]
    fn a_changed_pixel_is_within_the_rectangle_that_is_copied() {
        for rotation in [Rotation::Upright, Rotation::Right, Rotation::Down, Rotation::Left] {
            let picture = picture();
            let panel = rotation.view(picture.size());
            let pitch = panel.width as usize * PIXEL_BYTES;
            let mut buffer = vec![0; pitch * panel.height as usize];
            let rect = rotation.rect_on_panel(Rect { x: 2, y: 1, width: 1, height: 1 }, panel);
            assert_eq!(picture.copy(rotation, rect, &mut buffer, pitch), 4);
            let low: Vec<u8> = buffer.chunks_exact(PIXEL_BYTES).map(|pixel| pixel[0]).filter(|low| *low != 0).collect();
            assert_eq!(low, [6], "{rotation:?}");
        }
    }

    #[test]
    fn a_buffer_that_is_too_small_is_not_overrun() {
        let mut buffer = [0; 12];
        assert_eq!(picture().copy(Rotation::Upright, Size::new(3, 2).whole(), &mut buffer, 12), 12);
    }

    #[test]
    fn colours_are_where_the_panel_looks_for_them_and_blend() {
        assert_eq!(Xrgb::from_rgb(0x12, 0x34, 0x56).0, 0x0012_3456);
        let mut pixel = Xrgb::from_rgb(200, 100, 0);
        pixel.blend(PremultipliedRgbaColor { red: 10, green: 20, blue: 30, alpha: 0 });
        assert_eq!(pixel, Xrgb::from_rgb(210, 120, 30));
        pixel.blend(PremultipliedRgbaColor { red: 1, green: 2, blue: 3, alpha: 255 });
        assert_eq!(pixel, Xrgb::from_rgb(1, 2, 3));
    }
}
