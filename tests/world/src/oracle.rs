//! Who looks on: a plain model of the hospital, fed with what was committed, shown and printed, and the promises.
//!
//! It shares no code with what it judges: days are computed here, the lines are lists, the board is a count.

mod account;
mod lines;

use std::collections::{BTreeMap, BTreeSet};

use kiosk_core::view::{MaskedName, Screen, View};
use kiosk_hal::printer::{PrintOutcome, TicketFace};
use queue_protocol::board::BoardEvent;
use queue_protocol::model::{
    KioskId, RequestId, RoomId, Series, ServiceDay, ServiceId, Ticket, TicketNumber, UnixMillis, ZoneId,
};
use queue_protocol::v1::{HandOver, HandOverOutcome, IssueTicket};

use crate::people::{NAME_MARK, NUMBER_MARK, Person};
use crate::wire::Party;
use lines::Lines;

/// A number by its service day; a provisional one belongs to no day until it has joined.
type Key = (TicketNumber, Option<ServiceDay>);

/// A number a kiosk issued by itself.
#[derive(Debug, Clone)]
struct Provisional {
    at: u64,
    person: Option<Person>,
    has_group: bool,
}

/// What is known.
#[derive(Debug)]
pub struct Oracle {
    broken: Option<String>,
    /// How often each promise was looked at.
    pub checked: BTreeMap<&'static str, u64>,
    day_start_hour: i64,
    lines: Lines,
    newest: BTreeMap<ZoneId, Vec<(u64, u64)>>,
    askers: BTreeMap<RequestId, Option<Person>>,
    answered: BTreeSet<RequestId>,
    owners: BTreeMap<Key, Option<Person>>,
    provisional: BTreeMap<TicketNumber, Provisional>,
    leases: BTreeMap<Series, KioskId>,
    given_out: BTreeSet<(String, TicketNumber)>,
    seen: BTreeSet<Key>,
    promised: BTreeMap<Key, RequestId>,
    press: Option<(Party, u64)>,
    calls_of_press: BTreeMap<(Party, u64), u32>,
    papers: BTreeSet<(usize, u64)>,
}

impl Oracle {
    /// Knows the hospital's rooms and when its days begin.
    #[must_use]
    pub fn new(day_start_hour: i8, rooms: BTreeMap<RoomId, Vec<ServiceId>>) -> Self {
        Self {
            broken: None,
            checked: BTreeMap::new(),
            day_start_hour: day_start_hour.into(),
            lines: Lines::new(rooms),
            newest: BTreeMap::new(),
            askers: BTreeMap::new(),
            answered: BTreeSet::new(),
            owners: BTreeMap::new(),
            provisional: BTreeMap::new(),
            leases: BTreeMap::new(),
            given_out: BTreeSet::new(),
            seen: BTreeSet::new(),
            promised: BTreeMap::new(),
            press: None,
            calls_of_press: BTreeMap::new(),
            papers: BTreeSet::new(),
        }
    }

    /// The first promise that was broken.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// A promise is broken.
    pub fn breaks(&mut self, what: impl Into<String>) {
        self.broken.get_or_insert_with(|| what.into());
    }

    fn holds(&mut self, promise: &'static str, is_kept: bool, what: impl FnOnce() -> String) {
        *self.checked.entry(promise).or_default() += 1;
        if !is_kept {
            self.breaks(format!("{promise}: {}", what()));
        }
    }

    /// A message must carry nobody's name or number.
    pub fn looks_at_bytes(&mut self, bytes: &[u8], whose: &str) {
        let has = |mark: &str| bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
        let is_clean = !has(NAME_MARK) && !has(NUMBER_MARK);
        self.holds("nothing personal leaves the kiosk", is_clean, || format!("{whose} carries a patient"));
    }

    /// A visit asks for a number.
    pub fn asks(&mut self, request: RequestId, person: Option<Person>) {
        self.askers.insert(request, person);
    }

    /// A visit takes its request back, while this is on its screen.
    pub fn takes_back(&mut self, request: RequestId, glass: &Screen, ticket: Option<&Ticket>) {
        let is_on_screen =
            matches!(glass.view, View::Number { .. }) && ticket.is_some_and(|ticket| ticket.request == request);
        self.holds("no number is taken back while it is on the screen", !is_on_screen, || request.to_string());
        self.promised.retain(|_, promised| *promised != request);
    }

    /// Whether the service has answered this request before.
    #[must_use]
    pub fn was_answered(&self, request: RequestId) -> bool {
        self.answered.contains(&request)
    }

    /// The service answers this request.
    pub fn answers(&mut self, request: RequestId) {
        self.answered.insert(request);
    }

