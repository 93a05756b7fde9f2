use queue_protocol::model::{RequestId, RoomId, ServiceDay, UnixMillis};

use crate::rows::room_cell;
use crate::sql::{Result, Sql, change_one, values};

/// One line of the audit.
pub(crate) struct Entry<'a> {
    pub(crate) at: UnixMillis,
    pub(crate) day: ServiceDay,
    /// Role and name, such as `room:p205`.
    pub(crate) actor: &'a str,
    pub(crate) step: &'static str,
    pub(crate) ticket: Option<i64>,
    pub(crate) room: Option<&'a RoomId>,
    pub(crate) request: RequestId,
    pub(crate) detail: &'a str,
}

/// Writes who did what, in the transaction of what was done.
pub(crate) fn write(sql: &mut dyn Sql, entry: &Entry<'_>) -> Result<()> {
    change_one(
        sql,
        "INSERT INTO audit (at, day, actor, step, ticket, room, request, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        values![
            entry.at,
            entry.day.to_string(),
            entry.actor,
            entry.step,
            entry.ticket,
            room_cell(entry.room),
            entry.request,
            entry.detail
        ],
    )
}
