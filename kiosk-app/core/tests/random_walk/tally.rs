//! How often a walk has been where.

use std::collections::BTreeMap;

use kiosk_core::view::{ChipStage, KnownBy, NumberStanding, PaperAdvice, Presence, Screen, View};

/// Counts by name.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    pub visits: u64,
    counts: BTreeMap<&'static str, u64>,
}

/// Everywhere a walk must have been.
pub const EVERYWHERE: [&str; 33] = [
    "paper",
    "void",
    "power cut",
    "late reply",
    "lost reply",
    "disk failure",
    "offline number",
    "job unconfirmed",
    "apology",
    "out of service",
    "present card",
    "typing",
    "awaiting the offer",
    "finding tickets",
    "choosing a ticket",
    "asked for age",
    "choosing",
    "declaring",
    "asked for an appointment",
    "consent",
    "insert",
    "reading",
    "trouble",
    "no card",
    "typed",
    "chip",
    "portrait",
    "printing",
    "taking",
    "writing down",
    "on request",
    "back in",
    "asked whether still there",
];

impl Tally {
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub fn add(&mut self, world: &Self) {
        self.visits += world.visits;
        for (what, count) in &world.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }

    pub fn of(&self, what: &'static str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    pub fn sees(&mut self, screen: &Screen) {
        if screen.presence == Presence::Asked {
            self.count("asked whether still there");
        }
        if let Some(what) = place(&screen.view) {
            self.count(what);
        }
        if let View::ChooseService { who, .. } = &screen.view {
            match who.known_by {
                KnownBy::NoCard => self.count("no card"),
                KnownBy::Typed => self.count("typed"),
                KnownBy::Chip(_) => self.count("chip"),
                KnownBy::Code => {}
            }
            if who.portrait.is_some() {
                self.count("portrait");
            }
        }
    }
}

fn place(view: &View) -> Option<&'static str> {
    Some(match view {
        View::Welcome { .. } | View::Issuing { .. } => return None,
        View::OutOfService => "out of service",
        View::PresentCard { .. } => "present card",
        View::TypeNumber { .. } => "typing",
        View::AwaitingOffer => "awaiting the offer",
        View::FindingTickets => "finding tickets",
        View::ChooseTicket { .. } => "choosing a ticket",
        View::AskAge { .. } => "asked for age",
        View::ChooseService { .. } => "choosing",
        View::DeclarePriority { .. } => "declaring",
        View::AskAppointment { .. } => "asked for an appointment",
        View::Chip { stage: ChipStage::Consent, .. } => "consent",
        View::Chip { stage: ChipStage::Insert, .. } => "insert",
        View::Chip { stage: ChipStage::Reading(_), .. } => "reading",
        View::Chip { stage: ChipStage::Trouble(_), .. } => "trouble",
        View::Number { standing: NumberStanding::BackIn, .. } => "back in",
        View::Number { paper: PaperAdvice::Printing, .. } => "printing",
        View::Number { paper: PaperAdvice::Take, .. } => "taking",
        View::Number { paper: PaperAdvice::WriteDown, .. } => "writing down",
        View::Number { paper: PaperAdvice::OnRequest, .. } => "on request",
        View::Apology(_) => "apology",
    })
}
