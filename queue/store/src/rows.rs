//! Rows to values and back.

use queue_core::{Lane, Waiting, place_of_arrival};
use queue_protocol::board::{BoardEvent, BoardEventKind};
use queue_protocol::model::{
    Call, CallMark, GroupClaim, Line, PriorityGroup, Proof, RequestId, RoomId, Series, ServiceDay, ServiceId, Standing,
    Ticket, TicketNumber, TicketState, UnixMillis, ZoneId,
};

use crate::sql::{DatabaseError, Result, Row, damaged};

/// A ticket as it is stored.
pub(crate) struct TicketRow {
    /// Its place in the order of arrival.
    pub(crate) id: i64,
    /// As it was issued.
    pub(crate) ticket: Ticket,
    pub(crate) booked_for: Option<UnixMillis>,
    /// Its place in the order of arrival, for lines that keep it.
    pub(crate) arrival_place: i64,
    /// Its patient came without any identity.
    pub(crate) no_identity: bool,
    pub(crate) now: Now,
}

/// What changes in a ticket's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) state: TicketState,
    pub(crate) service: ServiceId,
    pub(crate) zone: ZoneId,
    pub(crate) room: Option<RoomId>,
    pub(crate) line: Line,
    pub(crate) lane: Lane,
    pub(crate) position: i64,
    pub(crate) claims: Vec<GroupClaim>,
    pub(crate) rejoins: u32,
}

macro_rules! ticket_columns {
    () => {
        "ticket.id, ticket.request, ticket.day, ticket.series, ticket.ordinal, ticket.service, ticket.service_name, \
         ticket.place, ticket.ahead, ticket.issued_at, ticket.issued_at_local, ticket.issued_line, ticket.booked_for, \
         ticket.state, ticket.at_service, ticket.at_zone, ticket.room, ticket.line, ticket.lane, ticket.due, \
         ticket.position, ticket.claims, ticket.rejoins, ticket.provisional, ticket.arrival_place, ticket.no_identity"
    };
}
pub(crate) use ticket_columns;

/// The condition that a ticket is aside, letter by letter that of the index `ticket_aside`, or SQLite does not use it.
macro_rules! is_aside {
    () => {
        "(state = 'missed' OR state = 'away' OR state = 'held')"
    };
}
pub(crate) use is_aside;

/// The condition that a ticket is with a room, letter by letter that of the index `ticket_at_room`.
macro_rules! is_at_room {
    () => {
        "(state = 'called' OR state = 'in_room')"
    };
}
pub(crate) use is_at_room;

/// The condition that a ticket is live, letter by letter that of the index `ticket_person`; `$table` is `""` or its name
/// with a full stop.
macro_rules! is_live {
    ($table:literal) => {
        concat!(
            "(",
            $table,
            "state = 'waiting' OR ",
            $table,
            "state = 'called' OR ",
            $table,
            "state = 'in_room' OR ",
            $table,
            "state = 'missed' OR ",
            $table,
            "state = 'away' OR ",
            $table,
            "state = 'held')"
        )
    };
}
pub(crate) use is_live;

pub(crate) fn ticket(mut row: Row) -> Result<TicketRow> {
    let id = row.int()?;
    let mut ticket = Ticket {
        request: row.request()?,
        day: row.parsed()?,
        number: number(&mut row)?,
        service: row.parsed()?,
        service_name: row.text()?,
        place: row.text()?,
        ahead: row.number()?,
        issued_at: row.millis()?,
        issued_at_local: row.text()?,
        standing: Standing { line: line(&mut row)?, ..Standing::default() },
    };
    let booked_for = row.optional_int()?.map(UnixMillis);
    let now = Now {
        state: state(&mut row)?,
        service: row.parsed()?,
        zone: row.parsed()?,
        room: row.optional()?,
        line: line(&mut row)?,
        lane: lane(&mut row)?,
        position: row.int()?,
        claims: claims(&row.text()?)?,
        rejoins: row.number()?,
    };
    ticket.standing.provisional = row.flag()?;
    let arrival_place = row.optional_int()?.unwrap_or_else(|| place_of_arrival(id));
    let no_identity = row.flag()?;
    Ok(TicketRow { id, ticket, booked_for, arrival_place, no_identity, now })
}

