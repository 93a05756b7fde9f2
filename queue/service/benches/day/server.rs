//! The shipped service on two cores, and the keys of a hospital's devices.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use queue_protocol::model::{DeviceId, DeviceRole, RoomId, UnixMillis};
use queue_store::{By, OnMachine};

use crate::cpu::Used;
use crate::drive::Wire;
use crate::postgres_server::Server as Postgres;

/// The processors the service may use, as `taskset` counts them. All others are for load and database.
const CORES: &str = "0,1";
/// Longest wait for the service to answer.
const START_LIMIT: Duration = Duration::from_secs(120);
/// Where a database of its own is, beside the service.
const FILE: &str = "queue.db";

/// The service's processes on one database.
pub struct Machine<'a> {
    processes: Vec<Service>,
    postgres: Option<(&'a Postgres, String)>,
}

impl<'a> Machine<'a> {
    pub fn sqlite(clinic: &str) -> Self {
        Self { processes: vec![Service::start(None, clinic)], postgres: None }
    }

    pub fn postgres(server: &'a Postgres, processes: usize, clinic: &str) -> Self {
        let database = server.database();
        let address = server.text(&database);
        let processes = (0..processes).map(|_| Service::start(Some(&address), clinic)).collect();
        Self { processes, postgres: Some((server, database)) }
    }

    /// Where the process for the `n`th device listens.
    pub fn address(&self, n: usize) -> SocketAddr {
        self.processes[n % self.processes.len()].address
    }

    /// Processor time of the service, in seconds.
    pub fn cpu_s(&self) -> f64 {
        self.processes.iter().map(|service| Used::by(service.child.id()).cpu_s).sum()
    }

    /// Processor time of PostgreSQL, in seconds.
    pub fn database_cpu_s(&self) -> f64 {
        self.postgres.as_ref().map_or(0.0, |(server, _)| Used::by_family(server.pid()).cpu_s)
    }

    /// The most memory its processes ever held, in MB.
    pub fn memory_mb(&self) -> f64 {
        self.processes.iter().map(|service| service.memory_mb()).sum()
    }

    /// Keys of `count` devices of a role; rooms are those of the clinic.
    pub async fn keys(&self, role: DeviceRole, count: usize) -> Vec<String> {
        let (codes, wanted) = (self.codes(role, count), self.address(0));
        let mut wire = Wire::open(wanted).await;
        let mut keys = Vec::with_capacity(count);
        for code in codes {
            let (status, answer) = wire.ask("POST", "/v1/enrol", "", &format!(r#"{{"code":"{code}"}}"#)).await;
            assert_eq!(status, 200, "{answer}");
            keys.push(answer.split_once(r#""key":""#).unwrap().1.split('"').next().unwrap().to_owned());
        }
        keys
    }

    /// The blocking client of PostgreSQL may not run on an async thread.
    fn codes(&self, role: DeviceRole, count: usize) -> Vec<String> {
        std::thread::scope(|scope| scope.spawn(|| self.make_codes(role, count)).join().unwrap())
    }

    fn make_codes(&self, role: DeviceRole, count: usize) -> Vec<String> {
        let mut machine = match &self.postgres {
            None => OnMachine::open(&self.processes[0].folder.path().join(FILE)).unwrap(),
            Some((server, database)) => OnMachine::connect(&server.address(database)).unwrap(),
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let at = UnixMillis(i64::try_from(since.as_millis()).unwrap());
        let by = By { actor: "bench".into(), at };
        let mut code = |n: usize| {
            let device = DeviceId::new(format!("{role}-{n}")).unwrap();
            let room = (role == DeviceRole::Room).then(|| RoomId::new(format!("r{n}")).unwrap());
            let (code, enrolment) =
                queue_service::new_enrolment(queue_protocol::v1::NewCode { device, role, room }, at).unwrap();
            machine.add_code(&enrolment, &by).unwrap();
            code
        };
        (0..count).map(|n| code(n).to_string()).collect()
    }
}

/// One process.
struct Service {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Service {
    fn start(postgres: Option<&str>, clinic: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (config, ready) = (folder.path().join("clinic.toml"), folder.path().join("ready"));
        std::fs::write(&config, clinic).unwrap();
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", CORES, env!("CARGO_BIN_EXE_queue-service"), "--listen", "127.0.0.1:0"]);
        match postgres {
            None => command.arg("--database").arg(folder.path().join(FILE)),
            Some(address) => command.args(["--postgres", address]),
        };
        command.arg("--config").arg(&config).arg("--ready-file").arg(&ready).env("RUST_LOG", "error");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let deadline = Instant::now() + START_LIMIT;
        let address = loop {
            match std::fs::read_to_string(&ready) {
                Ok(address) => break address.trim().parse().unwrap(),
                Err(error) => assert!(Instant::now() < deadline, "not ready: {error}"),
            }
            assert!(child.try_wait().unwrap().is_none(), "the service ended");
            std::thread::sleep(Duration::from_millis(5));
        };
        Self { child, address, folder }
    }

    fn memory_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1_024.0
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
