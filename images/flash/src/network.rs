//! The network of a machine that is in place: what a technician may ask of it, and the files that come of it.
//!
//! The vocabulary is closed: a kind of link, addresses, a wireless network. Nothing that is asked names a file, a program
//! or an interface. [`keeping`] carries it out and puts back what was before when the queue service is out of reach.

pub mod keeping;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::first_boot::{self, Readers, SETTINGS, Setting};
use crate::provision::Wifi;

/// Longest question, in bytes.
pub const QUESTION_BYTES_MAX: u64 = 4_096;
/// Most name servers.
const NAME_SERVERS_MAX: usize = 3;
/// Shortest and longest prefix: beyond it a network has no room for a machine and its gateway.
const PREFIX: std::ops::RangeInclusive<u8> = 1..=30;
/// Below [`SETTINGS`]; systemd-networkd finds it by a link (images/rootfs/usr/lib/tmpfiles.d).
const FOLDER: &str = "network";
/// In the folder of a kind of link.
const DROP_IN: &str = "50-technician.conf";

/// What may be asked, as one line of JSON: `{"ask":"dhcp","on":"wired"}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// What was set.
    Show,
    /// Addresses come from the network.
    Dhcp {
        on: Link,
        #[serde(default)]
        keep: Keep,
    },
    /// Addresses are these.
    Static {
        on: Link,
        address: Place,
        gateway: Option<Ipv4Addr>,
        #[serde(default)]
        name_servers: Vec<Ipv4Addr>,
        #[serde(default)]
        keep: Keep,
    },
    /// The machine's one wireless network.
    Wifi {
        wifi: Wifi,
        #[serde(default)]
        keep: Keep,
    },
}

/// A kind of link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    Wired,
    Wireless,
}

/// When a change stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// The queue service is reached with it.
    #[default]
    WhenReachable,
    /// In any case: the service is not there yet.
    Always,
}

/// An address with its prefix, such as `10.1.2.3/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place {
    address: Ipv4Addr,
    prefix: u8,
}

/// Why nothing is set. No message holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefusedChange {
    #[error("expected an address such as 10.1.2.3/24")]
    Place,
    #[error("{0} is no address for a machine in its network")]
    NoHost(Ipv4Addr),
    #[error("the gateway {gateway} is not another machine of the network {network}")]
    Gateway { gateway: Ipv4Addr, network: String },
    #[error("{0} is no name server")]
    NameServer(Ipv4Addr),
    #[error("expected at most {NAME_SERVERS_MAX} name servers, got {0}")]
    NameServers(usize),
    #[error("{field}: {expected}")]
    Wifi { field: &'static str, expected: &'static str },
}

impl RefusedChange {
    /// For programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Place | Self::NoHost(_) => "address_not_possible",
            Self::Gateway { .. } => "gateway_not_possible",
            Self::NameServer(_) | Self::NameServers(_) => "name_server_not_possible",
            Self::Wifi { .. } => "wifi_not_possible",
        }
    }
}

/// A change that was checked: which files are there after it, and which are not.
pub struct Change {
    pub(crate) written: Vec<Setting>,
    /// Below the root of the machine.
    pub(crate) removed: Vec<PathBuf>,
    pub(crate) touches: Touches,
    pub(crate) keep: Keep,
}

/// What has to take note of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touches {
    /// systemd-networkd.
    Addresses,
    /// iwd.
    Wireless,
}

impl TryFrom<String> for Place {
    type Error = RefusedChange;

    fn try_from(text: String) -> Result<Self, RefusedChange> {
        let (address, prefix) = text.split_once('/').ok_or(RefusedChange::Place)?;
        let address = address.parse().map_err(|_| RefusedChange::Place)?;
        let prefix = prefix.parse().ok().filter(|prefix| PREFIX.contains(prefix)).ok_or(RefusedChange::Place)?;
        let place = Self { address, prefix };
        if place.holds(address) && is_host(address) { Ok(place) } else { Err(RefusedChange::NoHost(address)) }
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        format!("{}/{}", place.address, place.prefix)
    }
}

impl Place {
    const fn mask(self) -> u32 {
        u32::MAX << (32 - self.prefix)
    }

    const fn network(self) -> u32 {
        self.address.to_bits() & self.mask()
    }

