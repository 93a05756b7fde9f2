//! Pixels, rectangles, and the angle at which the picture lies on the panel.
//!
//! *Panel* coordinates are those of the glass and of the kernel's framebuffer, *view* coordinates those of the picture that
//! Slint draws. Both begin at the upper left, x to the right, y down.

use std::str::FromStr;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Size {
    /// `width` x `height` pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Of all of it.
    #[must_use]
    pub const fn whole(self) -> Rect {
        Rect { x: 0, y: 0, width: self.width, height: self.height }
    }
}

/// Some pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// The leftmost pixel.
    pub x: u32,
    /// The uppermost pixel.
    pub y: u32,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Rect {
    /// `width` x `height` pixels from `x`, `y`, which may lie outside, as far as they are within `bounds`. `None` when no
    /// pixel is.
    #[must_use]
    pub fn clipped(x: i32, y: i32, size: Size, bounds: Size) -> Option<Self> {
        let (left, right) = span(x, size.width, bounds.width);
        let (top, bottom) = span(y, size.height, bounds.height);
        (left < right && top < bottom).then_some(Self { x: left, y: top, width: right - left, height: bottom - top })
    }

    /// The smallest rectangle that holds both.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self { x, y, width: right - x, height: bottom - y }
    }

    /// How many pixels.
    #[must_use]
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

fn span(from: i32, length: u32, bound: u32) -> (u32, u32) {
    let clamp = |at: i64| u32::try_from(at.clamp(0, i64::from(bound))).unwrap_or(0);
    (clamp(i64::from(from)), clamp(i64::from(from) + i64::from(length)))
}

/// A place on the glass or in the picture, in pixels or as a part of a side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

impl Point {
    /// At `x`, `y`.
    #[must_use]
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }
}

/// How far the picture is turned on the panel, clockwise. Written `0`, `90`, `180` or `270`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rotation {
    /// Not at all.
    #[default]
    Upright,
    /// 90 degrees: the picture's top is at the panel's right.
    Right,
    /// 180 degrees.
    Down,
    /// 270 degrees: the picture's top is at the panel's left.
    Left,
}

/// An angle that is none of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 0, 90, 180 or 270 degrees, got {degrees}")]
pub struct InvalidRotation {
    degrees: i64,
}

impl Rotation {
    /// From degrees clockwise.
    ///
    /// # Errors
    /// [`InvalidRotation`] for other than 0, 90, 180 and 270.
    pub const fn from_degrees(degrees: i64) -> Result<Self, InvalidRotation> {
        match degrees {
            0 => Ok(Self::Upright),
            90 => Ok(Self::Right),
            180 => Ok(Self::Down),
            270 => Ok(Self::Left),
            _ => Err(InvalidRotation { degrees }),
        }
    }

    /// How large the picture on a panel is.
    #[must_use]
    pub const fn view(self, panel: Size) -> Size {
        match self {
            Self::Upright | Self::Down => panel,
            Self::Right | Self::Left => Size::new(panel.height, panel.width),
        }
    }

    /// Where on the panel a rectangle of the picture is.
    #[must_use]
    pub const fn rect_on_panel(self, view: Rect, panel: Size) -> Rect {
        let Rect { x, y, width, height } = view;
        match self {
            Self::Upright => view,
            Self::Right => Rect { x: panel.width - y - height, y: x, width: height, height: width },
            Self::Down => Rect { x: panel.width - x - width, y: panel.height - y - height, width, height },
            Self::Left => Rect { x: y, y: panel.height - x - width, width: height, height: width },
        }
    }

    /// Where in the picture a place of the panel is, both as parts of a side, 0 to 1.
    #[must_use]
    pub fn part_of_view(self, panel: Point) -> Point {
        match self {
            Self::Upright => panel,
            Self::Right => Point::new(panel.y, 1.0 - panel.x),
            Self::Down => Point::new(1.0 - panel.x, 1.0 - panel.y),
            Self::Left => Point::new(1.0 - panel.y, panel.x),
        }
    }

    /// Where on the panel a place of the picture is, both as parts of a side, 0 to 1.
    #[must_use]
    pub fn part_of_panel(self, view: Point) -> Point {
        match self {
            Self::Upright => view,
            Self::Right => Point::new(1.0 - view.y, view.x),
            Self::Down => Point::new(1.0 - view.x, 1.0 - view.y),
            Self::Left => Point::new(view.y, 1.0 - view.x),
        }
    }
}

impl FromStr for Rotation {
    type Err = InvalidRotation;

    fn from_str(text: &str) -> Result<Self, InvalidRotation> {
        text.parse().map_or(Err(InvalidRotation { degrees: -1 }), Self::from_degrees)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANEL: Size = Size::new(1920, 1080);
    const ALL: [Rotation; 4] = [Rotation::Upright, Rotation::Right, Rotation::Down, Rotation::Left];

    #[test]
    fn the_pictures_upper_left_corner_turns_clockwise_around_the_panel() {
        let corner = |rotation: Rotation| {
            let rect = rotation.rect_on_panel(Rect { x: 0, y: 0, width: 10, height: 4 }, PANEL);
            (rect.x, rect.y, rect.width, rect.height)
        };
        assert_eq!(ALL.map(corner), [(0, 0, 10, 4), (1916, 0, 4, 10), (1910, 1076, 10, 4), (0, 1070, 4, 10)]);
    }

    #[test]
    fn a_touch_on_a_drawn_rectangle_lands_in_it_at_every_angle() {
        let drawn = Rect { x: 120, y: 300, width: 40, height: 8 };
        for rotation in ALL {
            let (view, shown) = (rotation.view(PANEL), rotation.rect_on_panel(drawn, PANEL));
            let middle = Point::new(
                (shown.x as f32 + shown.width as f32 / 2.0) / PANEL.width as f32,
                (shown.y as f32 + shown.height as f32 / 2.0) / PANEL.height as f32,
            );
            let touched = rotation.part_of_view(middle);
            let (x, y) = (touched.x * view.width as f32, touched.y * view.height as f32);
            assert!((x - 140.0).abs() < 0.1 && (y - 304.0).abs() < 0.1, "{rotation:?}: {x} {y}");
        }
    }

    #[test]
    fn the_way_to_the_panel_and_back_ends_where_it_began() {
        let view = Point::new(0.25, 0.75);
        for rotation in ALL {
            assert_eq!(rotation.part_of_view(rotation.part_of_panel(view)), view, "{rotation:?}");
        }
    }

    #[test]
    fn a_rectangle_is_cut_at_the_edges_and_gone_outside() {
        let cut = |x, y| Rect::clipped(x, y, Size::new(10, 10), Size::new(100, 50));
        assert_eq!(cut(-5, 45), Some(Rect { x: 0, y: 45, width: 5, height: 5 }));
        assert_eq!([cut(-10, 0), cut(100, 0), cut(0, 50)], [None; 3]);
    }

    #[test]
    fn an_angle_is_one_of_four() {
        assert_eq!(["0", "90", "180", "270"].map(|text| text.parse().ok()), ALL.map(Some));
        assert_eq!(Rotation::from_degrees(45).unwrap_err().to_string(), "expected 0, 90, 180 or 270 degrees, got 45");
        assert!("right".parse::<Rotation>().is_err());
    }
}
