//! What operators use: health, metrics, the check before a start, the unit, calls for help and device states.

use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use queue_client::{Deadlines, QueueClient, new_request_id};
use queue_protocol::model::{
    Arrival, DeviceId, DevicePart, DeviceReport, DeviceState, KioskId, PersonMark, Series, UnixMillis,
};
use queue_protocol::v1::{HandOver, HandOverOutcome, IssueTicket, LeaseSeries, OfflineTicket};
use queue_service::{SAMPLE_CLINIC, Times};

use crate::raw_stream::RawStream;
use crate::world::{HOUR_MS, MIDNIGHT_MS, MINUTE_MS, PATIENCE, World, ask, soon};

fn kiosk() -> KioskId {
    KioskId::new("k3").unwrap()
}

async fn get(world: &World, path: &str) -> (u16, String) {
    let answer = reqwest::get(world.url(path)).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_process_that_lives_is_not_always_ready() {
    let world = World::new().await;
    assert_eq!(get(&world, "/healthz").await, (200, "ok\n".into()));
    assert_eq!(get(&world, "/readyz").await, (200, "ok\n".into()));
    // The clock of a machine whose battery is empty.
    world.at(-100 * 365 * 24 * HOUR_MS);
    assert_eq!(get(&world, "/healthz").await.0, 200);
    let (status, text) = get(&world, "/readyz").await;
    assert_eq!((status, text.contains("clock")), (503, true), "{text}");
    world.at(-2 * 365 * 24 * HOUR_MS);
    assert_eq!(get(&world, "/readyz").await.0, 503, "2024: this software was not there yet");
    world.at(8 * HOUR_MS);
    assert_eq!(get(&world, "/readyz").await.0, 200);
}

#[tokio::test]
async fn the_metrics_count_and_name_nobody() {
    let world = World::new().await;
    for n in 0..3 {
        world.issue(n, "mat").await;
    }
    world.client().call_help(&kiosk(), new_request_id()).await.unwrap();
    assert_eq!(get(&world, "/v1/rooms/p999/queue").await.0, 404);
    let (status, text) = get(&world, "/metrics").await;
    assert_eq!(status, 200);
    for line in [
        r#"queue_requests_total{route="/v1/tickets",method="POST",status="200"} 3"#,
        r#"queue_requests_total{route="/v1/rooms/{room}/queue",method="GET",status="404"} 1"#,
        r#"queue_tickets_waiting{service="mat"} 3"#,
        "queue_writes_total 4",
        "queue_commit_failures_total 0",
        "queue_help_calls_open 1",
        "queue_streams_open 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    // Each is documented, and the number of a patient is in none.
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let readme = include_str!("../../README.md");
    for name in names {
        assert!(readme.contains(&format!("`{name}`")), "{name} is not in the README");
        assert!(text.contains(&format!("# HELP {name} ")), "{name} has no help");
    }
    assert!(!text.contains("F-001") && !text.contains("p999"));
}

#[tokio::test]
async fn help_that_a_kiosk_calls_is_seen_by_staff_at_once() {
    let world = World::new().await;
    let mut stream = RawStream::of(reqwest::Client::new().get(world.url("/v1/help/events"))).await;
    assert_eq!(stream.news().await.data, r#"{"calls":[]}"#);
    let call = world.client().call_help(&kiosk(), new_request_id()).await.unwrap();
    soon(async {
        while stream.news().await.data != format!(r#"{{"calls":[{}]}}"#, serde_json::to_string(&call).unwrap()) {}
    })
    .await;
    assert_eq!(world.client().help_calls().await.unwrap().calls, [call]);
    let left = world.client().clear_help(&kiosk(), new_request_id()).await.unwrap();
    assert!(left.calls.is_empty());
}

#[tokio::test]
async fn devices_tell_how_they_are() {
    let world = World::new().await;
    let part = DevicePart { name: "printer".into(), state: DeviceState::UserError, paper: None };
    let report = DeviceReport { parts: vec![part], last_fault: None, versions: [].into(), update: None };
    let device = DeviceId::new("k3").unwrap();
    let told = world.client().tell_state(&device, &report).await.unwrap();
    world.at(8 * HOUR_MS + MINUTE_MS);
    assert_eq!(world.client().device_states().await.unwrap().devices, [told]);
    let (_, text) = get(&world, "/metrics").await;
    assert!(text.contains(r#"queue_device_silent_seconds{device="k3"} 60"#), "{text}");
}

#[tokio::test]
async fn a_kiosk_hands_over_what_it_issued_by_itself() {
    let world = World::new().await;
    let installation = new_request_id();
    let lease = LeaseSeries { installation, held: None };
    let series = world.client().lease_series(&kiosk(), &lease).await.unwrap().series;
    assert_eq!(series, Series::new("TA").unwrap());
    let ticket = |n: u64| OfflineTicket {
        request: ask(n, "mat").request,
        number: format!("TA-{n:03}").parse().unwrap(),
        service: "mat".parse().unwrap(),
        issued_at: queue_protocol::model::UnixMillis(0),
        age_ms: 60_000,
        arrival: ask(n, "mat").arrival,
    };
    let handed = HandOver { installation, tickets: (1..=32).map(ticket).collect() };
    let taken = world.client().hand_over(&kiosk(), &handed).await.unwrap();
    assert_eq!(taken.outcomes, [HandOverOutcome::Joined; 32], "a full hand-over fits a body");
    let too_many = HandOver { installation, tickets: (1..=33).map(ticket).collect() };
    assert!(world.client().hand_over(&kiosk(), &too_many).await.is_err());
    let call = world.call(100, "p207").await.unwrap();
    assert_eq!((call.number.to_string().as_str(), call.mark.provisional), ("TA-001", true));
}

fn service(dir: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
    command.arg("--database").arg(dir.join("queue.db"));
    command
}

#[test]
fn the_check_says_what_is_wrong_and_where() {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("clinic.toml");
    std::fs::write(&good, SAMPLE_CLINIC).unwrap();
    let output =
        service(dir.path()).args(["--listen", "127.0.0.1:0", "--config"]).arg(&good).arg("check").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for what in ["configuration", "clock", "database", "port"] {
        assert!(text.lines().any(|line| line.starts_with(&format!("ok     {what}: "))), "{text}");
    }

    std::fs::write(&good, SAMPLE_CLINIC.replacen("hospital = ", "hopsital = ", 1)).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = service(dir.path()).args(["--listen", &address, "--config"]).arg(&good).arg("check").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success());
    assert!(text.contains("WRONG  configuration") && text.contains("line 3"), "{text}");
    assert!(text.contains("WRONG  port"), "{text}");

    std::fs::write(dir.path().join("queue.db"), "this is no database, and it is long enough to be one").unwrap();
    let output = service(dir.path()).args(["--listen", "127.0.0.1:0", "check"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("WRONG  database"));
}

#[test]
fn a_file_is_imported_once_and_a_mistake_names_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let (file, database) = (dir.path().join("clinic.toml"), dir.path().join("queue.db"));
    let staff = "[[staff]]\nuser = \"lan\"\nrole = \"nurse\"\nrooms = [\"p207\"]\n";
    let import = |text: &str, more: &[&str]| {
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
        command.arg("import").arg("--file").arg(&file).arg("--database").arg(&database).args(more);
        let output = command.output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let text = format!("{SAMPLE_CLINIC}\n{staff}");
    assert_eq!(import(&text, &["--dry-run"]).0, "settings: would be the first\naccount lan: would be opened\n");
    assert!(!database.exists());
    let first = import(&text, &[]).0;
    assert!(first.starts_with("settings: the first\naccount lan: opened, first password "), "{first}");
    assert_eq!(import(&text, &[]).0, "settings: unchanged\naccount lan: unchanged\n");

    let changed = text.replacen("name = \"Mắt\"", "name = \"Khám mắt\"", 1).replacen("\"p207\"]\n", "\"p206\"]\n", 2);
    let changed = changed.replacen("services = [\"mat\"]", "services = [\"mat\", \"nhi\"]", 1);
    assert!(import(&changed, &["--dry-run"]).0.starts_with("settings: would be version 2\n"));
    let done = import(&changed, &[]).0;
    assert!(
        done.starts_with("settings: version 2\naccount lan: has role nurse and rooms [p207] and is left so"),
        "{done}"
    );

    let nowhere = text.replacen("rooms = [\"p207\"]", "rooms = [\"p999\"]", 1);
    let line = nowhere.lines().position(|line| line == "[[staff]]").unwrap() + 1;
    let told = import(&nowhere, &[]).1;
    assert!(told.contains(&format!("line {line}: account lan works in room p999")), "{told}");
}

#[test]
fn lists_of_a_spreadsheet_are_imported_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let import = |words: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
        command.current_dir(dir.path()).args(["import", "--database", "queue.db"]).args(words.split(' '));
        let output = command.output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let lists = "--services services.csv --rooms rooms.csv --staff staff.csv";
    write("services.csv", "\u{feff}id;name;place;series;zone\r\nnoi;Nội;Tầng 1;A;khu-b\r\nnhi;Nhi;Tầng 2;B;khu-b\r\n");
    write("rooms.csv", "id,name,zone,services\np1,Phòng 1,khu-b,noi nhi\n");
    write("staff.csv", "user,role,rooms\nlan,nurse,p1\nmai,nurse,p1\nhoa,nurse,p9\n");
    assert!(import(lists).1.contains("the database has no clinic yet"));
    assert!(!dir.path().join("queue.db").exists());

    write("clinic.toml", SAMPLE_CLINIC);
    assert_eq!(import("--file clinic.toml").0, "settings: the first\n");
    let told = import(lists).1;
    assert!(told.contains("staff.csv, line 4: account hoa works in room p9"), "{told}");
    assert_eq!(import("--file clinic.toml").0, "settings: unchanged\n", "nothing was imported");
    let users = || queue_store::OnMachine::open(&dir.path().join("queue.db")).unwrap().staff().unwrap().len();
    assert_eq!(users(), 0);

    write("staff.csv", "user,role,rooms\nlan,nurse,p1\nmai,nurse,p1\n");
    let done = import(lists).0;
    assert!(done.starts_with("settings: version 2\naccount lan: opened, first password "), "{done}");
    assert_eq!(users(), 2);
    assert_eq!(import(lists).0, "settings: unchanged\naccount lan: unchanged\naccount mai: unchanged\n");
    let settings = queue_store::OnMachine::open(&dir.path().join("queue.db")).unwrap().settings().unwrap().unwrap();
    let names: Vec<&str> = settings.settings.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!((names, settings.settings.zones.len()), (vec!["Nội", "Nhi"], 1), "the waiting areas are as they were");
}

/// Marks of a day that is over are wiped when the service runs, not only when somebody comes.
#[test]
fn a_running_service_wipes_the_marks_of_days_that_are_over() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clinic = Arc::new(queue_service::Config::parse(SAMPLE_CLINIC).unwrap().clinic);
    let store = queue_store::Store::open(&dir.path().join("queue.db"), clinic).unwrap();
    let mark = PersonMark::from_bytes(*b"a mark that nobody else has, 32b");
    let arrival = Arrival { person: Some(mark), ..Arrival::default() };
    let asked = IssueTicket { arrival, ..ask(1, "mat") };
    runtime.block_on(store.issue(asked, UnixMillis(MIDNIGHT_MS - 30 * 24 * HOUR_MS))).unwrap();
    drop(store);
    let in_file = || {
        let bytes = std::fs::read(dir.path().join("queue.db")).unwrap();
        bytes.windows(32).filter(|window| *window == mark.into_bytes()).count()
    };
    assert_ne!(in_file(), 0);
    let ready = dir.path().join("ready");
    let mut running = service(dir.path());
    running.args(["--listen", "127.0.0.1:0", "--ready-file"]).arg(&ready);
    let mut running = running.stderr(Stdio::null()).spawn().unwrap();
    let raw = rusqlite::Connection::open(dir.path().join("queue.db")).unwrap();
    let marks = || -> i64 {
        raw.query_row("SELECT count(*) FROM ticket WHERE person IS NOT NULL", (), |row| row.get(0)).unwrap()
    };
    let begun = Instant::now();
    while marks() > 0 && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
    let left = marks();
    drop(raw);
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(left, 0);
    // Opened and closed once more, nothing is in a log; what was wiped is overwritten.
    drop(queue_store::OnMachine::open(&dir.path().join("queue.db")).unwrap());
    assert_eq!(in_file(), 0);
}

#[test]
fn a_log_for_programs_is_json_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let output =
        service(dir.path()).args(["--log-format", "json", "--config", "/nowhere/clinic.toml"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["level"] == "ERROR" && line["message"].to_string().contains("clinic.toml")));
}

/// The service over a socket that somebody else holds open, as its service manager does.
fn on_socket(dir: &std::path::Path, socket: &std::net::TcpListener) -> std::process::Child {
    let mut program = crate::crash::open_service(dir);
    program.arg("--database").arg(dir.join("queue.db"));
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@""#]);
    shell.arg(program.get_program()).args(program.get_args());
    let inherited = OwnedFd::from(socket.try_clone().unwrap());
    shell.stdin(Stdio::from(inherited)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_refuses_nobody_and_loses_no_stream() {
    let dir = tempfile::tempdir().unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    // One attempt each: who is refused fails.
    let once = Deadlines { connect: PATIENCE, attempt: PATIENCE, total: PATIENCE };
    let client = QueueClient::new(&url, once).unwrap();
    let mut service = on_socket(dir.path(), &socket);
    let mut watch = client.watch_board(crate::world::zone());
    let (done, mut stop) = tokio::sync::oneshot::channel::<()>();
    let issuer = tokio::spawn({
        let client = client.clone();
        async move {
            let mut issued = 0_u64;
            while stop.try_recv().is_err() {
                client.issue(&ask(issued, "mat")).await.unwrap();
                issued += 1;
            }
            issued
        }
    });
    for _ in 0..3 {
        let before = client.board(&crate::world::zone()).await.unwrap().seq;
        soon(async { while client.board(&crate::world::zone()).await.unwrap().seq < before + 10 {} }).await;
        rustix::process::kill_process(rustix::process::Pid::from_child(&service), rustix::process::Signal::TERM)
            .unwrap();
        assert!(service.wait().unwrap().success());
        service = on_socket(dir.path(), &socket);
    }
    done.send(()).unwrap();
    let issued = issuer.await.unwrap();
    let end = client.board(&crate::world::zone()).await.unwrap();
    assert_eq!(end.seq, issued, "each was issued once");
    soon(async {
        loop {
            if let Some(queue_client::BoardUpdate::Board(board)) = watch.next().await
                && board == end
            {
                break;
            }
        }
    })
    .await;
    service.kill().unwrap();
    service.wait().unwrap();
}

/// The unit is of a service manager: where that is not installed there is nothing to verify it with, and the other
/// promises of the unit are looked at all the same.
#[test]
fn the_unit_is_one_that_systemd_takes_and_keeps_the_service_in() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/systemd");
    let unit = std::fs::read_to_string(format!("{folder}/queue-service.service")).unwrap();
    for line in ["ProtectSystem=strict", "CapabilityBoundingSet=", "NoNewPrivileges=yes", "DynamicUser=yes"] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    assert!(unit.contains(&format!("LimitNOFILE={}", 8_192)) && Times::default().connections_max < 8_192);
    let Ok(version) = Command::new("systemd-analyze").arg("--version").output() else { return };
    assert!(version.status.success());
    // `verify` looks for the programs; here they are where they were built.
    let dir = tempfile::tempdir().unwrap();
    let built = unit.replace("/usr/bin/queue-service", env!("CARGO_BIN_EXE_queue-service"));
    std::fs::write(dir.path().join("queue-service.service"), built).unwrap();
    std::fs::copy(format!("{folder}/queue-service.socket"), dir.path().join("queue-service.socket")).unwrap();
    let run = |arguments: &[&str]| {
        let path = dir.path().join("queue-service.service");
        Command::new("systemd-analyze")
            .args(arguments)
            .arg(path)
            .env("SYSTEMD_UNIT_PATH", format!("{}:", dir.path().display()))
            .output()
            .unwrap()
    };
    let verified = run(&["verify", "--man=no", "--recursive-errors=no"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let secure = run(&["security", "--offline=true", "--threshold=20", "--no-pager"]);
    assert!(secure.status.success(), "{}", String::from_utf8_lossy(&secure.stdout));
}
