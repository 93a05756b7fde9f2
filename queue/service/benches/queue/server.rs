use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::postgres_server::Server as Postgres;

/// Services of the clinic: each gives out 9,999 numbers a day.
pub const SERVICES: usize = 60;

/// Longest wait for the service to answer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The shipped program.
pub struct Service {
    child: Child,
    pub address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Service {
    pub fn sqlite() -> Self {
        Self::start(|command, folder| {
            command.arg("--database").arg(folder.join("queue.db"));
        })
    }

    pub fn postgres(server: &Postgres, database: &str) -> Self {
        Self::start(|command, _| {
            command.arg("--postgres").arg(server.text(database));
        })
    }

    fn start(set: impl FnOnce(&mut Command, &std::path::Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (config, ready) = (folder.path().join("clinic.toml"), folder.path().join("ready"));
        std::fs::write(&config, clinic()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
        command.args(["--listen", "127.0.0.1:0", "--config"]).arg(&config).arg("--ready-file").arg(&ready);
        set(&mut command, folder.path());
        let child = command.env("RUST_LOG", "error").stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let deadline = Instant::now() + START_LIMIT;
        let address = loop {
            match std::fs::read_to_string(&ready) {
                Ok(address) => break address.trim().parse().unwrap(),
                Err(error) => assert!(Instant::now() < deadline, "not ready: {error}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        Self { child, address, _folder: folder }
    }

    pub fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kibibytes: f64 = line.split_whitespace().next().unwrap().parse().unwrap();
        kibibytes / 1_024.0
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn clinic() -> String {
    let mut text = String::from("hospital = \"BỆNH VIỆN MẪU\"\n[[zone]]\nid = \"khu-b\"\nname = \"Khu B\"\n");
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap());
    let mut all = String::new();
    for n in 0..SERVICES {
        let series = if n < 26 { letter(n).to_string() } else { format!("{}{}", letter(n / 26 - 1), letter(n)) };
        write!(
            text,
            "[[service]]\nid = \"s{n}\"\nname = \"S{n}\"\nplace = \"P\"\nseries = \"{series}\"\nzone = \"khu-b\"\n"
        )
        .unwrap();
        write!(all, "\"s{n}\", ").unwrap();
    }
    write!(text, "[[room]]\nid = \"p1\"\nname = \"P1\"\nzone = \"khu-b\"\nservices = [{all}]\n").unwrap();
    text
}
