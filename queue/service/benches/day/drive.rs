//! The day through HTTP: kiosks ask when patients come, rooms call when they are free, displays follow.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use queue_protocol::model::DeviceRole;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until};

use crate::hospital::{DISPLAYS, KIOSKS, Kind, Patient, ROOMS, SERVICES, ZONES, day, works_from};
use crate::server::Machine;

/// Kept connections of kiosks and rooms; more devices than that share them.
const WIRES_MAX: usize = 1_024;
/// Streams that one key may have, and that one service has at most (some are left for others).
const STREAMS_EACH: usize = 8;
const STREAMS_MAX: usize = 1_900;
/// How soon a request that was refused is sent again, and a room in whose line nobody is looks again.
const AGAIN: Duration = Duration::from_millis(50);
/// Until a kiosk has taken in an answer that is there.
const NO_TIME: Duration = Duration::from_millis(1);
/// How long after the end a patient may still be on the way through.
const GRACE: Duration = Duration::from_secs(60);

/// What is played.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub hospitals: usize,
    /// Seconds of the day in one second of the run.
    pub factor: f64,
    /// Minutes since midnight.
    pub from: f64,
    pub to: f64,
    /// Whether it goes on until everybody has been seen.
    pub until: Until,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    EverybodyIsSeen,
    TheTimeIsOver,
}

/// What it came to.
#[derive(Debug, Default)]
pub struct Played {
    /// Milliseconds of each answered request, by what was asked.
    pub waits: BTreeMap<&'static str, Vec<f64>>,
    /// Milliseconds from the press of *call next* to a display that had it, each display of its area.
    pub told: Vec<f64>,
    /// Answers that said "not now".
    pub refused: usize,
    pub issued: usize,
    /// Seconds: the run, and the processors' in it.
    pub lasted_s: f64,
    pub service_cpu_s: f64,
    pub database_cpu_s: f64,
    pub memory_mb: f64,
    pub displays: usize,
    pub seen: usize,
}

impl Played {
    /// The wait that `percent` of the requests did not exceed, in milliseconds.
    pub fn wait(&self, what: &str, percent: f64) -> f64 {
        percentile(self.waits.get(what).map_or(&[], Vec::as_slice), percent)
    }

    /// Requests answered a second.
    pub fn answered_each_second(&self) -> f64 {
        let count: usize = self.waits.values().map(Vec::len).sum();
        f64::from(u32::try_from(count).unwrap()) / self.lasted_s
    }
}

/// The value that `percent` of `values` do not exceed; nothing of nothing is 0.
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = f64::from(u32::try_from(sorted.len()).unwrap());
    let at = (1..=sorted.len()).find(|at| f64::from(u32::try_from(*at).unwrap()) >= count * percent / 100.0);
    at.map_or(0.0, |at| sorted[at - 1])
}

/// Everything the devices share.
struct Hospital {
    plan: Plan,
    wires: Vec<tokio::sync::Mutex<Wire>>,
    kiosks: Vec<String>,
    rooms: Vec<String>,
    began: Instant,
    ends: Instant,
    requests: AtomicU64,
    refused: AtomicUsize,
    to_see: AtomicUsize,
    seen: AtomicUsize,
    /// Who has which number, and whether they were sent for tests already.
    people: Mutex<HashMap<String, (Patient, bool)>>,
    waits: Mutex<BTreeMap<&'static str, Vec<f64>>>,
    pressed: Mutex<HashMap<String, Vec<Instant>>>,
    heard: Mutex<Vec<(String, Instant)>>,
}

/// Plays `plan` against `machine`.
pub fn play(machine: &Machine<'_>, plan: Plan) -> Played {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(machine, plan))
}

async fn run(machine: &Machine<'_>, plan: Plan) -> Played {
    let kiosks = machine.keys(DeviceRole::Kiosk, plan.hospitals * KIOSKS).await;
    let rooms = machine.keys(DeviceRole::Room, plan.hospitals * ROOMS).await;
    let displays = (plan.hospitals * DISPLAYS).min(STREAMS_MAX);
    let screens = machine.keys(DeviceRole::Display, displays.div_ceil(STREAMS_EACH)).await;
    let mut wires = Vec::new();
    for n in 0..(kiosks.len() + rooms.len()).min(WIRES_MAX) {
        wires.push(tokio::sync::Mutex::new(Wire::open(machine.address(n)).await));
    }
    let lasts = Duration::from_secs_f64((plan.to - plan.from) * 60.0 / plan.factor);
    // The displays are there before the day begins.
    let began = Instant::now() + Duration::from_secs(2);
    let hospital = Arc::new(Hospital {
        plan,
        wires,
        kiosks,
        rooms,
        began,
        ends: began + lasts,
        requests: AtomicU64::new(0),
        refused: AtomicUsize::new(0),
        to_see: AtomicUsize::new(0),
        seen: AtomicUsize::new(0),
        people: Mutex::default(),
        waits: Mutex::default(),
        pressed: Mutex::default(),
        heard: Mutex::default(),
    });
    for n in 0..displays {
        let zone = n % (plan.hospitals * ZONES);
        tokio::spawn(display(Arc::clone(&hospital), machine.address(n), screens[n / STREAMS_EACH].clone(), zone));
    }
    sleep_until(began).await;
    let (service, database) = (machine.cpu_s(), machine.database_cpu_s());
    let issued = come(&hospital).await;
    let mut played = collect(&hospital);
    played.issued = issued;
    played.service_cpu_s = machine.cpu_s() - service;
    played.database_cpu_s = machine.database_cpu_s() - database;
    played.memory_mb = machine.memory_mb();
    played.displays = displays;
    played
}

