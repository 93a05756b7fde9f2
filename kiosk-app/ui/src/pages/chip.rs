//! The chip of the card.

use kiosk_core::chip::{Checked, ChipStep, ChipTrust, ChipVerdict};
use kiosk_core::look::Language;
use kiosk_core::view::{ChipStage, ChipTrouble, MaskedName};

use super::texts;
use crate::generated::{Layout, Sign, Tone};
use crate::page::{Action, Fact, Line, Page, Progress};
use crate::words::{Said, card as words, screen};

/// Parts of a reading.
const STEPS: i32 = 4;

pub const fn name(stage: ChipStage) -> &'static str {
    match stage {
        ChipStage::Consent => "chip-consent",
        ChipStage::Insert => "chip-insert",
        ChipStage::Reading(_) => "chip-reading",
        ChipStage::Trouble(_) => "chip-trouble",
    }
}

pub fn page(name: &MaskedName, stage: ChipStage, language: Language) -> Page {
    let mut page = match stage {
        ChipStage::Consent => consent(language),
        ChipStage::Insert => insert(language),
        ChipStage::Reading(step) => reading(step, language),
        ChipStage::Trouble(trouble) => trouble_page(trouble, language),
    };
    page.patient.push_str(name.as_str());
    page
}

fn consent(language: Language) -> Page {
    Page {
        layout: Layout::Message,
        title: words::CONSENT.to(language).into(),
        sign: Sign::Chip,
        steps: texts(&[words::CONSENT_WHAT, words::CONSENT_KEPT, words::CONSENT_FREE], language),
        main: Some(Action::of("consent", words::AGREE, language)),
        others: vec![without(language)],
        ..Page::default()
    }
}

fn insert(language: Language) -> Page {
    Page {
        layout: Layout::Message,
        title: words::INSERT.to(language).into(),
        lead: words::INSERT_HOW.to(language).into(),
        chip_picture: true,
        others: vec![without(language)],
        ..Page::default()
    }
}

fn reading(step: ChipStep, language: Language) -> Page {
    let (done, said) = match step {
        ChipStep::Opening => (1, words::STEP_OPENING),
        ChipStep::Reading => (2, words::STEP_READING),
        ChipStep::Checking => (3, words::STEP_CHECKING),
        ChipStep::Portrait => (4, words::STEP_PORTRAIT),
    };
    Page {
        layout: Layout::Working,
        title: words::READING.to(language).into(),
        lead: said.to(language).into(),
        sign: Sign::Chip,
        progress: Progress { done, all: STEPS },
        lines: vec![Line::care("leave-in", words::LEAVE_IN.to(language), Sign::Attention)],
        others: vec![without(language)],
        ..Page::default()
    }
}

fn trouble_page(trouble: ChipTrouble, language: Language) -> Page {
    let again = Some(Action::of("try-again", screen::TRY_AGAIN, language));
    let go_on = Some(Action::of("without-chip", words::WITHOUT_CHIP, language));
    let (title, steps, main): (Said, &[Said], _) = match trouble {
        ChipTrouble::PulledOut => (words::PULLED_OUT, &[words::PUT_BACK, words::WITHOUT_IS_FINE], again),
        ChipTrouble::OtherPerson => (words::OTHER_PERSON, &[words::PUT_SCANNED, words::WITHOUT_IS_FINE], again),
        ChipTrouble::Unreadable => (words::UNREADABLE, &[words::WIPE_CARD, words::WITHOUT_IS_FINE], again),
        ChipTrouble::Doubtful(_) => (words::DOUBTFUL, &[words::NUMBER_ANYWAY, words::SHOW_STAFF], go_on),
        ChipTrouble::ReaderGone => (words::READER_GONE, &[words::WITHOUT_IS_FINE], go_on),
    };
    let others =
        if main.as_ref().is_some_and(|main| main.id == "without-chip") { Vec::new() } else { vec![without(language)] };
    let facts = match trouble {
        ChipTrouble::Doubtful(trust) => facts(trust, language),
        ChipTrouble::PulledOut | ChipTrouble::OtherPerson | ChipTrouble::Unreadable | ChipTrouble::ReaderGone => {
            Vec::new()
        }
    };
    Page {
        layout: Layout::Message,
        title: title.to(language).into(),
        sign: Sign::Attention,
        tone: Tone::Care,
        steps: texts(steps, language),
        facts,
        main,
        others,
        ..Page::default()
    }
}

/// Four separate things: that it was read, and what was shown of it.
fn facts(trust: ChipTrust, language: Language) -> Vec<Fact> {
    let all = [
        (words::CHIP_READ, Checked::Yes),
        (words::CHIP_INTACT, trust.intact),
        (words::CHIP_ISSUED, trust.issued),
        (words::CHIP_GENUINE, trust.genuine),
    ];
    all.into_iter()
        .map(|(label, checked)| {
            let (value, sign) = match checked {
                Checked::Yes => (words::CHECKED_YES, Sign::Done),
                Checked::No => (words::CHECKED_NO, Sign::Attention),
                Checked::Expired => (words::CHECKED_EXPIRED, Sign::Attention),
                Checked::NotChecked => (words::CHECKED_UNKNOWN, Sign::Help),
            };
            Fact { label: label.to(language).into(), value: value.to(language).into(), sign }
        })
        .collect()
}

/// What the chip was worth, in a line on the screens that follow.
pub fn verdict_line(trust: ChipTrust, language: Language) -> Line {
    let (said, sign) = match trust.verdict() {
        ChipVerdict::Genuine => (words::VERDICT_GENUINE, Sign::Done),
        ChipVerdict::Issued => (words::VERDICT_ISSUED, Sign::Done),
        ChipVerdict::NotVouchedFor => (words::VERDICT_READ, Sign::Chip),
        ChipVerdict::Doubtful => (words::VERDICT_DOUBTFUL, Sign::Attention),
    };
    Line::calm("chip-verdict", said.to(language), sign)
}

fn without(language: Language) -> Action {
    Action::of("without-chip", words::WITHOUT_CHIP, language)
}
