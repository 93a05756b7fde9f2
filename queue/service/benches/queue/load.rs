use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::server::{SERVICES, Service};

/// How long the load lasts, and how long it runs before that is counted.
const COUNTED: Duration = Duration::from_secs(2);
const BEFORE: Duration = Duration::from_millis(700);

/// What was served.
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
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: vec![0; 16 * 1_024] }
    }

    /// One request in one write; the body of the answer.
    pub fn post(&mut self, path: &str, body: &str) -> String {
        let head = "host: bench\r\ncontent-type: application/json";
        let request = format!("POST {path} HTTP/1.1\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
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

/// A request id nobody has used.
pub fn request(client: usize, n: usize) -> String {
    format!("{:08x}-0000-7000-8000-{:012x}", client, n)
}

/// `clients` kiosks ask as fast as they are answered, spread over the processes.
pub fn issue(services: &[Service], clients: usize) -> Served {
    let began = Instant::now();
    let kiosks: Vec<_> = (0..clients)
        .map(|client| {
            let address = services[client % services.len()].address;
            std::thread::spawn(move || kiosk(address, client, began))
        })
        .collect();
    let (mut waits, mut numbers, mut count) = (Vec::new(), BTreeSet::new(), 0);
    for kiosk in kiosks {
        let (its_waits, its_numbers) = kiosk.join().unwrap();
        waits.extend(its_waits);
        count += its_numbers.len();
        numbers.extend(its_numbers);
    }
    assert_eq!(numbers.len(), count, "a number was given out twice");
    Served::of(waits, COUNTED)
}

fn kiosk(address: SocketAddr, client: usize, began: Instant) -> (Vec<Duration>, Vec<String>) {
    let mut connection = Connection::open(address);
    let (mut waits, mut numbers) = (Vec::new(), Vec::new());
    for n in 0.. {
        let asked = began.elapsed();
        if asked > BEFORE + COUNTED {
            break;
        }
        let service = (client + n) % SERVICES;
        let body = format!(r#"{{"request":"{}","kiosk":"k1","service":"s{service}"}}"#, request(client, n));
        let ticket = connection.post("/v1/tickets", &body);
        let answered = began.elapsed();
        if asked >= BEFORE {
            waits.push(answered - asked);
        }
        let (_, number) = ticket.split_once(r#""number":""#).unwrap();
        numbers.push(number.split('"').next().unwrap().to_owned());
    }
    (waits, numbers)
}
