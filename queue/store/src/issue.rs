use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use queue_core::{
    CheckIn, Clinic, Service, check_in, is_open, issued_at_local, line_of, next_number, place_of_arrival, service_day,
};
use queue_protocol::board::BoardEventKind;
use queue_protocol::model::{
    Arrival, KioskId, Line, RequestId, Series, ServiceDay, ServiceId, Standing, Ticket, TicketState, UnixMillis,
};
use queue_protocol::v1::IssueTicket;

use crate::audit;
use crate::boards::{Working, follow};
use crate::error::{IssueError, StoreError};
use crate::events::{self, Subject, Written};
use crate::requests::{self, Done};
use crate::rows::{TicketRow, claims_text, lane_cells, line_word};
use crate::sql::{Ask, Given, Insert, Result as SqlResult, Sql, Value, damaged, insert, one, row, values};
use crate::step::lane_of;
use crate::tickets;

/// The step by which a person was given the number they have already.
const AGAIN: &str = "again";

/// Somebody who asks for a number.
pub(crate) struct IssueAsked {
    pub(crate) asked: IssueTicket,
    pub(crate) now: UnixMillis,
}

/// What one of a group is answered.
pub(crate) type Issued = Result<(Ticket, Vec<Written>), IssueError>;

/// Issues a number to each of a group, or gives the one that its request, or its person, has already. Who is refused
/// harms no other.
///
/// No two of a group have one request, or one person for one service: what they find does not depend on each other, so
/// all look first, and then all write.
///
/// # Errors
/// The database's; then the whole group is to be undone.
pub(crate) fn issue_group<'a>(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    working: &mut Working,
    group: impl Iterator<Item = &'a IssueAsked> + Clone,
) -> Result<Vec<Issued>, StoreError> {
    let requests: Vec<RequestId> = group.clone().map(|one| one.asked.request).collect();
    sql.ahead(&|| questions(clinic, &requests, group.clone()))?;
    let taken = requests::taken(sql, &requests)?;
    let mut found = Vec::with_capacity(requests.len());
    for one in group.clone() {
        let is_known = taken.contains(&one.asked.request);
        found.push(unless_database(look(sql, clinic, is_known, one))?);
    }
    let (mut desk, mut issued) = (Desk::default(), Vec::with_capacity(found.len()));
    desk.look_up(sql, found.iter().flatten())?;
    for (found, one) in found.into_iter().zip(group) {
        let answer = match found {
            Ok(Found::Answer(ticket)) => Ok((*ticket, Vec::new())),
            Ok(Found::Fresh(service, day)) => unless_database(desk.issue(sql, clinic, working, (service, day), one))?,
            Err(refused) => Err(refused),
        };
        if let Ok((_, written)) = &answer {
            written.iter().for_each(|written| follow(working, written));
        }
        issued.push(answer);
    }
    Ok(issued)
}

/// What a group asks in any case.
pub(crate) fn questions<'a>(
    clinic: &Clinic,
    requests: &[RequestId],
    group: impl Iterator<Item = &'a IssueAsked>,
) -> Vec<Ask> {
    let mut asks = vec![requests::ask_taken(requests), Ask::new(NEWEST, &[])];
    let mut services: BTreeMap<ServiceDay, BTreeMap<&ServiceId, &Service>> = BTreeMap::new();
    for IssueAsked { asked, now } in group {
        let (Some(service), Ok(day)) = (clinic.service(&asked.service), service_day(*now, clinic)) else {
            continue;
        };
        let person = asked.arrival.person.map(|person| tickets::ask_of_person(day, &service.id, &person.into_bytes()));
        asks.extend(person);
        services.entry(day).or_default().insert(&service.id, service);
    }
    for (day, services) in services {
        let series: BTreeSet<Series> = services.values().map(|service| service.series).collect();
        asks.push(Ask { text: NEWEST_OF_SERIES, given: Given::Day(day, words(&series)) });
        let counted = services.values().filter(|service| service.quota.is_some());
        asks.extend(counted.map(|service| Ask::new(ISSUED_TODAY, &issued_today_values(day, &service.id))));
    }
    asks
}

fn words(series: &BTreeSet<Series>) -> Vec<String> {
    series.iter().map(ToString::to_string).collect()
}

/// Tells a failure of the database, which is the whole group's, from a refusal, which is one's own.
fn unless_database<T>(result: Result<T, IssueError>) -> Result<Result<T, IssueError>, StoreError> {
    match result {
        Err(IssueError::Store(error)) => Err(error),
        other => Ok(other),
    }
}

