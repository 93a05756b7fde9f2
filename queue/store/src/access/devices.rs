use queue_protocol::model::{Device, DeviceId, DeviceRole, RoomId, UnixMillis};
use queue_protocol::v1::DeviceNow;

use crate::access::{By, SecretHash};
use crate::error::StoreError;
use crate::rows::room_cell;
use crate::sql::{DatabaseError, Result as SqlResult, Row, Sql, one, values};

/// Most devices that are listed.
const DEVICES_MAX: i64 = 2_000;

/// A use of a key is written down when the last one written is older than this, in milliseconds.
const SEEN_EVERY_MS: i64 = 60_000;

/// Why a code gives no key.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EnrolError {
    /// No such code, or it was used, or its time is over.
    #[error("the code is unknown, used or out of date")]
    UnknownCode,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nothing was done with a device.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeviceError {
    /// No such device, or its key is revoked.
    #[error("no device {0}")]
    Unknown(DeviceId),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DatabaseError> for EnrolError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

impl From<DatabaseError> for DeviceError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

/// A code that was made, as it is stored.
#[derive(Debug, Clone)]
pub struct NewEnrolment {
    /// Of the code.
    pub code: SecretHash,
    /// Who gets a key by it.
    pub device: Device,
    /// From when on it is refused.
    pub expires_at: UnixMillis,
}

/// Keeps a code. An older code for the same device is void.
pub(crate) fn add_code(sql: &mut dyn Sql, asked: &NewEnrolment, by: &By) -> SqlResult<()> {
    let Device { id, role, room } = &asked.device;
    sql.execute("DELETE FROM enrolment WHERE device = ?1 OR expires_at <= ?2", values![id.as_str(), by.at])?;
    sql.change(
        "INSERT INTO enrolment (code_hash, device, role, room, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        values![asked.code, id.as_str(), role.word(), room_cell(room.as_ref()), asked.expires_at],
    )?;
    by.audit(sql, "device.code", id.as_str(), role.word())
}

/// Uses a code up: its device has the key with this hash from here on, and no other.
pub(crate) fn enrol(
    sql: &mut dyn Sql,
    code: SecretHash,
    key: SecretHash,
    now: UnixMillis,
) -> Result<Device, EnrolError> {
    let text = "DELETE FROM enrolment WHERE code_hash = ?1 AND expires_at > ?2 RETURNING device, role, room";
    let mut row = one(sql, text, values![code, now])?.ok_or(EnrolError::UnknownCode)?;
    let device = device(&mut row)?;
    put(sql, &device, key, &By { actor: actor_of(&device), at: now })?;
    Ok(device)
}

/// Gives a device a key; it has no other from here on.
pub(crate) fn put(sql: &mut dyn Sql, device: &Device, key: SecretHash, by: &By) -> SqlResult<()> {
    sql.execute(
        "INSERT INTO device (id, role, room, key_hash, enrolled_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET role = excluded.role, room = excluded.room, key_hash = excluded.key_hash,
             next_key_hash = NULL, enrolled_at = excluded.enrolled_at, seen_at = NULL, revoked_at = NULL",
        values![device.id.as_str(), device.role.word(), room_cell(device.room.as_ref()), key, by.at],
    )?;
    by.audit(sql, "device.enrol", device.id.as_str(), device.role.word())
}

/// The actor a device is in an audit.
pub(crate) fn actor_of(device: &Device) -> String {
    match (device.role, &device.room) {
        (DeviceRole::Room, Some(room)) => format!("room:{room}"),
        (role @ (DeviceRole::Kiosk | DeviceRole::Display | DeviceRole::Room), _) => format!("{role}:{}", device.id),
    }
}

fn device(row: &mut Row) -> SqlResult<Device> {
    let (id, role): (DeviceId, DeviceRole) = (row.parsed()?, row.parsed()?);
    let room: Option<RoomId> = row.optional()?;
    Ok(Device { id, role, room })
}

/// A device that a key belongs to.
pub(crate) struct KeyOf {
    pub(crate) device: Device,
    /// Whether the use of the key has to be written down: it is the first of a rotated key, or the first for a while.
    pub(crate) tells: bool,
}

/// Whose key it is; `None` if nobody's, or revoked.
pub(crate) fn by_key(sql: &mut dyn Sql, key: SecretHash, now: UnixMillis) -> SqlResult<Option<KeyOf>> {
    let found = one(
        sql,
        "SELECT id, role, room, coalesce(seen_at, 0), CAST(CASE WHEN key_hash = ?1 THEN 0 ELSE 1 END AS BIGINT)
         FROM device
         WHERE (key_hash = ?1 OR next_key_hash = ?1) AND revoked_at IS NULL",
        values![key],
    )?;
    let Some(mut row) = found else {
        return Ok(None);
    };
    let device = device(&mut row)?;
    let (seen_at, is_next) = (row.int()?, row.int()? != 0);
    // A clock that was put back must not stop it for ever.
    let seen_lately = (0..SEEN_EVERY_MS).contains(&(now.0 - seen_at));
    Ok(Some(KeyOf { device, tells: is_next || !seen_lately }))
}

/// Writes down that a key was used. A key that was made by rotation takes the old one's place.
pub(crate) fn used(sql: &mut dyn Sql, key: SecretHash, now: UnixMillis) -> SqlResult<()> {
    sql.execute(
        "UPDATE device SET key_hash = ?1, next_key_hash = CASE WHEN key_hash = ?1 THEN next_key_hash ELSE NULL END,
             seen_at = ?2
         WHERE (key_hash = ?1 OR next_key_hash = ?1) AND revoked_at IS NULL",
        values![key, now],
    )
    .map(drop)
}

/// Prepares another key for a device.
pub(crate) fn rotate(sql: &mut dyn Sql, id: &DeviceId, next: SecretHash, by: &By) -> Result<(), DeviceError> {
    let text = "UPDATE device SET next_key_hash = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    if sql.execute(text, values![id.as_str(), next])? == 0 {
        return Err(DeviceError::Unknown(id.clone()));
    }
    Ok(by.audit(sql, "device.rotate", id.as_str(), "")?)
}

/// Ends a device's keys and codes. Revoking twice is revoking once.
pub(crate) fn revoke(sql: &mut dyn Sql, id: &DeviceId, by: &By) -> Result<(), DeviceError> {
    let codes = sql.execute("DELETE FROM enrolment WHERE device = ?1", values![id.as_str()])?;
    let text = "UPDATE device SET revoked_at = coalesce(revoked_at, ?2), next_key_hash = NULL WHERE id = ?1";
    if sql.execute(text, values![id.as_str(), by.at])? + codes == 0 {
        return Err(DeviceError::Unknown(id.clone()));
    }
    Ok(by.audit(sql, "device.revoke", id.as_str(), "")?)
}

/// All devices, by id.
pub(crate) fn list(sql: &mut dyn Sql) -> SqlResult<Vec<DeviceNow>> {
    let text = "SELECT id, role, room, enrolled_at, seen_at, revoked_at FROM device ORDER BY id LIMIT ?1";
    let rows = sql.query(text, values![DEVICES_MAX])?;
    let now = |mut row: Row| {
        let device = device(&mut row)?;
        let enrolled_at = row.millis()?;
        let (seen_at, revoked_at) = (row.optional_int()?.map(UnixMillis), row.optional_int()?.map(UnixMillis));
        Ok(DeviceNow { device, enrolled_at, seen_at, revoked_at })
    };
    rows.into_iter().map(now).collect()
}
