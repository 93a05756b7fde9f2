//! Who may ask: devices and their keys, people and their sessions, and the audit of what was changed.
//!
//! Keys, codes and session tokens come here as hashes only, passwords as PHC texts: this module never sees a secret.

pub(crate) mod devices;
mod on_machine;
pub(crate) mod staff;

pub use devices::{DeviceError, EnrolError, NewEnrolment};
pub use on_machine::OnMachine;
pub use staff::{LogInStep, NewStaffRow, SESSION_IDLE_MS, SESSIONS_A_USER_MAX, Session, StaffError, StaffRow};

use queue_protocol::model::{Device, Staff, UnixMillis, UserName};

use crate::sql::{Result as SqlResult, Sql, Value, values};

/// SHA-256 of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash(pub [u8; 32]);

impl From<SecretHash> for Value {
    fn from(hash: SecretHash) -> Self {
        Self::Bytes(hash.0.to_vec())
    }
}

/// Whose key or session it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// A device's key.
    Device(Device),
    /// A person's session.
    Staff(Staff),
}

/// One line of the audit of changes.
#[derive(Debug, Clone, Copy)]
pub struct ChangeEntry<'a> {
    /// When, by the service's clock.
    pub at: UnixMillis,
    /// Role and name, such as `staff:lan`.
    pub actor: &'a str,
    /// What was done, such as `device.revoke`.
    pub step: &'static str,
    /// To what, such as `k1`.
    pub subject: &'a str,
    /// What else there is to know; without secrets and without personal data.
    pub detail: &'a str,
}

/// Writes who changed what, in the transaction of the change.
pub(crate) fn audit(sql: &mut dyn Sql, entry: &ChangeEntry<'_>) -> SqlResult<()> {
    sql.change(
        "INSERT INTO change_audit (at, actor, step, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
        values![entry.at, entry.actor, entry.step, entry.subject, entry.detail],
    )
}

/// Who did it, and when.
#[derive(Debug, Clone)]
pub struct By {
    /// Role and name, such as `staff:lan`.
    pub actor: String,
    /// By the service's clock.
    pub at: UnixMillis,
}

impl By {
    pub(crate) fn audit(&self, sql: &mut dyn Sql, step: &'static str, subject: &str, detail: &str) -> SqlResult<()> {
        audit(sql, &ChangeEntry { at: self.at, actor: &self.actor, step, subject, detail })
    }
}

/// Whose session a token opens; `None` if nobody's.
pub(crate) fn session(sql: &mut dyn Sql, token: SecretHash, now: UnixMillis) -> SqlResult<Option<Session>> {
    staff::session(sql, token, now)
}

/// The people with this name, wanted or not.
pub(crate) fn staff_row(sql: &mut dyn Sql, user: &UserName) -> SqlResult<Option<StaffRow>> {
    staff::row(sql, user)
}
