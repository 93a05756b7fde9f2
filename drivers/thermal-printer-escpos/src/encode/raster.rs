//! A picture as bands of raster data: blank rows fed, both sides cropped, real-time commands defused.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use zeroize::Zeroize;

use super::means::RasterForm;
use crate::canvas::TicketCanvas;

/// Most rows in a band: the head starts as soon as the first band is read, and receive buffers of 4 KiB and up hold
/// the rest back by flow control.
pub const BAND_ROWS_MAX: usize = 128;
/// What a further band counts besides its bytes, in bytes: the head may stop for a moment between two.
const BAND_STOP_PRICE: usize = 12;
/// Bytes of one `ESC J`.
const FEED_BYTES: usize = 3;

/// A strip of the canvas, cropped alike on both sides so that `ESC a 1` puts it back to its place.
///
/// Wiped on drop, `Debug` prints the size only.
#[derive(Clone, PartialEq, Eq)]
pub struct Band {
    form: RasterForm,
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
        self.data.len() + 48
    }

    pub(super) fn encode_into(&self, out: &mut Vec<u8>) {
        match self.form {
            RasterForm::BitImage => {
                out.extend([0x1D, b'v', b'0', 0]);
                out.extend(self.row_bytes.to_le_bytes());
                out.extend(self.rows.to_le_bytes());
                out.extend(&self.data);
            }
            RasterForm::Graphics => {
                let body_bytes = GRAPHICS_PARAMETERS + self.data.len();
                // At most 10 + 128 rows of 72 bytes, so the length always fits its two bytes.
                out.extend([0x1D, b'(', b'L']);
                out.extend((body_bytes as u16).to_le_bytes());
                out.extend([48, 112, 48, 1, 1, 49]);
                out.extend((self.row_bytes * 8).to_le_bytes());
                out.extend(self.rows.to_le_bytes());
                out.extend(&self.data);
                out.extend([0x1D, b'(', b'L', 2, 0, 48, 50]);
            }
        }
    }

    fn new(canvas: &TicketCanvas, form: RasterForm, rows: Range<usize>, blank_rows_above: usize) -> Self {
        let strip = || canvas.rows().skip(rows.start).take(rows.len());
        let crop = strip().filter_map(blank_bytes_at_both_ends).min().unwrap_or(0);
        let row_bytes = canvas.row_bytes() - 2 * crop;
        // Allocated once: growing would leave copies of the patient's name behind.
        let mut data = Vec::with_capacity(rows.len() * row_bytes);
        for row in strip() {
            data.extend_from_slice(row.get(crop..crop + row_bytes).unwrap_or_default());
        }
        let dots_flipped = defuse(&mut data);
        Self {
            form,
            blank_rows_above: blank_rows_above as u32,
            rows: rows.len() as u16,
            row_bytes: row_bytes as u16,
            data,
            dots_flipped,
        }
    }
}

/// Bytes between the length and the data of `GS ( L` function 112.
const GRAPHICS_PARAMETERS: usize = 10;

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

/// The inked strips of `canvas` from the top, cut where that costs the fewest bytes.
#[must_use]
pub fn bands(canvas: &TicketCanvas, form: RasterForm) -> Vec<Band> {
    let crops: Vec<Option<usize>> = canvas.rows().map(blank_bytes_at_both_ends).collect();
    let heights = cheapest_heights(&crops, canvas.row_bytes(), form);
    let mut found = Vec::new();
    let (mut at, mut printed) = (0, 0);
    while let Some(crop) = crops.get(at) {
        let rows = match crop {
            Some(_) => heights.get(at).copied().unwrap_or(1).max(1),
            None => {
                at += 1;
                continue;
            }
        };
        found.push(Band::new(canvas, form, at..at + rows, at - printed));
        at += rows;
        printed = at;
    }
    found
}

/// For every inked row the height of the band that is best begun there.
///
/// Worked out from the last row upwards: the price of a band is its bytes and a stop, the price of white is a feed.
fn cheapest_heights(crops: &[Option<usize>], row_bytes: usize, form: RasterForm) -> Vec<usize> {
    let mut heights = vec![0; crops.len()];
    let mut prices = vec![0; crops.len() + 1];
    for at in (0..crops.len()).rev() {
        let below = prices.get(at + 1).copied().unwrap_or(0);
        let (price, height) = match crops.get(at).copied().flatten() {
            // White at the very end is left out and costs nothing.
            None if below == 0 => (0, 0),
            None if crops.get(at + 1).copied().flatten().is_some() => (below + FEED_BYTES, 0),
            None => (below, 0),
            Some(_) => cheapest_band(
                crops.get(at..).unwrap_or_default(),
                prices.get(at..).unwrap_or_default(),
                row_bytes,
                form,
            ),
        };
        if let (Some(best), Some(chosen)) = (prices.get_mut(at), heights.get_mut(at)) {
            (*best, *chosen) = (price, height);
        }
    }
    heights
}

/// Price and height of the best band that begins with the first of `crops`, which is inked.
fn cheapest_band(crops: &[Option<usize>], prices: &[usize], row_bytes: usize, form: RasterForm) -> (usize, usize) {
    let (mut least, mut best) = (usize::MAX, 1);
    let (mut crop, mut height) = (row_bytes, 0);
    for (row, below) in crops.iter().zip(prices.iter().skip(1)).take(BAND_ROWS_MAX) {
        height += 1;
        // White rows may stand inside of a band, never at its end.
        let Some(row) = *row else { continue };
        crop = crop.min(row);
        let data = height * (row_bytes - 2 * crop);
        if data + below >= least {
            continue;
        }
        if !(form == RasterForm::Graphics && length_spells_command(GRAPHICS_PARAMETERS + data)) {
            (least, best) = (data + below, height);
        }
    }
    (least.saturating_add(form.header_bytes() + BAND_STOP_PRICE), best)
}

/// Bytes that may be cropped from both ends of a row; `None` = the row is white.
pub(super) fn blank_bytes_at_both_ends(row: &[u8]) -> Option<usize> {
    let left = row.iter().position(|bits| *bits != 0)?;
    let right = row.iter().rev().position(|bits| *bits != 0)?;
    Some(left.min(right))
}

/// Whether the two length bytes of a command would be read as `DLE EOT`, `DLE ENQ` or `DLE DC4`.
pub(super) const fn length_spells_command(bytes: usize) -> bool {
    matches!(bytes & 0xFFFF, 0x0410 | 0x0510 | 0x1410)
}

/// Flips one dot in every 10 04, 10 05 and 10 14: printers carry these out on arrival even inside of raster data
/// (`DLE EOT`, `DLE ENQ`, `DLE DC4`; the last can open a drawer, switch off or clear the buffers).
pub(super) fn defuse(data: &mut [u8]) -> usize {
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

    #[test]
    fn rows_of_very_different_width_become_bands_of_their_own() {
        let crops: Vec<_> = [Some(30); 20].into_iter().chain([Some(1); 20]).collect();
        assert_eq!(cheapest_heights(&crops, 72, RasterForm::BitImage).first(), Some(&20));
    }

    #[test]
    fn a_graphic_never_has_a_length_that_is_a_command() {
        // 103 rows of 10 bytes and ten bytes of parameters are 0x0410 bytes.
        let heights = cheapest_heights(&[Some(31); 103], 72, RasterForm::Graphics);
        assert!(heights.first().is_some_and(|height| *height != 103), "{heights:?}");
    }
}
