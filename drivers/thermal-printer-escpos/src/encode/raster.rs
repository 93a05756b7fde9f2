//! A canvas as `GS v 0` bands: blank rows skipped, cropped on both sides, real-time commands defused.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroize;

use crate::canvas::TicketCanvas;

/// Most rows in a band: the head starts as soon as the first band is read, and receive buffers of 4 KiB and up hold
/// the rest back by flow control.
pub const BAND_ROWS_MAX: usize = 128;
/// White rows from which a feed is cheaper and smoother than dots: a new band costs 11 bytes and a short stop.
const BLANK_ROWS_MIN: usize = 6;

/// A strip of the canvas, cropped alike on both sides so that `ESC a 1` puts it back to its place.
///
/// Wiped on drop, `Debug` prints the size only.
#[derive(Clone, PartialEq, Eq)]
pub struct Band {
    blank_rows_above: u32,
    rows: u16,
    row_bytes: u16,
    data: Vec<u8>,
    dots_flipped: usize,
}

impl Band {
    /// White rows between the band before and this one.
    #[must_use]
    pub const fn blank_rows_above(&self) -> u32 {
        self.blank_rows_above
    }

    /// Height in dots.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.rows as u32
    }

    /// Dots changed to keep a real-time command out of the data.
    #[must_use]
    pub const fn dots_flipped(&self) -> usize {
        self.dots_flipped
    }

    pub(super) fn bytes_max(&self) -> usize {
        self.data.len() + 32
    }

    pub(super) fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend([0x1D, b'v', b'0', 0]);
        out.extend(self.row_bytes.to_le_bytes());
        out.extend(self.rows.to_le_bytes());
        out.extend(&self.data);
    }

    fn new(canvas: &TicketCanvas, rows: Range<usize>, blank_rows_above: usize) -> Self {
        let strip = || canvas.rows().skip(rows.start).take(rows.len());
        let crop = strip().map(blank_bytes_at_both_ends).min().unwrap_or(0);
        let row_bytes = canvas.row_bytes() - 2 * crop;
        // Allocated once: growing would leave copies of the patient's name behind.
        let mut data = Vec::with_capacity(rows.len() * row_bytes);
        data.extend(strip().flat_map(|row| row.iter().skip(crop).take(row_bytes)));
        let dots_flipped = defuse(&mut data);
        Self {
            blank_rows_above: blank_rows_above as u32,
            rows: rows.len() as u16,
            row_bytes: row_bytes as u16,
            data,
            dots_flipped,
        }
    }
}

impl Drop for Band {
    fn drop(&mut self) {
        self.data.zeroize();
    }
}

impl fmt::Debug for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Band({} rows of {} bytes)", self.rows, self.row_bytes)
    }
}

/// The inked strips of `canvas` from the top.
#[must_use]
pub fn bands(canvas: &TicketCanvas) -> Vec<Band> {
    let mut printed = 0;
    let mut found = Vec::new();
    for strip in inked_strips(canvas) {
        for start in strip.clone().step_by(BAND_ROWS_MAX) {
            let rows = start..strip.end.min(start + BAND_ROWS_MAX);
            found.push(Band::new(canvas, rows.clone(), rows.start - printed));
            printed = rows.end;
        }
    }
    found
}

/// Ranges of rows with ink, apart by at least [`BLANK_ROWS_MIN`] white rows.
fn inked_strips(canvas: &TicketCanvas) -> Vec<Range<usize>> {
    let mut strips: Vec<Range<usize>> = Vec::new();
    let inked = canvas.rows().enumerate().filter(|(_, row)| row.iter().any(|bits| *bits != 0));
    for (y, _) in inked {
        match strips.last_mut() {
            Some(strip) if y - strip.end < BLANK_ROWS_MIN => strip.end = y + 1,
            Some(_) | None => strips.push(y..y + 1),
        }
    }
    strips
}

fn blank_bytes_at_both_ends(row: &[u8]) -> usize {
    let left = row.iter().take_while(|bits| **bits == 0).count();
    let right = row.iter().rev().take_while(|bits| **bits == 0).count();
    // A blank row would crop the band to nothing.
    left.min(right).min(row.len().saturating_sub(1) / 2)
}

/// Flips one dot in every 10 04, 10 05 and 10 14: printers carry these out on arrival even inside of raster data
/// (`DLE EOT`, `DLE ENQ`, `DLE DC4`; the last can open a drawer, switch off or clear the buffers).
fn defuse(data: &mut [u8]) -> usize {
    let mut flipped = 0;
    for at in 1..data.len() {
        if let Some([0x10, second @ (0x04 | 0x05 | 0x14)]) = data.get_mut(at - 1..=at) {
            *second ^= 0x02;
            flipped += 1;
        }
    }
    flipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_real_time_command_is_left_in_raster_data() {
        let mut data = vec![0x10, 0x04, 0x10, 0x05, 0x10, 0x10, 0x14, 0x10, 0x06];
        assert_eq!(defuse(&mut data), 3);
        assert_eq!(data, [0x10, 0x06, 0x10, 0x07, 0x10, 0x10, 0x16, 0x10, 0x06]);
    }
}
