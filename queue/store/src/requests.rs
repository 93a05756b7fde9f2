//! One request, one answer: what a request id was used for.

use std::collections::BTreeSet;

use queue_protocol::model::{Call, RequestId, RoomId};

use crate::rows::{self, DoneRow, Now, call_columns, line_word, request_cell, room_cell};
use crate::sql::{Ask, Given, Result, Sql, one, values};

/// Whether `request` is the id of a ticket, a call, a void or a step.
pub(crate) fn is_taken(sql: &mut dyn Sql, request: RequestId) -> Result<bool> {
    Ok(!taken(sql, &[request])?.is_empty())
}

/// Which of `requests` are the id of a ticket, a call, a void or a step.
pub(crate) fn taken(sql: &mut dyn Sql, requests: &[RequestId]) -> Result<BTreeSet<RequestId>> {
    sql.query_each(TAKEN, requests)?.into_iter().map(|mut row| row.request()).collect()
}

/// What [`taken`] asks.
pub(crate) fn ask_taken(requests: &[RequestId]) -> Ask {
    Ask { text: TAKEN, given: Given::Requests(requests.to_vec()) }
}

const TAKEN: &str = "SELECT request FROM ticket WHERE request = ?1
     UNION ALL SELECT request FROM call WHERE request = ?1
     UNION ALL SELECT request FROM spent_request WHERE request = ?1
     UNION ALL SELECT request FROM done_request WHERE request = ?1";

/// Whether `request` was voided before it had a ticket of its own.
pub(crate) fn is_voided(sql: &mut dyn Sql, request: RequestId) -> Result<bool> {
    let text = "SELECT voided_at FROM spent_request WHERE request = ?1";
    Ok(one(sql, text, &[request_cell(request)])?.is_some())
}

/// Whether `request` is the id of a call or a step.
pub(crate) fn is_room_or_step(sql: &mut dyn Sql, request: RequestId) -> Result<bool> {
    let row = one(
        sql,
        "SELECT request FROM call WHERE request = ?1
         UNION ALL SELECT request FROM done_request WHERE request = ?1 AND step <> 'again'",
        &[request_cell(request)],
    )?;
    Ok(row.is_some())
}

/// What a step with this id has answered.
pub(crate) fn done(sql: &mut dyn Sql, request: RequestId) -> Result<Option<DoneRow>> {
    let row = one(
        sql,
        "SELECT step, subject, ticket, state, service, line, room, call, recalls FROM done_request WHERE request = ?1",
        &[request_cell(request)],
    )?;
    row.map(rows::done).transpose()
}

/// What a step answers.
pub(crate) struct Done<'a> {
    pub(crate) request: RequestId,
    pub(crate) step: &'static str,
    pub(crate) subject: &'a str,
    pub(crate) ticket: i64,
    pub(crate) now: &'a Now,
    pub(crate) room: Option<&'a RoomId>,
    pub(crate) call: Option<(i64, u32)>,
}

/// Remembers what a step answers.
pub(crate) fn remember(sql: &mut dyn Sql, done: &Done<'_>) -> Result<()> {
    sql.change(
        "INSERT INTO done_request (request, step, subject, ticket, state, service, line, room, call, recalls)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        values![
            done.request,
            done.step,
            done.subject,
            done.ticket,
            done.now.state.word(),
            done.now.service.as_str(),
            line_word(done.now.line),
            room_cell(done.room),
            done.call.map(|(call, _)| call),
            done.call.map_or(0, |(_, recalls)| recalls)
        ],
    )
}

/// A call as it was told when it had been repeated `recalls` times.
pub(crate) fn told_call(sql: &mut dyn Sql, call: i64, recalls: u32) -> Result<Option<Call>> {
    let row = one(
        sql,
        concat!(
            "SELECT ",
            call_columns!(),
            " FROM call JOIN ticket ON ticket.id = call.ticket
             JOIN event ON event.call = call.id AND event.ticket = ticket.id
             WHERE call.id = ?1 AND event.recalls = ?2"
        ),
        values![call, recalls],
    )?;
    row.map(|mut row| rows::call(&mut row)).transpose()
}

/// The call of a request.
pub(crate) fn call(sql: &mut dyn Sql, request: RequestId) -> Result<Option<Call>> {
    match one(sql, CALL, &[request_cell(request)])? {
        Some(mut row) => {
            let id = row.int()?;
            told_call(sql, id, 0)
        }
        None => Ok(None),
    }
}

/// What [`call`] asks.
pub(crate) fn ask_call(request: RequestId) -> Ask {
    Ask::new(CALL, &[request_cell(request)])
}

const CALL: &str = "SELECT id FROM call WHERE request = ?1";
