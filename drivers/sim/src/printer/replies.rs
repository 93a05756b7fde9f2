//! What the printer says back.

use std::collections::VecDeque;

/// Reply bytes kept for a host that does not read; further replies are lost whole.
pub const REPLY_BYTES_MAX: usize = 4_096;

/// Flips the bits by which a status is recognised (0, 1, 4 and 7).
const GARBLE: u8 = 0b1001_0011;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Answers {
    /// As its manual says.
    #[default]
    True,
    /// Not at all. It still prints.
    Silent,
    /// The right number of bytes, with the fixed bits wrong.
    Garbage,
    /// The first half of each answer; of a single byte nothing.
    Half,
}

/// Groups of the automatic status (`GS a n`) that are switched on, and what was last said of them.
#[derive(Debug, Clone, Default)]
struct Automatic {
    groups: u8,
    last: Option<[u8; 4]>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Replies {
    pub(super) answers: Answers,
    outgoing: VecDeque<u8>,
    automatic: Automatic,
}

impl Replies {
    pub(super) fn say(&mut self, bytes: &[u8]) {
        if self.outgoing.len() + bytes.len() > REPLY_BYTES_MAX {
            return;
        }
        match self.answers {
            Answers::True => self.outgoing.extend(bytes),
            Answers::Silent => {}
            Answers::Half => self.outgoing.extend(bytes.iter().take(bytes.len() / 2)),
            Answers::Garbage => self.outgoing.extend(bytes.iter().map(|byte| byte ^ GARBLE)),
        }
    }

    /// `GS a n`: from here on a change in one of the groups is said unasked; the present state is said at once.
    pub(super) fn set_automatic(&mut self, groups: u8) {
        self.automatic = Automatic { groups, last: None };
    }

    /// Whether `status` differs from what was said last, in a group that is switched on.
    pub(super) fn is_news(&self, status: [u8; 4]) -> bool {
        let mask = u32::from_le_bytes(watched(self.automatic.groups));
        let seen = |status: [u8; 4]| u32::from_le_bytes(status) & mask;
        mask != 0 && self.automatic.last.is_none_or(|last| seen(last) != seen(status))
    }

    pub(super) fn report(&mut self, status: [u8; 4]) {
        if self.is_news(status) {
            self.automatic.last = Some(status);
            self.say(&status);
        }
    }

    /// Flow control, said whatever the answers are like.
    pub(super) fn flow(&mut self, byte: u8) {
        self.outgoing.push_back(byte);
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        self.outgoing.drain(..).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// Power gone: what was not sent is lost and automatic status is off.
    pub(super) fn reset(&mut self) {
        self.outgoing.clear();
        self.automatic = Automatic::default();
    }
}

const GROUP_ONLINE: u8 = 0b0000_0010;
const GROUP_ERROR: u8 = 0b0000_0100;
const GROUP_PAPER: u8 = 0b0000_1000;
/// Bytes of the automatic status that belong to the groups switched on.
const fn watched(groups: u8) -> [u8; 4] {
    const fn whole(on: bool) -> u8 {
        if on { 0xFF } else { 0 }
    }
    [whole(groups & GROUP_ONLINE != 0), whole(groups & GROUP_ERROR != 0), whole(groups & GROUP_PAPER != 0), 0]
}
