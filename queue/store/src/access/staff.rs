use queue_protocol::model::{RoomId, Staff, StaffRole, UnixMillis, UserName};
use queue_protocol::v1::StaffNow;

use crate::access::{By, SecretHash};
use crate::error::StoreError;
use crate::sql::{DatabaseError, Result as SqlResult, Row, Sql, damaged, one, values};

/// Most people that are listed.
const STAFF_MAX: i64 = 2_000;

/// Most sessions of one person; the one used longest ago ends.
pub const SESSIONS_A_USER_MAX: i64 = 10;

/// A session that nobody uses for so long is over, in milliseconds: a shift's longest pause.
pub const SESSION_IDLE_MS: i64 = 2 * 3_600_000;

/// A use of a session is written down when the last one written is older than this, in milliseconds.
const USED_EVERY_MS: i64 = 60_000;

/// Why nothing was done with a person's account.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StaffError {
    /// No such person, or the account is closed.
    #[error("no user {0}")]
    Unknown(UserName),
    /// There is one of that name, perhaps closed.
    #[error("the name {0} is taken")]
    NameTaken(UserName),
    /// Nobody would be left who can open accounts.
    #[error("{0} is the last administrator")]
    LastAdministrator(UserName),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DatabaseError> for StaffError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

/// A person who is to be able to log in.
#[derive(Debug, Clone)]
pub struct NewStaffRow {
    /// Name, role, rooms.
    pub staff: Staff,
    /// Argon2id in the PHC format.
    pub password: String,
}

/// What is stored of a person.
#[derive(Clone)]
pub struct StaffRow {
    /// Name, role, rooms.
    pub staff: Staff,
    /// Argon2id in the PHC format.
    pub password: String,
    /// Wrong passwords since the last right one.
    pub failures: u32,
    /// Until when nobody can log in by this name.
    pub locked_until: Option<UnixMillis>,
    /// When the account was closed.
    pub closed_at: Option<UnixMillis>,
}

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub staff: Staff,
    /// Whether its use has to be written down.
    pub(crate) tells: bool,
}

/// How a login ended, as it is stored.
#[derive(Debug, Clone)]
pub enum LogInStep {
    /// The password was right.
    Opened {
        /// Of the session's token.
        token: SecretHash,
        /// When the session ends, used or not.
        expires_at: UnixMillis,
    },
    /// It was wrong.
    Failed {
        /// Until when nobody can log in by this name.
        locked_until: Option<UnixMillis>,
    },
}

const STAFF_COLUMNS: &str = "SELECT user_name, role, rooms, password, failures, locked_until, closed_at FROM staff
     WHERE user_name = ?1";

/// The person with this name, wanted or not.
pub(crate) fn row(sql: &mut dyn Sql, user: &UserName) -> SqlResult<Option<StaffRow>> {
    let Some(mut row) = one(sql, STAFF_COLUMNS, values![user.as_str()])? else {
        return Ok(None);
    };
    let staff = staff(&mut row)?;
    let (password, failures) = (row.text()?, row.number()?);
    let (locked_until, closed_at) = (row.optional_int()?.map(UnixMillis), row.optional_int()?.map(UnixMillis));
    Ok(Some(StaffRow { staff, password, failures, locked_until, closed_at }))
}

fn staff(row: &mut Row) -> SqlResult<Staff> {
    let (user, role): (UserName, StaffRole) = (row.parsed()?, row.parsed()?);
    let rooms: Result<Vec<RoomId>, _> = row.text()?.split_whitespace().map(str::parse).collect();
    Ok(Staff { user, role, rooms: rooms.map_err(damaged)? })
}

/// Whose session it is; `None` if nobody's, or over.
pub(crate) fn session(sql: &mut dyn Sql, token: SecretHash, now: UnixMillis) -> SqlResult<Option<Session>> {
    let found = one(
        sql,
        "SELECT staff.user_name, role, rooms, used_at FROM session JOIN staff ON staff.user_name = session.user_name
         WHERE token_hash = ?1 AND expires_at > ?2 AND used_at > ?3 AND closed_at IS NULL",
        values![token, now, now.0 - SESSION_IDLE_MS],
    )?;
    let Some(mut row) = found else {
        return Ok(None);
    };
    let staff = staff(&mut row)?;
    let used_lately = (0..USED_EVERY_MS).contains(&(now.0 - row.int()?));
    Ok(Some(Session { staff, tells: !used_lately }))
}

/// Writes down that a session was used.
pub(crate) fn session_used(sql: &mut dyn Sql, token: SecretHash, now: UnixMillis) -> SqlResult<()> {
    sql.execute("UPDATE session SET used_at = ?2 WHERE token_hash = ?1", values![token, now]).map(drop)
}

/// Ends a session.
pub(crate) fn close_session(sql: &mut dyn Sql, token: SecretHash) -> SqlResult<()> {
    sql.execute("DELETE FROM session WHERE token_hash = ?1", values![token]).map(drop)
}

