use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use queue_core::service_day;
use queue_protocol::model::{LogId, LogPlace, ServiceDay, ZoneId};
use queue_protocol::v1::ProblemCode;
use queue_protocol::v1::stream::{ALL_KINDS, EVENT, HEARTBEAT, Heartbeat, SNAPSHOT};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::app::App;
use crate::caller::Caller;
use crate::problem::ApiError;
use crate::request::Segment;
use crate::routes::unknown_zone;
use crate::stream_counts::OwnStream;

/// Most messages a stream holds. A slow reader's further events stay in the store.
const HELD_MESSAGES_MAX: u32 = 64;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// For readers that cannot set a header, such as a browser's `EventSource` on its first connection.
#[derive(Deserialize)]
pub(crate) struct Resume {
    last_event_id: Option<String>,
    events: Option<String>,
}

/// Which events a display reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// Those of the first release.
    FirstRelease,
    /// All.
    AllKinds,
}

/// `GET /v1/boards/{zone}/events`.
pub(crate) async fn events(
    State(app): State<App>,
    caller: Caller,
    Segment(zone): Segment<ZoneId>,
    resume: Result<Query<Resume>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let newest = app.store.subscribe(&zone).ok_or_else(|| unknown_zone(&zone))?;
    let permit = app.stream_place()?;
    let own = app.access.streams.begin(&caller, app.times.streams_each_max)?;
    let Query(resume) =
        resume.map_err(|rejection| ApiError::bad_request(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let header = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    // A browser that reconnects sends the header, and it is newer than the address it was given at first.
    let last = header.or(resume.last_event_id.as_deref()).and_then(|text| text.parse().ok());
    let reads = if resume.events.as_deref() == Some(ALL_KINDS) { Reads::AllKinds } else { Reads::FirstRelease };
    let feed = Feed::open(app, zone, reads, newest, Places { _all: permit, _own: own }, last).await?;
    // Proxies that gather a reply before they pass it on would hold every call back.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    let kind = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    Ok((kind, unbuffered, Body::from_stream(feed.into_stream())).into_response())
}

/// One display's stream: it remembers which event it has sent and reads on from there.
struct Feed {
    app: App,
    zone: ZoneId,
    reads: Reads,
    log: LogId,
    day: ServiceDay,
    /// The settings whose names are in the board that was sent.
    settings: u64,
    sent: u64,
    held: VecDeque<Bytes>,
    /// A display that resumed waits to hear that it has missed no more.
    owes_heartbeat: bool,
    newest: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    _places: Places,
}

/// A stream's place among all, and among those of its key.
pub(crate) struct Places {
    pub(crate) _all: OwnedSemaphorePermit,
    pub(crate) _own: Option<OwnStream>,
}

impl Feed {
    async fn open(
        app: App,
        zone: ZoneId,
        reads: Reads,
        newest: watch::Receiver<u64>,
        places: Places,
        last: Option<LogPlace>,
    ) -> Result<Self, ApiError> {
        let day = service_day(app.clock.now(), &app.clinic())?;
        let (stopping, log, settings) = (app.stopping.subscribe(), app.store.log(), app.store.clinic_version_number());
        let mut feed = Self {
            app,
            zone,
            reads,
            log,
            day,
            settings,
            sent: 0,
            held: VecDeque::new(),
            owes_heartbeat: false,
            newest,
            stopping,
            _places: places,
        };
        match last {
            Some(place)
                if place.log.is_none_or(|held| held == log)
                    && feed.app.store.event_day(&feed.zone, place.seq).await? == Some(day) =>
            {
                feed.sent = place.seq;
                feed.owes_heartbeat = true;
            }
            Some(_) | None => feed.hold_snapshot(day)?,
        }
        Ok(feed)
    }

    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        futures_util::stream::unfold(self, |mut feed| async move {
            let message = feed.next().await?;
            Some((Ok(message), feed))
        })
    }

    /// The next message; `None` ends the stream, and the display connects again.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(message) = self.held.pop_front() {
                return Some(message);
            }
            if *self.stopping.borrow() {
                return None;
            }
            if let Err(error) = self.gather().await {
                tracing::warn!(zone = %self.zone, ?error, "board stream ends");
                return None;
            }
        }
    }

    /// Waits until there is something to say and holds it.
    async fn gather(&mut self) -> Result<(), ApiError> {
        self.newest.borrow_and_update();
        if self.was_put_right()? {
            let day = service_day(self.app.clock.now(), &self.app.clinic())?;
            return self.hold_snapshot(day);
        }
        self.read_on().await?;
        if !self.held.is_empty() {
            return Ok(());
        }
        if std::mem::take(&mut self.owes_heartbeat) {
            return self.hold_heartbeat();
        }
        let heartbeat: Duration = self.app.times.heartbeat;
        tokio::select! {
            _ = self.stopping.changed() => Ok(()),
            changed = self.newest.changed() => changed.map_err(|_| queue_store::StoreError::Closed.into()),
            () = tokio::time::sleep(heartbeat) => self.after_silence(),
        }
    }

    /// A heartbeat, or the empty board of a day that began in silence.
    fn after_silence(&mut self) -> Result<(), ApiError> {
        let day = service_day(self.app.clock.now(), &self.app.clinic())?;
        if day > self.day { self.hold_snapshot(day) } else { self.hold_heartbeat() }
    }

    /// Whether the display shows what is no more: the clock was a day ahead and was put right, the database was restored,
    /// or the settings were changed and with them perhaps the area's name.
    fn was_put_right(&self) -> Result<bool, ApiError> {
        let day = service_day(self.app.clock.now(), &self.app.clinic())?;
        let is_renamed = self.app.store.clinic_version_number() != self.settings;
        Ok(day < self.day || self.app.store.log() != self.log || is_renamed)
    }

    async fn read_on(&mut self) -> Result<(), ApiError> {
        for event in self.app.store.events_after(&self.zone, self.sent, HELD_MESSAGES_MAX).await? {
            if self.reads == Reads::FirstRelease && !event.kind.is_of_first_release() {
                // A whole board says it in words this display knows; it holds this event and perhaps some after it.
                return self.hold_snapshot(self.day.max(event.day));
            }
            self.sent = event.seq;
            self.day = self.day.max(event.day);
            let told = event.told(|event| message(EVENT, event))?;
            self.held.push_back(with_id(&told, &self.id(event.seq)));
        }
        Ok(())
    }

    fn id(&self, seq: u64) -> String {
        let log = match self.reads {
            Reads::FirstRelease => None,
            Reads::AllKinds => Some(self.log),
        };
        LogPlace { log, seq }.to_string()
    }

    fn hold_snapshot(&mut self, day: ServiceDay) -> Result<(), ApiError> {
        self.settings = self.app.store.clinic_version_number();
        let board = self.app.store.board(&self.zone, day).ok_or_else(|| unknown_zone(&self.zone))?;
        self.day = board.day;
        self.sent = board.seq;
        self.log = board.log.unwrap_or(self.log);
        self.held.push_back(with_id(&message(SNAPSHOT, &board)?, &self.id(board.seq)));
        Ok(())
    }

    fn hold_heartbeat(&mut self) -> Result<(), ApiError> {
        self.held.push_back(ended(&message(HEARTBEAT, &Heartbeat { seq: self.sent })?, ""));
        Ok(())
    }
}

/// A message without its id and its end: the lines `event` and `data` (HTML Living Standard, 9.2.6). JSON has no line
/// ends.
fn message(name: &str, data: &impl Serialize) -> Result<Bytes, ApiError> {
    let mut text = format!("event: {name}\ndata: ").into_bytes();
    serde_json::to_writer(&mut text, data)
        .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Internal, error))?;
    text.push(b'\n');
    Ok(text.into())
}

fn with_id(message: &[u8], id: &str) -> Bytes {
    ended(message, &format!("id: {id}\n"))
}

fn ended(message: &[u8], last_line: &str) -> Bytes {
    [message, last_line.as_bytes(), b"\n"].concat().into()
}
