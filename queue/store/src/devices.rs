//! What devices tell of themselves.

use queue_protocol::model::{DeviceId, UnixMillis};

use crate::error::DeviceStateError;
use crate::sql::{Result as SqlResult, Sql, one, values};

/// Most devices that are listed.
pub const DEVICES_MAX: u32 = 1_000;

/// What a device told, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredState {
    /// Which device.
    pub device: DeviceId,
    /// When it told, by the service's clock.
    pub told_at: UnixMillis,
    /// What it told, as JSON of [`DeviceReport`](queue_protocol::model::DeviceReport).
    pub report: String,
}

/// Keeps what a device told last.
pub(crate) fn tell(sql: &mut dyn Sql, told: &StoredState) -> Result<(), DeviceStateError> {
    let known = one(sql, "SELECT told_at FROM device_state WHERE device = ?1", values![told.device.as_str()])?;
    if known.is_none() && count(sql)? >= DEVICES_MAX {
        return Err(DeviceStateError::TooMany);
    }
    Ok(sql.change(
        "INSERT INTO device_state (device, told_at, report) VALUES (?1, ?2, ?3)
         ON CONFLICT (device) DO UPDATE SET told_at = excluded.told_at, report = excluded.report",
        values![told.device.as_str(), told.told_at, told.report.as_str()],
    )?)
}

fn count(sql: &mut dyn Sql) -> SqlResult<u32> {
    one(sql, "SELECT count(*) FROM device_state", &[])?.map_or(Ok(0), |mut row| row.number())
}

/// All devices, by name.
pub(crate) fn all(sql: &mut dyn Sql) -> SqlResult<Vec<StoredState>> {
    let rows = sql.query("SELECT device, told_at, report FROM device_state ORDER BY device", &[])?;
    rows.into_iter()
        .map(|mut row| Ok(StoredState { device: row.parsed()?, told_at: row.millis()?, report: row.text()? }))
        .collect()
}
