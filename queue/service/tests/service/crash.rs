//! The shipped binary: killed, stopped, started twice.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use queue_client::{Deadlines, QueueClient};
use queue_protocol::model::{DeviceRole, Ticket, UserName};
use queue_protocol::v1::LogIn;
use queue_service::{SAMPLE_CLINIC, Times};
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinSet;

use crate::world::{PATIENCE, ask, zone};

pub struct Binary {
    pub child: Child,
    pub client: QueueClient,
    pub url: String,
}

impl Binary {
    fn start(dir: &Path) -> Self {
        Self::start_by(command(dir), dir)
    }

    pub fn start_by(mut command: Command, dir: &Path) -> Self {
        let ready = dir.join("ready");
        drop(std::fs::remove_file(&ready));
        let mut child = command.arg("--ready-file").arg(&ready).spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        let address = loop {
            match std::fs::read_to_string(&ready) {
                Ok(address) => break address,
                Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
                Err(error) => panic!("not ready: {error}, {:?}", child.try_wait()),
            }
        };
        let url = format!("http://{}", address.trim());
        let client = QueueClient::new(&url, Deadlines::default()).unwrap();
        Self { child, client, url }
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The program with the sample clinic and no doors: keys have tests of their own.
pub fn open_service(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
    let config = dir.join("clinic.toml");
    std::fs::write(&config, format!("{SAMPLE_CLINIC}[access]\nopen = true\n")).unwrap();
    command.arg("--config").arg(config);
    command
}

fn command(dir: &Path) -> Command {
    let mut command = open_service(dir);
    command.arg("--database").arg(dir.join("queue.db")).args(["--listen", "127.0.0.1:0"]);
    command.env("TZ", "UTC").stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Issues from 16 kiosks until the service is gone; gives what was acknowledged.
async fn issue_until_killed(mut service: Binary, round: u64, what: &'static str) -> Vec<Ticket> {
    let mut kiosks = JoinSet::new();
    let (enough, mut reached) = tokio::sync::mpsc::unbounded_channel();
    for kiosk in 0..16_u64 {
        let (client, enough) = (service.client.clone(), enough.clone());
        kiosks.spawn(async move {
            let mut acknowledged = Vec::new();
            for n in 0.. {
                match client.issue(&ask(round * 1_000_000 + kiosk * 10_000 + n, what)).await {
                    Ok(ticket) => acknowledged.push(ticket),
                    Err(_) => break,
                }
                enough.send(()).unwrap();
            }
            acknowledged
        });
    }
    for _ in 0..200 {
        reached.recv().await.unwrap();
    }
    service.child.kill().unwrap();
    kiosks.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_ticket_is_lost_when_the_service_is_killed() {
    killed(3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long run, minutes: cargo test --release -p queue-service --test service -- --ignored hundred_kills"]
async fn no_acknowledged_ticket_is_lost_over_a_hundred_kills() {
    killed(100).await;
}

/// Kills the service `rounds` times while 16 kiosks ask; every answer it gave must be true afterwards.
async fn killed(rounds: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..rounds {
        // A service gives out 9,999 numbers a day.
        let service = ["mat", "nhi", "noi-tong-quat", "noi-tim-mach", "san-phu-khoa", "tai-mui-hong"];
        let service = service[usize::try_from(round % 6).unwrap()];
        acknowledged.extend(issue_until_killed(Binary::start(dir.path()), round, service).await);
    }
    assert!(acknowledged.len() >= usize::try_from(200 * rounds).unwrap());
    let service = Binary::start(dir.path());
    let board = service.client.board(&zone()).await.unwrap();
    let waiting = board.waiting.values().copied().sum::<u32>();
    assert!(usize::try_from(waiting).unwrap() >= acknowledged.len(), "{waiting} of {}", acknowledged.len());
    let mut again = JoinSet::new();
    // Sixteen kiosks, as before: thousands that ask at one time would wait for their connections only.
    for tickets in acknowledged.chunks(acknowledged.len().div_ceil(16)).map(<[Ticket]>::to_vec) {
        let client = service.client.clone();
        again.spawn(async move {
            for ticket in tickets {
                let mut asked = ask(0, ticket.service.as_str());
                asked.request = ticket.request;
                assert_eq!(client.issue(&asked).await.unwrap(), ticket);
            }
        });
    }
    again.join_all().await;
    assert_eq!(service.client.board(&zone()).await.unwrap(), board, "a retry made a new ticket");
}

#[tokio::test]
async fn a_ticket_has_the_hospitals_time_on_a_machine_set_to_utc() {
    let dir = tempfile::tempdir().unwrap();
    let service = Binary::start(dir.path());
    let ticket = service.client.issue(&ask(1, "mat")).await.unwrap();
    let minute = (ticket.issued_at.0 / 60_000 + 7 * 60) % (24 * 60);
    let local = format!("{:02}:{:02} ", minute / 60, minute % 60);
    assert!(ticket.issued_at_local.starts_with(&local), "{} at {}", ticket.issued_at_local, ticket.issued_at.0);
}

#[tokio::test]
async fn a_second_process_on_the_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Binary::start(dir.path());
    let second = command(dir.path()).output().unwrap();
    assert!(!second.status.success());
    let text = String::from_utf8(second.stderr).unwrap();
    assert!(text.contains("in use by another process"), "{text}");
}

#[tokio::test]
async fn it_may_open_a_file_for_every_connection_it_takes() {
    let dir = tempfile::tempdir().unwrap();
    let plain = command(dir.path());
    // As many as a login or a plain unit gives.
    let mut low = Command::new("sh");
    low.args(["-c", "ulimit -Sn 512 && exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    let service = Binary::start_by(low, dir.path());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", service.child.id())).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let (soft, hard) = line.trim().split_once(' ').unwrap();
    let enough = soft.parse::<usize>().is_ok_and(|soft| soft > Times::default().connections_max);
    assert!(enough || hard.trim_start().starts_with(soft), "{line}");
}

#[tokio::test]
async fn it_stops_in_order_when_told_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut service = Binary::start(dir.path());
    let ticket = service.client.issue(&ask(1, "mat")).await.unwrap();
    kill_process(Pid::from_child(&service.child), Signal::TERM).unwrap();
    let ended = service.child.wait().unwrap();
    assert!(ended.success(), "{ended}");
    let again = Binary::start(dir.path());
    assert_eq!(again.client.issue(&ask(1, "mat")).await.unwrap(), ticket);
}

#[test]
fn a_wrong_configuration_is_refused_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("clinic.toml");
    std::fs::write(&config, "hospital = \"X\"\nday_start = 4\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
    command.arg("--database").arg(dir.path().join("queue.db")).arg("--config").arg(&config);
    let output = command.output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("line 2") && text.contains("day_start"), "{text}");
}

#[test]
fn an_open_door_is_refused_beyond_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
    let config = dir.path().join("clinic.toml");
    std::fs::write(&config, format!("{SAMPLE_CLINIC}[access]\nopen = true\n")).unwrap();
    command.arg("--config").arg(config).arg("--database").arg(dir.path().join("queue.db"));
    let output = command.args(["--listen", "0.0.0.0:0"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("loopback only"), "{text}");
}

#[tokio::test]
async fn the_first_administrator_and_the_first_kiosk_come_from_the_machine() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("queue.db");
    let machine = |arguments: &[&str], input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
        command.args(arguments).arg("--database").arg(&database).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let create = ["admin", "create", "--user", "quan-tri"];
    assert!(!machine(&create, "ngắn\n").status.success());
    assert!(machine(&create, "mười hai con giáp\n").status.success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
    command.arg("--database").arg(&database).args(["--listen", "127.0.0.1:0"]).stderr(Stdio::null());
    let service = Binary::start_by(command, dir.path());
    assert!(service.client.services().await.is_err());
    // A password takes its time on a machine that does other work.
    let client =
        QueueClient::new(&service.url, Deadlines { connect: PATIENCE, attempt: PATIENCE, total: PATIENCE }).unwrap();
    let asked = LogIn { user: UserName::new("quan-tri").unwrap(), password: "mười hai con giáp".into() };
    let administrator = client.log_in(&asked).await.unwrap();
    assert_eq!(administrator.staff().await.unwrap().staff.len(), 1);
    // While the service runs.
    let code = machine(&["device", "code", "--device", "k1", "--role", "kiosk"], "");
    assert!(code.status.success(), "{}", String::from_utf8_lossy(&code.stderr));
    let enrolled = client.enrol(&String::from_utf8(code.stdout).unwrap()).await.unwrap();
    assert_eq!(enrolled.device.role, DeviceRole::Kiosk);
    assert_eq!(administrator.devices().await.unwrap().devices[0].device, enrolled.device);
    administrator.log_out().await.unwrap();
    assert!(administrator.devices().await.is_err());
}
