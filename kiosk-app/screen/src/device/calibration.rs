//! Where a finger is on the panel, from what the touch controller says.

use std::sync::{Arc, Mutex, PoisonError};

use super::geometry::Point;

/// Fewest and most points a calibration is made of.
const POINTS: std::ops::RangeInclusive<usize> = 3..=5;
/// Determinant below which the touched points lie on one line, as far as fingers can tell. Three points of which none is
/// within a tenth of the panel of the line through the others have at least ten times as much.
const SPREAD_MIN: f64 = 1e-4;
/// How far a point may lie from where the others expect it, as a part of a side: a thick finger on a small panel.
const OFF_BY_MAX: f64 = 0.05;
/// Largest coefficient: a touch layer is mirrored, turned or somewhat larger than its panel, never ten times.
const COEFFICIENT_MAX: f32 = 10.0;

/// What an axis of an event node reports: `struct input_absinfo` of the kernel (linux/input.h), by EVIOCGABS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisRange {
    /// At the left or upper edge.
    pub min: i32,
    /// At the right or lower edge.
    pub max: i32,
}

impl AxisRange {
    /// The value as a part of the side: 0 at `min`, 1 at `max`. An axis without a range is always at 0.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "touch panels have 16 bits")]
    pub fn part(self, value: i32) -> f32 {
        let length = i64::from(self.max) - i64::from(self.min);
        if length <= 0 {
            return 0.0;
        }
        ((i64::from(value) - i64::from(self.min)) as f64 / length as f64) as f32
    }
}

/// An affine map of the touched place to the place on the panel, both as parts of a side.
///
/// `x = a·tx + b·ty + c`, `y = d·tx + e·ty + f`, written `[a, b, c, d, e, f]`: the form of libinput's calibration matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration([f32; 6]);

/// The calibration in force. Clones share it, so that another may be tried while the panel is in use.
#[derive(Debug, Clone, Default)]
pub struct TouchMap(Arc<Mutex<Calibration>>);

impl TouchMap {
    /// What is in force.
    #[must_use]
    pub fn get(&self) -> Calibration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another in force, from the next touch on.
    pub fn set(&self, calibration: Calibration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = calibration;
    }
}

impl From<Calibration> for TouchMap {
    fn from(calibration: Calibration) -> Self {
        Self(Arc::new(Mutex::new(calibration)))
    }
}

/// Why there is no calibration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    /// The number of points.
    #[error("expected 3 to 5 points, got {0}")]
    Count(usize),
    /// One axis would never move.
    #[error("the touched points lie on a line")]
    OnALine,
    /// A finger was not on its mark, or the panel is broken there.
    #[error("expected every point within {} % of its mark, got one off by {off_by_percent} %", OFF_BY_MAX * 100.0)]
    OffTheMark {
        /// How far the worst one is, in percent of a side.
        off_by_percent: u32,
    },
    /// Not a map from a touch layer to its panel.
    #[error("expected six numbers between -10 and 10 that do not fold the panel into a line, got {0:?}")]
    Coefficients([f32; 6]),
}

impl Default for Calibration {
    fn default() -> Self {
        Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    }
}

impl Calibration {
    /// From its six numbers.
    ///
    /// # Errors
    /// [`CalibrationError::Coefficients`].
    pub fn new(numbers: [f32; 6]) -> Result<Self, CalibrationError> {
        let [a, b, _, d, e, _] = numbers;
        let in_bounds = numbers.iter().all(|number| number.abs() <= COEFFICIENT_MAX);
        let spread = f64::from((a * e - b * d).abs());
        if in_bounds && spread >= SPREAD_MIN { Ok(Self(numbers)) } else { Err(CalibrationError::Coefficients(numbers)) }
    }

    /// The six numbers.
    #[must_use]
    pub const fn numbers(self) -> [f32; 6] {
        self.0
    }

