//! The visit as a state machine.

mod chip;
mod choose;
mod help;
mod identify;
mod issue;
mod paper;
mod present;
mod state;
mod waits;

use kiosk_hal::card::CardMedia;
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{Paper, PrinterStatus};
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::RequestId;

use crate::effect::Effect;
use crate::event::{Event, IssueFailure, Moment, Offer, Technician, Touch};
use crate::look::Look;
use crate::patient::Patient;
use crate::view::{Apology, Presence};
use help::HelpCall;
use state::{ChipState, PaperStep, State};
use waits::{asks_first, wait_of};

pub use waits::{
    APOLOGY_WAIT, CHIP_READ_WAIT, CHOOSE_WAIT, FIND_WAIT, HELP_ANSWER_WAIT, HELP_SHOWN_WAIT, ISSUE_WAIT, LOOK_WAIT,
    OFFER_WAIT, PRESENT_CARD_WAIT, PRINT_WAIT, RECORD_WAIT, STILL_THERE_WAIT, TAKE_WAIT, TECHNICIAN_WAIT,
    WRITE_DOWN_WAIT,
};

/// One kiosk's visits, one after the other.
///
/// Promises, checked by the random walk in `tests/`:
/// - nothing is sent before its request id is on disk, and no reply counts unless it carries the id of this visit;
/// - a number that comes too late, or whose showing cannot be recorded, is taken back;
/// - a ticket is printed only while its own number is on screen, and one at a time;
/// - what a chip says is taken for nobody but the person who was scanned;
/// - from every state time alone leads back to Welcome, and so does "leave" until a number was asked for.
#[derive(Debug)]
pub struct Session {
    state: State,
    deadline: Option<Uptime>,
    presence: Presence,
    look: Look,
    help: HelpCall,
    offer: Offer,
    hearing: Hearing,
    health: Health,
    slot: CardMedia,
    /// The job the printer driver has not ended yet; perhaps of an earlier visit.
    printing: Option<RequestId>,
    /// The reading of a chip that has not ended yet and is of this visit.
    reading: Option<RequestId>,
}

/// What is known of the devices and the service. What has not been heard of yet counts as gone.
#[derive(Debug)]
struct Health {
    printer_gone: bool,
    scanner_gone: bool,
    service_gone: bool,
    chip_reader_gone: bool,
}

