//! What the store answers about keys, people and sessions.

use queue_protocol::model::{Device, DeviceId, UnixMillis, UserName};
use queue_protocol::v1::{DeviceNow, StaffNow};

use crate::access::{
    self, By, DeviceError, EnrolError, Known, LogInStep, NewEnrolment, NewStaffRow, SecretHash, StaffError, StaffRow,
    devices, staff,
};
use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// Whose key or session's token has this hash; `None` if nobody's, revoked or over. That it was used is written
    /// down once a minute.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn known(&self, secret: SecretHash, now: UnixMillis) -> Result<Option<Known>, StoreError> {
        let found = self
            .readers
            .read(move |sql| match devices::by_key(sql, secret, now)? {
                Some(key) => Ok(Some((Known::Device(key.device), key.tells))),
                None => Ok(access::session(sql, secret, now)?.map(|open| (Known::Staff(open.staff), open.tells))),
            })
            .await?;
        let Some((known, tells)) = found else {
            return Ok(None);
        };
        if tells {
            let is_device = matches!(known, Known::Device(_));
            self.change::<(), StoreError>(move |sql| match is_device {
                true => Ok(devices::used(sql, secret, now)?),
                false => Ok(staff::session_used(sql, secret, now)?),
            })
            .await?;
        }
        Ok(Some(known))
    }

    /// Keeps a code by which a device gets its key. An older code for the same device is void.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_code(&self, code: NewEnrolment, by: By) -> Result<(), StoreError> {
        self.change(move |sql| Ok(devices::add_code(sql, &code, &by)?)).await
    }

    /// Uses a code up: its device has the key with this hash from here on, and no other.
    ///
    /// # Errors
    /// [`EnrolError`].
    pub async fn enrol(&self, code: SecretHash, key: SecretHash, now: UnixMillis) -> Result<Device, EnrolError> {
        self.change(move |sql| devices::enrol(sql, code, key, now)).await
    }

    /// Prepares another key for a device; the old one ends when the new one is first used.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub async fn rotate_key(&self, device: DeviceId, next: SecretHash, by: By) -> Result<(), DeviceError> {
        self.change(move |sql| devices::rotate(sql, &device, next, &by)).await
    }

    /// Ends a device's keys and codes.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub async fn revoke_device(&self, device: DeviceId, by: By) -> Result<(), DeviceError> {
        self.change(move |sql| devices::revoke(sql, &device, &by)).await
    }

    /// All devices that ever had a key, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn devices(&self) -> Result<Vec<DeviceNow>, StoreError> {
        self.readers.read(devices::list).await
    }

    /// What is stored of a person.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn staff_row(&self, user: UserName) -> Result<Option<StaffRow>, StoreError> {
        self.readers.read(move |sql| access::staff_row(sql, &user)).await
    }

    /// Keeps how a login ended: a session, or one more wrong password.
    ///
    /// # Errors
    /// [`StaffError`].
    pub async fn log_in(&self, user: UserName, step: LogInStep, now: UnixMillis) -> Result<(), StaffError> {
        self.change(move |sql| staff::log_in(sql, &user, &step, now)).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn log_out(&self, token: SecretHash) -> Result<(), StoreError> {
        self.change(move |sql| Ok(staff::close_session(sql, token)?)).await
    }

    /// Removes sessions that are over; how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_old_sessions(&self, now: UnixMillis) -> Result<u64, StoreError> {
        self.change(move |sql| Ok(staff::remove_old_sessions(sql, now)?)).await
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`StaffError`].
    pub async fn add_staff(&self, new: NewStaffRow, by: By) -> Result<(), StaffError> {
        self.change(move |sql| staff::add(sql, &new, &by)).await
    }

    /// Sets another password, opens a closed or locked account, and ends the person's sessions.
    ///
    /// # Errors
    /// [`StaffError`].
    pub async fn set_password(&self, user: UserName, password: String, by: By) -> Result<(), StaffError> {
        self.change(move |sql| staff::set_password(sql, &user, &password, &by)).await
    }

    /// Closes an account and ends the person's sessions.
    ///
    /// # Errors
    /// [`StaffError`].
    pub async fn close_staff(&self, user: UserName, by: By) -> Result<(), StaffError> {
        self.change(move |sql| staff::close(sql, &user, &by)).await
    }

    /// All people who may log in or could, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn staff(&self) -> Result<Vec<StaffNow>, StoreError> {
        self.readers.read(staff::list).await
    }
}
