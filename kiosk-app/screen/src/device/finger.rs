//! What touch panels and mice do → what Slint is told: one finger, whatever it is.

use slint::platform::{PointerEventButton, WindowEvent};
use slint::{LogicalPosition, PhysicalSize};

use super::calibration::Calibration;
use super::geometry::{Point, Rotation, Size};
use super::pointer::Motion;
use super::schedule::Touched;

/// How the touch layer, the panel and the picture lie on each other.
#[derive(Debug, Clone, Copy)]
pub struct Glass {
    /// Layer to panel.
    pub calibration: Calibration,
    /// Panel to picture.
    pub rotation: Rotation,
    /// Of the picture, in pixels.
    pub view: Size,
    /// Pixels for a unit of the design.
    pub scale: f32,
}

/// Names one event node.
pub type NodeId = u64;

/// The one finger of the screen.
#[derive(Debug, Default)]
pub struct Finger {
    /// The node that presses; others press nothing meanwhile.
    presses: Option<NodeId>,
    /// The press woke the panel and is told to nobody.
    is_swallowed: bool,
    /// In pixels of the picture.
    at: Option<Point>,
}

impl Finger {
    /// Takes what `node` did. `wakes` is asked at each press.
    pub fn take(
        &mut self,
        node: NodeId,
        motion: Motion,
        glass: Glass,
        wakes: impl FnOnce() -> Touched,
    ) -> Option<WindowEvent> {
        if self.presses.is_some_and(|pressing| pressing != node) {
            return None;
        }
        match motion {
            Motion::At(point) => self.moves(glass.on_view(point), glass),
            Motion::Step { x, y } => self.moves(self.stepped(x, y, glass.view), glass),
            Motion::Press => {
                self.presses = Some(node);
                self.is_swallowed = wakes() == Touched::Wakes;
                self.told(glass, |position| WindowEvent::PointerPressed { position, button: PointerEventButton::Left })
            }
            Motion::Release => {
                self.presses = None;
                let told = |position| WindowEvent::PointerReleased { position, button: PointerEventButton::Left };
                let event = self.told(glass, told);
                self.is_swallowed = false;
                event
            }
            Motion::Leave => Some(WindowEvent::PointerExited),
        }
    }

    fn moves(&mut self, to: Point, glass: Glass) -> Option<WindowEvent> {
        self.at = Some(to);
        self.told(glass, |position| WindowEvent::PointerMoved { position })
    }

    #[expect(clippy::cast_precision_loss, reason = "a mouse steps a few hundred pixels")]
    fn stepped(&self, x: i32, y: i32, view: Size) -> Point {
        let (width, height) = sides(view);
        let from = self.at.unwrap_or(Point::new(width / 2.0, height / 2.0));
        within(Point::new(from.x + x as f32, from.y + y as f32), width, height)
    }

    fn told(&self, glass: Glass, event: impl FnOnce(LogicalPosition) -> WindowEvent) -> Option<WindowEvent> {
        let Point { x, y } = self.at.filter(|_| !self.is_swallowed)?;
        Some(event(LogicalPosition::new(x / glass.scale, y / glass.scale)))
    }
}