/// What there is before a number is given out.
enum Found<'c> {
    /// The request, or its person, has one.
    Answer(Box<Ticket>),
    /// Nobody has one; for this service, on this day.
    Fresh(&'c Service, ServiceDay),
}

fn look<'c>(
    sql: &mut dyn Sql,
    clinic: &'c Clinic,
    is_known: bool,
    IssueAsked { asked, now }: &IssueAsked,
) -> Result<Found<'c>, IssueError> {
    if is_known {
        return answered(sql, asked).map(|ticket| Found::Answer(Box::new(ticket)));
    }
    let service = clinic.service(&asked.service).ok_or_else(|| IssueError::UnknownService(asked.service.clone()))?;
    let day = service_day(*now, clinic)?;
    if let Some(person) = asked.arrival.person
        && let Some(held) = tickets::of_person(sql, day, &service.id, &person.into_bytes())?
    {
        return Ok(Found::Answer(Box::new(give_again(sql, asked, held)?)));
    }
    Ok(Found::Fresh(service, day))
}

/// What a known request has been answered.
fn answered(sql: &mut dyn Sql, asked: &IssueTicket) -> Result<Ticket, IssueError> {
    let spent = IssueError::RequestSpent(asked.request);
    if let Some(known) = tickets::by_request(sql, asked.request)? {
        let same = known.ticket.service == asked.service && known.now.state != TicketState::Voided;
        return if same { Ok(known.ticket) } else { Err(spent) };
    }
    answered_before(sql, asked)?.ok_or(spent)
}

/// What this request has answered when its person had a number already.
fn answered_before(sql: &mut dyn Sql, asked: &IssueTicket) -> Result<Option<Ticket>, IssueError> {
    let Some(done) = requests::done(sql, asked.request)? else {
        return Ok(None);
    };
    let same = done.step == AGAIN && done.subject == asked.service.as_str();
    if !same || requests::is_voided(sql, asked.request)? {
        return Err(IssueError::RequestSpent(asked.request));
    }
    let row = tickets::by_id(sql, done.ticket)?.ok_or(IssueError::RequestSpent(asked.request))?;
    Ok(Some(copy_for(asked.request, row.ticket, done.line, done.state)))
}

/// Gives a person the number they have: one live ticket a person and service.
fn give_again(sql: &mut dyn Sql, asked: &IssueTicket, held: TicketRow) -> SqlResult<Ticket> {
    let done = Done {
        request: asked.request,
        step: AGAIN,
        subject: asked.service.as_str(),
        ticket: held.id,
        now: &held.now,
        room: held.now.room.as_ref(),
        call: None,
    };
    requests::remember(sql, &done)?;
    Ok(copy_for(asked.request, held.ticket, held.now.line, held.now.state))
}

/// The ticket as the visit that asked again sees it.
fn copy_for(request: RequestId, ticket: Ticket, line: Line, state: TicketState) -> Ticket {
    Ticket { request, standing: Standing { line, held_before: Some(state), ..ticket.standing }, ..ticket }
}

/// The ticket as its person is told of it, who has it from before.
pub(crate) fn as_held(row: TicketRow) -> Ticket {
    copy_for(row.ticket.request, row.ticket, row.now.line, row.now.state)
}

/// What a group's numbers follow on: read once, then counted.
#[derive(Default)]
struct Desk {
    newest: Option<(i64, ServiceDay)>,
    /// The newest number of a series and when its holder came; `None` before the first.
    series: BTreeMap<(ServiceDay, Series), Option<(u16, UnixMillis)>>,
    issued: BTreeMap<(ServiceDay, ServiceId), u32>,
}

impl Desk {
    fn issue(
        &mut self,
        sql: &mut dyn Sql,
        clinic: &Clinic,
        working: &Working,
        (service, day): (&Service, ServiceDay),
        IssueAsked { asked, now }: &IssueAsked,
    ) -> Issued {
        let line = self.admit(sql, clinic, (service, day), asked, *now)?;
        let last = self.series.get(&(day, service.series)).copied().flatten();
        let ticket = Ticket {
            request: asked.request,
            day,
            number: next_number(service.series, last.map(|(ordinal, _)| ordinal))?,
            service: service.id.clone(),
            service_name: service.name.clone(),
            place: service.place.clone(),
            ahead: ahead(sql, working, service, day)?,
            issued_at: *now,
            issued_at_local: issued_at_local(*now, clinic)?,
            standing: Standing { line, ..Standing::default() },
        };
        let arrived_at = last.map_or(*now, |(_, before)| before.max(*now));
        let id = self.next_arrival(sql, day)?;
        let (kiosk, arrival) = (&asked.kiosk, &asked.arrival);
        let entered = Entered { id, kiosk, service, arrival, arrived_at, arrival_place: None, kiosk_clock: None };
        let newest = working.get(&service.zone).map(|boards| boards.seq());
        let written = enter(sql, &entered, &ticket, newest)?;
        note(sql, id, kiosk, &ticket)?;
        self.series.insert((day, service.series), Some((ticket.number.ordinal(), arrived_at)));
        if let Some(count) = self.issued.get_mut(&(day, service.id.clone())) {
            *count = count.saturating_add(1);
        }
        Ok((ticket, vec![written]))
    }

