use queue_core::{Clinic, VoidDecision, service_day, void_ticket};
use queue_protocol::board::BoardEventKind;
use queue_protocol::model::{KioskId, RequestId, TicketState, UnixMillis};
use queue_protocol::v1::TicketVoided;

use crate::audit::{self, Entry};
use crate::error::VoidError;
use crate::events::{self, Subject, Written};
use crate::requests;
use crate::rows::{Now, TicketRow};
use crate::sql::{Result as SqlResult, Sql, values};
use crate::tickets;

/// Who takes a ticket back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidBy {
    /// Role and name for the audit, such as `kiosk:k1`.
    pub actor: String,
    /// Only a ticket that this kiosk asked for.
    pub only_of: Option<KioskId>,
}

impl Default for VoidBy {
    /// Some kiosk, and any ticket.
    fn default() -> Self {
        Self { actor: "kiosk".into(), only_of: None }
    }
}

/// Takes the ticket of a request back, or makes sure it never gets one.
pub(crate) fn void(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    request: RequestId,
    by: &VoidBy,
    now: UnixMillis,
) -> Result<(TicketVoided, Vec<Written>), VoidError> {
    if let Some(kiosk) = &by.only_of
        && tickets::kiosk_of(sql, request)?.is_some_and(|asked| asked != *kiosk)
    {
        return Err(VoidError::AnotherKiosks(request));
    }
    let known = tickets::by_request(sql, request)?;
    match (void_ticket(known.as_ref().map(|row| row.now.state)), known) {
        (VoidDecision::TakeBack { from }, Some(row)) => {
            let written = take_back(sql, &row, from)?;
            let entry = Entry {
                at: now,
                // A clock that is not set must not keep a number alive that nobody saw.
                day: service_day(now, clinic).unwrap_or(row.ticket.day),
                actor: &by.actor,
                step: "void",
                ticket: Some(row.id),
                room: None,
                request,
                detail: from.word(),
            };
            audit::write(sql, &entry)?;
            Ok((TicketVoided::Voided, vec![written]))
        }
        (VoidDecision::AlreadyVoid, _) => Ok((TicketVoided::Voided, Vec::new())),
        (VoidDecision::SpendRequest | VoidDecision::TakeBack { .. }, _) => {
            spend(sql, request, now)?;
            Ok((TicketVoided::NeverIssued, Vec::new()))
        }
    }
}

/// Takes a ticket back that is in state `from`.
pub(crate) fn take_back(sql: &mut dyn Sql, row: &TicketRow, from: TicketState) -> SqlResult<Written> {
    let changed = Now { state: TicketState::Voided, room: None, ..row.now.clone() };
    tickets::change(sql, row.id, from, &changed)?;
    let subject = Subject { ticket: row.id, zone: &row.now.zone, day: row.ticket.day, call: None };
    let kind = BoardEventKind::TicketVoided { service: row.now.service.clone(), number: row.ticket.number, from };
    events::append(sql, subject, kind)
}

/// A request that was answered with the number its person had already loses nothing: that number is on other paper.
fn spend(sql: &mut dyn Sql, request: RequestId, now: UnixMillis) -> Result<(), VoidError> {
    if requests::is_room_or_step(sql, request)? {
        return Err(VoidError::RequestSpent(request));
    }
    sql.execute(
        "INSERT INTO spent_request (request, voided_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        values![request, now],
    )?;
    Ok(())
}
