//! What one screen shows, as finished text: between a view and the properties of the screens.

use std::sync::Arc;

use kiosk_core::chip::Portrait;
use kiosk_core::look::{Look, Reach, TextSize};

use crate::generated::{Layout, Sign, Tone};
use crate::measure::lines;

/// One screen. Parts that are empty are not drawn.
#[derive(Default)]
pub struct Page {
    pub layout: Layout,
    pub title: String,
    pub lead: String,
    pub sign: Sign,
    pub tone: Tone,
    pub lines: Vec<Line>,
    /// What to do, one after the other.
    pub steps: Vec<String>,
    /// What most patients want next.
    pub main: Option<Action>,
    pub others: Vec<Action>,
    /// Which side of which card carries the code.
    pub card_hints: bool,
    /// The card's back, with its chip.
    pub chip_picture: bool,
    pub greeting: String,
    /// The masked name.
    pub patient: String,
    /// Lines the masked name takes beside the button for who is somebody else.
    pub patient_lines: u32,
    /// Lines of the greeting.
    pub greeting_lines: u32,
    pub not_me: Option<Action>,
    pub choices: Vec<Choice>,
    pub grid: Grid,
    /// What was typed, in groups.
    pub typed: String,
    /// The same for a voice: digit by digit.
    pub typed_spoken: String,
    pub number: String,
    pub ahead: String,
    pub service: String,
    pub place_lead: String,
    pub place: String,
    pub progress: Progress,
    pub facts: Vec<Fact>,
    pub photo: Option<Arc<Portrait>>,
}

/// A sentence with a sign.
pub struct Line {
    pub id: &'static str,
    pub text: String,
    pub sign: Sign,
    pub tone: Tone,
}

/// Something to touch.
pub struct Action {
    pub id: &'static str,
    pub label: String,
    pub sign: Sign,
}

/// Something to choose.
#[derive(Default)]
pub struct Choice {
    pub id: String,
    pub name: String,
    pub place: String,
    pub people: String,
    pub wait: String,
    /// Instead of people and wait.
    pub remark: String,
    /// All of it but the name, in words.
    pub spoken: String,
    pub sign: Sign,
    pub enabled: bool,
    /// `None`: it is not something to tick.
    pub checked: Option<bool>,
}

/// How choices are laid out on a page. Heights in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    pub columns: i32,
    pub rows: i32,
    /// What the longest choice needs.
    pub tile_height: i32,
    /// For the choices and the pager together.
    pub height: i32,
    /// Whether the texts are too long for large type.
    pub is_normal_type: bool,
}

impl Default for Grid {
    fn default() -> Self {
        Self { columns: 1, rows: 1, tile_height: 118, height: 118, is_normal_type: false }
    }
}

impl Grid {
    pub fn in_normal_type(self) -> Self {
        Self { is_normal_type: true, ..self }
    }
}

/// How far something is: steps done, and of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub done: i32,
    pub all: i32,
}

/// A fact with what it is.
pub struct Fact {
    pub label: String,
    pub value: String,
    pub sign: Sign,
}

/// Room for the words of a button of half the width, in pixels, without and with a sign.
const HALF_BUTTON: u32 = 474 - 40;
const HALF_BUTTON_WITH_SIGN: u32 = HALF_BUTTON - 74;

impl Page {
    /// Two of the other buttons side by side, if their words fit: in one line of large type, in two of normal.
    pub fn other_columns(&self, look: Look) -> usize {
        let (size, most) = match (look.text, look.reach) {
            (TextSize::Normal, _) | (_, Reach::Low) => (46, 2),
            (TextSize::Large, Reach::Whole) => (60, 1),
        };
        let fits = |other: &Action| {
            let room = if other.sign == Sign::None { HALF_BUTTON } else { HALF_BUTTON_WITH_SIGN };
            lines(&other.label, size, room) <= most
        };
        if self.others.len() > 1 && self.others.iter().all(fits) { 2 } else { 1 }
    }

    /// The screen in sentences, for who cannot see it: its own words, in the order they are read. Choices and buttons
    /// are spoken when the keys reach them. `number` stands for the ticket's number; the name and what was typed are
    /// left out.
    pub fn spoken(&self, number: &str) -> String {
        let texts = [&self.greeting, &self.title];
        let number = [&number.to_owned(), &self.ahead, &self.service].map(Clone::clone);
        let place = if self.place.is_empty() { String::new() } else { format!("{} {}", self.place_lead, self.place) };
        let facts = self.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value));
        let said = texts.into_iter().chain([&self.lead]).cloned().chain(number);
        let said = said.chain([place]).chain(self.steps.iter().cloned()).chain(facts);
        sentences(said.chain(self.lines.iter().map(|line| line.text.clone())))
    }
}

/// Joins with a full stop where there is no end of a sentence.
fn sentences(texts: impl Iterator<Item = String>) -> String {
    let mut said = String::new();
    for text in texts.map(|text| text.replace('\n', " ")).filter(|text| !text.is_empty()) {
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(&text);
        if !text.ends_with(['.', '!', '?', '。', '？', '！', ':', '：']) {
            said.push('.');
        }
    }
    said
}