/// Removes sessions that are over.
pub(crate) fn remove_old_sessions(sql: &mut dyn Sql, now: UnixMillis) -> SqlResult<u64> {
    let text = "DELETE FROM session WHERE used_at <= ?1 OR expires_at <= ?2";
    sql.execute(text, values![now.0 - SESSION_IDLE_MS, now])
}

/// Keeps how a login ended.
pub(crate) fn log_in(sql: &mut dyn Sql, user: &UserName, step: &LogInStep, now: UnixMillis) -> Result<(), StaffError> {
    let by = By { actor: format!("staff:{user}"), at: now };
    match step {
        LogInStep::Opened { token, expires_at } => {
            let text = "UPDATE staff SET failures = 0, locked_until = NULL WHERE user_name = ?1 AND closed_at IS NULL";
            if sql.execute(text, values![user.as_str()])? == 0 {
                return Err(StaffError::Unknown(user.clone()));
            }
            sql.execute(
                "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE user_name = ?1
                     ORDER BY used_at DESC, token_hash LIMIT 1000000 OFFSET ?2)",
                values![user.as_str(), SESSIONS_A_USER_MAX - 1],
            )?;
            sql.change(
                "INSERT INTO session (token_hash, user_name, expires_at, used_at) VALUES (?1, ?2, ?3, ?4)",
                values![*token, user.as_str(), *expires_at, now],
            )?;
            Ok(by.audit(sql, "session.open", user.as_str(), "")?)
        }
        LogInStep::Failed { locked_until } => {
            sql.execute(
                "UPDATE staff SET failures = failures + 1, locked_until = ?2 WHERE user_name = ?1",
                values![user.as_str(), locked_until.map(|until| until.0)],
            )?;
            Ok(by.audit(sql, "session.refused", user.as_str(), "")?)
        }
    }
}

/// Makes an account.
pub(crate) fn add(sql: &mut dyn Sql, new: &NewStaffRow, by: &By) -> Result<(), StaffError> {
    let Staff { user, role, rooms } = &new.staff;
    let rooms = rooms.iter().map(RoomId::as_str).collect::<Vec<&str>>().join(" ");
    let added = sql.execute(
        "INSERT INTO staff (user_name, role, rooms, password) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        values![user.as_str(), role.word(), rooms.as_str(), new.password.as_str()],
    )?;
    if added == 0 {
        return Err(StaffError::NameTaken(user.clone()));
    }
    Ok(by.audit(sql, "staff.add", user.as_str(), &format!("{role} {rooms}"))?)
}

/// Sets another password, opens a closed or locked account, and ends the person's sessions.
pub(crate) fn set_password(sql: &mut dyn Sql, user: &UserName, password: &str, by: &By) -> Result<(), StaffError> {
    let text = "UPDATE staff SET password = ?2, failures = 0, locked_until = NULL, closed_at = NULL
                WHERE user_name = ?1";
    if sql.execute(text, values![user.as_str(), password])? == 0 {
        return Err(StaffError::Unknown(user.clone()));
    }
    close_sessions(sql, user)?;
    Ok(by.audit(sql, "staff.password", user.as_str(), "")?)
}

/// Closes an account and ends the person's sessions. The last administrator's cannot be closed.
pub(crate) fn close(sql: &mut dyn Sql, user: &UserName, by: &By) -> Result<(), StaffError> {
    let known = row(sql, user)?.filter(|row| row.closed_at.is_none());
    let known = known.ok_or_else(|| StaffError::Unknown(user.clone()))?;
    let others = "SELECT count(*) FROM staff WHERE role = 'administrator' AND closed_at IS NULL AND user_name <> ?1";
    let others = one(sql, others, values![user.as_str()])?.map_or(Ok(0), |mut row| row.int())?;
    if known.staff.role == StaffRole::Administrator && others == 0 {
        return Err(StaffError::LastAdministrator(user.clone()));
    }
    sql.execute("UPDATE staff SET closed_at = ?2 WHERE user_name = ?1", values![user.as_str(), by.at])?;
    close_sessions(sql, user)?;
    Ok(by.audit(sql, "staff.close", user.as_str(), "")?)
}

fn close_sessions(sql: &mut dyn Sql, user: &UserName) -> SqlResult<()> {
    sql.execute("DELETE FROM session WHERE user_name = ?1", values![user.as_str()]).map(drop)
}

/// All people, by name.
pub(crate) fn list(sql: &mut dyn Sql) -> SqlResult<Vec<StaffNow>> {
    let text = "SELECT user_name, role, rooms, locked_until, closed_at FROM staff ORDER BY user_name LIMIT ?1";
    let now = |mut row: Row| {
        let staff = staff(&mut row)?;
        let (locked_until, closed_at) = (row.optional_int()?.map(UnixMillis), row.optional_int()?.map(UnixMillis));
        Ok(StaffNow { staff, locked_until, closed_at })
    };
    sql.query(text, values![STAFF_MAX])?.into_iter().map(now).collect()
}
