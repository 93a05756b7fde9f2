use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use queue_protocol::model::{DeviceId, DeviceRole, RoomId, UnixMillis};
use queue_protocol::v1::NewCode;
use queue_store::{By, OnMachine};
use rustix::process::{Pid, Signal, kill_process};

use crate::cpu::Used;
use crate::load::Connection;
use crate::postgres_server::Server as Postgres;

/// Services of the clinic: each gives out 9,999 numbers a day.
pub const SERVICES: usize = 60;

/// Longest wait for the service to answer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The shipped program.
pub struct Service {
    child: Child,
    pub address: SocketAddr,
    folder: tempfile::TempDir,
}

/// Who starts it, and on which database.
enum Start<'a> {
    Plain,
    Counted(&'a Path),
    Postgres(&'a Postgres, &'a str),
}

impl Service {
    pub fn sqlite() -> Self {
        Self::start(&Start::Plain)
    }

    /// On SQLite, with each of its instructions counted.
    pub fn counted(counts: &Path) -> Self {
        Self::start(&Start::Counted(counts))
    }

    pub fn postgres(server: &Postgres, database: &str) -> Self {
        Self::start(&Start::Postgres(server, database))
    }

    fn start(start: &Start<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (config, ready) = (folder.path().join("clinic.toml"), folder.path().join("ready"));
        std::fs::write(&config, clinic()).unwrap();
        let program = env!("CARGO_BIN_EXE_queue-service");
        let mut command = match start {
            Start::Counted(counts) => {
                let mut valgrind = Command::new("valgrind");
                valgrind.args(["--quiet", "--tool=callgrind"]);
                valgrind.arg(format!("--callgrind-out-file={}", counts.display())).arg(program);
                valgrind
            }
            Start::Plain | Start::Postgres(..) => Command::new(program),
        };
        match start {
            Start::Plain | Start::Counted(_) => command.arg("--database").arg(folder.path().join("queue.db")),
            Start::Postgres(server, database) => command.arg("--postgres").arg(server.text(database)),
        };
        command.args(["--listen", "127.0.0.1:0", "--config"]).arg(&config).arg("--ready-file").arg(&ready);
        let child = command.env("RUST_LOG", "error").stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let deadline = Instant::now() + START_LIMIT;
        let address = loop {
            match std::fs::read_to_string(&ready) {
                Ok(address) => break address.trim().parse().unwrap(),
                Err(error) => assert!(Instant::now() < deadline, "not ready: {error}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        Self { child, address, folder }
    }

    /// The keys of `count` devices of a role.
    pub fn keys(&self, role: DeviceRole, count: usize) -> Vec<String> {
        self.keys_by(OnMachine::open(&self.folder.path().join("queue.db")).unwrap(), role, count)
    }

    /// [`keys`](Self::keys) on another database than the service's own file.
    pub fn keys_by(&self, mut machine: OnMachine, role: DeviceRole, count: usize) -> Vec<String> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let at = UnixMillis(i64::try_from(since.as_millis()).unwrap());
        let by = By { actor: "bench".into(), at };
        let room = (role == DeviceRole::Room).then(|| RoomId::new("p1").unwrap());
        let mut connection = Connection::open(self.address, None);
        (0..count)
            .map(|n| {
                let device = if role == DeviceRole::Kiosk { format!("k{}", n + 1) } else { format!("{role}-{n}") };
                let asked = NewCode { device: DeviceId::new(device).unwrap(), role, room: room.clone() };
                let (code, enrolment) = queue_service::new_enrolment(asked, at).unwrap();
                machine.add_code(&enrolment, &by).unwrap();
                let answer = connection.post("/v1/enrol", &format!(r#"{{"code":"{code}"}}"#));
                let (_, key) = answer.split_once(r#""key":""#).unwrap();
                key.split('"').next().unwrap().to_owned()
            })
            .collect()
    }

    /// Transactions it has committed.
    pub fn commits(&self) -> f64 {
        let metrics = Connection::open(self.address, None).get("/metrics");
        let line = metrics.lines().find_map(|line| line.strip_prefix("queue_commits_total ")).unwrap();
        line.trim().parse().unwrap()
    }

    pub fn used(&self) -> Used {
        Used::by(self.child.id())
    }

    /// Stops it in order.
    pub fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap();
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
