//! A sound card's headphone jack, as the kernel tells of it: an event node with one switch.

use std::fmt;
use std::sync::Arc;

use super::nodes::HEADPHONE_INSERT;
use super::pointer::RawEvent;

/// Event type of switches (linux/input-event-codes.h).
const EV_SW: u16 = 0x05;

/// What happened at the jack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Headphones {
    /// A plug was put in.
    PluggedIn,
    /// It was pulled out.
    PulledOut,
}

/// Takes an event of a jack's node. A jack tells of plugs for line and microphone as well, which are none of ours.
#[must_use]
pub fn headphones(event: RawEvent) -> Option<Headphones> {
    match event {
        RawEvent { kind: EV_SW, code: HEADPHONE_INSERT, value: 0 } => Some(Headphones::PulledOut),
        RawEvent { kind: EV_SW, code: HEADPHONE_INSERT, value: _ } => Some(Headphones::PluggedIn),
        RawEvent { .. } => None,
    }
}

/// Takes the switches of a jack's node that are on: a plug that was there before the node was opened.
#[must_use]
pub fn plugged_in(mut switches: impl Iterator<Item = u16>) -> Option<Headphones> {
    switches.any(|switch| switch == HEADPHONE_INSERT).then_some(Headphones::PluggedIn)
}

/// Who is told of the jack, in the event loop's thread.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(Headphones) + Send + Sync>);

impl Listener {
    /// `tell` is called for each plug, and never waits.
    pub fn new(tell: impl Fn(Headphones) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(super) fn tell(&self, headphones: Headphones) {
        (self.0)(headphones);
    }
}

impl Default for Listener {
    /// Nobody.
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plug, the end of the report, the switch of a microphone, the plug again.
    const EVENTS: &[(u16, u16, i32)] =
        &[(0x05, 0x02, 1), (0x00, 0x00, 0), (0x05, 0x04, 1), (0x00, 0x00, 0), (0x05, 0x02, 0), (0x00, 0x00, 0)];

    #[test]
    fn a_jack_tells_of_the_headphones_and_of_nothing_else() {
        let events = EVENTS.iter().map(|&(kind, code, value)| RawEvent { kind, code, value });
        let told: Vec<Headphones> = events.filter_map(headphones).collect();
        assert_eq!(told, [Headphones::PluggedIn, Headphones::PulledOut]);
    }

    #[test]
    fn a_plug_that_was_there_first_is_told_and_a_microphones_is_not() {
        assert_eq!(plugged_in([0x04, 0x02].into_iter()), Some(Headphones::PluggedIn));
        assert_eq!(plugged_in([0x04].into_iter()), None);
    }
}
