//! The network's promises, with a server that answers each line with the same line.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use device_sim::network::{Cut, Network};

const PATIENCE: Duration = Duration::from_secs(20);

/// Long enough that a reply would have come.
const SILENCE: Duration = Duration::from_millis(150);

/// An echo server, and the lines that reached it.
fn echo() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    let (seen, lines) = mpsc::channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let seen = seen.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
                    let _receiver_may_be_gone = seen.send(line.clone());
                    if writeln!(stream, "{line}").is_err() {
                        return;
                    }
                }
            });
        }
    });
    (addr, lines)
}

fn connect(network: &Network) -> TcpStream {
    let stream = TcpStream::connect(network.addr()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn say(mut stream: &TcpStream, line: &str) {
    stream.write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// The next line; empty when the connection is over. Silence fails the test.
fn hear(stream: &TcpStream) -> String {
    let mut line = String::new();
    match BufReader::new(stream).read_line(&mut line) {
        Ok(_) => line.trim_end().to_owned(),
        Err(error) => {
            assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "nobody spoke or hung up");
            String::new()
        }
    }
}

#[test]
fn a_whole_network_carries_both_ways() {
    let (upstream, _lines) = echo();
    let network = Network::new(upstream).unwrap();
    let client = connect(&network);
    say(&client, "A-042");
    assert_eq!(hear(&client), "A-042");
    assert_eq!(network.connections(), 1);
}

#[test]
fn a_refusing_network_kills_connections_and_takes_no_new_ones() {
    let (upstream, lines) = echo();
    let network = Network::new(upstream).unwrap();
    let client = connect(&network);
    say(&client, "before");
    assert_eq!(hear(&client), "before");
    network.cut(Cut::Refuse);
    assert_eq!(hear(&client), "");
    let mut refused = connect(&network);
    let _may_fail_already = refused.write_all(b"during\n");
    assert!(matches!(refused.read(&mut [0; 8]), Ok(0) | Err(_)));
    network.restore();
    let client = connect(&network);
    say(&client, "after");
    assert_eq!(hear(&client), "after");
    assert_eq!(lines.try_iter().collect::<Vec<_>>(), ["before", "after"]);
}

#[test]
fn a_silent_network_tells_nobody_and_its_connections_stay_dead() {
    let (upstream, lines) = echo();
    let network = Network::new(upstream).unwrap();
    let old = connect(&network);
    say(&old, "before");
    assert_eq!(hear(&old), "before");
    network.cut(Cut::Silence);
    let new = connect(&network);
    for client in [&old, &new] {
        say(client, "during");
        client.set_read_timeout(Some(SILENCE)).unwrap();
        let error = (&mut &*client).read(&mut [0; 8]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
        client.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    network.restore();
    assert_eq!((hear(&old), hear(&new)), (String::new(), String::new()));
    assert_eq!(lines.try_iter().collect::<Vec<_>>(), ["before"]);
}

#[test]
fn a_lost_reply_reached_the_upstream_once() {
    let (upstream, lines) = echo();
    let network = Network::new(upstream).unwrap();
    network.lose_next_reply();
    let client = connect(&network);
    say(&client, "ticket 1");
    assert_eq!(hear(&client), "");
    assert_eq!(lines.recv_timeout(PATIENCE).unwrap(), "ticket 1");
    assert_eq!(network.replies_lost(), 1);
    let again = connect(&network);
    say(&again, "ticket 1");
    assert_eq!(hear(&again), "ticket 1");
}

#[test]
fn only_the_request_that_was_meant_loses_its_reply() {
    let (upstream, _lines) = echo();
    let network = Network::new(upstream).unwrap();
    network.lose_next_reply_to(b"POST /v1/tickets");
    let client = connect(&network);
    say(&client, "GET /v1/services");
    assert_eq!(hear(&client), "GET /v1/services");
    say(&client, "POST /v1/tickets");
    assert_eq!(hear(&client), "");
}

#[test]
fn a_delay_holds_each_way() {
    let (upstream, _lines) = echo();
    let network = Network::new(upstream).unwrap();
    network.delay(Duration::from_millis(60));
    let client = connect(&network);
    let start = Instant::now();
    say(&client, "slow");
    assert_eq!(hear(&client), "slow");
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[test]
fn an_upstream_that_is_away_hangs_up() {
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let network = Network::new(gone).unwrap();
    assert_eq!(hear(&connect(&network)), "");
}
