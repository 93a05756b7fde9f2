use queue_protocol::model::{RequestId, RoomId, ServiceDay, UnixMillis};

use crate::rows::room_cell;
use crate::sql::{Insert, Result, Sql, insert, row};

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

pub(crate) static AUDIT: Insert = insert!(
    "audit": at Int, day Text, actor Text, step Text, ticket Int, room Text, request Bytes, detail Text
);

/// Writes who did what, in the transaction of what was done.
pub(crate) fn write(sql: &mut dyn Sql, entry: &Entry<'_>) -> Result<()> {
    sql.insert(
        &AUDIT,
        row![
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
