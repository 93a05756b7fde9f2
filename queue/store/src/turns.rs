//! What came before a call: how often each service has called, and whose turn it is in a room.

use std::collections::BTreeMap;

use queue_core::{Past, Turn};
use queue_protocol::model::{RoomId, ServiceDay, ServiceId};

use crate::sql::{Ask, Result, Sql, damaged, one, values};

/// A service's day so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ServiceTurn {
    pub(crate) calls: i64,
    /// When the last one who came back from tests is due.
    pub(crate) back_due: Option<i64>,
}

pub(crate) fn of_service(sql: &mut dyn Sql, day: ServiceDay, service: &ServiceId) -> Result<ServiceTurn> {
    let row = one(sql, OF_SERVICE, values![day.to_string(), service.as_str()])?;
    match row {
        Some(mut row) => Ok(ServiceTurn { calls: row.int()?, back_due: row.optional_int()? }),
        None => Ok(ServiceTurn::default()),
    }
}

/// The past as `room` sees it.
pub(crate) fn past(sql: &mut dyn Sql, day: ServiceDay, room: &RoomId, services: &[ServiceId]) -> Result<Past> {
    let mut calls = BTreeMap::new();
    for service in services {
        calls.insert(service.clone(), of_service(sql, day, service)?.calls);
    }
    let row = one(sql, OF_ROOM, values![day.to_string(), room.as_str()])?;
    let turn = match row {
        None => Turn::None,
        Some(mut row) => match (row.text()?.as_str(), row.number()?) {
            ("priority", run) => Turn::Priority(run),
            ("normal", run) => Turn::Normal(run),
            (other, _) => return Err(damaged(format!("unknown turn {other:?}"))),
        },
    };
    Ok(Past { calls, turn })
}

/// What [`past`] asks.
pub(crate) fn ask_past(day: ServiceDay, room: &RoomId, services: &[ServiceId]) -> Vec<Ask> {
    let of_service = |service: &ServiceId| Ask::new(OF_SERVICE, values![day.to_string(), service.as_str()]);
    let mut asks: Vec<Ask> = services.iter().map(of_service).collect();
    asks.push(Ask::new(OF_ROOM, values![day.to_string(), room.as_str()]));
    asks
}

const OF_SERVICE: &str = "SELECT calls, back_due FROM service_turn WHERE day = ?1 AND service = ?2";

const OF_ROOM: &str = "SELECT line, run FROM room_turn WHERE day = ?1 AND room = ?2";

/// Counts one call of `service`.
pub(crate) fn count_call(sql: &mut dyn Sql, day: ServiceDay, service: &ServiceId) -> Result<()> {
    sql.change(
        "INSERT INTO service_turn (day, service, calls) VALUES (?1, ?2, 1)
         ON CONFLICT (day, service) DO UPDATE SET calls = service_turn.calls + 1",
        values![day.to_string(), service.as_str()],
    )
}

/// Remembers when the last one who came back from tests is due.
pub(crate) fn set_back_due(sql: &mut dyn Sql, day: ServiceDay, service: &ServiceId, due: i64) -> Result<()> {
    sql.change(
        "INSERT INTO service_turn (day, service, calls, back_due) VALUES (?1, ?2, 0, ?3)
         ON CONFLICT (day, service) DO UPDATE SET back_due = excluded.back_due",
        values![day.to_string(), service.as_str(), due],
    )
}

/// Remembers whose turn it was.
pub(crate) fn set_turn(sql: &mut dyn Sql, day: ServiceDay, room: &RoomId, turn: Turn) -> Result<()> {
    let (line, run) = match turn {
        Turn::None => return Ok(()),
        Turn::Priority(run) => ("priority", run),
        Turn::Normal(run) => ("normal", run),
    };
    sql.change(
        "INSERT INTO room_turn (day, room, line, run) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (day, room) DO UPDATE SET line = excluded.line, run = excluded.run",
        values![day.to_string(), room.as_str(), line, run],
    )
}
