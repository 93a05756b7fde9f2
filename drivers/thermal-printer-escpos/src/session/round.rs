//! `DLE EOT` 1 to 4 as one question: the answers look alike, so they count together or not at all.

use std::collections::VecDeque;

use crate::encode::StatusQuery;
use crate::status::Sensors;

/// One round of questions and what was answered so far.
#[derive(Debug, Default)]
pub(super) struct Round {
    awaited: VecDeque<StatusQuery>,
    answers: Vec<(StatusQuery, u8)>,
    spoiled: bool,
    overtaken: bool,
}

impl Round {
    pub const fn new() -> Self {
        Self { awaited: VecDeque::new(), answers: Vec::new(), spoiled: false, overtaken: false }
    }

    /// Whether an answer is still to come.
    pub fn is_open(&self) -> bool {
        !self.awaited.is_empty()
    }

    pub fn ask(&mut self, query: StatusQuery) {
        self.awaited.push_back(query);
    }

    /// A byte came that may have been an answer: which answer belongs to which question is not known any more.
    pub const fn spoil(&mut self) {
        self.spoiled = true;
    }

    /// An automatic status came: it is younger than some of the answers, and whole by itself.
    pub const fn overtake(&mut self) {
        self.overtaken = true;
    }

    pub const fn is_overtaken(&self) -> bool {
        self.overtaken
    }

    /// Takes an answer; `false` when none was awaited.
    pub fn answer(&mut self, byte: u8) -> bool {
        let Some(query) = self.awaited.pop_front() else { return false };
        self.answers.push((query, byte));
        true
    }

    /// What the printer said, once all four answers are there and nothing came between them.
    pub fn sensors(&self) -> Option<Sensors> {
        if self.spoiled || self.is_open() || self.answers.len() != StatusQuery::ALL.len() {
            return None;
        }
        let mut sensors = Sensors::default();
        self.answers.iter().for_each(|(query, byte)| sensors.read_real_time(*query, *byte));
        Some(sensors)
    }
}
