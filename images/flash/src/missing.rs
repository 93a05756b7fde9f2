//! What a machine that was set up still lacks, as text for its console: whoever stands before it knows what to do.
//!
//! The units that show it give the console a font with Vietnamese letters.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::first_boot::SETTINGS;

/// How `kioskctl enrol` ends when the service knows the code for no good.
const CODE_REFUSED: u8 = 3;
/// Most network interfaces that are looked at.
const INTERFACES_MAX: usize = 16;

/// What is known of a machine without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// As it was provisioned; empty when that cannot be read.
    pub machine: String,
    /// The queue service's address.
    pub service: String,
    pub network: Network,
    pub code: Code,
}

/// The best of the network interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// There is none but the machine's own loop.
    NoInterface,
    /// Nothing is plugged in, and no wireless network was joined.
    NoCarrier,
    Connected,
}

/// The enrolment code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// It was shown to the service and has led to nothing: used, out of date, or unknown.
    Refused,
    /// It waits for the service to be reached.
    Waiting,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Provisioned {
    kiosk: String,
    service: String,
}

impl Known {
    /// What the files below `root` say, after an enrolment that ended with the exit status `ended`.
    #[must_use]
    pub fn of(root: &Path, ended: Option<u8>) -> Self {
        let text = fs::read_to_string(root.join(SETTINGS).join("provisioned.toml")).unwrap_or_default();
        let Provisioned { kiosk, service } = toml::from_str(&text).unwrap_or_default();
        let code = if ended == Some(CODE_REFUSED) { Code::Refused } else { Code::Waiting };
        Self { machine: kiosk, service, network: network(&root.join("sys/class/net")), code }
    }

    /// The lines for the console.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { machine, service, network, code } = self;
        let (vietnamese, english) = match (network, code) {
            (_, Code::Refused) => (
                "Mã đăng ký đã dùng, hết hạn hoặc sai.\n    Xin mã mới rồi ghi lại đĩa bằng kiosk-flash với --provisioning.",
                "The enrolment code was used, is out of date or is wrong.\n    Get another one and write the drive again with kiosk-flash and --provisioning.",
            ),
            (Network::NoInterface, Code::Waiting) => ("Không thấy card mạng.", "There is no network adapter."),
            (Network::NoCarrier, Code::Waiting) => (
                "Chưa có mạng: cắm dây mạng, hoặc kiểm tra Wi-Fi.",
                "No network: plug the cable in, or check the Wi-Fi.",
            ),
            (Network::Connected, Code::Waiting) => (
                "Có mạng, nhưng không kết nối được máy chủ.\n    Máy thử lại mỗi 10 giây.",
                "The network is there, and the queue service does not answer.\n    The machine tries again every 10 seconds.",
            ),
        };
        format!(
            "\n\n    Máy {machine} chưa sẵn sàng.\n    {vietnamese}\n\n    Machine {machine} is not ready.\n    {english}\n\n    \
             Máy chủ / queue service: {service}\n"
        )
    }
}

fn network(interfaces: &Path) -> Network {
    let entries = fs::read_dir(interfaces).into_iter().flatten().flatten().take(INTERFACES_MAX);
    let others: Vec<_> = entries.filter(|entry| entry.file_name() != "lo").collect();
    // An interface that is down refuses to say.
    let has_carrier =
        |entry: &fs::DirEntry| fs::read_to_string(entry.path().join("carrier")).is_ok_and(|text| text.trim() == "1");
    match (others.is_empty(), others.iter().any(has_carrier)) {
        (true, _) => Network::NoInterface,
        (false, false) => Network::NoCarrier,
        (false, true) => Network::Connected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(interfaces: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let settings = root.path().join(SETTINGS);
        fs::create_dir_all(&settings).unwrap();
        fs::write(
            settings.join("provisioned.toml"),
            "kiosk = \"K01\"\nservice = \"http://queue.example\"\nother = 1\n",
        )
        .unwrap();
        for (name, carrier) in interfaces {
            let folder = root.path().join("sys/class/net").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("carrier"), carrier).unwrap();
        }
        root
    }

    #[test]
    fn each_thing_that_is_missing_has_words_of_its_own_and_names_machine_and_service() {
        let cable = [("lo", "1\n"), ("enp1s0", "1\n")];
        let unplugged = [("lo", "1\n"), ("enp1s0", "0\n")];
        for (interfaces, ended, network, words) in [
            (&cable[..1], Some(1), Network::NoInterface, "no network adapter"),
            (&unplugged, Some(1), Network::NoCarrier, "plug the cable in"),
            (&cable, None, Network::Connected, "does not answer"),
            (&cable, Some(3), Network::Connected, "code was used"),
        ] {
            let root = machine(interfaces);
            let known = Known::of(root.path(), ended);
            let text = known.text();
            assert_eq!(known.network, network);
            assert!(text.contains(words) && text.contains("K01") && text.contains("http://queue.example"), "{text}");
            let is_mark = |letter: char| ('\u{300}'..='\u{36f}').contains(&letter);
            assert!(!text.contains(is_mark), "the console's font has letters with their marks, and no marks: {text}");
        }
    }
}
