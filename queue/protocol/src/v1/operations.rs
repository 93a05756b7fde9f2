use serde::{Deserialize, Serialize};

use crate::model::{DeviceTold, KioskId, RequestId, UnixMillis};

/// Asks staff to come to a kiosk. Sent again with the same id, or while a call is open there, it is the same call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallHelp {
    /// Made for this touch.
    pub request: RequestId,
}

/// Staff have seen to a kiosk's call for help. Clearing what is clear already does nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClearHelp {
    /// Made for this press of the button.
    pub request: RequestId,
}

/// A call for help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HelpCall {
    /// Where help is wanted.
    pub kiosk: KioskId,
    /// Since when, by the service's clock.
    pub called_at: UnixMillis,
    /// The request that opened it.
    pub request: RequestId,
}

/// All open calls for help, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HelpCalls {
    /// The calls.
    pub calls: Vec<HelpCall>,
}

/// All devices that ever told how they are, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceStates {
    /// The devices.
    pub devices: Vec<DeviceTold>,
}