    /// Whether a number may be given out, and the line it stands in.
    fn admit(
        &mut self,
        sql: &mut dyn Sql,
        clinic: &Clinic,
        (service, day): (&Service, ServiceDay),
        asked: &IssueTicket,
        now: UnixMillis,
    ) -> Result<Line, IssueError> {
        if !is_open(service, now, clinic)? {
            return Err(IssueError::Closed(service.id.clone()));
        }
        let booking = asked.arrival.booked_for.map(|at| check_in(at, now, clinic.rules().booking));
        if booking == Some(CheckIn::TooEarly) {
            return Err(IssueError::BookingTooEarly(service.id.clone()));
        }
        if let Some(quota) = service.quota
            && self.issued_today(sql, day, &service.id)? >= quota
        {
            return Err(IssueError::QuotaReached { service: service.id.clone(), quota });
        }
        Ok(line_of(&asked.arrival.groups, booking, clinic.rules().declared))
    }

    fn issued_today(&mut self, sql: &mut dyn Sql, day: ServiceDay, service: &ServiceId) -> SqlResult<u32> {
        match self.issued.entry((day, service.clone())) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(place) => Ok(*place.insert(issued_today(sql, day, service)?)),
        }
    }

    /// Reads where each series that is asked for has come to, and how many numbers each service has given out that may
    /// give out only so many: before anything is written.
    fn look_up<'a, 'c: 'a>(&mut self, sql: &mut dyn Sql, found: impl Iterator<Item = &'a Found<'c>>) -> SqlResult<()> {
        let mut wanted: BTreeMap<ServiceDay, BTreeSet<Series>> = BTreeMap::new();
        for found in found {
            if let Found::Fresh(service, day) = found {
                wanted.entry(*day).or_default().insert(service.series);
                if service.quota.is_some() {
                    self.issued_today(sql, *day, &service.id)?;
                }
            }
        }
        for (day, series) in wanted {
            let rows = sql.query_day_each(NEWEST_OF_SERIES, day, &words(&series))?;
            self.series.extend(series.into_iter().map(|series| ((day, series), None)));
            for mut row in rows {
                let series = Series::new(&row.text()?).map_err(damaged)?;
                self.series.insert((day, series), Some((row.number()?, row.millis()?)));
            }
        }
        Ok(())
    }

    fn next_arrival(&mut self, sql: &mut dyn Sql, day: ServiceDay) -> SqlResult<i64> {
        let id = match self.newest {
            Some((last, last_day)) if last_day == day => last.saturating_add(1),
            Some(_) | None => next_arrival(sql, day)?,
        };
        self.newest = Some((id, day));
        Ok(id)
    }
}

fn issued_today(sql: &mut dyn Sql, day: ServiceDay, service: &ServiceId) -> SqlResult<u32> {
    one(sql, ISSUED_TODAY, &issued_today_values(day, service))?.map_or(Ok(0), |mut row| row.number())
}

const ISSUED_TODAY: &str = "SELECT count(*) FROM ticket WHERE day = ?1 AND service = ?2 AND state <> 'voided'";

fn issued_today_values(day: ServiceDay, service: &ServiceId) -> [Value; 2] {
    [day.to_string().into(), service.as_str().into()]
}

const NEWEST_OF_SERIES: &str =
    "SELECT series, ordinal, arrived_at FROM ticket WHERE day = ?1 AND series = ?2 ORDER BY ordinal DESC LIMIT 1";

/// How many wait for `service`. The folded board knows without counting.
fn ahead(sql: &mut dyn Sql, working: &Working, service: &Service, day: ServiceDay) -> SqlResult<u32> {
    if let Some(board) = working.get(&service.zone).and_then(|boards| boards.held(day)) {
        return Ok(board.waiting.get(&service.id).copied().unwrap_or(0));
    }
    let row = one(
        sql,
        "SELECT count(*) FROM ticket WHERE day = ?1 AND at_service = ?2 AND state = 'waiting'",
        values![day.to_string(), service.id.as_str()],
    )?;
    row.map_or(Ok(0), |mut row| row.number())
}

