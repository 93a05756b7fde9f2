use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DeviceId, UnixMillis};

/// How a part of a device is, in the words of XFS4IoT (CWA 17852, common status, `device`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Present and working.
    Online,
    /// Present and not working, for a reason that somebody on site can change.
    Offline,
    /// Without power.
    PowerOff,
    /// Not there.
    NoDevice,
    /// Broken.
    HardwareError,
    /// Somebody has to do something, such as to close a cover.
    UserError,
    /// At work and not to be asked.
    DeviceBusy,
    /// Somebody tampers with it.
    FraudAttempt,
    /// Something hints at tampering.
    PotentialFraud,
    /// Starting; nothing is known yet.
    Starting,
}

/// How much paper a printer has, in the words of XFS4IoT (printer status, `paper`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaperState {
    /// Enough.
    Full,
    /// Near its end.
    Low,
    /// None.
    Out,
    /// Stuck.
    Jammed,
    /// The printer does not say.
    Unknown,
}

/// One part of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DevicePart {
    /// Its name, such as `printer`, `scanner` or `card_reader`.
    pub name: String,
    /// How it is.
    pub state: DeviceState,
    /// Its paper, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<PaperState>,
}

/// A fault and when it began. No text of a patient is ever in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceFault {
    /// The part.
    pub part: String,
    /// What happened, in one word, such as `paper_out`.
    pub code: String,
    /// Since when, by the device's clock.
    pub since: UnixMillis,
}

/// Where a device is with its software's update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UpdateState {
    /// Nothing to do.
    Idle,
    /// An update is fetched or written.
    Installing,
    /// Written; it runs after a restart.
    RestartNeeded,
    /// The new version did not prove itself, and the one before runs again.
    RolledBack,
    /// The update failed; what ran before still runs.
    Failed,
    /// The device has no updater.
    NotInstalled,
}

/// How a device is, as it tells by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceReport {
    /// Its parts.
    #[serde(default)]
    pub parts: Vec<DevicePart>,
    /// Its newest fault, over or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_fault: Option<DeviceFault>,
    /// Versions by the name of what has them, such as `kiosk-app` or `image`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, String>,
    /// Where it is with an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<UpdateState>,
}

/// What a device told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceTold {
    /// Which one.
    pub device: DeviceId,
    /// When it told last, by the service's clock.
    pub told_at: UnixMillis,
    /// What it told.
    pub report: DeviceReport,
}