/// Patients come, rooms call; how many got a number.
async fn come(hospital: &Arc<Hospital>) -> usize {
    let plan = hospital.plan;
    let mut patients = Vec::new();
    for n in 0..plan.hospitals {
        let own = day(u64::try_from(n).unwrap() + 1).into_iter().enumerate();
        patients.extend(own.filter(|(_, one)| (plan.from..plan.to).contains(&one.arrives)).map(|(p, one)| (n, p, one)));
    }
    hospital.to_see.store(patients.len(), Ordering::Relaxed);
    let mut tasks = tokio::task::JoinSet::new();
    for (n, place, patient) in patients {
        tasks.spawn(patient_comes(Arc::clone(hospital), n, place, patient));
    }
    let mut rooms = tokio::task::JoinSet::new();
    for room in 0..plan.hospitals * ROOMS {
        rooms.spawn(room_works(Arc::clone(hospital), room));
    }
    let issued = tasks.join_all().await.into_iter().filter(|issued| *issued).count();
    rooms.join_all().await;
    issued
}

fn collect(hospital: &Hospital) -> Played {
    let pressed = hospital.pressed.lock().unwrap();
    let heard = hospital.heard.lock().unwrap();
    // A number that is back is called a second time: each display's own calls come in their order.
    let mut told = Vec::new();
    for (number, at) in heard.iter() {
        let press = pressed.get(number).and_then(|presses| presses.iter().rev().find(|press| *press <= at));
        told.extend(press.map(|press| at.duration_since(*press).as_secs_f64() * 1_000.0));
    }
    Played {
        waits: std::mem::take(&mut *hospital.waits.lock().unwrap()),
        told,
        refused: hospital.refused.load(Ordering::Relaxed),
        lasted_s: hospital.began.elapsed().as_secs_f64(),
        seen: hospital.seen.load(Ordering::Relaxed),
        ..Played::default()
    }
}

impl Hospital {
    /// When `minute` of the day is.
    fn at(&self, minute: f64) -> Instant {
        self.began + Duration::from_secs_f64(((minute - self.plan.from) * 60.0 / self.plan.factor).max(0.0))
    }

    fn minute(&self) -> f64 {
        self.plan.from + self.began.elapsed().as_secs_f64() * self.plan.factor / 60.0
    }

    fn lasts(&self, minutes: f64) -> Duration {
        Duration::from_secs_f64(minutes * 60.0 / self.plan.factor)
    }

    fn is_over(&self) -> bool {
        match self.plan.until {
            Until::TheTimeIsOver => Instant::now() > self.ends,
            Until::EverybodyIsSeen => {
                self.seen.load(Ordering::Relaxed) >= self.to_see.load(Ordering::Relaxed)
                    || Instant::now() > self.ends + GRACE
            }
        }
    }

    fn request(&self) -> String {
        format!("00000000-0000-7000-8000-{:012x}", self.requests.fetch_add(1, Ordering::Relaxed))
    }

    /// Asks until it is answered or too late; the answer. The wait is counted from `due`, when it was to be asked.
    async fn ask(
        &self,
        device: usize,
        what: &'static str,
        path: &str,
        key: &str,
        body: &str,
        due: Instant,
    ) -> Option<String> {
        loop {
            let (status, answer) = {
                let mut wire = self.wires[device % self.wires.len()].lock().await;
                wire.ask("POST", path, key, body).await
            };
            if status == 200 {
                let wait = due.elapsed().as_secs_f64() * 1_000.0;
                self.waits.lock().unwrap().entry(what).or_default().push(wait);
                return Some(answer);
            }
            assert!([429, 503].contains(&status), "{what}: {status} {answer}");
            self.refused.fetch_add(1, Ordering::Relaxed);
            if Instant::now() > self.ends + GRACE {
                return None;
            }
            sleep(AGAIN).await;
        }
    }

