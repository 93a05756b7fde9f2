//! The picture: what the renderer draws into, and what was last seen of it.

use slint::Rgb8Pixel;
use slint::platform::software_renderer::{PhysicalRegion, SoftwareRenderer};

/// What is on screen, without its pixels.
#[derive(Debug)]
pub struct Header {
    /// Grows with each redraw that changed a pixel; 0 before the first.
    pub revision: u64,
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
    /// The window's title.
    pub title: String,
}

/// One picture as it is sent to a client.
#[derive(Debug)]
pub struct Frame {
    /// What it is of.
    pub header: Header,
    /// Rows from the top, three bytes a pixel: red, green, blue.
    pub rgb: Vec<u8>,
}

/// A picture in memory. The renderer repaints only what is dirty in it.
pub struct Canvas {
    width: u16,
    height: u16,
    drawn: Vec<Rgb8Pixel>,
    /// What `drawn` was before, to tell a repaint from a change.
    seen: Vec<Rgb8Pixel>,
    revision: u64,
}

impl Canvas {
    pub fn new(width: u16, height: u16) -> Self {
        let black = vec![Rgb8Pixel::new(0, 0, 0); usize::from(width) * usize::from(height)];
        Self { width, height, drawn: black.clone(), seen: black, revision: 0 }
    }

    pub fn draw(&mut self, renderer: &SoftwareRenderer) {
        let region = renderer.render(&mut self.drawn, usize::from(self.width));
        if self.take_changes(&region) {
            self.revision += 1;
        }
    }

    fn take_changes(&mut self, region: &PhysicalRegion) -> bool {
        let mut changed = false;
        for (origin, size) in region.iter() {
            let columns = self.columns(origin.x, size.width);
            for row in self.rows(origin.y, size.height) {
                let start = row * usize::from(self.width);
                let span = start + columns.start..start + columns.end;
                let (drawn, seen) = (&self.drawn[span.clone()], &mut self.seen[span]);
                if drawn != seen {
                    seen.copy_from_slice(drawn);
                    changed = true;
                }
            }
        }
        changed
    }

    fn columns(&self, from: i32, length: u32) -> std::ops::Range<usize> {
        inside(from, length, self.width)
    }

    fn rows(&self, from: i32, length: u32) -> std::ops::Range<usize> {
        inside(from, length, self.height)
    }

    pub const fn header(&self, title: String) -> Header {
        Header { revision: self.revision, width: self.width, height: self.height, title }
    }

    pub fn frame(&self, title: String) -> Frame {
        let rgb = self.drawn.iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
        Frame { header: self.header(title), rgb }
    }
}

/// `length` pixels from `from`, as far as they are on a side of `side` pixels.
fn inside(from: i32, length: u32, side: u16) -> std::ops::Range<usize> {
    let clamp = |at: i64| usize::try_from(at.clamp(0, i64::from(side))).unwrap_or(0);
    let from = i64::from(from);
    clamp(from)..clamp(from + i64::from(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_cut_at_the_edges() {
        assert_eq!(inside(-5, 10, 100), 0..5);
        assert_eq!(inside(95, 10, 100), 95..100);
        assert_eq!(inside(200, 10, 100), 100..100);
    }
}