/// Whether the kiosk has heard of its hospital since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    /// Neither what is offered nor that nobody can tell.
    Nothing,
    /// One of the two.
    Heard,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// A kiosk at its welcome screen that has heard of no device and no service yet.
    #[must_use]
    pub fn new() -> Self {
        let health = Health { printer_gone: true, scanner_gone: true, service_gone: true, chip_reader_gone: true };
        Self {
            state: State::Welcome,
            deadline: None,
            presence: Presence::Assumed,
            look: Look::default(),
            help: HelpCall::default(),
            offer: Offer::default(),
            hearing: Hearing::Nothing,
            health,
            slot: CardMedia::NotPresent,
            printing: None,
            reading: None,
        }
    }

    /// Takes one event in and returns what the shell must do, in order.
    pub fn handle(&mut self, event: Event, moment: Moment) -> Vec<Effect> {
        let mut effects = self.take(event, moment);
        if let Some(reading) = self.reading.take_if(|_| !self.state.lets_chip_be_read()) {
            effects.push(Effect::StopChip(reading));
        }
        effects
    }

    fn take(&mut self, event: Event, moment: Moment) -> Vec<Effect> {
        let now = moment.now;
        match event {
            Event::Scanned(scan) => self.scanned(&scan, moment),
            Event::Identified(claim) => self.shown(*claim, moment),
            Event::Touched(touch) => self.touched(touch, moment),
            Event::Tick => self.tick(now),
            Event::Recorded(request, entry) => self.recorded(request, entry, now),
            Event::RecordFailed(request, entry) => self.record_failed(request, entry, now),
            Event::Issued(ticket) => self.issued(ticket, state::Origin::Service, now),
            Event::IssuedOffline(ticket) => self.issued(ticket, state::Origin::OwnSeries, now),
            Event::IssueFailed(request, failure) => self.issue_failed(request, failure, now),
            Event::Printed(request, outcome) => self.printed(request, outcome, now),
            Event::TicketsFound(lookup, found) => self.tickets_found(lookup, found, moment),
            Event::Rejoined(request, answer) => self.rejoined(request, answer, now),
            Event::HelpAnswered(asked, answer) => {
                self.help.answered(asked, answer, now);
                self.wait_for_help();
                Vec::new()
            }
            Event::Chip(reading, told) => self.chip_tells(reading, told, moment),
            Event::Technician(technician) => self.technician(technician, now),
            Event::Offered(offer) => self.offered(offer, moment),
            Event::PrinterChanged(status) => self.printer_changed(status),
            Event::ScannerChanged(state) => self.health_changed(|health| health.scanner_gone = state.is_err()),
            Event::ServiceChanged(state) => self.service_changed(state, now),
            Event::ChipReaderChanged(state) => self.health_changed(|health| health.chip_reader_gone = state.is_err()),
            Event::CardSlotChanged(media) => {
                self.slot = media;
                Vec::new()
            }
        }
    }

    /// When to send the next [`Event::Tick`]; `None` = never, as far as this visit is concerned.
    #[must_use]
    pub fn deadline(&self) -> Option<Uptime> {
        self.deadline.into_iter().chain(self.help.deadline()).min()
    }

    /// Who the visit is for, from the card to the end of the visit: for screens and rules that need more than the view.
    #[must_use]
    pub const fn patient(&self) -> Option<&Patient> {
        self.state.patient()
    }

    fn touched(&mut self, touch: Touch, moment: Moment) -> Vec<Effect> {
        self.somebody_is_here(moment.now);
        match touch {
            Touch::Language(language) => self.look_changed(moment.now, |look| look.language = language),
            Touch::Text(text) => self.look_changed(moment.now, |look| look.text = text),
            Touch::Contrast(contrast) => self.look_changed(moment.now, |look| look.contrast = contrast),
            Touch::Reach(reach) => self.look_changed(moment.now, |look| look.reach = reach),
            Touch::Guidance(guidance) => self.look_changed(moment.now, |look| look.guidance = guidance),
            Touch::Loudness(loudness) => self.look_changed(moment.now, |look| look.loudness = loudness),
            Touch::CallHelp => {
                let effects = self.help.call(moment);
                self.wait_for_help();
                effects
            }
            Touch::StillHere => Vec::new(),
            Touch::Begin | Touch::FindTicket | Touch::TypeNumber | Touch::Key(_) | Touch::NoCard => {
                self.touched_to_identify(touch, moment)
            }
            Touch::Age(_)
            | Touch::Choose(_)
            | Touch::DeclarePriority
            | Touch::Declare(_)
            | Touch::Appointment(_)
            | Touch::ShowTicket(_)
            | Touch::TakeAnother => self.touched_to_choose(touch, moment),
            Touch::UseChip | Touch::Consent | Touch::TryAgain | Touch::WithoutChip => {
                self.touched_for_chip(&touch, moment)
            }
            Touch::PrintAgain | Touch::BackIn => self.touched_for_number(&touch, moment),
            Touch::Back => self.back(moment.now),
            Touch::Leave => self.leave(),
            Touch::Done => self.done(moment.now),
        }
    }

    /// A touch gives the patient their whole time again.
    fn somebody_is_here(&mut self, now: Uptime) {
        if asks_first(&self.state) {
            self.rest(now);
        }
    }

    /// Whoever waits for help is not sent away by the clock meanwhile.
    fn wait_for_help(&mut self) {
        if asks_first(&self.state) {
            self.deadline = self.deadline.max(self.help.deadline());
        }
    }

    fn look_changed(&mut self, now: Uptime, change: impl FnOnce(&mut Look)) -> Vec<Effect> {
        change(&mut self.look);
        if matches!(self.state, State::Welcome) {
            self.deadline = Some(now + LOOK_WAIT);
        }
        Vec::new()
    }

    /// One screen back.
    fn back(&mut self, now: Uptime) -> Vec<Effect> {
        let state = std::mem::replace(&mut self.state, State::Welcome);
        if let State::Typing { purpose, .. } = state {
            self.enter(State::PresentCard { purpose }, now);
            return Vec::new();
        }
        let (State::Declaring { patient } | State::AskingAppointment { patient, .. } | State::Chip { patient, .. }) =
            state
        else {
            self.state = state;
            return self.leave();
        };
        self.enter(State::Choosing { patient }, now);
        Vec::new()
    }

    /// Ends the visit, until a number was asked for.
    fn leave(&mut self) -> Vec<Effect> {
        match &self.state {
            State::PresentCard { .. }
            | State::Typing { .. }
            | State::AwaitingOffer { .. }
            | State::Finding { .. }
            | State::ChoosingTicket { .. }
            | State::AskingAge { .. }
            | State::Choosing { .. }
            | State::Declaring { .. }
            | State::AskingAppointment { .. }
            | State::Chip { .. }
            | State::Apology(_) => self.welcome(),
            State::Number(number) if number.paper == PaperStep::OnRequest => self.welcome(),
            // A finger that comes late, or a number that must stay on screen until it is on paper or read.
            State::Welcome
            | State::OutOfService
            | State::Recording { .. }
            | State::Issuing { .. }
            | State::Number(_) => {}
        }
        Vec::new()
    }

    fn done(&mut self, now: Uptime) -> Vec<Effect> {
        match &self.state {
            State::Apology(_) => self.welcome(),
            State::Number(number) => match number.paper {
                PaperStep::Take | PaperStep::WriteDown | PaperStep::OnRequest => self.welcome(),
                PaperStep::AwaitingRecord | PaperStep::Printing => {}
            },
            State::Declaring { .. } => return self.back(now),
            // A finger that comes late, from the screen before: it means nothing on this one.
            State::Welcome
            | State::OutOfService
            | State::PresentCard { .. }
            | State::Typing { .. }
            | State::AwaitingOffer { .. }
            | State::Finding { .. }
            | State::ChoosingTicket { .. }
            | State::AskingAge { .. }
            | State::Choosing { .. }
            | State::AskingAppointment { .. }
            | State::Chip { .. }
            | State::Recording { .. }
            | State::Issuing { .. } => {}
        }
        Vec::new()
    }

    fn tick(&mut self, now: Uptime) -> Vec<Effect> {
        self.help.tick(now);
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        if asks_first(&self.state) && self.presence == Presence::Assumed {
            self.presence = Presence::Asked;
            self.deadline = Some(now + STILL_THERE_WAIT);
            return Vec::new();
        }
        self.time_is_up(now)
    }

    /// What follows when nothing came within the state's time.
    fn time_is_up(&mut self, now: Uptime) -> Vec<Effect> {
        match &self.state {
            State::Recording { request, .. } | State::Issuing { request, .. } => {
                return self.give_up(*request, Apology::NoNumberNow, now);
            }
            State::AwaitingOffer { .. } => self.enter(State::Apology(Apology::NoNumberNow), now),
            State::Finding { .. } => return self.nothing_found(now),
            State::Chip { step: ChipState::Reading { .. }, .. } => self.chip_took_too_long(now),
            State::Number(number) => return self.number_waited(number.ticket.request, now),
            State::OutOfService
            | State::Welcome
            | State::PresentCard { .. }
            | State::Typing { .. }
            | State::ChoosingTicket { .. }
            | State::AskingAge { .. }
            | State::Choosing { .. }
            | State::Declaring { .. }
            | State::AskingAppointment { .. }
            | State::Chip { step: ChipState::Consent | ChipState::Insert { .. } | ChipState::Trouble(_), .. }
            | State::Apology(_) => self.welcome(),
        }
        Vec::new()
    }

    fn technician(&mut self, technician: Technician, now: Uptime) -> Vec<Effect> {
        match (technician, &self.state) {
            (Technician::AtWork, State::Recording { request, .. } | State::Issuing { request, .. }) => {
                let request = *request;
                self.welcome();
                self.enter(State::OutOfService, now);
                return vec![Effect::Void(request)];
            }
            (Technician::AtWork, State::Number(number)) if number.paper == PaperStep::AwaitingRecord => {
                let request = number.ticket.request;
                self.welcome();
                self.enter(State::OutOfService, now);
                return vec![Effect::Void(request)];
            }
            (Technician::AtWork, _) => {
                self.welcome();
                self.enter(State::OutOfService, now);
            }
            (Technician::Gone, State::OutOfService) => self.welcome(),
            (Technician::Gone, _) => {}
        }
        Vec::new()
    }

    fn offered(&mut self, offer: Offer, moment: Moment) -> Vec<Effect> {
        if matches!(self.state, State::Welcome) && self.deadline.is_none() {
            self.look = Look { language: offer.language, ..Look::default() };
        }
        self.offer = offer;
        self.hearing = Hearing::Heard;
        self.goes_on_with_offer(moment)
    }

    fn service_changed(&mut self, state: Result<(), IssueFailure>, now: Uptime) -> Vec<Effect> {
        self.health.service_gone = state.is_err();
        if state.is_err() {
            // What was kept from before is offered first: nobody can tell more.
            self.hearing = Hearing::Heard;
            if matches!(self.state, State::AwaitingOffer { .. }) {
                self.enter(State::Apology(Apology::NoNumberNow), now);
            }
        }
        Vec::new()
    }

    fn printer_changed(&mut self, status: Result<PrinterStatus, Fault>) -> Vec<Effect> {
        let can_print = status.is_ok_and(|status| status.fault.is_none() && status.paper != Paper::Out);
        self.health_changed(|health| health.printer_gone = !can_print)
    }

    fn health_changed(&mut self, change: impl FnOnce(&mut Health)) -> Vec<Effect> {
        change(&mut self.health);
        Vec::new()
    }

    /// Ends the visit without a number; whatever the request has issued or may still issue is taken back.
    fn give_up(&mut self, request: RequestId, why: Apology, now: Uptime) -> Vec<Effect> {
        self.enter(State::Apology(why), now);
        vec![Effect::Void(request)]
    }

    /// Ends the visit. What it held of the patient is wiped as the old state is dropped. A call for help outlives it:
    /// whoever called may still stand there.
    fn welcome(&mut self) {
        self.state = State::Welcome;
        self.deadline = None;
        self.presence = Presence::Assumed;
        self.look = Look { language: self.offer.language, ..Look::default() };
    }

    fn enter(&mut self, state: State, now: Uptime) {
        self.state = state;
        self.rest(now);
    }

    /// The state has its whole time from now on.
    fn rest(&mut self, now: Uptime) {
        self.presence = Presence::Assumed;
        self.deadline = wait_of(&self.state).map(|wait| now + wait);
    }
}
