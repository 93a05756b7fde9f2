//! Many places of a symbol looked up at once: what is done for each of them is written so that a compiler turns it into
//! operations on several.

use crate::fit::Places;
use crate::plane::Plane;

/// Places looked up together.
pub const LANES: usize = 16;

/// One number for each of the places.
pub type Lanes = [f32; LANES];

/// Adding it leaves a number's whole part in the lowest bits (IEEE 754: 2^23 has no room for a fraction).
const WHOLE: f32 = 8_388_608.0;
const WHOLE_BITS: u32 = 0x7f_ffff;

impl Places {
    /// The places in the frame of places in the symbol, as [`Places::of`] gives them.
    fn of_many(&self, x: &Lanes, y: &Lanes) -> (Lanes, Lanes) {
        let [a, b, c, d, e, f, g, h, i] = self.coefficients;
        let [across, down] = self.bulge;
        let unit = 1.0 / self.size;
        let (mut right, mut below) = ([0.0; LANES], [0.0; LANES]);
        for ((right, below), (x, y)) in right.iter_mut().zip(&mut below).zip(x.iter().zip(y)) {
            let depth = g * x + h * y + i;
            let depth = if depth.abs() < 1e-4 { 1e-4 } else { depth };
            let share = 1.0 / depth;
            let (along, aside) = (x * unit, y * unit);
            let (along, aside) = (4.0 * along * (1.0 - along), 4.0 * aside * (1.0 - aside));
            *right = (a * x + b * y + c) * share + across.x * along + down.x * aside;
            *below = (d * x + e * y + f) * share + across.y * along + down.y * aside;
        }
        (right, below)
    }

    /// The grey levels at places of the symbol, as [`Plane::sample`] gives them.
    pub fn greys(&self, plane: &Plane<'_>, x: &Lanes, y: &Lanes) -> Lanes {
        let (x, y) = self.of_many(x, y);
        plane.sample_many(&x, &y)
    }
}

impl Plane<'_> {
    fn sample_many(&self, x: &Lanes, y: &Lanes) -> Lanes {
        let (columns, across) = split(x, self.last_x);
        let (rows, down) = split(y, self.last_y);
        let (pixels, width) = (self.pixels(), self.width);
        std::array::from_fn(|lane| {
            let start = rows[lane] as usize * width + columns[lane] as usize;
            let upper = pixels.get(start..).and_then(<[u8]>::first_chunk);
            let lower = pixels.get(start + width..).and_then(<[u8]>::first_chunk);
            let (Some(&[a, b]), Some(&[c, d])) = (upper, lower) else { return 0.0 };
            let mix = |a: u8, b: u8| f32::from(a) + (f32::from(b) - f32::from(a)) * across[lane];
            let upper = mix(a, b);
            upper + (mix(c, d) - upper) * down[lane]
        })
    }
}

/// The pixel before each place and how far behind its middle the place is, 0 to 1; beyond the edge, that of the edge.
fn split(places: &Lanes, last: f32) -> ([u32; LANES], Lanes) {
    let (mut pixels, mut fractions) = ([0; LANES], [0.0; LANES]);
    for ((pixel, fraction), place) in pixels.iter_mut().zip(&mut fractions).zip(places) {
        let place = (place - 0.5).max(0.0).min(last);
        let whole = (place - 0.5).max(0.0) + WHOLE;
        *pixel = whole.to_bits() & WHOLE_BITS;
        *fraction = place - (whole - WHOLE);
    }
    (pixels, fractions)
}

#[cfg(test)]
mod tests {
    use kiosk_hal::frame::GreyFrame;

    use super::*;
    use crate::fit::Mapping;
    use crate::geometry::Point;
    use crate::symbol::Version;

    #[test]
    fn many_places_are_the_same_as_each() {
        let pixels = (0..40 * 30).map(|at| (at * 37 % 251) as u8).collect();
        let frame = GreyFrame::new(40, 30, pixels).unwrap();
        let plane = Plane::of(&frame);
        // Reaches beyond the frame on three sides.
        let corners = [Point::new(-3.0, 2.0), Point::new(44.0, 0.5), Point::new(38.0, 33.0), Point::new(1.0, 27.0)];
        let mapping = Mapping::bulged(Version::new(2).unwrap(), corners, [Point::new(1.5, -2.0), Point::new(0.5, 1.0)]);
        let places = mapping.places().unwrap();
        for at in 0..40 {
            let x: Lanes = std::array::from_fn(|lane| lane as f32 * 1.7 + at as f32 * 0.1);
            let y: Lanes = std::array::from_fn(|lane| 26.0 - lane as f32 * 1.3 - at as f32 * 0.2);
            for (lane, grey) in places.greys(&plane, &x, &y).into_iter().enumerate() {
                let one = plane.sample(places.of(Point::new(x[lane], y[lane])));
                assert!((grey - one).abs() < 0.2, "{} {}: {grey} instead of {one}", x[lane], y[lane]);
            }
        }
    }
}
