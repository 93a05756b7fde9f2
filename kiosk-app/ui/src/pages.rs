//! A screen of the visit as a page: which words, which controls.

mod apology;
mod card;
mod chip;
mod grid;
mod number;
mod service;

use kiosk_core::event::{Offered, Ways};
use kiosk_core::look::Language;
use kiosk_core::view::{Help, Notice, Presence, Screen, View};
use kiosk_hal::card::CardMedia;

use crate::generated::{Layout, Sign, Tone};
use crate::page::{Action, Line, Page};
use crate::words::{Said, card as card_words, screen as words};

/// The stable name of a screen, which is the window's title as well. One name for each thing a patient is told to do.
#[must_use]
pub const fn screen_name(screen: &Screen) -> &'static str {
    match (screen.presence, &screen.view) {
        (Presence::Asked, View::Number { .. }) | (Presence::Assumed, _) => view_name(&screen.view),
        (Presence::Asked, _) => "still-there",
    }
}

const fn view_name(view: &View) -> &'static str {
    match view {
        View::Welcome { notices } if notices.is_empty() => "welcome",
        View::Welcome { .. } => "welcome-limited",
        View::OutOfService => "out-of-service",
        View::PresentCard { .. } => "present-card",
        View::TypeNumber { .. } => "type-number",
        View::AwaitingOffer => "one-moment",
        View::FindingTickets => "finding-tickets",
        View::ChooseTicket { .. } => "choose-ticket",
        View::AskAge { .. } => "ask-age",
        View::ChooseService { .. } => "choose-service",
        View::DeclarePriority { .. } => "declare-priority",
        View::AskAppointment { .. } => "ask-appointment",
        View::Chip { stage, .. } => chip::name(*stage),
        View::Issuing { .. } => "issuing",
        View::Number { paper, .. } => number::name(*paper),
        View::Apology(_) => "apology",
    }
}

/// The page for a screen.
pub fn page(screen: &Screen) -> Page {
    let language = screen.look.language;
    let mut page = match (screen.presence, &screen.view) {
        (Presence::Asked, View::Number { .. }) | (Presence::Assumed, _) => view_page(screen),
        // Over everything else, so that who steps up now sees nothing of who was here.
        (Presence::Asked, _) => still_there(language),
    };
    if screen.slot == CardMedia::Present && takes_leave(&screen.view) {
        page.lines.insert(0, Line::care("card-left", words::TAKE_CARD.to(language), Sign::Chip));
    }
    page
}

fn view_page(screen: &Screen) -> Page {
    let (look, ways) = (screen.look, screen.ways);
    let language = look.language;
    match &screen.view {
        View::Welcome { notices } => welcome(notices, ways, language),
        View::OutOfService => out_of_service(language),
        View::PresentCard { purpose } => card::present(*purpose, ways, language),
        View::TypeNumber { digits, problem, .. } => card::type_number(digits, *problem, language),
        View::AwaitingOffer => number::one_moment(language),
        View::FindingTickets => number::finding(language),
        View::ChooseTicket { who, tickets } => number::choose(who, tickets, look),
        View::AskAge { who, group } => service::ask_age(who, *group, language),
        View::ChooseService { who, services, chip } => service::choose(who, services, *chip, look),
        View::DeclarePriority { who, groups } => service::declare(who, groups, look),
        View::AskAppointment { service, times } => service::appointment(service, times, look),
        View::Chip { name, stage } => chip::page(name, *stage, language),
        View::Issuing { service } => number::issuing(service, language),
        View::Number { .. } => number::number(&screen.view, language),
        View::Apology(why) => apology::page(*why, ways, language),
    }
}

/// Whether a visit is over, or as good as over: a card still in the slot would be forgotten.
const fn takes_leave(view: &View) -> bool {
    match view {
        View::Welcome { .. } | View::Number { .. } | View::Apology(_) => true,
        View::OutOfService
        | View::PresentCard { .. }
        | View::TypeNumber { .. }
        | View::AwaitingOffer
        | View::FindingTickets
        | View::ChooseTicket { .. }
        | View::AskAge { .. }
        | View::ChooseService { .. }
        | View::DeclarePriority { .. }
        | View::AskAppointment { .. }
        | View::Chip { .. }
        | View::Issuing { .. } => false,
    }
}

/// The line that takes the place of the hospital's name once help was called.
pub const fn help_line(help: Help, language: Language) -> &'static str {
    match help {
        Help::NotCalled => "",
        Help::Calling => words::HELP_CALLING.to(language),
        Help::OnItsWay => words::HELP_ON_ITS_WAY.to(language),
        Help::NotReached => words::HELP_NOT_REACHED.to(language),
    }
}

/// Most notices on the welcome screen, the gravest first: more would leave no room to show where the card goes.
const NOTICES_MAX: usize = 2;

fn welcome(notices: &[Notice], ways: Ways, language: Language) -> Page {
    let find = ways.held_tickets.is_yes().then(|| Action::of("find-ticket", words::FIND_TICKET, language));
    Page {
        layout: Layout::Scan,
        title: words::WELCOME.to(language).into(),
        lines: notices.iter().take(NOTICES_MAX).map(|notice| notice_line(*notice, ways, language)).collect(),
        main: Some(Action::of("begin", words::BEGIN, language)),
        others: find.into_iter().collect(),
        card_hints: true,
        ..Page::default()
    }
}

fn notice_line(notice: Notice, ways: Ways, language: Language) -> Line {
    let said = match (notice, ways.typed) {
        (Notice::NoPrinter, _) => words::NO_PRINTER,
        (Notice::NoScanner, Offered::No) => words::NO_SCANNER,
        (Notice::NoScanner, Offered::Yes) => words::NO_SCANNER_TYPE,
        (Notice::NoService, _) => words::NO_SERVICE,
    };
    Line::care("notice", said.to(language), Sign::Attention)
}

fn out_of_service(language: Language) -> Page {
    Page {
        layout: Layout::Message,
        title: words::OUT_OF_SERVICE.to(language).into(),
        sign: Sign::Attention,
        tone: Tone::Care,
        steps: texts(&[words::OTHER_KIOSK, words::OR_DESK], language),
        ..Page::default()
    }
}

fn still_there(language: Language) -> Page {
    Page {
        layout: Layout::Message,
        title: words::STILL_THERE.to(language).into(),
        lead: words::STILL_THERE_WHY.to(language).into(),
        sign: Sign::Clock,
        main: Some(Action::of("still-here", words::I_AM_HERE, language)),
        others: vec![Action::of("leave", card_words::CANCEL, language)],
        ..Page::default()
    }
}

fn texts(said: &[Said], language: Language) -> Vec<String> {
    said.iter().map(|said| said.to(language).to_owned()).collect()
}

fn back(language: Language) -> Action {
    Action { sign: Sign::Left, ..Action::of("back", words::BACK, language) }
}

impl Action {
    fn of(id: &'static str, said: Said, language: Language) -> Self {
        Self { id, label: said.to(language).to_owned(), sign: Sign::None }
    }
}

impl Line {
    fn calm(id: &'static str, text: impl Into<String>, sign: Sign) -> Self {
        Self { id, text: text.into(), sign, tone: Tone::Calm }
    }

    fn care(id: &'static str, text: impl Into<String>, sign: Sign) -> Self {
        Self { id, text: text.into(), sign, tone: Tone::Care }
    }
}
