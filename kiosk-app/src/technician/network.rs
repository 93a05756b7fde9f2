//! The machine's network, as far as the kiosk depends on it.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use queue_protocol::model::UnixMillis;
use serde_json::{Value, json};

use super::failed;
use super::network_change::set_so_far;
use crate::calendar;

/// Where the kernel lists interfaces.
const INTERFACES: &str = "/sys/class/net";
/// Most interfaces described.
const INTERFACES_MAX: usize = 16;
/// Most addresses looked at.
const ADDRESSES_MAX: usize = 128;
/// systemd-timesyncd touches it when the clock agrees with a server of the time.
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";
/// Longest wait for a connection to the queue service.
const CONNECT_WAIT: Duration = Duration::from_secs(3);

/// The interfaces with their state and addresses, whether the queue service takes connections, the clock, and what a
/// technician has set.
pub fn described(service_url: &str, changes: &Path) -> Value {
    let service = service(service_url);
    json!({
        "ok": service["ok"],
        "interfaces": interfaces(Path::new(INTERFACES)),
        "service": service,
        "clock": clock(Path::new(SYNCHRONISED)),
        "set": set_so_far(changes),
    })
}

fn clock(synchronised: &Path) -> Value {
    let time = calendar::local_text(UnixMillis(Timestamp::now().as_millisecond()));
    json!({ "time": time, "synchronised": synchronised.exists() })
}

fn interfaces(folder: &Path) -> Vec<Value> {
    let addresses = addresses();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(INTERFACES_MAX);
    let described = entries.map(|entry| {
        let read = |file| fs::read_to_string(entry.path().join(file)).map(|text| text.trim().to_owned()).ok();
        json!({
            "name": entry.file_name().to_string_lossy(),
            "state": read("operstate"),
            "carrier": read("carrier").map(|text| text == "1"),
            "address": read("address"),
            "addresses": addresses.get(&*entry.file_name().to_string_lossy()),
            "mbit_s": read("speed").and_then(|text| text.parse::<u32>().ok()),
        })
    });
    described.collect()
}

/// The addresses of each interface.
fn addresses() -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in nix::ifaddrs::getifaddrs().into_iter().flatten().take(ADDRESSES_MAX) {
        let Some(address) = one.address else { continue };
        let v4 = address.as_sockaddr_in().map(|address| address.ip().to_string());
        let v6 = || address.as_sockaddr_in6().map(|address| address.ip().to_string());
        if let Some(text) = v4.or_else(v6) {
            found.entry(one.interface_name).or_default().push(text);
        }
    }
    found
}

/// Connects to the queue service and hangs up.
pub fn service(url: &str) -> Value {
    let Some(place) = place(url) else { return failed("no_address") };
    let begun = Instant::now();
    let Ok(mut addresses) = place.to_socket_addrs() else { return failed("name_not_known") };
    let Some(address) = addresses.next() else { return failed("name_not_known") };
    match TcpStream::connect_timeout(&address, CONNECT_WAIT) {
        Ok(_) => {
            json!({ "ok": true, "address": address.to_string(), "ms": begun.elapsed().as_millis().min(9_999) as u64 })
        }
        Err(error) => json!({ "ok": false, "address": address.to_string(), "error": error.kind().to_string() }),
    }
}

/// Host and port of an address such as `https://queue.example:8443/`.
fn place(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next().filter(|host| !host.is_empty())?;
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let usual = if scheme == "https" { 443 } else { 80 };
    Some(if has_port { host.to_owned() } else { format!("{host}:{usual}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_own_port_or_the_usual_one() {
        for (url, expected) in [
            ("http://127.0.0.1:7070", Some("127.0.0.1:7070")),
            ("https://queue.example/x", Some("queue.example:443")),
            ("http://[::1]:7070/", Some("[::1]:7070")),
            ("queue.example", None),
        ] {
            assert_eq!(place(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn an_interface_is_told_with_its_addresses() {
        let all = interfaces(Path::new(INTERFACES));
        let lo = all.iter().find(|one| one["name"] == "lo").unwrap();
        assert!(lo["addresses"].as_array().unwrap().iter().any(|address| address == "127.0.0.1"), "{lo}");
    }

    #[test]
    fn a_service_that_listens_is_reached_and_one_that_does_not_is_not() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        assert_eq!(service(&url)["ok"], true);
        drop(listener);
        assert_eq!(service(&url)["ok"], false);
    }
}
