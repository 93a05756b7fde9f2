//! A display's stream as bytes on the wire, read without the client's code.

use queue_protocol::board::{Board, BoardEvent};
use queue_protocol::model::LogPlace;

use crate::world::{World, soon};

pub struct RawStream {
    response: reqwest::Response,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage {
    pub name: String,
    pub id: Option<u64>,
    /// The id as it was sent, with the log where it has one.
    pub place: Option<String>,
    pub data: String,
}

impl RawMessage {
    pub fn board(&self) -> Board {
        assert_eq!(self.name, "snapshot", "{self:?}");
        serde_json::from_str(&self.data).unwrap()
    }

    pub fn event(&self) -> BoardEvent {
        assert_eq!(self.name, "event", "{self:?}");
        serde_json::from_str(&self.data).unwrap()
    }
}

impl RawStream {
    pub async fn open(world: &World, last: Option<u64>) -> Self {
        let mut request = reqwest::Client::new().get(world.url("/v1/boards/khu-b/events"));
        if let Some(seq) = last {
            request = request.header("last-event-id", seq.to_string());
        }
        Self::of(request).await
    }

    /// As a display of today opens it: it reads every kind of event.
    pub async fn open_all_kinds(world: &World, last: Option<&str>) -> Self {
        let mut request = reqwest::Client::new().get(world.url("/v1/boards/khu-b/events?events=2"));
        if let Some(place) = last {
            request = request.header("last-event-id", place);
        }
        Self::of(request).await
    }

    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = soon(request.send()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next message; `None` when the service ended the stream.
    pub async fn next(&mut self) -> Option<RawMessage> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let parsed = parse(message);
                self.text = rest.to_owned();
                return Some(parsed);
            }
            let chunk = soon(self.response.chunk()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next message that is not a heartbeat.
    pub async fn news(&mut self) -> RawMessage {
        // Heartbeats go on for ever, so the whole wait has an end, not only each message.
        soon(async {
            loop {
                let message = self.next().await.unwrap();
                if message.name != "heartbeat" {
                    return message;
                }
            }
        })
        .await
    }
}

fn parse(message: &str) -> RawMessage {
    let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    RawMessage {
        name: field("event").unwrap().to_owned(),
        id: field("id").map(|id| id.parse::<LogPlace>().unwrap().seq),
        place: field("id").map(str::to_owned),
        data: field("data").unwrap().to_owned(),
    }
}