    /// Whether `other` is a machine's address in this network: neither the network's own nor everybody's.
    fn holds(self, other: Ipv4Addr) -> bool {
        let (bits, everybody) = (other.to_bits(), self.network() | !self.mask());
        bits & self.mask() == self.network() && bits != self.network() && bits != everybody
    }
}

fn is_host(address: Ipv4Addr) -> bool {
    !(address.is_loopback() || address.is_multicast() || address.is_unspecified() || address.is_broadcast())
}

impl Link {
    /// The drop-in of this kind of link: systemd.network(5).
    fn drop_in(self) -> PathBuf {
        let of = match self {
            Self::Wired => "20-wired.network.d",
            Self::Wireless => "30-wireless.network.d",
        };
        Path::new(SETTINGS).join(FOLDER).join(of).join(DROP_IN)
    }
}

impl Question {
    /// What it changes; `None` when it only asks. `known` are the wireless networks that iwd has, below the root.
    ///
    /// # Errors
    /// [`RefusedChange`]: nothing can be set so.
    pub fn change(&self, known: Vec<PathBuf>) -> Result<Option<Change>, RefusedChange> {
        let addresses =
            |written, removed, keep: &Keep| Change { written, removed, touches: Touches::Addresses, keep: *keep };
        let change = match self {
            Self::Show => return Ok(None),
            Self::Dhcp { on, keep } => addresses(Vec::new(), vec![on.drop_in()], keep),
            Self::Static { on, address, gateway, name_servers, keep } => {
                check(*address, *gateway, name_servers)?;
                let text = Zeroizing::new(drop_in(*address, *gateway, name_servers));
                let setting = Setting { path: on.drop_in(), text, readers: Readers::All };
                addresses(vec![setting], Vec::new(), keep)
            }
            Self::Wifi { wifi, keep } => {
                wifi.check().map_err(|(field, expected)| RefusedChange::Wifi { field, expected })?;
                let setting = first_boot::network(wifi);
                let removed = known.into_iter().filter(|path| *path != setting.path).collect();
                Change { written: vec![setting], removed, touches: Touches::Wireless, keep: *keep }
            }
        };
        Ok(Some(change))
    }
}

fn check(place: Place, gateway: Option<Ipv4Addr>, name_servers: &[Ipv4Addr]) -> Result<(), RefusedChange> {
    if let Some(gateway) = gateway.filter(|gateway| !place.holds(*gateway) || *gateway == place.address) {
        let network = format!("{}/{}", Ipv4Addr::from_bits(place.network()), place.prefix);
        return Err(RefusedChange::Gateway { gateway, network });
    }
    if name_servers.len() > NAME_SERVERS_MAX {
        return Err(RefusedChange::NameServers(name_servers.len()));
    }
    match name_servers.iter().find(|server| !is_host(**server)) {
        Some(server) => Err(RefusedChange::NameServer(*server)),
        None => Ok(()),
    }
}

/// What systemd-networkd reads after the image's own file for the link.
fn drop_in(place: Place, gateway: Option<Ipv4Addr>, name_servers: &[Ipv4Addr]) -> String {
    let mut text = format!("[Network]\nDHCP=no\nAddress={}\n", String::from(place));
    gateway.iter().for_each(|gateway| text.push_str(&format!("Gateway={gateway}\n")));
    name_servers.iter().for_each(|server| text.push_str(&format!("DNS={server}\n")));
    text
}

/// What was set, without a secret: the addresses of each kind of link as they stand in its drop-in.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    pub wired: Vec<String>,
    pub wireless: Vec<String>,
    /// Names of the networks iwd knows, as its files are called.
    pub wifi: Vec<String>,
}

impl Shown {
    /// Of the machine below `root`. Empty lists of addresses mean that the network gives them.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        let lines = |link: Link| {
            let text = std::fs::read_to_string(root.join(link.drop_in())).unwrap_or_default();
            text.lines().filter(|line| !line.starts_with('[')).map(str::to_owned).collect()
        };
        let name = |path: PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
        let wifi = first_boot::known_networks(root).into_iter().filter_map(name).collect();
        Self { wired: lines(Link::Wired), wireless: lines(Link::Wireless), wifi }
    }
}
