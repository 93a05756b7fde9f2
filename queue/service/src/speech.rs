//! Calls as sound for displays in a browser, and which display of a waiting area may be heard.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use queue_protocol::model::{TicketNumber, ZoneId};
use queue_protocol::v1::ProblemCode;
use queue_voice::chime::chime;
use queue_voice::phrase::{Language, Occasion, announcement};
use queue_voice::speech::Engine;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::access::Allow;
use crate::app::App;
use crate::openapi::{Answer, Operation};
use crate::problem::ApiError;
use crate::request::{Asked, Body, Segment};
use crate::route_table::{RouteTable, api};
use crate::routes::unknown_zone;

/// Clips kept, newest first: some 250 kB each.
const CLIPS_MAX: usize = 48;

/// Clips made at one time.
const MAKERS_MAX: usize = 2;

/// How long a display that went silent keeps its waiting area's sound. Displays ask every five seconds.
const OWNER_FOR: Duration = Duration::from_secs(15);

/// Samples a second of the chime.
const CHIME_RATE: u32 = 22_050;

/// Longest name a display gives itself, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Clips and who may play them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Speech {
    engine: Engine,
    clips: Arc<Mutex<VecDeque<(String, Clip)>>>,
    makers: Arc<Semaphore>,
    owners: Arc<Mutex<BTreeMap<ZoneId, (String, Instant)>>>,
}

/// A WAV file.
type Clip = axum::body::Bytes;

impl Default for Speech {
    /// With espeak-ng, found by PATH.
    fn default() -> Self {
        Self {
            engine: Engine::new("espeak-ng"),
            clips: Arc::default(),
            makers: Arc::new(Semaphore::new(MAKERS_MAX)),
            owners: Arc::default(),
        }
    }
}

impl Speech {
    fn kept(&self, text: &str) -> Option<Clip> {
        let clips = self.clips.lock().unwrap_or_else(PoisonError::into_inner);
        clips.iter().find(|(held, _)| held == text).map(|(_, clip)| clip.clone())
    }

    fn keep(&self, text: String, clip: Clip) {
        let mut clips = self.clips.lock().unwrap_or_else(PoisonError::into_inner);
        clips.push_front((text, clip));
        clips.truncate(CLIPS_MAX);
    }

    /// Whether `display` may be heard in `zone`: the first that asks, until it asks no more.
    fn owns(&self, zone: &ZoneId, display: &str, now: Instant) -> bool {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        match owners.get(zone) {
            Some((owner, seen)) if owner != display && now.saturating_duration_since(*seen) < OWNER_FOR => false,
            Some(_) | None => {
                owners.insert(zone.clone(), (display.to_owned(), now));
                true
            }
        }
    }
}

pub(crate) fn add_to(table: RouteTable) -> RouteTable {
    table
        .api(Method::GET, "/v1/speech/chime", Allow::BOARDS, api("The chime before a call", chime_clip))
        .api(Method::GET, "/v1/speech/call", Allow::BOARDS, api("A call as it is said", call_clip))
        .api(
            Method::POST,
            "/v1/boards/{zone}/sound",
            Allow::BOARDS,
            api("Whether this display is the one of its waiting area that may be heard", sound),
        )
}

/// A call to be said. The room's name is the hospital's, never the caller's.
#[derive(Deserialize, JsonSchema)]
struct CallAsked {
    number: TicketNumber,
    room: queue_protocol::model::RoomId,
    #[serde(default)]
    recalls: u32,
    #[schemars(extend("enum" = ["vi", "en"]))]
    language: String,
}

async fn chime_clip() -> Sound {
    Sound(chime(CHIME_RATE).to_wav().into())
}

async fn call_clip(State(app): State<App>, Asked(asked): Asked<CallAsked>) -> Result<Sound, ApiError> {
    let bad = |detail: String| ApiError::bad_request(StatusCode::BAD_REQUEST, detail);
    let language: Language =
        asked.language.parse().map_err(|error: queue_voice::phrase::UnknownLanguage| bad(error.to_string()))?;
    let clinic = app.clinic();
    let unknown =
        || ApiError::new(StatusCode::NOT_FOUND, ProblemCode::UnknownRoom, format!("unknown room {}", asked.room));
    let room = clinic.room(&asked.room).ok_or_else(unknown)?;
    let occasion = if asked.recalls > 0 { Occasion::Recall } else { Occasion::Call };
    let text = announcement(asked.number, &room.name, occasion, language);
    if let Some(clip) = app.speech.kept(&text) {
        return Ok(Sound(clip));
    }
    let unavailable = |detail: String| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Internal, detail);
    let permit = Arc::clone(&app.speech.makers).acquire_owned().await;
    let permit = permit.map_err(|error| unavailable(error.to_string()))?;
    let (engine, said) = (app.speech.engine.clone(), text.clone());
    let made = tokio::task::spawn_blocking(move || {
        let wave = engine.say(&said, language);
        drop(permit);
        wave
    });
    let wave = match made.await {
        Ok(Ok(wave)) => wave,
        Ok(Err(error)) => {
            tracing::error!(error = &error as &(dyn std::error::Error + 'static), "a call cannot be said");
            return Err(unavailable(error.to_string()));
        }
        Err(error) => return Err(unavailable(error.to_string())),
    };
    let clip = Clip::from(wave.to_wav());
    app.speech.keep(text, clip.clone());
    Ok(Sound(clip))
}

/// A clip as an answer.
struct Sound(Clip);

const WAV: &str = "audio/wav";

impl IntoResponse for Sound {
    fn into_response(self) -> Response {
        let kind = HeaderValue::from_static(WAV);
        let kept = HeaderValue::from_static("private, max-age=3600");
        ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)], self.0).into_response()
    }
}

impl Answer for Sound {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers(StatusCode::OK, "Done.", Some((WAV, json!({"type": "string", "format": "binary"}))));
    }
}

/// A display asks whether it may be heard.
#[derive(Deserialize, JsonSchema)]
struct SoundAsked {
    /// The name it gives itself, 1 to 64 bytes.
    display: String,
}

#[derive(Serialize, JsonSchema)]
struct SoundReply {
    owner: bool,
}

async fn sound(
    State(app): State<App>,
    Segment(zone): Segment<ZoneId>,
    Body(SoundAsked { display }): Body<SoundAsked>,
) -> Result<Json<SoundReply>, ApiError> {
    let clinic = app.clinic();
    clinic.zone(&zone).ok_or_else(|| unknown_zone(&zone))?;
    if display.is_empty() || display.len() > NAME_BYTES_MAX {
        let detail = format!("expected a display's name of 1 to {NAME_BYTES_MAX} bytes, got {}", display.len());
        return Err(ApiError::bad_request(StatusCode::BAD_REQUEST, detail));
    }
    Ok(Json(SoundReply { owner: app.speech.owns(&zone, &display, Instant::now()) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_display_of_a_zone_is_heard_until_it_goes_silent() {
        let (speech, now) = (Speech::default(), Instant::now());
        let [b, c] = ["khu-b", "khu-c"].map(|zone| ZoneId::new(zone).unwrap());
        assert!(speech.owns(&b, "one", now));
        assert!(!speech.owns(&b, "two", now));
        assert!(speech.owns(&c, "two", now));
        let later = now + OWNER_FOR - Duration::from_secs(1);
        assert!(speech.owns(&b, "one", later) && !speech.owns(&b, "two", later));
        assert!(speech.owns(&b, "two", later + OWNER_FOR));
        assert!(!speech.owns(&b, "one", later + OWNER_FOR));
    }
}