impl Glass {
    /// Where in the picture, in pixels, a place of the touch layer is. Beside the panel is at its edge.
    #[must_use]
    pub fn on_view(self, touched: Point) -> Point {
        let part = self.rotation.part_of_view(self.calibration.apply(touched));
        let (width, height) = sides(self.view);
        within(Point::new(part.x * width, part.y * height), width, height)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a panel has a few thousand pixels a side")]
const fn sides(view: Size) -> (f32, f32) {
    (view.width as f32, view.height as f32)
}

/// Half a pixel inside the last one, so that the edge still belongs to what is drawn there.
fn within(point: Point, width: f32, height: f32) -> Point {
    Point::new(point.x.clamp(0.0, (width - 0.5).max(0.0)), point.y.clamp(0.0, (height - 0.5).max(0.0)))
}

/// A size as Slint has it.
#[must_use]
pub const fn physical(size: Size) -> PhysicalSize {
    PhysicalSize { width: size.width, height: size.height }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANEL: NodeId = 1;
    const MOUSE: NodeId = 2;

    fn glass(rotation: Rotation) -> Glass {
        Glass { calibration: Calibration::default(), rotation, view: rotation.view(Size::new(200, 100)), scale: 2.0 }
    }

    fn told(finger: &mut Finger, node: NodeId, motions: &[Motion], glass: Glass, wakes: Touched) -> Vec<String> {
        let events = motions.iter().filter_map(|motion| finger.take(node, *motion, glass, || wakes));
        events.map(|event| spoken(&event)).collect()
    }

    fn spoken(event: &WindowEvent) -> String {
        let place = |name: &str, position: &LogicalPosition| format!("{name} {} {}", position.x, position.y);
        if let WindowEvent::PointerMoved { position } = event {
            return place("moved", position);
        }
        if let WindowEvent::PointerPressed { position, .. } = event {
            return place("pressed", position);
        }
        if let WindowEvent::PointerReleased { position, .. } = event {
            return place("released", position);
        }
        format!("{event:?}")
    }

    const TAP: [Motion; 4] = [Motion::At(Point::new(0.25, 0.5)), Motion::Press, Motion::Release, Motion::Leave];

    #[test]
    fn a_tap_is_told_in_units_of_the_design_at_every_angle() {
        for (rotation, place) in [
            (Rotation::Upright, "25 25"),
            (Rotation::Right, "25 75"),
            (Rotation::Down, "75 25"),
            (Rotation::Left, "25 25"),
        ] {
            let events = told(&mut Finger::default(), PANEL, &TAP, glass(rotation), Touched::Passes);
            let expected = [format!("moved {place}"), format!("pressed {place}"), format!("released {place}")];
            assert_eq!(events[..3], expected, "{rotation:?}");
            assert_eq!(events[3], "PointerExited");
        }
    }

    #[test]
    fn a_calibration_comes_before_the_rotation() {
        let mirrored = Calibration::new([-1.0, 0.0, 1.0, 0.0, 1.0, 0.0]).unwrap();
        let glass = Glass { calibration: mirrored, ..glass(Rotation::Right) };
        let touched = glass.on_view(Point::new(0.25, 0.5));
        assert_eq!(touched, Point::new(50.0, 50.0));
    }

    #[test]
    fn a_tap_that_wakes_the_panel_presses_nothing_and_the_next_one_does() {
        let mut finger = Finger::default();
        let first = told(&mut finger, PANEL, &TAP[1..], glass(Rotation::Upright), Touched::Wakes);
        assert_eq!(first, ["PointerExited"]);
        let second = told(&mut finger, PANEL, &TAP, glass(Rotation::Upright), Touched::Passes);
        assert!(second.iter().any(|event| event.starts_with("pressed")), "{second:?}");
    }

    #[test]
    fn while_one_node_presses_no_other_does_anything() {
        let mut finger = Finger::default();
        told(&mut finger, PANEL, &TAP[..2], glass(Rotation::Upright), Touched::Passes);
        let other = told(&mut finger, MOUSE, &TAP, glass(Rotation::Upright), Touched::Passes);
        assert_eq!(other, Vec::<String>::new());
        assert_eq!(told(&mut finger, PANEL, &TAP[2..], glass(Rotation::Upright), Touched::Passes).len(), 2);
    }

    #[test]
    fn a_mouse_steps_from_the_middle_and_stays_inside() {
        let mut finger = Finger::default();
        let steps = [Motion::Step { x: 10, y: -10 }, Motion::Step { x: 9_999, y: -9_999 }];
        let events = told(&mut finger, MOUSE, &steps, glass(Rotation::Upright), Touched::Passes);
        assert_eq!(events, ["moved 55 20", "moved 99.75 0"]);
    }

    #[test]
    fn a_touch_beside_the_panel_is_at_its_edge() {
        let glass = glass(Rotation::Upright);
        assert_eq!(glass.on_view(Point::new(-0.1, 1.2)), Point::new(0.0, 99.5));
    }
}
