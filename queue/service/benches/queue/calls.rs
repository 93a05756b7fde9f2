use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use queue_protocol::model::DeviceRole;

use crate::cpu::{Meter, Shares, Used};
use crate::load::{Connection, Served, request};
use crate::server::{SERVICES, Service};

/// Longest wait for a display to have a call.
const PATIENCE: Duration = Duration::from_secs(60);

/// Streams that one key may have.
const STREAMS_EACH: usize = 8;

pub struct Told {
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub resident_mb: f64,
    pub shares: Shares,
}

/// Calls `calls` times, one after the other, with so many displays that follow.
pub fn to_the_last(service: &Service, displays: usize, calls: usize) -> Told {
    let (kiosk, room) = (service.keys(DeviceRole::Kiosk, 1), service.keys(DeviceRole::Room, 1));
    let keys = service.keys(DeviceRole::Display, displays.div_ceil(STREAMS_EACH));
    let mut kiosk = Connection::open(service.address, Some(&kiosk[0]));
    let mut room = Connection::open(service.address, Some(&room[0]));
    for n in 0..calls {
        let body = format!(r#"{{"request":"{}","kiosk":"k1","service":"s{}"}}"#, request(), n % SERVICES);
        kiosk.post("/v1/tickets", &body);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (heard, hears) = channel();
    for n in 0..displays {
        runtime.spawn(display(service.address, keys[n / STREAMS_EACH].clone(), heard.clone()));
    }
    let all = |count: usize| (0..count).map(|_| hears.recv_timeout(PATIENCE).unwrap()).max().unwrap();
    // The first thing a display hears is its board.
    all(displays);
    let (mut waits, meter) = (Vec::new(), Meter::begin(service.used(), Used::default()));
    for _ in 0..calls {
        let began = Instant::now();
        room.post("/v1/rooms/p1/call-next", &format!(r#"{{"request":"{}"}}"#, request()));
        waits.push(all(displays) - began);
    }
    let (shares, resident_mb) = (meter.end(service.used(), Used::default()), service.resident_mb());
    let served = Served::of(waits, Duration::from_secs(1));
    Told { p50_ms: served.p50_ms, p99_ms: served.p99_ms, resident_mb, shares }
}

/// Says when it has its board, and then when it has each call.
async fn display(address: std::net::SocketAddr, key: String, heard: Sender<Instant>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("GET /v1/boards/khu-b/events?events=2 HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut read, mut held) = ([0; 4_096], Vec::new());
    loop {
        let count = stream.read(&mut read).await.unwrap();
        if count == 0 {
            return;
        }
        held.extend_from_slice(&read[..count]);
        while let Some(end) = held.windows(2).position(|pair| pair == b"\n\n") {
            let message: Vec<u8> = held.drain(..end + 2).collect();
            let text = String::from_utf8_lossy(&message);
            if (text.contains("event: snapshot") || text.contains("ticket_called"))
                && heard.send(Instant::now()).is_err()
            {
                return;
            }
        }
    }
}