    /// The map that takes each touched point (first) nearest to its mark (second), by least squares.
    ///
    /// # Errors
    /// [`CalibrationError`]: too few or too many points, points on a line, or one far from where the others expect it.
    pub fn of_points(points: &[(Point, Point)]) -> Result<Self, CalibrationError> {
        if !POINTS.contains(&points.len()) {
            return Err(CalibrationError::Count(points.len()));
        }
        let rows = points.iter().map(|(touched, _)| [f64::from(touched.x), f64::from(touched.y), 1.0]);
        let rows: Vec<[f64; 3]> = rows.collect();
        let axis = |mark: fn(&Point) -> f32| {
            let marks: Vec<f64> = points.iter().map(|(_, point)| f64::from(mark(point))).collect();
            least_squares(&rows, &marks).ok_or(CalibrationError::OnALine)
        };
        let ([a, b, c], [d, e, f]) = (axis(|mark| mark.x)?, axis(|mark| mark.y)?);
        let calibration = Self::new([a, b, c, d, e, f].map(narrow))?;
        let off_by = calibration.off_by(points);
        if off_by > OFF_BY_MAX {
            return Err(CalibrationError::OffTheMark { off_by_percent: percent(off_by) });
        }
        Ok(calibration)
    }

    /// Where on the panel a touched place is.
    #[must_use]
    pub fn apply(self, touched: Point) -> Point {
        let ([a, b, c, d, e, f], Point { x, y }) = (self.0, touched);
        Point::new(a * x + b * y + c, d * x + e * y + f)
    }

    /// How far from its mark (second) the worst of the touched points (first) is, as a part of a side: the residual.
    #[must_use]
    pub fn off_by(self, points: &[(Point, Point)]) -> f64 {
        points.iter().map(|(touched, mark)| distance(self.apply(*touched), *mark)).fold(0.0, f64::max)
    }

    /// First `before`, then this: what replaces `before` when the places it gave were calibrated again.
    ///
    /// # Errors
    /// [`CalibrationError::Coefficients`] when both together are no map of a touch layer.
    pub fn after(self, before: Self) -> Result<Self, CalibrationError> {
        let ([a, b, c, d, e, f], [ba, bb, bc, bd, be, bf]) = (self.0, before.0);
        Self::new([
            a * ba + b * bd,
            a * bb + b * be,
            a * bc + b * bf + c,
            d * ba + e * bd,
            d * bb + e * be,
            d * bc + e * bf + f,
        ])
    }
}

/// The coefficients nearest to `rows · coefficients = marks`: the normal equations by Cramer's rule. `None` when the rows
/// span no plane.
fn least_squares(rows: &[[f64; 3]], marks: &[f64]) -> Option<[f64; 3]> {
    let mut matrix = [[0.0; 3]; 3];
    let mut right = [0.0; 3];
    for (row, mark) in rows.iter().zip(marks) {
        for i in 0..3 {
            for j in 0..3 {
                matrix[i][j] += row[i] * row[j];
            }
            right[i] += row[i] * mark;
        }
    }
    let whole = determinant(matrix);
    if whole.abs() < SPREAD_MIN {
        return None;
    }
    Some([0, 1, 2].map(|column| {
        let mut replaced = matrix;
        for (row, value) in replaced.iter_mut().zip(right) {
            row[column] = value;
        }
        determinant(replaced) / whole
    }))
}

fn determinant([a, b, c]: [[f64; 3]; 3]) -> f64 {
    a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
}

fn distance(one: Point, other: Point) -> f64 {
    f64::from((one.x - other.x).hypot(one.y - other.y))
}

