//! Who waits for a room, and why in that order.

use std::collections::BTreeMap;

use queue_core::{Clinic, Room, Waiting, order_of_calls};
use queue_protocol::model::{Line, Proof, ServiceDay, StaffCheck, TicketNumber, TicketState, UnixMillis, WhyNext};
use queue_protocol::v1::{NumberNow, QueueEntry, RoomQueue};

use crate::rows::{self, TicketRow, is_aside, ticket_columns};
use crate::sql::{Result, Row, Sql, values};
use crate::step::number_now;
use crate::{tickets, turns};

/// Most numbers that a room's queue lists.
pub const QUEUE_ENTRIES_MAX: usize = 200;

/// Most numbers of a service that are read for it.
const READ_MAX: i64 = 5_000;

/// The tickets of a service that a room may see and of which something is true. Each of what is asked has an index.
macro_rules! of_service {
    ($what:expr) => {
        concat!(
            "SELECT ticket.arrived_at, ",
            ticket_columns!(),
            " FROM ticket WHERE day = ?1 AND at_service = ?2 AND (room = '' OR room = ?3) AND ",
            $what,
            " ORDER BY id LIMIT ?4"
        )
    };
}

/// Who waits for `room` at `now`.
pub(crate) fn of_room(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    room: &Room,
    day: ServiceDay,
    now: UnixMillis,
) -> Result<RoomQueue> {
    let mut found: BTreeMap<i64, (TicketRow, UnixMillis)> = BTreeMap::new();
    for service in &room.services {
        let of = values![day.to_string(), service.as_str(), room.id.as_str(), READ_MAX];
        let waiting = sql.query(of_service!("state = 'waiting'"), of)?;
        let aside = sql.query(of_service!(is_aside!()), of)?;
        for row in waiting.into_iter().chain(aside) {
            let (arrived_at, row) = dated(row)?;
            found.insert(row.id, (row, arrived_at));
        }
    }
    let past = turns::past(sql, day, &room.id, &room.services)?;
    let waiting: Vec<Waiting> = found.values().filter(|(row, _)| is_waiting(row)).map(as_waiting).collect();
    let count = waiting.len();
    let policy = clinic.rules().priority;
    let order = order_of_calls(policy, waiting, past, now, QUEUE_ENTRIES_MAX);
    let listed: Vec<QueueEntry> = order
        .iter()
        .filter_map(|(ticket, why)| found.get(&ticket.arrival).map(|(row, _)| entry(row, Some(*why))))
        .collect();
    let at_room = tickets::at_room(sql, day, &room.id)?;
    Ok(RoomQueue {
        room: room.id.clone(),
        room_name: room.name.clone(),
        day,
        priority: policy,
        at_room: at_room.map(|row| entry(&row, None)),
        more: u32::try_from(count.saturating_sub(listed.len())).unwrap_or(u32::MAX),
        waiting: listed,
        aside: found
            .values()
            .filter(|(row, _)| !is_waiting(row))
            .take(QUEUE_ENTRIES_MAX)
            .map(|(row, _)| entry(row, None))
            .collect(),
    })
}

fn dated(mut row: Row) -> Result<(UnixMillis, TicketRow)> {
    let arrived_at = row.millis()?;
    Ok((arrived_at, rows::ticket(row)?))
}

fn is_waiting(row: &TicketRow) -> bool {
    row.now.state == TicketState::Waiting
}

fn as_waiting((row, arrived_at): &(TicketRow, UnixMillis)) -> Waiting {
    Waiting {
        arrival: row.id,
        service: row.now.service.clone(),
        lane: row.now.lane,
        place: row.now.position,
        arrived_at: *arrived_at,
    }
}

fn entry(row: &TicketRow, why: Option<WhyNext>) -> QueueEntry {
    QueueEntry {
        number: row.ticket.number,
        service: row.now.service.clone(),
        state: row.now.state,
        line: row.now.line,
        issued_at: row.ticket.issued_at,
        booked_for: row.booked_for.filter(|_| row.now.line == Line::Booked),
        why,
        groups: row.now.claims.clone(),
        checks: checks(row),
    }
}

/// What a kiosk could only take the patient's word for.
fn checks(row: &TicketRow) -> Vec<StaffCheck> {
    let declared = row.now.claims.iter().any(|claim| claim.proof == Proof::Declared);
    let groups = declared.then_some(StaffCheck::Groups);
    let identity = row.no_identity.then_some(StaffCheck::Identity);
    let appointment = (row.now.line == Line::Booked).then_some(StaffCheck::Appointment);
    identity.into_iter().chain(groups).chain(appointment).collect()
}

/// Where a number of `day` is.
pub(crate) fn number(sql: &mut dyn Sql, day: ServiceDay, number: TicketNumber) -> Result<Option<NumberNow>> {
    Ok(tickets::by_number(sql, day, number)?.map(|row| number_now(&row, &row.now)))
}