    /// The service has issued a ticket, or given it again.
    pub fn issued(&mut self, ticket: &Ticket, now: u64) {
        let asker = self.askers.get(&ticket.request).copied();
        let key = (ticket.number, Some(ticket.day));
        if ticket.standing.held_before.is_some() {
            let (owner, asker) = (self.owners.get(&key).copied().flatten(), asker.flatten());
            self.holds("a number is given again only to whom it belongs", owner == asker, || {
                format!("{} of {owner:?} is given to {asker:?}", ticket.number)
            });
            return;
        }
        if let Some(person) = asker {
            self.owners.entry(key).or_insert(person);
        }
        self.lines.arrives(ticket.number, ticket.standing.line, now);
    }

    /// A kiosk has issued a number by itself.
    pub fn issued_offline(&mut self, ticket: &Ticket, asked: &IssueTicket, (_, now): (usize, u64)) {
        let person = self.askers.get(&asked.request).copied().flatten();
        let is_new = !self.provisional.contains_key(&ticket.number);
        self.holds("no provisional number is issued twice", is_new, || ticket.number.to_string());
        let has_group = !asked.arrival.groups.is_empty();
        self.provisional.insert(ticket.number, Provisional { at: now, person, has_group });
    }

    /// A kiosk has a series.
    pub fn leased(&mut self, kiosk: &KioskId, series: Series) {
        let holder = self.leases.entry(series).or_insert_with(|| kiosk.clone()).clone();
        self.holds("no two kiosks have one series", holder == *kiosk, || format!("{series}: {holder} and {kiosk}"));
    }

    /// The service has taken numbers in.
    pub fn handed_over(&mut self, handed: &HandOver, outcomes: &[HandOverOutcome]) {
        for (ticket, outcome) in handed.tickets.iter().zip(outcomes) {
            if *outcome == HandOverOutcome::Joined
                && let Some(known) = self.provisional.get(&ticket.number)
            {
                let (at, line) = (known.at, lines::line_of(known.has_group));
                self.lines.arrives_late(ticket.number, line, at);
            }
        }
    }

    /// The clock of the service, or one by which kiosks tell ages, was moved.
    pub const fn clock_stepped(&mut self, now: u64) {
        self.lines.clock_stepped_at = Some(now);
    }

    /// A room has pressed, and the write that follows is its own.
    pub fn presses(&mut self, _room: &RoomId, party: Party, press: u64) {
        self.press = Some((party, press));
    }

    /// All events of one write were seen.
    pub const fn write_is_over(&mut self) {
        self.press = None;
    }

    /// The service says that nobody waits for a room.
    pub fn nobody_waits_for(&mut self, room: &RoomId, day: ServiceDay) {
        let waiting = self.lines.waiting_for(room, day);
        self.holds("somebody is called whenever somebody waits", waiting.is_none(), || {
            format!("{room} gets nobody while {waiting:?} waits")
        });
    }

    /// The newest event that was seen of a zone.
    #[must_use]
    pub fn newest_of(&self, zone: &ZoneId) -> u64 {
        self.newest.get(zone).and_then(|log| log.last()).map_or(0, |(_, seq)| *seq)
    }

    /// The newest event of a zone that was committed at `at` or before.
    #[must_use]
    pub fn newest_at(&self, zone: &ZoneId, at: u64) -> u64 {
        let log = self.newest.get(zone).map_or(&[][..], Vec::as_slice);
        log.iter().rev().find(|(when, _)| *when <= at).map_or(0, |(_, seq)| *seq)
    }

    /// An event was committed while the service's clock showed `clock`.
    pub fn sees_event(&mut self, zone: &ZoneId, event: &BoardEvent, clock: UnixMillis, now: u64) {
        let log = self.newest.entry(zone.clone()).or_default();
        let expected = log.last().map_or(1, |(_, seq)| seq + 1);
        log.push((now, event.seq));
        self.holds("events are numbered without gaps", event.seq == expected, || {
            format!("{zone}: expected {expected}, got {}", event.seq)
        });
        if let queue_protocol::board::BoardEventKind::TicketIssued { number, .. } = &event.kind {
            self.is_given_out(*number, event.day, clock);
        }
        if let queue_protocol::board::BoardEventKind::TicketCalled { .. } = &event.kind
            && let Some(press) = self.press
        {
            let calls = self.calls_of_press.entry(press).or_default();
            *calls += 1;
            let calls = *calls;
            self.holds("one press calls one patient", calls == 1, || format!("{press:?} made {calls} calls"));
        }
        for verdict in self.lines.sees(zone, event) {
            let what = verdict.broken.clone();
            self.holds(verdict.promise, what.is_none(), || what.unwrap_or_default());
        }
    }

