//! What one screen shows, as finished text: between a view and the properties of the screens.

use slint::Image;

use crate::generated::{Layout, Sign, Tone};

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
    pub greeting: String,
    /// The masked name.
    pub patient: String,
    pub not_me: Option<Action>,
    pub choices: Vec<Choice>,
    /// Columns and rows of choices.
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
    pub photo: Option<Image>,
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

/// Columns and rows of choices on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    pub columns: i32,
    pub rows: i32,
}

impl Default for Grid {
    fn default() -> Self {
        Self { columns: 1, rows: 4 }
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

impl Page {
    /// The screen in sentences, for who cannot see it: its own words, in the order they are read. Choices and buttons
    /// are spoken when the keys reach them.
    pub fn spoken(&self) -> String {
        let texts = [&self.greeting, &self.patient, &self.title];
        let number = [&self.number, &self.ahead, &self.service];
        let place = if self.place.is_empty() { String::new() } else { format!("{} {}", self.place_lead, self.place) };
        let facts = self.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value));
        let said = texts.into_iter().chain([&self.lead, &self.typed_spoken]).chain(number).cloned();
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
