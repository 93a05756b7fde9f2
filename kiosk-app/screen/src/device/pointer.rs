//! Event nodes of touch panels and mice → one finger.
//!
//! Kernel documentation, *Multi-touch (MT) Protocol* (type B, slots) and *Linux Input Subsystem: Event codes*; the numbers
//! are those of linux/input-event-codes.h.

use super::calibration::AxisRange;
use super::geometry::Point;

/// Fingers that are told apart; those of further slots are not there.
const SLOTS_MAX: usize = 16;

/// Event types.
const EV_SYN: u16 = 0x00;
const EV_KEY: u16 = 0x01;
const EV_REL: u16 = 0x02;
const EV_ABS: u16 = 0x03;
const SYN_REPORT: u16 = 0;
const SYN_DROPPED: u16 = 3;
const REL_X: u16 = 0x00;
const REL_Y: u16 = 0x01;
const ABS_X: u16 = 0x00;
const ABS_Y: u16 = 0x01;
const ABS_MT_SLOT: u16 = 0x2f;
const ABS_MT_POSITION_X: u16 = 0x35;
const ABS_MT_POSITION_Y: u16 = 0x36;
const ABS_MT_TRACKING_ID: u16 = 0x39;
const BTN_LEFT: u16 = 0x110;
const BTN_TOUCH: u16 = 0x14a;

/// One event of an event node: `struct input_event` without its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawEvent {
    /// `EV_…`.
    pub kind: u16,
    /// Of this type.
    pub code: u16,
    /// A position, a step, or 1 and 0 for pressed and let go.
    pub value: i32,
}

/// How a node tells where the finger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Many fingers, in slots.
    Slots,
    /// One finger or pen, pressed by `BTN_TOUCH`.
    Touch,
    /// A mouse that knows its place, as virtual machines have: pressed by `BTN_LEFT`.
    Tablet,
    /// A mouse that tells steps.
    Mouse,
}

/// The ranges of both axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranges {
    /// Of `ABS_MT_POSITION_X` or `ABS_X`.
    pub x: AxisRange,
    /// Of `ABS_MT_POSITION_Y` or `ABS_Y`.
    pub y: AxisRange,
}

/// What the one finger does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Motion {
    /// It is here on the touch layer, as a part of each side, not calibrated.
    At(Point),
    /// It went so many pixels of the picture.
    Step {
        /// To the right.
        x: i32,
        /// Down.
        y: i32,
    },
    /// It presses.
    Press,
    /// It lets go.
    Release,
    /// It is nowhere.
    Leave,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    x: i32,
    y: i32,
    /// The contact, while there is one.
    tracking: Option<i32>,
    /// It began in this report.
    begun: bool,
}

/// The fingers of one node, of which one counts: the first that came. Another counts once it has come after that one left.
#[derive(Debug)]
pub struct Pointer {
    wire: Wire,
    ranges: Ranges,
    slots: [Slot; SLOTS_MAX],
    current: Option<usize>,
    /// The slot and the contact that count.
    owner: Option<(usize, i32)>,
    last: Option<(i32, i32)>,
    step: (i32, i32),
    pressed: bool,
    wants_press: bool,
    dropped: bool,
}

impl Pointer {
    /// A node whose finger was last at `x`, `y`: the kernel repeats no value that has not changed.
    #[must_use]
    pub fn new(wire: Wire, ranges: Ranges, (x, y): (i32, i32)) -> Self {
        let slots = [Slot { x, y, tracking: None, begun: false }; SLOTS_MAX];
        Self {
            wire,
            ranges,
            slots,
            current: Some(0),
            owner: None,
            last: None,
            step: (0, 0),
            pressed: false,
            wants_press: false,
            dropped: false,
        }
    }

    /// Takes one event; what the finger did is told at the end of a report.
    pub fn take(&mut self, event: RawEvent) -> Vec<Motion> {
        match (event.kind, event.code) {
            (EV_SYN, SYN_DROPPED) => self.dropped = true,
            (EV_SYN, SYN_REPORT) if self.dropped => return self.recover(),
            (EV_SYN, SYN_REPORT) => return self.report(),
            _ if self.dropped => {}
            (kind, code) => match self.wire {
                Wire::Slots if kind == EV_ABS => self.slot_event(code, event.value),
                Wire::Touch => self.single_event(kind, code, event.value, BTN_TOUCH),
                Wire::Tablet => self.single_event(kind, code, event.value, BTN_LEFT),
                Wire::Mouse => self.step_event(kind, code, event.value),
                Wire::Slots => {}
            },
        }
        Vec::new()
    }