    async fn step(&self, room: usize, what: &'static str, number: &str) {
        let body = format!(r#"{{"request":"{}","number":"{number}"}}"#, self.request());
        let path = format!("/v1/rooms/r{room}/{what}");
        self.ask(KIOSKS + room, what, &path, &self.rooms[room], &body, Instant::now()).await;
    }
}

async fn patient_comes(hospital: Arc<Hospital>, own: usize, place: usize, patient: Patient) -> bool {
    let due = hospital.at(patient.arrives);
    sleep_until(due).await;
    let (kiosk, service) = (own * KIOSKS + place % KIOSKS, own * SERVICES + patient.service);
    let groups = match patient.kind {
        Kind::Normal => "",
        // An emergency is verified by staff; at a kiosk it is a declared group like any other.
        Kind::Priority | Kind::Emergency => r#","groups":[{"group":"aged_75","proof":"declared"}]"#,
    };
    let request = hospital.request();
    let body = format!(r#"{{"request":"{request}","kiosk":"kiosk-{kiosk}","service":"s{service}"{groups}}}"#);
    let key = &hospital.kiosks[kiosk];
    let Some(ticket) = hospital.ask(kiosk, "issue", "/v1/tickets", key, &body, due).await else { return false };
    hospital.people.lock().unwrap().insert(number_in(&ticket), (patient, false));
    true
}

async fn room_works(hospital: Arc<Hospital>, room: usize) {
    while !hospital.is_over() {
        sleep_until(hospital.at(works_from(hospital.minute()))).await;
        let body = format!(r#"{{"request":"{}"}}"#, hospital.request());
        let (path, pressed) = (format!("/v1/rooms/r{room}/call-next"), Instant::now());
        let key = &hospital.rooms[room];
        let Some(answer) = hospital.ask(KIOSKS + room, "call-next", &path, key, &body, pressed).await else { return };
        if answer.contains("nobody_waiting") {
            sleep(AGAIN).await;
            continue;
        }
        let number = number_in(&answer);
        hospital.pressed.lock().unwrap().entry(number.clone()).or_default().push(pressed);
        hospital.step(room, "arrived", &number).await;
        see(&hospital, room, number).await;
    }
}

/// In the room: then home, or away for tests and back in the line.
async fn see(hospital: &Arc<Hospital>, room: usize, number: String) {
    let (patient, was_away) = loop {
        if let Some(person) = hospital.people.lock().unwrap().get_mut(&number) {
            break (person.0, std::mem::replace(&mut person.1, true));
        }
        // Called before its kiosk had the answer.
        sleep(NO_TIME).await;
    };
    let tests = patient.tests;
    sleep(hospital.lasts(if was_away { tests.map_or(0.0, |(_, back)| back) } else { patient.first })).await;
    match tests {
        Some((away, _)) if !was_away => {
            hospital.step(room, "away", &number).await;
            tokio::spawn(come_back(Arc::clone(hospital), room, number, away));
        }
        Some(_) | None => {
            hospital.step(room, "finish", &number).await;
            hospital.seen.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn come_back(hospital: Arc<Hospital>, room: usize, number: String, away: f64) {
    sleep(hospital.lasts(away)).await;
    let body = format!(r#"{{"request":"{}"}}"#, hospital.request());
    let path = format!("/v1/numbers/{number}/return");
    hospital.ask(KIOSKS + room, "return", &path, &hospital.rooms[room], &body, Instant::now()).await;
}

/// Notes when it has each call.
async fn display(hospital: Arc<Hospital>, address: SocketAddr, key: String, zone: usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /v1/boards/z{zone}/events?events=2 HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut read, mut held) = (vec![0; 16 * 1_024], Vec::new());
    loop {
        let count = stream.read(&mut read).await.unwrap_or(0);
        if count == 0 {
            return;
        }
        held.extend_from_slice(&read[..count]);
        while let Some(end) = held.windows(2).position(|pair| pair == b"\n\n") {
            let message: Vec<u8> = held.drain(..end + 2).collect();
            let text = String::from_utf8_lossy(&message);
            if text.contains("ticket_called") {
                hospital.heard.lock().unwrap().push((number_in(&text), Instant::now()));
            }
        }
    }
}

fn number_in(text: &str) -> String {
    text.split_once(r#""number":""#).unwrap().1.split('"').next().unwrap().to_owned()
}

/// A kept connection.
pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: vec![0; 16 * 1_024] }
    }

    /// One request in one write; status and body of the answer.
    pub async fn ask(&mut self, method: &str, path: &str, key: &str, body: &str) -> (u16, String) {
        let key = if key.is_empty() { String::new() } else { format!("authorization: Bearer {key}\r\n") };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\n{key}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        loop {
            let count = self.stream.read(&mut self.read).await.unwrap();
            assert!(count > 0, "the service hung up");
            answer.extend_from_slice(&self.read[..count]);
            let text = std::str::from_utf8(&answer).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return (head[9..12].parse().unwrap(), body.to_owned());
            }
        }
    }
}