macro_rules! call_columns {
    () => {
        "ticket.series, ticket.ordinal, event.service, call.room, call.room_name, call.called_at, event.line, \
         event.recalls, ticket.provisional"
    };
}
pub(crate) use call_columns;

/// A call as its event tells it.
pub(crate) fn call(row: &mut Row) -> Result<Call> {
    Ok(Call {
        number: number(row)?,
        service: row.parsed()?,
        room: row.parsed()?,
        room_name: row.text()?,
        called_at: row.millis()?,
        mark: CallMark { line: line(row)?, recalls: row.number()?, provisional: row.flag()? },
    })
}

macro_rules! waiting_columns {
    () => {
        "id, at_service, lane, due, position, arrived_at"
    };
}
pub(crate) use waiting_columns;

pub(crate) fn waiting(mut row: Row) -> Result<Waiting> {
    Ok(Waiting {
        arrival: row.int()?,
        service: row.parsed()?,
        lane: lane(&mut row)?,
        place: row.int()?,
        arrived_at: row.millis()?,
    })
}

macro_rules! event_columns {
    () => {
        "event.seq, event.day, event.kind, event.from_state, event.to_state, event.service, event.line, \
         event.recalls, ticket.series, ticket.ordinal, ticket.provisional, call.room, call.room_name, call.called_at"
    };
}
pub(crate) use event_columns;

pub(crate) fn event(mut row: Row) -> Result<BoardEvent> {
    let (seq, day) = (row.number()?, row.parsed()?);
    let kind = row.text()?;
    let (from, to) = (optional_state(&mut row)?, optional_state(&mut row)?);
    let service: ServiceId = row.parsed()?;
    let (line, recalls) = (line(&mut row)?, row.number()?);
    let (number, provisional) = (number(&mut row)?, row.flag()?);
    let missing = || damaged("the event has no state");
    let kind = match kind.as_str() {
        "issued" => BoardEventKind::TicketIssued { service, number },
        "joined" => BoardEventKind::TicketJoined { service, number },
        "voided" => BoardEventKind::TicketVoided { service, number, from: from.ok_or_else(missing)? },
        "left" => BoardEventKind::TicketLeft { service, number, from: from.ok_or_else(missing)? },
        "stepped" => {
            let (from, to) = from.zip(to).ok_or_else(missing)?;
            BoardEventKind::TicketStepped { service, number, from, to }
        }
        "marked" => BoardEventKind::TicketMarked { number, line },
        "called" | "recalled" => {
            let (room, room_name, called_at) = (row.parsed()?, row.text()?, row.millis()?);
            let call =
                Call { number, service, room, room_name, called_at, mark: CallMark { line, recalls, provisional } };
            if kind == "called" {
                BoardEventKind::TicketCalled { call }
            } else {
                BoardEventKind::TicketRecalled { call }
            }
        }
        other => return Err(damaged(format!("unknown event kind {other:?}"))),
    };
    Ok(BoardEvent { seq, day, kind })
}

/// A row's service day, request or other single text.
pub(crate) fn day(mut row: Row) -> Result<ServiceDay> {
    row.parsed()
}

pub(crate) fn state(row: &mut Row) -> Result<TicketState> {
    optional_state(row)?.ok_or_else(|| damaged("the ticket has no state"))
}

fn optional_state(row: &mut Row) -> Result<Option<TicketState>> {
    let Some(word) = row.optional::<Word>()? else {
        return Ok(None);
    };
    let known = TicketState::ALL.into_iter().find(|state| state.word() == word.0);
    known.map(Some).ok_or_else(|| damaged(format!("unknown ticket state {:?}", word.0)))
}

/// A text that is looked up in a list of ours.
struct Word(String);

impl std::str::FromStr for Word {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

pub(crate) const fn line_word(line: Line) -> &'static str {
    match line {
        Line::Emergency => "emergency",
        Line::Priority => "priority",
        Line::Booked => "booked",
        Line::Normal => "normal",
    }
}

