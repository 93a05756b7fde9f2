//! What an event node is, by what it can.

use super::pointer::Wire;

/// Keys a keyboard or a keypad has: from Escape to Delete in the kernel's numbers. Power and sleep buttons lie beyond.
const TYPING: std::ops::RangeInclusive<u16> = 1..=111;
/// Those for the volume, which a keypad with a jack may have on a node of their own.
const VOLUME: [u16; 2] = [114, 115];
const BTN_LEFT: u16 = 0x110;
const BTN_TOUCH: u16 = 0x14a;
/// `SW_HEADPHONE_INSERT`: the sound card's driver tells of its jack so.
pub const HEADPHONE_INSERT: u16 = 0x02;

/// What a node can.
#[derive(Debug, Clone, Default)]
pub struct Abilities {
    /// Codes of `EV_KEY`.
    pub keys: Vec<u16>,
    /// Codes of `EV_SW`.
    pub switches: Vec<u16>,
    /// It has `ABS_MT_SLOT` and both positions of a contact.
    pub slots: Present,
    /// It has `ABS_X` and `ABS_Y`.
    pub place: Present,
    /// It has `REL_X` and `REL_Y`.
    pub steps: Present,
}

/// Whether a node has something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Present {
    /// It has.
    Yes,
    /// It has not.
    #[default]
    No,
}

impl From<bool> for Present {
    fn from(is_there: bool) -> Self {
        if is_there { Self::Yes } else { Self::No }
    }
}

/// What is done with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It points.
    Points(Wire),
    /// It types.
    Types,
    /// It tells whether headphones are plugged in.
    Listens,
    /// It is left alone: a power button, a lid, a microphone jack.
    None,
}

/// What is done with a node of these abilities.
#[must_use]
pub fn role(abilities: &Abilities) -> Role {
    let has = |key: u16| abilities.keys.contains(&key);
    if abilities.slots == Present::Yes {
        return Role::Points(Wire::Slots);
    }
    if abilities.place == Present::Yes && has(BTN_TOUCH) {
        return Role::Points(Wire::Touch);
    }
    if abilities.place == Present::Yes && has(BTN_LEFT) {
        return Role::Points(Wire::Tablet);
    }
    if abilities.steps == Present::Yes && has(BTN_LEFT) {
        return Role::Points(Wire::Mouse);
    }
    if abilities.keys.iter().any(|key| TYPING.contains(key) || VOLUME.contains(key)) {
        return Role::Types;
    }
    if abilities.switches.contains(&HEADPHONE_INSERT) { Role::Listens } else { Role::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_what_it_can() {
        let yes = Present::Yes;
        let keys = |keys: &[u16]| Abilities { keys: keys.to_vec(), ..Abilities::default() };
        for (abilities, expected) in [
            (Abilities { slots: yes, place: yes, ..keys(&[BTN_TOUCH]) }, Role::Points(Wire::Slots)),
            (Abilities { place: yes, ..keys(&[BTN_TOUCH]) }, Role::Points(Wire::Touch)),
            (Abilities { place: yes, ..keys(&[BTN_LEFT, 0x111]) }, Role::Points(Wire::Tablet)),
            (Abilities { steps: yes, ..keys(&[BTN_LEFT]) }, Role::Points(Wire::Mouse)),
            (keys(&[30, 28, 116]), Role::Types),
            (keys(&[79, 80]), Role::Types),
            (keys(&[113, 114, 115]), Role::Types),
            (keys(&[116]), Role::None),
            (keys(&[]), Role::None),
            (Abilities { place: yes, ..keys(&[0x130]) }, Role::None),
            (Abilities { switches: vec![HEADPHONE_INSERT], ..keys(&[]) }, Role::Listens),
            (Abilities { switches: vec![0x04], ..keys(&[]) }, Role::None),
            (Abilities { switches: vec![HEADPHONE_INSERT], ..keys(&[28]) }, Role::Types),
        ] {
            assert_eq!(role(&abilities), expected, "{abilities:?}");
        }
    }
}