fn note(sql: &mut dyn Sql, id: i64, kiosk: &KioskId, ticket: &Ticket) -> SqlResult<()> {
    let actor = format!("kiosk:{kiosk}");
    let entry = audit::Entry {
        at: ticket.issued_at,
        day: ticket.day,
        actor: &actor,
        step: "issue",
        ticket: Some(id),
        room: None,
        request: ticket.request,
        detail: line_word(ticket.standing.line),
    };
    audit::write(sql, &entry)
}

/// What is stored with a new ticket besides what its patient gets.
pub(crate) struct Entered<'a> {
    /// From [`next_arrival`].
    pub(crate) id: i64,
    pub(crate) kiosk: &'a KioskId,
    pub(crate) service: &'a Service,
    pub(crate) arrival: &'a Arrival,
    pub(crate) arrived_at: UnixMillis,
    /// Its place in the order of arrival, where that is not the order in which tickets are stored.
    pub(crate) arrival_place: Option<i64>,
    /// What the kiosk's clock showed when it issued the number by itself.
    pub(crate) kiosk_clock: Option<UnixMillis>,
}

pub(crate) static TICKET: Insert = insert!(
    "ticket": id Int, request Bytes, kiosk Text, day Text, series Text, ordinal Int, service Text, service_name Text,
    place Text, zone Text, ahead Int, issued_at Int, issued_at_local Text, issued_line Text, arrived_at Int,
    booked_for Int, person Bytes, state Text, at_service Text, at_zone Text, line Text, lane Text, due Int,
    position Int, claims Text, provisional Int, arrival_place Int, kiosk_clock Int,
    no_identity Int
);

/// Stores a new ticket that waits, and its event; `newest` is the newest of the zone where that is known.
pub(crate) fn enter(
    sql: &mut dyn Sql,
    entered: &Entered<'_>,
    ticket: &Ticket,
    newest: Option<u64>,
) -> SqlResult<Written> {
    let Entered { id, service, arrival, .. } = *entered;
    let line = ticket.standing.line;
    let (lane, due) = lane_cells(lane_of(line, arrival.booked_for));
    let person = arrival.person.map_or(Value::Null, |person| Value::Bytes(person.into_bytes().to_vec()));
    sql.insert(
        &TICKET,
        row![
            id,
            ticket.request,
            entered.kiosk.as_str(),
            ticket.day.to_string(),
            ticket.number.series().to_string(),
            ticket.number.ordinal(),
            ticket.service.as_str(),
            ticket.service_name.as_str(),
            ticket.place.as_str(),
            service.zone.as_str(),
            ticket.ahead,
            ticket.issued_at,
            ticket.issued_at_local.as_str(),
            line_word(line),
            entered.arrived_at,
            arrival.booked_for,
            person,
            TicketState::Waiting.word(),
            ticket.service.as_str(),
            service.zone.as_str(),
            line_word(line),
            lane,
            due,
            entered.arrival_place.unwrap_or_else(|| place_of_arrival(id)),
            claims_text(&arrival.groups),
            i64::from(ticket.standing.provisional),
            entered.arrival_place,
            entered.kiosk_clock,
            i64::from(arrival.no_identity)
        ],
    )?;
    let subject = Subject { ticket: id, zone: &service.zone, day: ticket.day, call: None };
    let kind = BoardEventKind::TicketIssued { service: ticket.service.clone(), number: ticket.number };
    match newest {
        Some(newest) => events::append_after(sql, newest, subject, kind),
        None => events::append(sql, subject, kind),
    }
}

const NEWEST: &str = "SELECT id, day FROM ticket ORDER BY id DESC LIMIT 1";

/// The next place in the order of arrival. The first ticket of a service day wipes the persons of the days before.
pub(crate) fn next_arrival(sql: &mut dyn Sql, day: ServiceDay) -> SqlResult<i64> {
    let Some(mut row) = one(sql, NEWEST, &[])? else {
        return Ok(1);
    };
    let (last, last_day): (i64, ServiceDay) = (row.int()?, row.parsed()?);
    if last_day != day {
        let before = day.min(last_day).to_string();
        sql.execute(
            "UPDATE ticket SET person = NULL WHERE person IS NOT NULL AND (day < ?1 OR (day = ?1 AND day <> ?2))",
            values![before, day.to_string()],
        )?;
    }
    Ok(last.saturating_add(1))
}
