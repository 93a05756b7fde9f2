//! A service that plays a script: one act a connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens after a whole request was read.
pub enum Act {
    /// The connection is closed: the request may have been done, its reply is lost.
    LoseReply,
    /// Nothing comes, the connection stays.
    Hang,
    /// This status and body.
    Reply(u16, String),
    /// A stream with these messages; then it stays open and silent.
    Stream(Vec<String>),
}

/// Requests as they came: head and body.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<(String, String)>>>);

impl Heard {
    pub fn bodies(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    pub fn heads(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(head, _)| head.clone()).collect()
    }

    pub fn last_event_ids(&self) -> Vec<Option<String>> {
        let id = |head: &String| head.lines().find_map(|line| Some(line.strip_prefix("last-event-id: ")?.to_owned()));
        self.0.lock().unwrap().iter().map(|(head, _)| id(head)).collect()
    }
}

/// Plays `acts`, one a connection; after the last one every connection is closed at once.
pub async fn play(acts: Vec<Act>) -> (SocketAddr, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, heard) = (listener.local_addr().unwrap(), Heard::default());
    let log = heard.clone();
    tokio::spawn(async move {
        for act in acts {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(perform(stream, act, log.clone()));
        }
        loop {
            drop(listener.accept().await.unwrap());
        }
    });
    (address, heard)
}

async fn perform(mut stream: TcpStream, act: Act, log: Heard) {
    let request = read_request(&mut stream).await;
    log.0.lock().unwrap().push(request);
    match act {
        Act::LoseReply => {}
        Act::Hang => tokio::time::sleep(Duration::from_secs(60)).await,
        Act::Reply(status, body) => {
            let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).await.unwrap();
        }
        Act::Stream(messages) => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            stream.write_all((head.to_owned() + &messages.concat()).as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> (String, String) {
    let mut text = String::new();
    loop {
        let mut bytes = [0; 4_096];
        let n = stream.read(&mut bytes).await.unwrap();
        text.push_str(std::str::from_utf8(&bytes[..n]).unwrap());
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if body.len() >= length || n == 0 {
                return (head.to_owned(), body.to_owned());
            }
        }
    }
}
