//! No number, and what to do instead.

use kiosk_core::event::Ways;
use kiosk_core::look::Language;
use kiosk_core::view::Apology;

use super::texts;
use crate::generated::{Layout, Sign, Tone};
use crate::page::{Action, Page};
use crate::words::{Said, card, screen as words};

pub fn page(why: Apology, ways: Ways, language: Language) -> Page {
    let (title, steps) = said(why, ways);
    let is_card = match why {
        Apology::NotAnIdentityToken | Apology::UnknownPhoneCode | Apology::DamagedCode => true,
        Apology::ServiceClosed | Apology::NumbersExhausted | Apology::AppointmentLater | Apology::NoNumberNow => false,
    };
    let typing = Action { sign: Sign::Key, ..Action::of("type-number", card::TYPE_NUMBER, language) };
    let no_card = Action::of("no-card", card::NO_CARD, language);
    let others = [(ways.typed, typing), (ways.no_card, no_card)];
    let label = if is_card { words::TRY_AGAIN } else { words::UNDERSTOOD };
    Page {
        layout: Layout::Message,
        title: title.to(language).into(),
        sign: Sign::Attention,
        tone: Tone::Care,
        steps: texts(&steps, language),
        main: Some(Action::of("done", label, language)),
        others: others
            .into_iter()
            .filter_map(|(offered, other)| (is_card && offered.is_yes()).then_some(other))
            .collect(),
        card_hints: why == Apology::NotAnIdentityToken,
        ..Page::default()
    }
}

fn said(why: Apology, ways: Ways) -> (Said, Vec<Said>) {
    match why {
        Apology::NotAnIdentityToken => (words::NOT_READ, vec![words::FIND_CODE, words::SCAN_AGAIN, words::STILL_NOT]),
        Apology::UnknownPhoneCode => {
            let other = if ways.typed.is_yes() { words::OR_TYPE } else { words::OR_DESK };
            (words::PHONE_CODE, vec![words::USE_CARD, other])
        }
        Apology::DamagedCode => (words::DAMAGED, vec![words::HOLD_STILL, words::STILL_NOT]),
        Apology::ServiceClosed => (words::CLOSED, vec![words::CHOOSE_OTHER, words::OR_ASK]),
        Apology::NumbersExhausted => (words::EXHAUSTED, vec![words::GO_TO_DESK, words::ASK_OTHER_DAY]),
        Apology::AppointmentLater => (words::TOO_EARLY, vec![words::COME_BACK, words::OR_ASK]),
        Apology::NoNumberNow => (words::NO_NUMBER, vec![words::NOTHING_TAKEN, words::DESK_GIVES]),
    }
}