#[expect(clippy::cast_possible_truncation, reason = "a hundred-thousandth of a panel is no pixel")]
const fn narrow(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a distance, rounded; it saturates")]
fn percent(part: f64) -> u32 {
    (part * 100.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: [Point; 5] =
        [Point::new(0.1, 0.1), Point::new(0.9, 0.1), Point::new(0.9, 0.9), Point::new(0.1, 0.9), Point::new(0.5, 0.5)];

    /// What a touch layer says that is mirrored in x, a little larger than the panel and mounted somewhat too low.
    fn layer(panel: Point) -> Point {
        Point::new(0.97 - 0.94 * panel.x, 0.05 + 0.9 * panel.y)
    }

    fn near(one: Point, other: Point) -> bool {
        distance(one, other) < 0.002
    }

    #[test]
    fn a_range_becomes_a_part_of_the_side() {
        let range = AxisRange { min: 100, max: 4_100 };
        assert_eq!([100, 2_100, 4_100].map(|value| range.part(value)), [0.0, 0.5, 1.0]);
        assert!(range.part(i32::MIN) < 0.0 && range.part(i32::MAX) > 1.0);
        assert!(AxisRange { min: 5, max: 5 }.part(9).abs() < f32::EPSILON);
    }

    #[test]
    fn three_to_five_points_calibrate_a_mirrored_and_shifted_layer() {
        for count in 3..=5 {
            let points: Vec<_> = MARKS[..count].iter().map(|mark| (layer(*mark), *mark)).collect();
            let calibration = Calibration::of_points(&points).unwrap();
            for place in [Point::new(0.0, 0.0), Point::new(0.3, 0.8), Point::new(1.0, 1.0)] {
                assert!(near(calibration.apply(layer(place)), place), "{count} points: {place:?}");
            }
        }
    }

    #[test]
    fn a_turned_layer_is_calibrated_as_well() {
        let turned = |panel: Point| Point::new(panel.y, 1.0 - panel.x);
        let points: Vec<_> = MARKS.iter().map(|mark| (turned(*mark), *mark)).collect();
        let calibration = Calibration::of_points(&points).unwrap();
        assert!(near(calibration.apply(turned(Point::new(0.2, 0.6))), Point::new(0.2, 0.6)));
    }

    #[test]
    fn points_that_say_nothing_are_refused() {
        let pairs = |count: usize| MARKS.iter().cycle().take(count).map(|mark| (*mark, *mark)).collect::<Vec<_>>();
        assert_eq!(Calibration::of_points(&pairs(2)), Err(CalibrationError::Count(2)));
        assert_eq!(Calibration::of_points(&pairs(6)), Err(CalibrationError::Count(6)));
        let line = [0.1, 0.5, 0.9].map(|at| (Point::new(at, at), Point::new(at, at)));
        assert_eq!(Calibration::of_points(&line), Err(CalibrationError::OnALine));
    }

    #[test]
    fn a_finger_beside_its_mark_is_refused_with_how_far() {
        let mut points: Vec<_> = MARKS.iter().map(|mark| (*mark, *mark)).collect();
        points[2].0 = Point::new(0.4, 0.9);
        let refused = Calibration::of_points(&points).unwrap_err();
        assert!(matches!(refused, CalibrationError::OffTheMark { off_by_percent: 6..=50 }), "{refused}");
    }

    #[test]
    fn a_second_calibration_is_put_on_top_of_the_first() {
        let first = Calibration::new([-1.0, 0.0, 1.0, 0.0, 1.0, 0.0]).unwrap();
        let second = Calibration::new([0.0, 1.0, 0.1, 1.0, 0.0, 0.0]).unwrap();
        let touched = Point::new(0.3, 0.6);
        assert!(near(second.after(first).unwrap().apply(touched), second.apply(first.apply(touched))));
    }

    #[test]
    fn numbers_that_fold_the_panel_are_refused() {
        for bad in [[0.0; 6], [1.0, 1.0, 0.0, 1.0, 1.0, 0.0], [f32::NAN; 6], [11.0, 0.0, 0.0, 0.0, 1.0, 0.0]] {
            assert!(Calibration::new(bad).is_err(), "{bad:?}");
        }
    }
}
