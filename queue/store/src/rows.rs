//! Rows to values. A row that is no value is damage, told as SQLite's conversion error.

use queue_protocol::board::{BoardEvent, BoardEventKind};
use queue_protocol::model::{Call, RequestId, Series, Ticket, TicketNumber, TicketState, UnixMillis, ZoneId};
use rusqlite::types::Type;
use rusqlite::{Error, Result, Row};

/// A ticket as it is stored.
pub(crate) struct TicketRow {
    pub(crate) id: i64,
    pub(crate) zone: ZoneId,
    pub(crate) state: TicketState,
    pub(crate) ticket: Ticket,
}

pub(crate) const TICKET_COLUMNS: &str = "id, request, day, series, ordinal, service, service_name, place, zone, ahead, \
     issued_at, issued_at_local, state";

pub(crate) fn ticket(row: &Row<'_>) -> Result<TicketRow> {
    let request: [u8; 16] = row.get("request")?;
    let ticket = Ticket {
        request: RequestId::from_bytes(request),
        day: parsed(row, "day")?,
        number: number(row)?,
        service: parsed(row, "service")?,
        service_name: row.get("service_name")?,
        place: row.get("place")?,
        ahead: row.get("ahead")?,
        issued_at: UnixMillis(row.get("issued_at")?),
        issued_at_local: row.get("issued_at_local")?,
    };
    Ok(TicketRow { id: row.get("id")?, zone: parsed(row, "zone")?, state: state(row, "state")?, ticket })
}

pub(crate) const CALL_COLUMNS: &str =
    "ticket.series, ticket.ordinal, ticket.service, call.room, call.room_name, call.called_at";

pub(crate) fn call(row: &Row<'_>) -> Result<Call> {
    Ok(Call {
        number: number(row)?,
        service: parsed(row, "service")?,
        room: parsed(row, "room")?,
        room_name: row.get("room_name")?,
        called_at: UnixMillis(row.get("called_at")?),
    })
}

pub(crate) fn event(row: &Row<'_>) -> Result<BoardEvent> {
    let kind: String = row.get("kind")?;
    let kind = match kind.as_str() {
        "issued" => BoardEventKind::TicketIssued { service: parsed(row, "service")?, number: number(row)? },
        "called" => BoardEventKind::TicketCalled { call: call(row)? },
        "voided" => BoardEventKind::TicketVoided {
            service: parsed(row, "service")?,
            number: number(row)?,
            from: state(row, "from_state")?,
        },
        other => return Err(damaged(format!("unknown event kind {other:?}"))),
    };
    let seq: i64 = row.get("seq")?;
    Ok(BoardEvent { seq: u64::try_from(seq).map_err(damaged)?, day: parsed(row, "day")?, kind })
}

/// The word a state is stored as.
pub(crate) const fn state_word(state: TicketState) -> &'static str {
    match state {
        TicketState::Waiting => "waiting",
        TicketState::Called => "called",
        TicketState::Voided => "voided",
    }
}

fn state(row: &Row<'_>, column: &str) -> Result<TicketState> {
    let word: String = row.get(column)?;
    let states = [TicketState::Waiting, TicketState::Called, TicketState::Voided];
    let known = states.into_iter().find(|state| state_word(*state) == word);
    known.ok_or_else(|| damaged(format!("unknown ticket state {word:?}")))
}

fn number(row: &Row<'_>) -> Result<TicketNumber> {
    let series: String = row.get("series")?;
    let series = Series::new(&series).map_err(damaged)?;
    TicketNumber::new(series, row.get("ordinal")?).map_err(damaged)
}

pub(crate) fn parsed<T>(row: &Row<'_>, column: &str) -> Result<T>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text: String = row.get(column)?;
    text.parse().map_err(damaged)
}

fn damaged(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::FromSqlConversionFailure(0, Type::Text, cause.into())
}
