//! Changing the machine's network: asked of `kiosk-network`, which runs as root for one question and knows no other.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::failed;

/// Longest wait for an answer: a network that does not come up is put back after a minute and a quarter.
const ANSWER_WAIT: Duration = Duration::from_secs(150);
/// Longest wait to hand a question over.
const QUESTION_WAIT: Duration = Duration::from_secs(5);
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 16_384;

/// The error of a change after which all is as before.
pub const PUT_BACK: &str = "not_reached_put_back";

/// What the network shall be. The machine's own program checks it, and puts it back when the queue service is out of reach.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum NetworkChange {
    /// Addresses come from the network.
    Dhcp {
        /// Of this kind of link.
        on: NetworkLink,
        /// Stays even when the queue service is out of reach.
        #[serde(default)]
        keep: Keep,
    },
    /// Addresses are these.
    Static {
        /// Of this kind of link.
        on: NetworkLink,
        /// With its prefix, such as `10.1.2.3/24`.
        address: String,
        /// The way out of the network.
        #[serde(default)]
        gateway: Option<String>,
        /// At most three.
        #[serde(default)]
        name_servers: Vec<String>,
        /// Stays even when the queue service is out of reach.
        #[serde(default)]
        keep: Keep,
    },
    /// The machine's one wireless network.
    Wifi {
        /// Its name and passphrase.
        wifi: Wifi,
        /// Stays even when the queue service is out of reach.
        #[serde(default)]
        keep: Keep,
    },
}

/// A kind of link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkLink {
    /// By cable.
    Wired,
    /// By radio.
    Wireless,
}

/// When a change stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// The queue service is reached with it.
    #[default]
    WhenReachable,
    /// In any case.
    Always,
}

/// A wireless network.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wifi {
    ssid: String,
    passphrase: Passphrase,
}

/// Wiped on drop; `Debug` hides it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Passphrase(Zeroizing<String>);

/// A machine's addresses as they were typed.
#[derive(Debug)]
pub struct Addresses {
    /// With its prefix.
    pub address: String,
    /// The way out.
    pub gateway: Option<String>,
    /// Name servers.
    pub name_servers: Vec<String>,
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

impl From<String> for Passphrase {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<Passphrase> for String {
    fn from(phrase: Passphrase) -> Self {
        phrase.0.as_str().to_owned()
    }
}

impl Passphrase {
    /// As it was typed.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl NetworkChange {
    /// Fixed addresses.
    #[must_use]
    pub fn addresses(on: NetworkLink, typed: Addresses) -> Self {
        let Addresses { address, gateway, name_servers } = typed;
        Self::Static { on, address, gateway, name_servers, keep: Keep::WhenReachable }
    }

    /// Addresses by DHCP.
    #[must_use]
    pub const fn dhcp(on: NetworkLink) -> Self {
        Self::Dhcp { on, keep: Keep::WhenReachable }
    }

    /// A wireless network.
    #[must_use]
    pub fn wifi(ssid: &str, passphrase: Passphrase) -> Self {
        Self::Wifi { wifi: Wifi { ssid: ssid.to_owned(), passphrase }, keep: Keep::WhenReachable }
    }

    /// The same, to stay in any case.
    #[must_use]
    pub const fn kept_always(mut self) -> Self {
        let (Self::Dhcp { keep, .. } | Self::Static { keep, .. } | Self::Wifi { keep, .. }) = &mut self;
        *keep = Keep::Always;
        self
    }
}

/// What a technician has set of the network; nothing where the machine has no program for it.
pub fn set_so_far(socket: &Path) -> Option<Value> {
    asked(socket, &show()).ok().and_then(|mut answer| Some(answer.get_mut("set")?.take()))
}

fn show() -> Value {
    json!({ "ask": "show" })
}

/// Has the network changed, and waits until the queue service is reached or all is as before.
pub fn change(socket: &Path, change: &NetworkChange) -> Value {
    tracing::info!(?change, "a technician changes the network");
    let answer = serde_json::to_value(change).map_err(io::Error::from).and_then(|change| asked(socket, &change));
    match answer {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!("the network is not changed: {error}");
            let is_nowhere = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused);
            failed(if is_nowhere { "not_on_this_machine" } else { "no_answer" })
        }
    }
}

