use queue_protocol::model::{DeviceId, DeviceReport, DeviceTold, KioskId, RequestId};
use queue_protocol::v1::{
    CallHelp, ClearHelp, DeviceStates, HandOver, HandedOver, HelpCall, HelpCalls, LeaseSeries, SeriesLease,
};

use crate::client::QueueClient;
use crate::error::ClientError;

/// Kiosks that work without the service, calls for help, and how devices are.
impl QueueClient {
    /// The series that an installation of `kiosk` owns. The same installation always gets the same one.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the code is `no_series_left`.
    pub async fn lease_series(&self, kiosk: &KioskId, asked: &LeaseSeries) -> Result<SeriesLease, ClientError> {
        self.put(&["kiosks", kiosk.as_str(), "series"], asked).await
    }

    /// Hands numbers over that `kiosk` issued while the service was away. The same numbers may be sent again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn hand_over(&self, kiosk: &KioskId, numbers: &HandOver) -> Result<HandedOver, ClientError> {
        self.post(&["kiosks", kiosk.as_str(), "offline-tickets"], numbers).await
    }

    /// Asks staff to come to `kiosk`. While a call is open there it is the same call.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn call_help(&self, kiosk: &KioskId, request: RequestId) -> Result<HelpCall, ClientError> {
        self.post(&["kiosks", kiosk.as_str(), "help"], &CallHelp { request }).await
    }

    /// Staff have seen to the call of `kiosk`; answers what is still open.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn clear_help(&self, kiosk: &KioskId, request: RequestId) -> Result<HelpCalls, ClientError> {
        self.post(&["kiosks", kiosk.as_str(), "help", "clear"], &ClearHelp { request }).await
    }

    /// All open calls for help, the oldest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn help_calls(&self) -> Result<HelpCalls, ClientError> {
        self.get(&["help"]).await
    }

    /// Tells how `device` is; what it told before is replaced.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the code is `too_many_devices`.
    pub async fn tell_state(&self, device: &DeviceId, report: &DeviceReport) -> Result<DeviceTold, ClientError> {
        self.put(&["devices", device.as_str(), "state"], report).await
    }

    /// How all devices are.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn device_states(&self) -> Result<DeviceStates, ClientError> {
        self.get(&["devices", "states"]).await
    }
}