pub(crate) fn line(row: &mut Row) -> Result<Line> {
    line_of_word(&row.text()?)
}

fn line_of_word(word: &str) -> Result<Line> {
    let lines = [Line::Emergency, Line::Priority, Line::Booked, Line::Normal];
    let known = lines.into_iter().find(|line| line_word(*line) == word);
    known.ok_or_else(|| damaged(format!("unknown line {word:?}")))
}

/// How a lane is stored: its word, and when it is due.
pub(crate) const fn lane_cells(lane: Lane) -> (&'static str, i64) {
    match lane {
        Lane::New(line) => (line_word(line), 0),
        Lane::Booked(at) => ("booked", at.0),
        Lane::Back(due) => ("back", due),
    }
}

fn lane(row: &mut Row) -> Result<Lane> {
    let (word, due) = (row.text()?, row.int()?);
    match word.as_str() {
        "back" => Ok(Lane::Back(due)),
        "booked" => Ok(Lane::Booked(UnixMillis(due))),
        other => line_of_word(other).map(Lane::New),
    }
}

fn number(row: &mut Row) -> Result<TicketNumber> {
    let series: Series = Series::new(&row.text()?).map_err(damaged)?;
    TicketNumber::new(series, row.number()?).map_err(damaged)
}

const GROUPS: [(PriorityGroup, &str); 6] = [
    (PriorityGroup::Emergency, "emergency"),
    (PriorityGroup::Under6, "under6"),
    (PriorityGroup::Pregnant, "pregnant"),
    (PriorityGroup::SevereDisability, "severe_disability"),
    (PriorityGroup::Aged75, "aged_75"),
    (PriorityGroup::Merit, "merit"),
];

/// Groups as they are stored: `aged_75:verified pregnant:declared`, each once.
pub(crate) fn claims_text(claims: &[GroupClaim]) -> String {
    let mut words: Vec<String> = claims
        .iter()
        .filter_map(|claim| {
            let (_, word) = GROUPS.iter().find(|(group, _)| *group == claim.group)?;
            let proof = match claim.proof {
                Proof::Declared => "declared",
                Proof::Verified => "verified",
            };
            Some(format!("{word}:{proof}"))
        })
        .collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

fn claims(text: &str) -> Result<Vec<GroupClaim>> {
    let claim = |word: &str| -> std::result::Result<GroupClaim, DatabaseError> {
        let unknown = || damaged(format!("unknown group {word:?}"));
        let (group, proof) = word.split_once(':').ok_or_else(unknown)?;
        let (group, _) = *GROUPS.iter().find(|(_, known)| *known == group).ok_or_else(unknown)?;
        let proof = match proof {
            "declared" => Proof::Declared,
            "verified" => Proof::Verified,
            _ => return Err(unknown()),
        };
        Ok(GroupClaim { group, proof })
    };
    text.split_whitespace().map(claim).collect()
}

/// A room as it is stored: `''` for none.
pub(crate) fn room_cell(room: Option<&RoomId>) -> &str {
    room.map_or("", RoomId::as_str)
}

/// What a request of a step has answered.
pub(crate) struct DoneRow {
    pub(crate) step: String,
    pub(crate) subject: String,
    pub(crate) ticket: i64,
    pub(crate) state: TicketState,
    pub(crate) service: ServiceId,
    pub(crate) line: Line,
    pub(crate) room: Option<RoomId>,
    pub(crate) call: Option<i64>,
    pub(crate) recalls: u32,
}

pub(crate) fn done(mut row: Row) -> Result<DoneRow> {
    Ok(DoneRow {
        step: row.text()?,
        subject: row.text()?,
        ticket: row.int()?,
        state: state(&mut row)?,
        service: row.parsed()?,
        line: line(&mut row)?,
        room: row.optional()?,
        call: row.optional_int()?,
        recalls: row.number()?,
    })
}

/// The parameter of a request's bytes.
pub(crate) fn request_cell(request: RequestId) -> crate::sql::Value {
    request.into()
}
