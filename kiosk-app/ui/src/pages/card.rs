//! Holding up a card, or typing its number.

use kiosk_core::event::Ways;
use kiosk_core::look::Language;
use kiosk_core::typing::{TypedDigits, TypingProblem};
use kiosk_core::view::{Advice, KnownBy, Purpose, Who};

use super::{back, service};
use crate::generated::{Layout, Sign};
use crate::page::{Action, Line, Page};
use crate::words::{card as words, screen};

pub fn present(purpose: Purpose, ways: Ways, language: Language) -> Page {
    let how = match purpose {
        Purpose::TakeNumber => words::PRESENT_HOW,
        Purpose::FindTicket => words::PRESENT_TO_FIND,
    };
    let mut others = Vec::new();
    if ways.typed.is_yes() {
        others.push(Action { sign: Sign::Key, ..Action::of("type-number", words::TYPE_NUMBER, language) });
    }
    let without_card = match purpose {
        Purpose::TakeNumber => ways.no_card.is_yes(),
        Purpose::FindTicket => false,
    };
    if without_card {
        others.push(Action::of("no-card", words::NO_CARD, language));
    }
    others.push(back(language));
    let desk = Line::calm("no-card-desk", words::NO_CARD_DESK.to(language), Sign::People);
    Page {
        layout: Layout::Scan,
        title: words::PRESENT.to(language).into(),
        lead: how.to(language).into(),
        lines: if without_card || ways.typed.is_yes() { Vec::new() } else { vec![desk] },
        others,
        card_hints: true,
        ..Page::default()
    }
}

pub fn type_number(digits: &TypedDigits, problem: Option<TypingProblem>, language: Language) -> Page {
    let typed = digits.as_str();
    let said = problem.map(|problem| match problem {
        TypingProblem::Length => words::WRONG_LENGTH,
        TypingProblem::Unlikely => words::UNLIKELY,
        TypingProblem::NoNumber => words::WRONG_NUMBER,
    });
    Page {
        layout: Layout::Keypad,
        title: words::TYPE.to(language).into(),
        lead: said.map_or(words::TYPE_HOW, |said| said).to(language).into(),
        sign: if problem.is_some() { Sign::Attention } else { Sign::None },
        typed: grouped(typed),
        typed_spoken: if typed.is_empty() {
            words::TYPED_NOTHING.to(language).into()
        } else {
            words::TYPED.with(language, &spaced(typed))
        },
        main: Some(Action::of("enter", screen::CONTINUE, language)),
        others: vec![back(language), Action::of("clear", words::CLEAR, language)],
        ..Page::default()
    }
}

/// In threes, as it is printed and read out.
fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(2 * digits.len());
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Digit by digit: a voice would make one number of them.
fn spaced(digits: &str) -> String {
    let mut text = String::with_capacity(2 * digits.len());
    for digit in digits.chars() {
        text.extend([digit, ' ']);
    }
    text.truncate(text.trim_end().len());
    text
}

/// Who is here, and what staff will ask for, on a page that offers something to choose.
pub fn greet(page: &mut Page, who: &Who, language: Language) {
    page.greeting = match who.known_by {
        KnownBy::NoCard => words::HELLO_NO_CARD,
        KnownBy::Typed | KnownBy::Code | KnownBy::Chip(_) => words::HELLO,
    }
    .to(language)
    .into();
    page.patient.push_str(who.name.as_str());
    let label = match who.known_by {
        KnownBy::NoCard => words::CANCEL,
        KnownBy::Typed | KnownBy::Code | KnownBy::Chip(_) => words::NOT_ME,
    };
    page.not_me = Some(Action::of("leave", label, language));
    page.photo.clone_from(&who.portrait);
    page.lines.extend(who.advice.iter().map(|advice| advice_line(*advice, language)));
    page.lines.extend(who.groups.iter().map(|claim| service::group_line(*claim, language)));
}

fn advice_line(advice: Advice, language: Language) -> Line {
    let (id, said) = match advice {
        Advice::CardExpired => ("card-expired", words::CARD_EXPIRED),
        Advice::Under14 => ("under-14", words::UNDER_14),
        Advice::Under16 => ("under-16", words::UNDER_16),
        Advice::NoCard => ("no-card-advice", words::NO_CARD_ADVICE),
        Advice::NoTicketFound => ("no-ticket", words::NO_TICKET),
        Advice::ChooseSameService => ("same-service", words::SAME_SERVICE),
    };
    Line::care(id, said.to(language), Sign::Attention)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_shown_in_threes_and_spoken_one_by_one() {
        assert_eq!(grouped("001049999901"), "001 049 999 901");
        assert_eq!(grouped("0010"), "001 0");
        assert_eq!(spaced("0010"), "0 0 1 0");
        assert_eq!((grouped(""), spaced("")), (String::new(), String::new()));
    }
}
