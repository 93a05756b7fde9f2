//! Points, lines and projective maps in the plane. Units are pixels, y down, a pixel's centre at half a pixel.

/// A place in a picture or, for maps, in a symbol (in modules).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl Point {
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    pub fn plus(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }

    pub fn minus(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }

    pub fn times(self, factor: f32) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }

    pub fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y
    }

    /// Positive when `other` is clockwise of `self` on screen.
    pub fn cross(self, other: Self) -> f32 {
        self.x * other.y - self.y * other.x
    }

    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The direction as a vector of length one; the x axis for no length.
    pub fn unit(self) -> Self {
        let length = self.length();
        if length > f32::EPSILON { self.times(1.0 / length) } else { Self::new(1.0, 0.0) }
    }

    pub fn turned(self, radians: f32) -> Self {
        let (sin, cos) = radians.sin_cos();
        Self::new(self.x * cos - self.y * sin, self.x * sin + self.y * cos)
    }
}

/// A line through `at` along `along`.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    at: Point,
    along: Point,
}

impl Line {
    /// The line with the least squared distances to the points; `None` for fewer than two different points.
    pub fn through(points: &[Point]) -> Option<Self> {
        let count = points.len() as f32;
        if points.len() < 2 {
            return None;
        }
        let mean = points.iter().fold(Point::new(0.0, 0.0), |sum, point| sum.plus(*point)).times(1.0 / count);
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for point in points {
            let from_mean = point.minus(mean);
            xx += from_mean.x * from_mean.x;
            xy += from_mean.x * from_mean.y;
            yy += from_mean.y * from_mean.y;
        }
        if xx + yy < 1e-3 {
            return None;
        }
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
        Some(Self { at: mean, along: Point::new(angle.cos(), angle.sin()) })
    }

    /// `None` when the lines are as good as parallel.
    pub fn meets(&self, other: &Self) -> Option<Point> {
        let slant = self.along.cross(other.along);
        if slant.abs() < 0.05 {
            return None;
        }
        let along = other.at.minus(self.at).cross(other.along) / slant;
        Some(self.at.plus(self.along.times(along)))
    }
}

/// A projective map of the plane.
#[derive(Debug, Clone, Copy)]
pub struct Projection([f32; 9]);

impl Projection {
    /// The map that takes the corners of the unit square, in the order (0,0) (1,0) (1,1) (0,1), to `corners`.
    /// `None` when three of these are on a line.
    pub fn of_unit_square(corners: &[Point; 4]) -> Option<Self> {
        let [a, b, c, d] = *corners;
        let skew = a.minus(b).plus(c).minus(d);
        let (first, second) = (b.minus(c), d.minus(c));
        let area = first.cross(second);
        if area.abs() < 1e-3 {
            return None;
        }
        let g = skew.cross(second) / area;
        let h = first.cross(skew) / area;
        let across = b.minus(a).plus(b.times(g));
        let down = d.minus(a).plus(d.times(h));
        Some(Self([across.x, down.x, a.x, across.y, down.y, a.y, g, h, 1.0]))
    }

    pub fn apply(&self, point: Point) -> Point {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let depth = g * point.x + h * point.y + i;
        let depth = if depth.abs() < 1e-4 { 1e-4 } else { depth };
        Point::new((a * point.x + b * point.y + c) / depth, (d * point.x + e * point.y + f) / depth)
    }

    /// Its nine numbers, row after row, for places given in `size`ths of the unit.
    pub fn coefficients(&self, size: f32) -> [f32; 9] {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        [a / size, b / size, c, d / size, e / size, f, g / size, h / size, i]
    }

    /// The map that takes the four `from` to the four `to`.
    pub fn between(from: &[Point; 4], to: &[Point; 4]) -> Option<Self> {
        Some(Self::of_unit_square(to)?.after(&Self::of_unit_square(from)?.inverse()))
    }

    /// First `first`, then this.
    fn after(&self, first: &Self) -> Self {
        let mut product = [0.0; 9];
        for (at, cell) in product.iter_mut().enumerate() {
            let (row, column) = (at / 3, at % 3);
            *cell = (0..3).map(|k| self.0[row * 3 + k] * first.0[k * 3 + column]).sum();
        }
        Self(product)
    }

    /// Up to a factor, which a projective map does not have.
    fn inverse(&self) -> Self {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        Self([
            e * i - f * h,
            c * h - b * i,
            b * f - c * e,
            f * g - d * i,
            a * i - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projection_takes_each_corner_to_its_place() {
        let from = [Point::new(3.5, 3.5), Point::new(21.5, 3.5), Point::new(18.5, 18.5), Point::new(3.5, 21.5)];
        let to = [Point::new(100.0, 90.0), Point::new(220.0, 80.0), Point::new(230.0, 210.0), Point::new(95.0, 200.0)];
        let map = Projection::between(&from, &to).unwrap();
        for (from, to) in from.into_iter().zip(to) {
            assert!(map.apply(from).minus(to).length() < 0.01, "{from:?} to {to:?}");
        }
    }
}
