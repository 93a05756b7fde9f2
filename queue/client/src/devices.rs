use queue_protocol::model::DeviceId;
use queue_protocol::v1::{DeviceList, Enrol, Enrolled, NewCode, NewCodeReply, NewKey};

use crate::client::QueueClient;
use crate::error::ClientError;

impl QueueClient {
    /// Shows a code and gets the key it stands for. The code is used up; keep the key.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the codes are `bad_request` for a mistyped code,
    /// `not_authenticated` for one that is unknown, used or out of date, and `too_many_attempts`.
    pub async fn enrol(&self, code: &str) -> Result<Enrolled, ClientError> {
        self.post_once(&["enrol"], &Enrol { code: code.to_owned() }).await
    }

    /// Another key for the device that asks. The old one ends when the new one is first used.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn rotate_key(&self) -> Result<NewKey, ClientError> {
        self.post_once(&["key"], &serde_json::json!({})).await
    }

    /// All devices that ever had a key. For administrators.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn devices(&self) -> Result<DeviceList, ClientError> {
        self.get(&["devices"]).await
    }

    /// A code by which one device gets a key. For administrators.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn new_code(&self, asked: &NewCode) -> Result<NewCodeReply, ClientError> {
        self.post_once(&["devices", "codes"], asked).await
    }

    /// Ends a device's key. For administrators.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the code is `unknown_device`.
    pub async fn revoke_device(&self, device: &DeviceId) -> Result<(), ClientError> {
        self.delete(&["devices", device.as_str()]).await
    }
}