fn asked(socket: &Path, question: &Value) -> io::Result<Value> {
    let mut client = UnixStream::connect(socket)?;
    client.set_write_timeout(Some(QUESTION_WAIT))?;
    client.set_read_timeout(Some(ANSWER_WAIT))?;
    let line = Zeroizing::new(format!("{question}\n"));
    client.write_all(line.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(client).take(ANSWER_BYTES_MAX).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    fn on(link: NetworkLink) -> NetworkChange {
        let typed = Addresses {
            address: "10.1.2.3/24".into(),
            gateway: Some("10.1.2.1".into()),
            name_servers: vec!["10.1.2.1".into()],
        };
        NetworkChange::addresses(link, typed)
    }

    #[test]
    fn the_machines_program_is_asked_in_one_line_and_its_answer_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("network.sock");
        assert_eq!(change(&path, &NetworkChange::dhcp(NetworkLink::Wired))["error"], "not_on_this_machine");
        let listener = UnixListener::bind(&path).unwrap();
        let program = thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(&client).read_line(&mut line).unwrap();
            client.write_all(b"{\"ok\":false,\"error\":\"not_reached_put_back\"}\n").unwrap();
            line
        });
        assert_eq!(change(&path, &on(NetworkLink::Wired).kept_always())["error"], "not_reached_put_back");
        let question: Value = serde_json::from_str(&program.join().unwrap()).unwrap();
        let expected = json!({
            "ask": "static", "on": "wired", "address": "10.1.2.3/24", "gateway": "10.1.2.1",
            "name_servers": ["10.1.2.1"], "keep": "always",
        });
        assert_eq!(question, expected);
    }

    /// What is said between this program and the one that changes the network; its tests read the same file.
    const WORDS: &str = include_str!("../../../images/flash/tests/network_words.json");

    /// The name of its sample.
    const fn sample(change: &NetworkChange) -> &'static str {
        match change {
            NetworkChange::Dhcp { .. } => "dhcp",
            NetworkChange::Static { gateway: None, .. } => "static_bare",
            NetworkChange::Static { .. } => "static",
            NetworkChange::Wifi { .. } => "wifi",
        }
    }

    #[test]
    fn what_is_said_is_what_the_machines_program_hears_and_says() {
        let words: Value = serde_json::from_str(WORDS).unwrap();
        let server = |text: &str| text.to_owned();
        let typed = |gateway, name_servers| Addresses { address: server("10.1.2.3/24"), gateway, name_servers };
        let both = vec![server("10.1.2.1"), server("10.1.2.2")];
        let changes = [
            NetworkChange::dhcp(NetworkLink::Wired),
            NetworkChange::addresses(NetworkLink::Wireless, typed(Some(server("10.1.2.1")), both)).kept_always(),
            NetworkChange::addresses(NetworkLink::Wired, typed(None, Vec::new())),
            NetworkChange::wifi("Benh vien", Passphrase::typed("mot mat khau dai")).kept_always(),
        ];
        for change in &changes {
            assert_eq!(serde_json::to_value(change).unwrap(), words["questions"][sample(change)]);
        }
        assert_eq!(show(), words["questions"]["show"]);
        assert_eq!(words["questions"].as_object().unwrap().len(), changes.len() + 1);
        assert_eq!(words["answers"]["put_back"]["error"], PUT_BACK);
        assert!(words["answers"]["shown"]["set"].is_object());
    }

    #[test]
    fn no_passphrase_is_in_a_debug_text() {
        let change = NetworkChange::wifi("BV", Passphrase::typed("very secret"));
        assert!(!format!("{change:?}").contains("secret"));
    }
}
