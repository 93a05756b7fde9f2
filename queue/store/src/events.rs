use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use queue_protocol::board::{BoardEvent, BoardEventKind};
use queue_protocol::model::{Line, LogId, ServiceDay, TicketState, ZoneId};

use crate::rows::{self, event_columns, line_word};
use crate::sql::{Ask, Insert, Result, Sql, Value, damaged, insert, one, row, values};

/// Most events one read gives.
pub const EVENTS_PER_READ_MAX: u32 = 256;

/// An event of a log, with a place for what all who follow the log are told of it: that is made once.
#[derive(Debug)]
pub struct LoggedEvent {
    event: BoardEvent,
    told: OnceLock<Bytes>,
}

impl LoggedEvent {
    /// What is told of the event: made by `tell` the first time it is asked for. All who ask tell it the same way.
    ///
    /// # Errors
    /// Those of `tell`.
    pub fn told<E>(
        &self,
        tell: impl FnOnce(&BoardEvent) -> std::result::Result<Bytes, E>,
    ) -> std::result::Result<Bytes, E> {
        if let Some(told) = self.told.get() {
            return Ok(told.clone());
        }
        let told = tell(&self.event)?;
        Ok(self.told.get_or_init(|| told).clone())
    }
}

impl From<BoardEvent> for LoggedEvent {
    fn from(event: BoardEvent) -> Self {
        Self { event, told: OnceLock::new() }
    }
}

impl Deref for LoggedEvent {
    type Target = BoardEvent;

    fn deref(&self) -> &BoardEvent {
        &self.event
    }
}

/// An event that a command has written, before and after its commit.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) zone: ZoneId,
    pub(crate) event: Arc<LoggedEvent>,
}

/// What an event row points to besides what is in the event.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) ticket: i64,
    pub(crate) zone: &'a ZoneId,
    pub(crate) day: ServiceDay,
    pub(crate) call: Option<i64>,
}

/// The cells of an event of a kind.
struct Cells<'a> {
    word: &'static str,
    service: &'a str,
    from: Option<TicketState>,
    to: Option<TicketState>,
    line: Line,
    recalls: u32,
}

fn cells(kind: &BoardEventKind) -> Cells<'_> {
    let plain = Cells { word: "", service: "", from: None, to: None, line: Line::Normal, recalls: 0 };
    match kind {
        BoardEventKind::TicketIssued { service, .. } => Cells { word: "issued", service: service.as_str(), ..plain },
        BoardEventKind::TicketJoined { service, .. } => Cells { word: "joined", service: service.as_str(), ..plain },
        BoardEventKind::TicketVoided { service, from, .. } => {
            Cells { word: "voided", service: service.as_str(), from: Some(*from), ..plain }
        }
        BoardEventKind::TicketLeft { service, from, .. } => {
            Cells { word: "left", service: service.as_str(), from: Some(*from), ..plain }
        }
        BoardEventKind::TicketStepped { service, from, to, .. } => {
            Cells { word: "stepped", service: service.as_str(), from: Some(*from), to: Some(*to), ..plain }
        }
        BoardEventKind::TicketCalled { call } => Cells {
            word: "called",
            service: call.service.as_str(),
            line: call.mark.line,
            recalls: call.mark.recalls,
            ..plain
        },
        BoardEventKind::TicketRecalled { call } => Cells {
            word: "recalled",
            service: call.service.as_str(),
            line: call.mark.line,
            recalls: call.mark.recalls,
            ..plain
        },
        BoardEventKind::TicketMarked { line, .. } => Cells { word: "marked", line: *line, ..plain },
    }
}

pub(crate) static EVENT: Insert = insert!(
    "event": zone Text, seq Int, day Text, kind Text, ticket Int, call Int, from_state Text, to_state Text,
    service Text, line Text, recalls Int
);

/// Appends to the zone's log.
pub(crate) fn append(sql: &mut dyn Sql, subject: Subject<'_>, kind: BoardEventKind) -> Result<Written> {
    let newest = newest(sql, subject.zone)?;
    append_after(sql, newest, subject, kind)
}

