//! Calls for help from kiosks.

use queue_core::{Clinic, service_day};
use queue_protocol::model::{KioskId, RequestId, UnixMillis};
use queue_protocol::v1::{HelpCall, HelpCalls};

use crate::audit::{self, Entry};
use crate::error::HelpError;
use crate::rows::request_cell;
use crate::sql::{Result as SqlResult, Row, Sql, one, values};

/// Most open calls that are listed; each kiosk has one at most.
const CALLS_MAX: u32 = 500;

/// Opens a call, or gives the one that is open or that this request has opened before.
pub(crate) fn call(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    kiosk: &KioskId,
    request: RequestId,
    now: UnixMillis,
) -> Result<HelpCall, HelpError> {
    let known = one(
        sql,
        "SELECT kiosk, called_at, request FROM help_call WHERE request = ?1 OR (kiosk = ?2 AND cleared_at IS NULL)
         ORDER BY CASE WHEN request = ?1 THEN 0 ELSE 1 END LIMIT 1",
        &[request_cell(request), kiosk.as_str().into()],
    )?;
    if let Some(row) = known {
        return Ok(help_call(row)?);
    }
    sql.change(
        "INSERT INTO help_call (request, kiosk, called_at) VALUES (?1, ?2, ?3)",
        values![request, kiosk.as_str(), now],
    )?;
    note(sql, clinic, kiosk, request, ("help", now))?;
    Ok(HelpCall { kiosk: kiosk.clone(), called_at: now, request })
}

/// Closes the open call of a kiosk. A press that has closed one before closes no later one.
pub(crate) fn clear(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    kiosk: &KioskId,
    request: RequestId,
    now: UnixMillis,
) -> Result<HelpCalls, HelpError> {
    let text = "SELECT request FROM help_call WHERE cleared_by = ?1";
    if one(sql, text, &[request_cell(request)])?.is_none() {
        let cleared = sql.execute(
            "UPDATE help_call SET cleared_at = ?1, cleared_by = ?2 WHERE kiosk = ?3 AND cleared_at IS NULL",
            values![now, request, kiosk.as_str()],
        )?;
        if cleared > 0 {
            note(sql, clinic, kiosk, request, ("help_cleared", now))?;
        }
    }
    Ok(open(sql)?)
}

/// All open calls, the oldest first.
pub(crate) fn open(sql: &mut dyn Sql) -> SqlResult<HelpCalls> {
    let rows = sql.query(
        "SELECT kiosk, called_at, request FROM help_call WHERE cleared_at IS NULL ORDER BY called_at, kiosk LIMIT ?1",
        values![CALLS_MAX],
    )?;
    Ok(HelpCalls { calls: rows.into_iter().map(help_call).collect::<SqlResult<_>>()? })
}

fn help_call(mut row: Row) -> SqlResult<HelpCall> {
    Ok(HelpCall { kiosk: row.parsed()?, called_at: row.millis()?, request: row.request()? })
}

fn note(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    kiosk: &KioskId,
    request: RequestId,
    (step, at): (&'static str, UnixMillis),
) -> Result<(), HelpError> {
    let actor = if step == "help" { format!("kiosk:{kiosk}") } else { "desk".to_owned() };
    let (day, detail) = (service_day(at, clinic)?, format!("kiosk {kiosk}"));
    let entry = Entry { at, day, actor: &actor, step, ticket: None, room: None, request, detail: &detail };
    Ok(audit::write(sql, &entry)?)
}
