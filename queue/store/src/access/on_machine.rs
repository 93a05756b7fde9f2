use std::path::Path;

use queue_protocol::model::{Device, UserName};
use queue_protocol::v1::{ClinicVersion, StaffNow};

use crate::access::{By, NewEnrolment, NewStaffRow, SecretHash, StaffError, devices, staff};
use crate::database::open_writer;
use crate::error::{OpenError, StoreError};
use crate::postgresql::{self, PostgresAddress};
use crate::settings;
use crate::sql::{DatabaseError, Sql, Tell, Writing};

/// Accounts and codes, changed on the machine that has the database. A service may be running on it: it reads what is
/// changed here when it next asks.
///
/// Blocks: not on an async thread.
pub struct OnMachine(Box<dyn Writing>);

impl OnMachine {
    /// Opens or makes the SQLite database at `path`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self(Box::new(open_writer(path)?)))
    }

    /// Connects to a PostgreSQL database and makes or updates its tables.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn connect(address: &PostgresAddress) -> Result<Self, OpenError> {
        Ok(Self(Box::new(postgresql::open(address)?)))
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`StaffError`].
    pub fn add_staff(&mut self, new: &NewStaffRow, by: &By) -> Result<(), StaffError> {
        self.change(|sql| staff::add(sql, new, by))
    }

    /// Sets another password and opens a closed or locked account.
    ///
    /// # Errors
    /// [`StaffError`].
    pub fn set_password(&mut self, user: &UserName, password: &str, by: &By) -> Result<(), StaffError> {
        self.change(|sql| staff::set_password(sql, user, password, by))
    }

    /// Keeps a code by which a device gets its key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_code(&mut self, code: &NewEnrolment, by: &By) -> Result<(), StoreError> {
        self.change(|sql| Ok(devices::add_code(sql, code, by)?))
    }

    /// Gives a device a key, and takes one away that it had.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_device(&mut self, device: &Device, key: SecretHash, by: &By) -> Result<(), StoreError> {
        self.change(|sql| Ok(devices::put(sql, device, key, by)?))
    }

    /// The settings in force; `None` in a database that no service has served.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn settings(&mut self) -> Result<Option<ClinicVersion>, StoreError> {
        Ok(settings::newest(&mut *self.0)?)
    }

    /// All people who may log in, or could.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn staff(&mut self) -> Result<Vec<StaffNow>, StoreError> {
        Ok(staff::list(&mut *self.0)?)
    }

    /// One transaction; what fails leaves the connection to be closed, which undoes it.
    fn change<T, E: From<StoreError>>(&mut self, work: impl FnOnce(&mut dyn Sql) -> Result<T, E>) -> Result<T, E> {
        let failed = |error: DatabaseError| E::from(StoreError::from(error));
        self.0.begin().map_err(failed)?;
        let done = work(&mut *self.0)?;
        self.0.commit(Tell::Nobody).map_err(failed)?;
        Ok(done)
    }
}
