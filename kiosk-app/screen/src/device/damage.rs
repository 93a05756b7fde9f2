//! Which rectangles of the panel a frame changes.

use super::geometry::{Rect, Rotation, Size};

/// Most rectangles that are handed to the kernel one by one; more become one around them all. Slint tells at most three a
/// frame, and two frames come together where there are two buffers.
pub const CLIPS_MAX: usize = 8;

/// Rectangles of the picture as rectangles of the panel.
#[must_use]
pub fn on_panel(view: &[Rect], rotation: Rotation, panel: Size) -> Vec<Rect> {
    bounded(view.iter().map(|rect| rotation.rect_on_panel(*rect, panel)).collect())
}

fn bounded(rects: Vec<Rect>) -> Vec<Rect> {
    if rects.len() <= CLIPS_MAX {
        return rects;
    }
    rects.into_iter().reduce(Rect::around).into_iter().collect()
}

/// What each of two buffers lacks of what is on screen.
#[derive(Debug)]
pub struct Damage {
    missing: [Vec<Rect>; 2],
}

impl Damage {
    /// Two buffers that have nothing of a panel of `size`.
    #[must_use]
    pub fn whole(size: Size) -> Self {
        Self { missing: [vec![size.whole()], vec![size.whole()]] }
    }

    /// Both buffers lack these.
    pub fn add(&mut self, rects: &[Rect]) {
        for missing in &mut self.missing {
            missing.extend(rects);
            *missing = bounded(std::mem::take(missing));
        }
    }

    /// What buffer 0 or 1 lacks; it is then complete.
    pub fn take(&mut self, buffer: usize) -> Vec<Rect> {
        self.missing.get_mut(buffer).map(std::mem::take).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANEL: Size = Size::new(100, 50);

    const fn rect(x: u32, y: u32) -> Rect {
        Rect { x, y, width: 2, height: 3 }
    }

    #[test]
    fn a_turned_picture_changes_turned_rectangles() {
        let shown = on_panel(&[rect(0, 0)], Rotation::Right, PANEL);
        assert_eq!(shown, [Rect { x: 97, y: 0, width: 3, height: 2 }]);
    }

    #[test]
    fn many_rectangles_become_one_around_them() {
        let many: Vec<Rect> = (0..9).map(|at| rect(at * 10, at * 5)).collect();
        assert_eq!(on_panel(&many[..8], Rotation::Upright, PANEL).len(), 8);
        assert_eq!(on_panel(&many, Rotation::Upright, PANEL), [Rect { x: 0, y: 0, width: 82, height: 43 }]);
    }

    #[test]
    fn a_buffer_gets_what_was_drawn_while_the_other_was_shown() {
        let mut damage = Damage::whole(PANEL);
        assert_eq!([damage.take(0), damage.take(1)], [vec![PANEL.whole()], vec![PANEL.whole()]]);
        damage.add(&[rect(1, 1)]);
        assert_eq!(damage.take(0), [rect(1, 1)]);
        damage.add(&[rect(9, 9)]);
        assert_eq!(damage.take(1), [rect(1, 1), rect(9, 9)]);
        assert_eq!(damage.take(0), [rect(9, 9)]);
        assert_eq!(damage.take(0), []);
    }
}