    /// Whatever is pressed is let go: the node is gone, or some of its events are lost.
    pub fn recover(&mut self) -> Vec<Motion> {
        self.dropped = false;
        self.owner = None;
        self.step = (0, 0);
        self.wants_press = false;
        for slot in &mut self.slots {
            (slot.tracking, slot.begun) = (None, false);
        }
        self.let_go()
    }

    fn slot_event(&mut self, code: u16, value: i32) {
        if code == ABS_MT_SLOT {
            self.current = usize::try_from(value).ok().filter(|slot| *slot < SLOTS_MAX);
            return;
        }
        let Some(slot) = self.current.and_then(|slot| self.slots.get_mut(slot)) else { return };
        match code {
            ABS_MT_POSITION_X => slot.x = value,
            ABS_MT_POSITION_Y => slot.y = value,
            ABS_MT_TRACKING_ID if value < 0 => slot.tracking = None,
            ABS_MT_TRACKING_ID => (slot.tracking, slot.begun) = (Some(value), true),
            _ => {}
        }
    }

    fn single_event(&mut self, kind: u16, code: u16, value: i32, button: u16) {
        let [slot, ..] = &mut self.slots;
        match (kind, code) {
            (EV_ABS, ABS_X) => slot.x = value,
            (EV_ABS, ABS_Y) => slot.y = value,
            (EV_KEY, code) if code == button => self.wants_press = value != 0,
            _ => {}
        }
    }

    fn step_event(&mut self, kind: u16, code: u16, value: i32) {
        match (kind, code) {
            (EV_REL, REL_X) => self.step.0 = self.step.0.saturating_add(value),
            (EV_REL, REL_Y) => self.step.1 = self.step.1.saturating_add(value),
            (EV_KEY, BTN_LEFT) => self.wants_press = value != 0,
            _ => {}
        }
    }

    fn report(&mut self) -> Vec<Motion> {
        match self.wire {
            Wire::Slots => self.slots_report(),
            Wire::Touch | Wire::Tablet => self.single_report(),
            Wire::Mouse => self.mouse_report(),
        }
    }

    fn slots_report(&mut self) -> Vec<Motion> {
        let mut motions = Vec::new();
        let is_there = |&(slot, contact): &(usize, i32)| self.slots[slot].tracking == Some(contact);
        if self.owner.is_some() && self.owner.as_ref().is_none_or(|owner| !is_there(owner)) {
            self.owner = None;
            motions.extend(self.let_go());
        }
        if self.owner.is_none() {
            let begun = self.slots.iter().enumerate().filter(|(_, slot)| slot.begun);
            self.owner = begun.filter_map(|(index, slot)| Some((index, slot.tracking?))).next();
        }
        if let Some((slot, _)) = self.owner {
            motions.extend(self.moved_to(slot));
            motions.extend(self.press());
        }
        for slot in &mut self.slots {
            slot.begun = false;
        }
        motions
    }

    fn single_report(&mut self) -> Vec<Motion> {
        let is_here = self.wire == Wire::Tablet || self.wants_press || self.pressed;
        let mut motions: Vec<Motion> = if is_here { self.moved_to(0).into_iter().collect() } else { Vec::new() };
        match (self.wants_press, self.pressed) {
            (true, false) => motions.extend(self.press()),
            (false, true) if self.wire == Wire::Touch => motions.extend(self.let_go()),
            (false, true) => motions.extend(self.release()),
            (true, true) | (false, false) => {}
        }
        motions
    }

    fn mouse_report(&mut self) -> Vec<Motion> {
        let (x, y) = std::mem::take(&mut self.step);
        let mut motions = if (x, y) == (0, 0) { Vec::new() } else { vec![Motion::Step { x, y }] };
        match (self.wants_press, self.pressed) {
            (true, false) => motions.extend(self.press()),
            (false, true) => motions.extend(self.release()),
            (true, true) | (false, false) => {}
        }
        motions
    }

    fn moved_to(&mut self, slot: usize) -> Option<Motion> {
        let Slot { x, y, .. } = self.slots[slot];
        let point = Point::new(self.ranges.x.part(x), self.ranges.y.part(y));
        (self.last.replace((x, y)) != Some((x, y))).then_some(Motion::At(point))
    }

