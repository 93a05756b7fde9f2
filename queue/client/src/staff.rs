use queue_protocol::model::{Staff, UserName};
use queue_protocol::v1::{NewStaff, SetPassword, StaffList};

use crate::client::QueueClient;
use crate::error::ClientError;

impl QueueClient {
    /// Ends the session this client was given by [`log_in`](Self::log_in).
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn log_out(&self) -> Result<(), ClientError> {
        self.delete(&["session"]).await
    }

    /// All people who may log in, or could. For administrators.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn staff(&self) -> Result<StaffList, ClientError> {
        self.get(&["staff"]).await
    }

    /// Opens an account. For administrators.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the code is `name_taken`.
    pub async fn add_staff(&self, asked: &NewStaff) -> Result<Staff, ClientError> {
        self.post_once(&["staff"], asked).await
    }

    /// Sets a person's password, and opens an account that is closed or locked. For administrators.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the code is `unknown_user`.
    pub async fn set_password(&self, user: &UserName, password: &SetPassword) -> Result<(), ClientError> {
        self.post_for_nothing(&["staff", user.as_str(), "password"], password).await
    }

    /// Closes an account. For administrators.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the code is `unknown_user`.
    pub async fn close_staff(&self, user: &UserName) -> Result<(), ClientError> {
        self.delete(&["staff", user.as_str()]).await
    }
}
