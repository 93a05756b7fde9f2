//! The machine's network, as far as the kiosk depends on it.

use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::failed;

/// Where the kernel lists interfaces.
const INTERFACES: &str = "/sys/class/net";
/// Most interfaces described.
const INTERFACES_MAX: usize = 16;
/// Longest wait for a connection to the queue service.
const CONNECT_WAIT: Duration = Duration::from_secs(3);

/// The interfaces with their state and hardware address, and whether the queue service takes connections.
pub fn described(service_url: &str) -> Value {
    let service = service(service_url);
    json!({ "ok": service["ok"], "interfaces": interfaces(Path::new(INTERFACES)), "service": service })
}

fn interfaces(folder: &Path) -> Vec<Value> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(INTERFACES_MAX);
    let described = entries.map(|entry| {
        let read = |file| fs::read_to_string(entry.path().join(file)).map(|text| text.trim().to_owned()).ok();
        json!({
            "name": entry.file_name().to_string_lossy(),
            "state": read("operstate"),
            "carrier": read("carrier").map(|text| text == "1"),
            "address": read("address"),
        })
    });
    described.collect()
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
    fn a_service_that_listens_is_reached_and_one_that_does_not_is_not() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        assert_eq!(service(&url)["ok"], true);
        drop(listener);
        assert_eq!(service(&url)["ok"], false);
    }
}