    fn press(&mut self) -> Option<Motion> {
        (!std::mem::replace(&mut self.pressed, true)).then_some(Motion::Press)
    }

    fn release(&mut self) -> Option<Motion> {
        std::mem::replace(&mut self.pressed, false).then_some(Motion::Release)
    }

    /// A finger that leaves the glass is nowhere.
    fn let_go(&mut self) -> Vec<Motion> {
        self.last = None;
        if self.release().is_some() { vec![Motion::Release, Motion::Leave] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGES: Ranges = Ranges { x: AxisRange { min: 0, max: 1_000 }, y: AxisRange { min: 0, max: 100 } };
    const X: u16 = ABS_MT_POSITION_X;
    const Y: u16 = ABS_MT_POSITION_Y;
    const SLOT: u16 = ABS_MT_SLOT;
    const ID: u16 = ABS_MT_TRACKING_ID;

    fn pointer(wire: Wire) -> Pointer {
        Pointer::new(wire, RANGES, (0, 0))
    }

    fn report(pointer: &mut Pointer, events: &[(u16, u16, i32)]) -> Vec<Motion> {
        let silent = events.iter().flat_map(|&(kind, code, value)| pointer.take(RawEvent { kind, code, value }));
        assert_eq!(silent.collect::<Vec<_>>(), [], "something was told before the end of the report");
        pointer.take(RawEvent { kind: EV_SYN, code: SYN_REPORT, value: 0 })
    }

    fn abs(pointer: &mut Pointer, events: &[(u16, i32)]) -> Vec<Motion> {
        let events: Vec<_> = events.iter().map(|&(code, value)| (EV_ABS, code, value)).collect();
        report(pointer, &events)
    }

    const fn at(x: f32, y: f32) -> Motion {
        Motion::At(Point::new(x, y))
    }

    #[test]
    fn a_finger_presses_moves_and_leaves() {
        let mut pointer = pointer(Wire::Slots);
        assert_eq!(abs(&mut pointer, &[(SLOT, 0), (ID, 7), (X, 500), (Y, 50)]), [at(0.5, 0.5), Motion::Press]);
        assert_eq!(abs(&mut pointer, &[(X, 600)]), [at(0.6, 0.5)]);
        assert_eq!(abs(&mut pointer, &[]), []);
        assert_eq!(abs(&mut pointer, &[(ID, -1)]), [Motion::Release, Motion::Leave]);
    }

    #[test]
    fn a_finger_that_comes_back_to_the_same_place_is_there() {
        let mut pointer = pointer(Wire::Slots);
        abs(&mut pointer, &[(ID, 7), (X, 500), (Y, 50)]);
        abs(&mut pointer, &[(ID, -1)]);
        // The kernel repeats no coordinate that is as it was in that slot.
        assert_eq!(abs(&mut pointer, &[(ID, 8)]), [at(0.5, 0.5), Motion::Press]);
    }

    #[test]
    fn a_place_from_before_the_node_was_opened_is_known() {
        let mut pointer = Pointer::new(Wire::Slots, RANGES, (250, 75));
        assert_eq!(abs(&mut pointer, &[(ID, 1)]), [at(0.25, 0.75), Motion::Press]);
    }

    #[test]
    fn a_second_finger_and_a_palm_do_nothing() {
        let mut pointer = pointer(Wire::Slots);
        abs(&mut pointer, &[(SLOT, 0), (ID, 1), (X, 100), (Y, 10)]);
        assert_eq!(abs(&mut pointer, &[(SLOT, 1), (ID, 2), (X, 900), (Y, 90)]), []);
        assert_eq!(abs(&mut pointer, &[(X, 800)]), []);
        // The first one leaves; the second, which was there before, is not taken for a new one.
        assert_eq!(abs(&mut pointer, &[(SLOT, 0), (ID, -1)]), [Motion::Release, Motion::Leave]);
        assert_eq!(abs(&mut pointer, &[(SLOT, 1), (X, 700)]), []);
        assert_eq!(abs(&mut pointer, &[(SLOT, 0), (ID, 3)]), [at(0.1, 0.1), Motion::Press]);
    }

    #[test]
    fn a_finger_replaced_in_its_slot_is_another_press() {
        let mut pointer = pointer(Wire::Slots);
        abs(&mut pointer, &[(ID, 1), (X, 100), (Y, 10)]);
        let motions = abs(&mut pointer, &[(ID, 2), (X, 900)]);
        assert_eq!(motions, [Motion::Release, Motion::Leave, at(0.9, 0.1), Motion::Press]);
    }

    #[test]
    fn slots_beyond_those_told_apart_are_not_there() {
        let mut pointer = pointer(Wire::Slots);
        assert_eq!(abs(&mut pointer, &[(SLOT, 16), (ID, 1), (X, 100), (Y, 10)]), []);
        assert_eq!(abs(&mut pointer, &[(SLOT, -1), (ID, 2), (X, 100)]), []);
        assert_eq!(abs(&mut pointer, &[(SLOT, 15), (ID, 3), (X, 500), (Y, 50)]), [at(0.5, 0.5), Motion::Press]);
    }

    #[test]
    fn after_lost_events_nothing_stays_pressed() {
        let mut pointer = pointer(Wire::Slots);
        abs(&mut pointer, &[(ID, 1), (X, 100), (Y, 10)]);
        let motions = report(&mut pointer, &[(EV_SYN, SYN_DROPPED, 0), (EV_ABS, X, 900)]);
        assert_eq!(motions, [Motion::Release, Motion::Leave]);
        assert_eq!(abs(&mut pointer, &[(ID, 2)]), [at(0.1, 0.1), Motion::Press]);
    }

    #[test]
    fn a_single_touch_panel_presses_by_its_button() {
        let mut pointer = pointer(Wire::Touch);
        let down = report(&mut pointer, &[(EV_ABS, ABS_X, 500), (EV_ABS, ABS_Y, 50), (EV_KEY, BTN_TOUCH, 1)]);
        assert_eq!(down, [at(0.5, 0.5), Motion::Press]);
        assert_eq!(report(&mut pointer, &[(EV_ABS, ABS_Y, 60)]), [at(0.5, 0.6)]);
        assert_eq!(report(&mut pointer, &[(EV_KEY, BTN_TOUCH, 0)]), [Motion::Release, Motion::Leave]);
        assert_eq!(report(&mut pointer, &[(EV_ABS, ABS_X, 100)]), [], "a pen that hovers touches nothing");
    }

    #[test]
    fn a_tablet_points_before_it_presses() {
        let mut pointer = pointer(Wire::Tablet);
        assert_eq!(report(&mut pointer, &[(EV_ABS, ABS_X, 500), (EV_ABS, ABS_Y, 50)]), [at(0.5, 0.5)]);
        assert_eq!(report(&mut pointer, &[(EV_KEY, BTN_LEFT, 1)]), [Motion::Press]);
        assert_eq!(report(&mut pointer, &[(EV_KEY, BTN_LEFT, 0)]), [Motion::Release]);
    }

    #[test]
    fn a_mouse_steps() {
        let mut pointer = pointer(Wire::Mouse);
        assert_eq!(report(&mut pointer, &[(EV_REL, REL_X, 3), (EV_REL, REL_Y, -4)]), [Motion::Step { x: 3, y: -4 }]);
        assert_eq!(report(&mut pointer, &[(EV_KEY, BTN_LEFT, 1)]), [Motion::Press]);
        assert_eq!(report(&mut pointer, &[(EV_KEY, BTN_LEFT, 0)]), [Motion::Release]);
        assert_eq!(report(&mut pointer, &[]), []);
    }

    #[test]
    fn a_node_that_is_gone_lets_go_of_what_it_pressed() {
        for (wire, down) in [
            (Wire::Slots, vec![(EV_ABS, ID, 1), (EV_ABS, X, 1), (EV_ABS, Y, 1)]),
            (Wire::Touch, vec![(EV_ABS, ABS_X, 1), (EV_KEY, BTN_TOUCH, 1)]),
            (Wire::Mouse, vec![(EV_KEY, BTN_LEFT, 1)]),
        ] {
            let mut pointer = pointer(wire);
            assert!(report(&mut pointer, &down).contains(&Motion::Press), "{wire:?}");
            assert_eq!(pointer.recover(), [Motion::Release, Motion::Leave], "{wire:?}");
            assert_eq!(pointer.recover(), [], "{wire:?}");
        }
    }
}
