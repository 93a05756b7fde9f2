use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use queue_protocol::model::DeviceRole;
use queue_store::OnMachine;

use crate::cpu::{Meter, Shares, Used};
use crate::postgres_server::Server as Postgres;
use crate::server::{SERVICES, Service};

/// How long the load lasts, and how long it runs before that is counted.
const COUNTED: Duration = Duration::from_secs(2);
const BEFORE: Duration = Duration::from_millis(700);

/// What was served.
#[derive(Debug, Clone, Copy)]
pub struct Served {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

impl Served {
    pub fn of(mut waits: Vec<Duration>, within: Duration) -> Self {
        waits.sort_unstable();
        let at = |share: usize| waits[(waits.len() * share / 100).min(waits.len() - 1)].as_secs_f64() * 1_000.0;
        let count = u32::try_from(waits.len()).unwrap();
        Self { per_second: f64::from(count) / within.as_secs_f64(), p50_ms: at(50), p99_ms: at(99) }
    }
}

/// A kept connection.
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
    /// The header line with the key.
    key: String,
}

impl Connection {
    pub fn open(address: SocketAddr, key: Option<&str>) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let key = key.map_or_else(String::new, |key| format!("authorization: Bearer {key}\r\n"));
        Self { stream, read: vec![0; 16 * 1_024], key }
    }

    /// One request in one write; the body of the answer.
    pub fn post(&mut self, path: &str, body: &str) -> String {
        let head = format!("host: bench\r\n{}content-type: application/json", self.key);
        self.ask(&format!("POST {path} HTTP/1.1\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
    }

    pub fn get(&mut self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{}\r\n", self.key))
    }

    fn ask(&mut self, request: &str) -> String {
        self.stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        loop {
            let count = self.stream.read(&mut self.read).unwrap();
            assert!(count > 0, "the service hung up");
            answer.extend_from_slice(&self.read[..count]);
            let text = std::str::from_utf8(&answer).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                assert!(head.starts_with("HTTP/1.1 200"), "{text}");
                return body.to_owned();
            }
        }
    }
}

/// A request id nobody has used, as a kiosk makes it: ids are in the order of time, so that those of one moment are in
/// one place of an index.
pub fn request() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

/// What a load was, and who did its work.
pub struct Loaded {
    pub served: Served,
    pub shares: Shares,
    /// Numbers issued, those before the count too.
    pub numbers: f64,
    /// Transactions in which they were.
    pub commits: f64,
}

/// `clients` kiosks ask as fast as they are answered, spread over the processes.
pub fn issue(services: &[Service], database: Option<(&Postgres, &str)>, clients: usize) -> Loaded {
    let key = match database {
        None => services[0].keys(DeviceRole::Kiosk, 1),
        Some((server, name)) => {
            let machine = OnMachine::connect(&server.address(name)).unwrap();
            services[0].keys_by(machine, DeviceRole::Kiosk, 1)
        }
    };
    let used = || services.iter().map(Service::used).fold(Used::default(), Used::and);
    let database_used = || database.map_or_else(Used::default, |(server, _)| Used::by_family(server.pid()));
    let commits = || services.iter().map(Service::commits).sum::<f64>();
    let (meter, commits_before) = (Meter::begin(used(), database_used()), commits());
    let began = Instant::now();
    let kiosks: Vec<_> = (0..clients)
        .map(|client| {
            let connection = Connection::open(services[client % services.len()].address, Some(&key[0]));
            std::thread::spawn(move || kiosk(connection, client, began))
        })
        .collect();
    let (mut waits, mut numbers, mut count) = (Vec::new(), BTreeSet::new(), 0);
    for kiosk in kiosks {
        let (its_waits, its_numbers) = kiosk.join().unwrap();
        waits.extend(its_waits);
        count += its_numbers.len();
        numbers.extend(its_numbers);
    }
    let shares = meter.end(used(), database_used());
    assert_eq!(numbers.len(), count, "a number was given out twice");
    let numbers = f64::from(u32::try_from(count).unwrap());
    Loaded { served: Served::of(waits, COUNTED), shares, numbers, commits: commits() - commits_before }
}

/// `clients` kiosks ask `each` times.
pub fn issue_each(service: &Service, clients: usize, each: usize) {
    let key = service.keys(DeviceRole::Kiosk, 1);
    let kiosks: Vec<_> = (0..clients)
        .map(|client| {
            let mut connection = Connection::open(service.address, Some(&key[0]));
            std::thread::spawn(move || (0..each).for_each(|n| drop(ask(&mut connection, client, n))))
        })
        .collect();
    kiosks.into_iter().for_each(|kiosk| kiosk.join().unwrap());
}

fn kiosk(mut connection: Connection, client: usize, began: Instant) -> (Vec<Duration>, Vec<String>) {
    let (mut waits, mut numbers) = (Vec::new(), Vec::new());
    for n in 0.. {
        let asked = began.elapsed();
        if asked > BEFORE + COUNTED {
            break;
        }
        numbers.push(ask(&mut connection, client, n));
        let answered = began.elapsed();
        if asked >= BEFORE {
            waits.push(answered - asked);
        }
    }
    (waits, numbers)
}

/// One request for a number; the number.
fn ask(connection: &mut Connection, client: usize, n: usize) -> String {
    let service = (client + n) % SERVICES;
    let body = format!(r#"{{"request":"{}","kiosk":"k1","service":"s{service}"}}"#, request());
    let ticket = connection.post("/v1/tickets", &body);
    let (_, number) = ticket.split_once(r#""number":""#).unwrap();
    number.split('"').next().unwrap().to_owned()
}
