//! The number.

use kiosk_core::event::RejoinFailure;
use kiosk_core::look::{Language, Look};
use kiosk_core::view::{HeldTicket, Mark, NumberStanding, PaperAdvice, View, Who};
use queue_protocol::model::TicketState;

use super::{card, grid, service};
use crate::generated::{Layout, Sign};
use crate::page::{Action, Choice, Line, Page};
use crate::touch;
use crate::words::{Said, number as words, screen};

pub const fn name(paper: PaperAdvice) -> &'static str {
    match paper {
        PaperAdvice::Printing => "number-printing",
        PaperAdvice::Take => "number-take",
        PaperAdvice::WriteDown => "number-write-down",
        PaperAdvice::OnRequest => "number-held",
    }
}

pub fn issuing(service: &str, language: Language) -> Page {
    Page {
        layout: Layout::Working,
        title: words::ISSUING.to(language).into(),
        service: service.to_owned(),
        ..Page::default()
    }
}

pub fn one_moment(language: Language) -> Page {
    Page { layout: Layout::Working, title: words::ONE_MOMENT.to(language).into(), ..Page::default() }
}

pub fn finding(language: Language) -> Page {
    Page { layout: Layout::Working, title: words::FINDING.to(language).into(), ..Page::default() }
}

pub fn choose(who: &Who, tickets: &[HeldTicket], look: Look) -> Page {
    let language = look.language;
    let mut page = Page {
        layout: Layout::List,
        title: words::WHICH_NUMBER.to(language).into(),
        lead: words::WHICH_NUMBER_HOW.to(language).into(),
        choices: tickets.iter().map(|ticket| ticket_choice(ticket, language)).collect(),
        others: vec![Action::of("take-another", words::ANOTHER, language)],
        ..Page::default()
    };
    card::greet(&mut page, who, language);
    grid::fit(&mut page, look);
    page
}

fn ticket_choice(ticket: &HeldTicket, language: Language) -> Choice {
    let remark = state_words(ticket.state).to(language);
    Choice {
        id: touch::ticket_id(ticket.number),
        name: format!("{} · {}", ticket.number, ticket.service),
        place: ticket.place.clone(),
        remark: remark.into(),
        spoken: format!("{}, {remark}", ticket.place),
        sign: Sign::Ticket,
        enabled: true,
        ..Choice::default()
    }
}

/// The page of a [`View::Number`]; of any other, nothing.
pub fn number(view: &View, language: Language) -> Page {
    let View::Number { number, service, place, ahead, paper, standing, marks } = view else {
        return Page::default();
    };
    let (paper_line, mut main) = paper_words(*paper, language);
    let mut lines: Vec<Line> = standing_line(*standing, language).into_iter().collect();
    lines.extend(marks.iter().map(|mark| mark_line(*mark, language)));
    lines.extend(paper_line);
    let again = Action { sign: Sign::Printer, ..Action::of("print-again", words::PRINT_AGAIN, language) };
    let back_in = Action { sign: Sign::Again, ..Action::of("back-in", words::BACK_IN, language) };
    let mut others = Vec::new();
    if *paper == PaperAdvice::OnRequest {
        if *standing == NumberStanding::Held(TicketState::Missed) {
            // What brings somebody here who was called and was not there.
            others.extend(main.replace(back_in));
        }
        others.push(again);
    }
    Page {
        layout: Layout::Number,
        title: words::YOUR_NUMBER.to(language).into(),
        number: number.to_string(),
        ahead: if waits(*standing) { ahead_text(*ahead, language) } else { String::new() },
        service: service.clone(),
        place_lead: words::WAIT_AT.to(language).into(),
        place: place.clone(),
        lines,
        main,
        others,
        ..Page::default()
    }
}

fn ahead_text(ahead: u32, language: Language) -> String {
    match ahead {
        0 => words::NEXT.to(language).into(),
        ahead => words::AHEAD.with(language, &ahead.to_string()),
    }
}

/// Whether people ahead mean something.
const fn waits(standing: NumberStanding) -> bool {
    match standing {
        NumberStanding::New | NumberStanding::BackIn => true,
        NumberStanding::Held(state) => matches!(state, TicketState::Waiting),
        NumberStanding::ComingBack | NumberStanding::NotBackIn(_) => false,
    }
}

fn paper_words(paper: PaperAdvice, language: Language) -> (Option<Line>, Option<Action>) {
    let done = |said: Said| Some(Action::of("done", said, language));
    match paper {
        PaperAdvice::Printing => (Some(Line::calm("paper", words::PRINTING.to(language), Sign::Printer)), None),
        PaperAdvice::Take => (Some(Line::calm("paper", words::TAKE.to(language), Sign::Ticket)), done(words::TAKEN)),
        PaperAdvice::WriteDown => {
            (Some(Line::care("paper", words::WRITE_DOWN.to(language), Sign::Pen)), done(words::WRITTEN))
        }
        PaperAdvice::OnRequest => (None, done(screen::DONE)),
    }
}

fn standing_line(standing: NumberStanding, language: Language) -> Option<Line> {
    let calm = |said: Said, sign| Some(Line::calm("standing", said.to(language), sign));
    let care = |said: Said| Some(Line::care("standing", said.to(language), Sign::Attention));
    match standing {
        NumberStanding::New => None,
        NumberStanding::Held(state @ (TicketState::Missed | TicketState::Called)) => care(state_words(state)),
        NumberStanding::Held(state) => calm(state_words(state), Sign::Ticket),
        NumberStanding::ComingBack => calm(words::COMING_BACK, Sign::Again),
        NumberStanding::BackIn => calm(words::IS_BACK_IN, Sign::Done),
        NumberStanding::NotBackIn(RejoinFailure::TooOften | RejoinFailure::NotAllowed) => care(words::NOT_BACK_IN),
        NumberStanding::NotBackIn(RejoinFailure::Unreachable) => care(words::NOT_BACK_IN_NOW),
    }
}

const fn state_words(state: TicketState) -> Said {
    match state {
        TicketState::Waiting => words::STATE_WAITING,
        TicketState::Called => words::STATE_CALLED,
        TicketState::InRoom => words::STATE_IN_ROOM,
        TicketState::Done => words::STATE_DONE,
        TicketState::Missed => words::STATE_MISSED,
        TicketState::Away => words::STATE_AWAY,
        TicketState::Held => words::STATE_HELD,
        TicketState::Cancelled | TicketState::Voided => words::STATE_ENDED,
    }
}

fn mark_line(mark: Mark, language: Language) -> Line {
    match mark {
        Mark::Provisional => Line::care("provisional", words::PROVISIONAL.to(language), Sign::Attention),
        Mark::IdentityToCheck => Line::calm("to-check", words::TO_CHECK.to(language), Sign::Card),
        Mark::Priority(claim) => service::group_line(claim, language),
        Mark::Appointment => Line::calm("appointment", words::BOOKED.to(language), Sign::Calendar),
    }
}
