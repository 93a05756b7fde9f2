use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt, TryStreamExt};
use queue_protocol::board::{Board, BoardEvent};
use queue_protocol::model::LogPlace;
use queue_protocol::v1::stream::{ALL_KINDS, EVENT, HEARTBEAT, Heartbeat, SNAPSHOT};
use reqwest::header::ACCEPT;
use reqwest::{Client, Url};
use sse_stream::{Sse, SseByteStream};

use crate::error::{BoxError, ClientError};
use crate::exchange::{failed, refusal};

/// Most bytes between the ends of two messages of a stream. A full board is a few KiB.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// One message of a board's stream.
#[derive(Debug)]
pub(crate) enum Message {
    Snapshot(Box<Board>),
    Event(BoardEvent),
    Heartbeat(Heartbeat),
    /// A name of a later version: proof of life and nothing else.
    Unknown,
}

#[derive(Debug, thiserror::Error)]
#[error("expected a stream message of at most {MESSAGE_BYTES_MAX} bytes")]
struct MessageTooLong;

#[derive(Debug, thiserror::Error)]
#[error("the stream ended")]
struct Ended;

/// An open stream of one board.
pub(crate) struct BoardStream {
    events: Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>,
}

impl BoardStream {
    /// Connects, asking for what came after event `last`.
    pub(crate) async fn open(
        http: &Client,
        url: &Url,
        last: Option<LogPlace>,
        within: Duration,
    ) -> Result<Self, ClientError> {
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("events", ALL_KINDS);
        let mut request = http.get(url).header(ACCEPT, "text/event-stream");
        if let Some(place) = last {
            request = request.header("last-event-id", place.to_string());
        }
        let response = match tokio::time::timeout(within, request.send()).await {
            Ok(sent) => sent.map_err(|error| failed(error, within))?,
            Err(elapsed) => return Err(ClientError::TimedOut { after: within, source: Some(elapsed.into()) }),
        };
        if !response.status().is_success() {
            return Err(refusal(response, within).await);
        }
        let bytes = response.bytes_stream().map_err(BoxError::from);
        Ok(Self { events: Box::pin(SseByteStream::new(bounded(bytes))) })
    }

    /// The next message. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<Message, ClientError> {
        match self.events.next().await {
            None => Err(ClientError::Unreachable(Ended.into())),
            Some(Err(error)) => Err(ClientError::Unreachable(error.into())),
            Some(Ok(sse)) => parse(&sse).map_err(|error| ClientError::Protocol(error.into())),
        }
    }
}

fn parse(sse: &Sse) -> Result<Message, serde_json::Error> {
    let data = sse.data.as_deref().unwrap_or_default();
    Ok(match sse.event.as_deref() {
        Some(SNAPSHOT) => Message::Snapshot(Box::new(serde_json::from_str(data)?)),
        Some(EVENT) => Message::Event(serde_json::from_str(data)?),
        Some(HEARTBEAT) => Message::Heartbeat(serde_json::from_str(data)?),
        Some(_) | None => Message::Unknown,
    })
}

/// `chunks` until a message is longer than [`MESSAGE_BYTES_MAX`]: the decoder itself has no limit.
fn bounded<B: AsRef<[u8]>>(
    chunks: impl Stream<Item = Result<B, BoxError>>,
) -> impl Stream<Item = Result<B, StreamError>> {
    let mut since_end = 0_usize;
    chunks.map(move |chunk| {
        let chunk = chunk.map_err(StreamError)?;
        let bytes = chunk.as_ref();
        since_end = match bytes.windows(2).rposition(|pair| pair == b"\n\n") {
            Some(end) => bytes.len() - end,
            None => since_end + bytes.len(),
        };
        if since_end > MESSAGE_BYTES_MAX { Err(StreamError(MessageTooLong.into())) } else { Ok(chunk) }
    })
}

/// A failed stream, as the decoder wants it.
#[derive(Debug, thiserror::Error)]
#[error("the stream failed")]
struct StreamError(#[source] BoxError);
