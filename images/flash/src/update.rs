//! Updates of a machine that is in place: what a technician may ask of it, and the words of the answers.
//!
//! The vocabulary is closed: what runs, what is there, install that bundle of that stick, install what lies at the configured
//! address. Nothing that is asked names a folder, an address or an option. [`sticks`] finds USB sticks, [`rauc`] reads what
//! RAUC says, [`install`] carries a question out.

pub mod install;
pub mod rauc;
pub mod sticks;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest question, in bytes.
pub const QUESTION_BYTES_MAX: u64 = 4_096;
/// Longest name of a bundle, in bytes: as long as file systems have them.
const BUNDLE_BYTES_MAX: usize = 255;
/// Longest name of a partition, in bytes: the kernel's own are shorter.
const PART_BYTES_MAX: usize = 16;
/// What a bundle's name ends with.
const ENDING: &str = ".raucb";
/// Longest address, in bytes.
const ADDRESS_BYTES_MAX: usize = 512;

/// What may be asked, as one line of JSON: `{"ask":"look"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// What runs.
    Show {},
    /// The same, and which bundles are there.
    Look {},
    /// Installs a bundle from a stick.
    InstallStick { stick: PartName, bundle: BundleName },
    /// Installs what lies at the configured address.
    InstallAddress {},
}

/// The kernel's name of a partition, such as `sdb1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartName(String);

/// The name of a bundle at the top of a stick, such as `kiosk-1.2.raucb`: no path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundleName(String);

/// Where updates lie in the network: `https` alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// Why a name or an address is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANameError {
    #[error("expected a partition such as sdb1")]
    Part,
    #[error("expected the name of a bundle at the top of a stick, such as kiosk-1.2.raucb")]
    Bundle,
    #[error("expected an address such as https://updates.hospital.example/kiosk.raucb")]
    Address,
}

impl TryFrom<String> for PartName {
    type Error = NotANameError;

    fn try_from(text: String) -> Result<Self, NotANameError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_name = (1..=PART_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain);
        if is_name { Ok(Self(text)) } else { Err(NotANameError::Part) }
    }
}

impl TryFrom<String> for BundleName {
    type Error = NotANameError;

    fn try_from(text: String) -> Result<Self, NotANameError> {
        let is_plain = !text.contains('/') && !text.starts_with('.') && !text.chars().any(char::is_control);
        let is_bundle = text.ends_with(ENDING) && text.len() <= BUNDLE_BYTES_MAX;
        if is_plain && is_bundle { Ok(Self(text)) } else { Err(NotANameError::Bundle) }
    }
}

impl TryFrom<String> for Address {
    type Error = NotANameError;

    fn try_from(text: String) -> Result<Self, NotANameError> {
        let place = |rest: &str| rest.split_once('/').is_some_and(|(host, path)| !host.is_empty() && !path.is_empty());
        // No user and no password: they would stand in logs.
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"@\"\\".contains(&byte);
        let is_address = text.len() <= ADDRESS_BYTES_MAX
            && text.bytes().all(plain)
            && text.strip_prefix("https://").is_some_and(place);
        if is_address { Ok(Self(text)) } else { Err(NotANameError::Address) }
    }
}

impl From<PartName> for String {
    fn from(name: PartName) -> Self {
        name.0
    }
}

impl From<BundleName> for String {
    fn from(name: BundleName) -> Self {
        name.0
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl PartName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BundleName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Address {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host and port, as a connection is made to them.
    #[must_use]
    pub fn place(&self) -> String {
        let rest = self.0.strip_prefix("https://").unwrap_or_default();
        let host = rest.split('/').next().unwrap_or_default();
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if has_port { host.to_owned() } else { format!("{host}:443") }
    }
}

/// A version beside the one that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    Newer,
    Same,
    Older,
}

impl Age {
    /// How old `version` is beside `running`: by the numbers in both, part by part. A further part that is a word, such as
    /// `rc1`, comes before the version without it.
    #[must_use]
    pub fn of(version: &str, running: &str) -> Self {
        let parts = |text: &str| -> Vec<String> {
            text.split(|letter: char| !letter.is_ascii_alphanumeric()).map(str::to_owned).collect()
        };
        let (version, running) = (parts(version), parts(running));
        let longest = version.len().max(running.len());
        let order = (0..longest).map(|at| by_part(version.get(at), running.get(at)));
        match order.fold(Ordering::Equal, Ordering::then) {
            Ordering::Greater => Self::Newer,
            Ordering::Equal => Self::Same,
            Ordering::Less => Self::Older,
        }
    }
}

fn by_part(one: Option<&String>, other: Option<&String>) -> Ordering {
    let number = |part: &String| part.parse::<u64>().ok();
    match (one, other) {
        (Some(one), Some(other)) => match (number(one), number(other)) {
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (None, None) => one.cmp(other),
        },
        (Some(further), None) if number(further).is_some() => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => by_part(other, one).reverse(),
        (None, None) => Ordering::Equal,
    }
}

/// Why nothing was installed, or why a bundle cannot be. The running system is as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Another question is being answered: an update is written.
    Busy,
    /// No question of the vocabulary.
    NotUnderstood,
    /// There is no such stick, or no such bundle on it.
    NotThere,
    /// A stick cannot be read, or has a file system that is not taken.
    Stick,
    /// The stick went meanwhile.
    StickGone,
    /// No address was provisioned, or none with `https`.
    NoAddress,
    /// The server is out of reach.
    NoConnection,
    /// The server is there, and no TLS connection comes about.
    ServerCertificate,
    /// The server has no such file, or does not hand it out in parts.
    NotOnServer,
    /// The connection broke in the middle, or the bundle was changed.
    Interrupted,
    /// The bundle was signed by somebody else.
    Signature,
    /// The bundle is for another kind of machine.
    OtherMachine,
    /// The bundle was changed or cut short.
    Damaged,
    /// It did not end in time.
    TooSlow,
    /// RAUC does not run.
    NoRauc,
    /// RAUC refused for another reason, which it tells.
    Rauc,
}

/// How far RAUC is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// 0 to 100.
    pub percent: u8,
    /// In RAUC's words.
    pub step: String,
}

impl Progress {
    /// For the one who asked: one of several lines before the last.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({ "progress": { "percent": self.percent, "step": self.step } })
    }
}

/// The last line of an answer that says no, with what RAUC or the system said.
#[must_use]
pub fn refused(refusal: Refusal, detail: &str) -> Value {
    json!({ "ok": false, "error": refusal, "detail": detail })
}

/// The last line after an update was written: it runs after a restart.
#[must_use]
pub fn installed(version: Option<&str>) -> Value {
    json!({ "ok": true, "installed": version, "restart": "needed" })
}
