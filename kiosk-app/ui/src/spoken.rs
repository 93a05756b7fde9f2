//! What a voice says, and what it keeps to itself.
//!
//! The name and the number of a person are never spoken, masked or not: who hears them can be anybody, and the patient
//! knows them. What a patient types is echoed digit by digit into headphones; over a loudspeaker only how many there are. A ticket's number is what is called in the hall later; it is spoken into headphones, and over a
//! loudspeaker when the patient asks for it.

use kiosk_core::look::{Guidance, Language, Look, Loudness};
use kiosk_core::view::{Presence, Screen, View};
use queue_protocol::model::TicketNumber;

use crate::pages;
use crate::words::{card, number as words, screen as around};

/// Who hears what is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listeners {
    /// Whoever stands near the loudspeaker.
    Anybody,
    /// The same, and the patient has asked for the number of their ticket.
    AnybodyAsAsked,
    /// The patient alone, by headphones.
    Patient,
}

/// What a voice says of a screen, in the patient's language: its title, number and advice, in the order they are read.
///
/// Choices and buttons are not in it; [`KioskUi::on_focus`](crate::KioskUi::on_focus) tells each as the keys reach it.
#[must_use]
pub fn spoken(screen: &Screen, listeners: Listeners) -> String {
    let language = screen.look.language;
    let mut said = String::new();
    if let View::Number { number, .. } = &screen.view {
        said = match listeners {
            Listeners::Patient | Listeners::AnybodyAsAsked => one_by_one(*number),
            Listeners::Anybody => words::SPEAK_NUMBER.to(language).to_owned(),
        };
    }
    let help = pages::help_line(screen.help, language);
    let page = pages::page(screen).spoken(&said);
    if help.is_empty() { page } else { format!("{help} {page}") }
}

/// What a voice echoes when a key of the keypad has changed the typed number: how many digits there are, and into
/// headphones, where nobody else hears it, the digit that came. `None` when it is as it was.
#[must_use]
pub fn echo(digits_before: usize, screen: &Screen, listeners: Listeners) -> Option<String> {
    let View::TypeNumber { digits, .. } = &screen.view else { return None };
    let typed = digits.as_str();
    if screen.look.guidance == Guidance::Silent || typed.len() == digits_before {
        return None;
    }
    let last = typed.chars().next_back().filter(|_| typed.len() > digits_before);
    match (listeners, last) {
        (Listeners::Patient, Some(digit)) => Some(digit.to_string()),
        (Listeners::Patient, None) | (Listeners::Anybody | Listeners::AnybodyAsAsked, _) => {
            Some(card::TYPED_SO_FAR.with(screen.look.language, &typed.len().to_string()))
        }
    }
}

/// What a voice says when it was made louder or quieter, at its new loudness: `Volume 4.` of 1 to 5. `None` when nobody
/// listens to it.
#[must_use]
pub fn loudness(look: Look) -> Option<String> {
    let words = match look.loudness {
        Loudness::Quietest => around::LOUDNESS_LEAST,
        Loudness::Quieter | Loudness::Usual | Loudness::Louder => around::LOUDNESS,
        Loudness::Loudest => around::LOUDNESS_MOST,
    };
    let level = look.loudness.steps() - Loudness::Quietest.steps() + 1;
    (look.guidance == Guidance::Spoken).then(|| words.with(look.language, &level.to_string()))
}

/// `A-042` as `A, 0, 4, 2`: a voice would make one large number of the digits.
fn one_by_one(number: TicketNumber) -> String {
    let mut text = String::new();
    for letter in number.to_string().chars().filter(|letter| *letter != '-') {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push(letter);
    }
    text
}

/// What is spoken when the keys reach a control, on one screen. Holds nothing of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FocusWords {
    language: Language,
    /// Ticket numbers that labels of this screen hold.
    numbers: Vec<TicketNumber>,
    rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Rule {
    /// Nothing.
    #[default]
    Silent,
    /// All labels.
    All,
    /// All but digits: a number of a person is being typed.
    NoDigits,
}

impl FocusWords {
    /// The rule of a screen. On the welcome screen labels are spoken before anybody has asked for a voice: whoever cannot
    /// see it finds the button for the voice by the keys.
    #[must_use]
    pub fn of(screen: &Screen, listeners: Listeners) -> Self {
        let is_asked_for = screen.look.guidance == Guidance::Spoken;
        let rule = match (&screen.view, screen.presence, listeners) {
            (View::Welcome { .. }, ..) => Rule::All,
            _ if !is_asked_for => Rule::Silent,
            (View::TypeNumber { .. }, Presence::Assumed, Listeners::Anybody | Listeners::AnybodyAsAsked) => {
                Rule::NoDigits
            }
            _ => Rule::All,
        };
        let mut numbers = Vec::new();
        if let (View::ChooseTicket { tickets, .. }, Listeners::Anybody | Listeners::AnybodyAsAsked) =
            (&screen.view, listeners)
        {
            numbers.extend(tickets.iter().map(|ticket| ticket.number));
        }
        Self { language: screen.look.language, numbers, rule }
    }

    /// In which language the labels are.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// What is spoken of a control whose label is `words`; `None` = nothing.
    #[must_use]
    pub fn of_control(&self, words: &str) -> Option<String> {
        let is_digit = words.chars().count() == 1 && words.chars().all(|letter| letter.is_ascii_digit());
        match self.rule {
            Rule::Silent => None,
            Rule::NoDigits if is_digit => None,
            Rule::NoDigits | Rule::All => {
                let without = |text: String, number: &TicketNumber| text.replace(&number.to_string(), "");
                Some(self.numbers.iter().fold(words.to_owned(), without))
            }
        }
    }
}