    fn is_given_out(&mut self, number: TicketNumber, day: ServiceDay, clock: UnixMillis) {
        let is_provisional = self.provisional.contains_key(&number);
        let own = if is_provisional { "any".to_owned() } else { self.day_at(clock) };
        let is_new = self.given_out.insert((own.clone(), number));
        self.holds("no number twice a day and series", is_new, || format!("{number} on {own}"));
        if !is_provisional {
            self.holds("the service day is the hospital's", own == day.to_string(), || {
                format!("{number} is of {day}, and it is {own}")
            });
        }
    }

    /// The day in Viet Nam (UTC+7, no summer time), by Hinnant's civil calendar.
    fn day_at(&self, clock: UnixMillis) -> String {
        let local = clock.0 + (7 - self.day_start_hour) * 3_600_000;
        let z = local.div_euclid(86_400_000) + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// A screen is shown while the card of `holder` was the last one that counted.
    pub fn sees_screen(&mut self, screen: &Screen, holder: Option<Person>, ticket: Option<&Ticket>) {
        match &screen.view {
            View::ChooseTicket { who, .. }
            | View::AskAge { who, .. }
            | View::ChooseService { who, .. }
            | View::DeclarePriority { who, .. } => self.names(&who.name, holder),
            View::Chip { name, .. } => self.names(name, holder),
            View::Number { number, .. } => self.shows_number(*number, holder, ticket),
            View::Welcome { .. }
            | View::OutOfService
            | View::PresentCard { .. }
            | View::TypeNumber { .. }
            | View::AwaitingOffer
            | View::FindingTickets
            | View::AskAppointment { .. }
            | View::Issuing { .. }
            | View::Apology(_) => {}
        }
    }

    fn names(&mut self, name: &MaskedName, holder: Option<Person>) {
        let is_theirs = holder.is_some_and(|person| person.is_called(name));
        self.holds("no patient's data outside its visit", is_theirs, || format!("{holder:?} sees another's name"));
    }

    fn shows_number(&mut self, number: TicketNumber, holder: Option<Person>, ticket: Option<&Ticket>) {
        let Some(ticket) = ticket.filter(|ticket| ticket.number == number) else {
            return self.breaks(format!("{number} is on a screen and was told to nobody"));
        };
        let key = key_of(ticket);
        let owner = match self.provisional.get(&number).filter(|_| key.1.is_none()) {
            Some(known) => Some(known.person),
            None => self.owners.get(&key).copied(),
        };
        let is_theirs = owner.is_none_or(|owner| owner == holder);
        self.holds("no patient's data outside its visit", is_theirs, || {
            format!("{holder:?} sees {number} of {owner:?}")
        });
        self.seen.insert(key);
    }

    /// That a number was shown is on the kiosk's disk: it is valid from here on.
    pub fn keeps(&mut self, ticket: Option<&Ticket>, request: RequestId) {
        if let Some(ticket) = ticket.filter(|ticket| ticket.request == request) {
            self.promised.insert(key_of(ticket), request);
        }
    }

    /// Nobody has been at a kiosk for long.
    pub fn is_long_gone(&mut self, glass: &Screen, has_patient: bool, visit: u64) {
        let is_clear = !has_patient && matches!(glass.view, View::Welcome { .. });
        self.holds("a visit that nobody goes on with ends by itself", is_clear, || format!("visit {visit}"));
    }

    /// A ticket goes to the printer.
    pub fn sees_face(&mut self, face: &TicketFace, holder: Option<Person>) {
        let is_theirs =
            face.patient.is_empty() || holder.is_some_and(|person| face.patient.starts_with(&person.name()));
        self.holds("no patient's data outside its visit", is_theirs, || format!("{holder:?} gets another's paper"));
    }

    /// What came out of a printer as one job.
    pub fn sees_paper(&mut self, kiosk: usize, tickets: &[u64], outcome: PrintOutcome) {
        for mark in tickets {
            let is_new = self.papers.insert((kiosk, *mark));
            self.holds("no ticket comes out twice", is_new, || format!("at kiosk {kiosk}"));
        }
        if outcome == PrintOutcome::Confirmed {
            self.holds("printed means confirmed", !tickets.is_empty(), || format!("no paper at kiosk {kiosk}"));
        }
    }
}

fn key_of(ticket: &Ticket) -> Key {
    (ticket.number, Some(ticket.day).filter(|_| !ticket.standing.provisional))
}