/// Appends to the zone's log, whose newest event is `newest`. The schema refuses a place that is taken.
pub(crate) fn append_after(
    sql: &mut dyn Sql,
    newest: u64,
    subject: Subject<'_>,
    kind: BoardEventKind,
) -> Result<Written> {
    let seq = newest.saturating_add(1);
    let Cells { word, service, from, to, line, recalls } = cells(&kind);
    // Every event has a service in its row, so that rows of one kind are alike; a mark has none on the wire.
    let service = if service.is_empty() { "-" } else { service };
    sql.insert(
        &EVENT,
        row![
            subject.zone.as_str(),
            i64::try_from(seq).map_err(damaged)?,
            subject.day.to_string(),
            word,
            subject.ticket,
            subject.call,
            from.map(TicketState::word),
            to.map(TicketState::word),
            service,
            line_word(line),
            recalls
        ],
    )?;
    let event = Arc::new(LoggedEvent::from(BoardEvent { seq, day: subject.day, kind }));
    Ok(Written { zone: subject.zone.clone(), event })
}

const AFTER: &str = concat!(
    "SELECT ",
    event_columns!(),
    " FROM event JOIN ticket ON ticket.id = event.ticket LEFT JOIN call ON call.id = event.call
     WHERE event.zone = ?1 AND event.seq > ?2 ORDER BY event.seq LIMIT ?3"
);

/// Events after `seq`, oldest first.
pub(crate) fn after(sql: &mut dyn Sql, zone: &ZoneId, seq: u64, limit: u32) -> Result<Vec<BoardEvent>> {
    sql.query(AFTER, &after_values(zone, seq, limit))?.into_iter().map(rows::event).collect()
}

/// What [`after`] asks.
pub(crate) fn ask_after(zone: &ZoneId, seq: u64, limit: u32) -> Ask {
    Ask::new(AFTER, &after_values(zone, seq, limit))
}

fn after_values(zone: &ZoneId, seq: u64, limit: u32) -> [Value; 3] {
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    [zone.as_str().into(), seq.into(), limit.min(EVENTS_PER_READ_MAX).into()]
}

/// Events of one service day after `seq`, oldest first.
pub(crate) fn of_day_after(sql: &mut dyn Sql, zone: &ZoneId, day: ServiceDay, seq: u64) -> Result<Vec<BoardEvent>> {
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    let rows = sql.query(
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM event JOIN ticket ON ticket.id = event.ticket LEFT JOIN call ON call.id = event.call
             WHERE event.zone = ?1 AND event.day = ?2 AND event.seq > ?3 ORDER BY event.seq LIMIT ?4"
        ),
        values![zone.as_str(), day.to_string(), seq, EVENTS_PER_READ_MAX],
    )?;
    rows.into_iter().map(rows::event).collect()
}

/// The service day of one event.
pub(crate) fn day_of(sql: &mut dyn Sql, zone: &ZoneId, seq: u64) -> Result<Option<ServiceDay>> {
    let Ok(seq) = i64::try_from(seq) else {
        return Ok(None);
    };
    let row = one(sql, "SELECT day FROM event WHERE zone = ?1 AND seq = ?2", values![zone.as_str(), seq])?;
    row.map(rows::day).transpose()
}

/// The newest event of a zone; 0 before the first.
pub(crate) fn newest(sql: &mut dyn Sql, zone: &ZoneId) -> Result<u64> {
    let row = one(sql, NEWEST, values![zone.as_str()])?;
    row.map_or(Ok(0), |mut row| row.number())
}

/// What [`newest`] asks.
pub(crate) fn ask_newest(zone: &ZoneId) -> Ask {
    Ask::new(NEWEST, values![zone.as_str()])
}

const NEWEST: &str = "SELECT coalesce(max(seq), 0) FROM event WHERE zone = ?1";

/// The newest service day besides those that are `known`.
pub(crate) fn day_before(sql: &mut dyn Sql, zone: &ZoneId, known: &[ServiceDay]) -> Result<Option<ServiceDay>> {
    let known_at = |at: usize| known.get(at).map_or_else(String::new, ToString::to_string);
    let row = one(
        sql,
        "SELECT day FROM event WHERE zone = ?1 AND day <> ?2 AND day <> ?3 ORDER BY day DESC LIMIT 1",
        values![zone.as_str(), known_at(0), known_at(1)],
    )?;
    row.map(rows::day).transpose()
}

/// The identity of this database's log.
pub(crate) fn log(sql: &mut dyn Sql) -> Result<LogId> {
    let row = one(sql, LOG, &[])?;
    let id = row.ok_or_else(|| damaged("the log has no identity"))?.int()?;
    Ok(LogId::new(id.cast_unsigned()))
}

/// What [`log`] asks.
pub(crate) fn ask_log() -> Ask {
    Ask::new(LOG, &[])
}

const LOG: &str = "SELECT id FROM log_identity WHERE one = 1";
