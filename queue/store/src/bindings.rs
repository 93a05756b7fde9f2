//! Tickets that wait for one room only, and rooms that are no longer there.

use queue_core::Clinic;
use queue_protocol::model::{RoomId, ServiceId};

use crate::sql::{Result, Sql, values};

/// Frees who waits for a room that the clinic no longer has, or that no longer calls for their service: any room of the
/// service may call them.
pub(crate) fn release(sql: &mut dyn Sql, clinic: &Clinic) -> Result<()> {
    let rows = sql.query("SELECT DISTINCT at_service, room FROM ticket WHERE state = 'waiting' AND room <> ''", &[])?;
    for mut row in rows {
        let (service, room): (ServiceId, RoomId) = (row.parsed()?, row.parsed()?);
        if clinic.room(&room).is_some_and(|room| room.services.contains(&service)) {
            continue;
        }
        tracing::warn!(%service, %room, "tickets waited for a room that does not call them; any room may");
        sql.execute(
            "UPDATE ticket SET room = '' WHERE state = 'waiting' AND at_service = ?1 AND room = ?2",
            values![service.as_str(), room.as_str()],
        )?;
    }
    Ok(())
}
