//! What the patient came for, and whether they go first.

use kiosk_core::look::{Language, Look};
use kiosk_core::view::{ChipOffer, KnownBy, Who};
use queue_protocol::model::{AppointmentTime, GroupClaim, PriorityGroup, Proof, ServiceOffer};

use super::{back, card, chip, grid};
use crate::generated::{Layout, Sign};
use crate::page::{Action, Choice, Line, Page};
use crate::touch;
use crate::words::{Said, card as card_words, screen, service as words};

pub fn choose(who: &Who, services: &[ServiceOffer], chip: ChipOffer, look: Look) -> Page {
    let language = look.language;
    let mut page = Page {
        layout: Layout::List,
        title: words::CHOOSE.to(language).into(),
        choices: services.iter().map(|offer| tile(offer, language)).collect(),
        others: vec![Action::of("declare-priority", words::I_GO_FIRST, language)],
        ..Page::default()
    };
    card::greet(&mut page, who, language);
    match who.known_by {
        KnownBy::Chip(trust) => page.lines.push(chip::verdict_line(trust, language)),
        KnownBy::NoCard | KnownBy::Typed | KnownBy::Code => {}
    }
    match chip {
        ChipOffer::None => {}
        ChipOffer::Available => page.others.push(Action::of("use-chip", card_words::USE_CHIP, language)),
        ChipOffer::ReadingPortrait => {
            page.lines.push(Line::care("portrait", card_words::PORTRAIT_COMES.to(language), Sign::Chip));
        }
    }
    grid::fit(&mut page, look);
    page
}

fn tile(offer: &ServiceOffer, language: Language) -> Choice {
    let facts = &offer.facts;
    let remark = match (offer.open, &facts.opens_at, facts.numbers_left) {
        (_, _, Some(0)) => words::NONE_LEFT.to(language).into(),
        (false, Some(at), _) => words::OPENS_AT.with(language, at),
        (false, None, _) => words::CLOSED.to(language).into(),
        (true, _, _) => String::new(),
    };
    let enabled = remark.is_empty();
    let crowd = match offer.waiting {
        0 => words::NOBODY_WAITS.to(language).to_owned(),
        waiting => words::WAITING.with(language, &waiting.to_string()),
    };
    let wait = |said: Said| facts.wait_minutes.map(|minutes| said.with(language, &minutes.to_string()));
    let hours = facts.hours.as_ref().map(|hours| words::HOURS.with(language, hours));
    let status = if enabled { crowd } else { remark.clone() };
    let spoken_wait = if enabled { wait(words::WAIT_SPOKEN) } else { None };
    let spoken = [Some(offer.place.clone()), Some(status), spoken_wait, hours];
    Choice {
        id: touch::service_id(&offer.id),
        name: offer.name.clone(),
        place: offer.place.clone(),
        people: if enabled { offer.waiting.to_string() } else { String::new() },
        wait: if enabled { wait(words::WAIT).unwrap_or_default() } else { String::new() },
        remark,
        spoken: spoken.into_iter().flatten().collect::<Vec<_>>().join(", "),
        enabled,
        ..Choice::default()
    }
}

pub fn ask_age(who: &Who, group: PriorityGroup, language: Language) -> Page {
    let title = match group {
        PriorityGroup::Under6 => words::AGE_UNDER_6,
        PriorityGroup::Aged75
        | PriorityGroup::Emergency
        | PriorityGroup::Pregnant
        | PriorityGroup::SevereDisability
        | PriorityGroup::Merit => words::AGE_75,
    };
    let mut page = Page {
        layout: Layout::Message,
        title: title.to(language).into(),
        lead: words::GOES_FIRST.to(language).into(),
        sign: group_sign(group),
        others: vec![Action::of("yes", screen::YES, language), Action::of("no", screen::NO, language), back(language)],
        ..Page::default()
    };
    page.patient.push_str(who.name.as_str());
    page
}

pub fn declare(who: &Who, groups: &[PriorityGroup], look: Look) -> Page {
    let language = look.language;
    let choice = |group: &PriorityGroup| Choice {
        id: touch::group_id(*group),
        name: group_words(*group).to(language).into(),
        sign: group_sign(*group),
        enabled: true,
        checked: Some(who.groups.iter().any(|claim| claim.group == *group)),
        ..Choice::default()
    };
    let mut page = Page {
        layout: Layout::List,
        title: words::WHICH_GROUP.to(language).into(),
        lead: words::STAFF_CHECK.to(language).into(),
        choices: groups.iter().map(choice).collect(),
        main: Some(Action::of("done", screen::DONE, language)),
        others: vec![back(language)],
        ..Page::default()
    };
    grid::fit(&mut page, look);
    page
}

pub fn appointment(service: &str, times: &[AppointmentTime], look: Look) -> Page {
    let language = look.language;
    let choice = |time: &AppointmentTime| Choice {
        id: touch::appointment_id(time.at),
        name: time.local.clone(),
        sign: Sign::Clock,
        enabled: true,
        ..Choice::default()
    };
    let mut page = Page {
        layout: Layout::List,
        greeting: service.to_owned(),
        title: words::APPOINTMENT.to(language).into(),
        lead: words::APPOINTMENT_WHICH.to(language).into(),
        choices: times.iter().map(choice).collect(),
        main: Some(Action::of("no-appointment", words::NO_APPOINTMENT, language)),
        others: vec![back(language)],
        ..Page::default()
    };
    grid::fit(&mut page, look);
    page
}

/// That the patient goes first, and why.
pub fn group_line(claim: GroupClaim, language: Language) -> Line {
    let said = match claim.proof {
        Proof::Declared => words::PRIORITY_DECLARED,
        Proof::Verified => words::PRIORITY,
    };
    let text = said.with(language, group_words(claim.group).to(language));
    Line::calm("priority", text, group_sign(claim.group))
}

const fn group_words(group: PriorityGroup) -> Said {
    match group {
        PriorityGroup::Emergency => words::EMERGENCY,
        PriorityGroup::Under6 => words::UNDER_6,
        PriorityGroup::Pregnant => words::PREGNANT,
        PriorityGroup::SevereDisability => words::DISABILITY,
        PriorityGroup::Aged75 => words::AGED_75,
        PriorityGroup::Merit => words::MERIT,
    }
}

const fn group_sign(group: PriorityGroup) -> Sign {
    match group {
        PriorityGroup::Emergency => Sign::Attention,
        PriorityGroup::Under6 => Sign::Baby,
        PriorityGroup::Pregnant => Sign::Heart,
        PriorityGroup::SevereDisability => Sign::Chair,
        PriorityGroup::Aged75 => Sign::Elder,
        PriorityGroup::Merit => Sign::Ticket,
    }
}
