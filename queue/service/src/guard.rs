//! The door of every route: who asks is found out, and let in or not.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use queue_protocol::model::UnixMillis;
use queue_store::{Known, SecretHash};

use crate::access::Allow;
use crate::app::App;
use crate::caller::{Caller, not_allowed, not_authenticated};
use crate::problem::ApiError;
use crate::secret::{KEY_MARK, SESSION_MARK, hash_of};

/// The name of the cookie with the session's token.
pub(crate) const COOKIE: &str = "tiep_don_session";

/// The name of the cookie with the key of a device that is a browser.
pub(crate) const KEY_COOKIE: &str = "tiep_don_key";

/// Where a browser logs in. A page that is closed to it sends it there.
pub const LOGIN_PAGE: &str = "/login";

/// For so long it is believed without a look into the database that a key is good, in milliseconds. A key that another
/// process revokes works so long.
pub const KEY_CACHE_MS: i64 = 2_000;

/// Most keys and sessions remembered; then all are forgotten and looked up again.
const CACHE_MAX: usize = 8_192;

/// Who was found out lately.
#[derive(Default)]
pub(crate) struct Recent(Mutex<HashMap<SecretHash, (Known, UnixMillis)>>);

impl Recent {
    fn get(&self, secret: SecretHash, now: UnixMillis) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, at) = known.get(&secret)?;
        (0..KEY_CACHE_MS).contains(&(now.0 - at.0)).then(|| known.clone())
    }

    fn put(&self, secret: SecretHash, found: Known, now: UnixMillis) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CACHE_MAX {
            known.clear();
        }
        known.insert(secret, (found, now));
    }

    /// After any change of keys, accounts or sessions.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// One route's door.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) app: App,
    pub(crate) allow: Allow,
    pub(crate) kind: DoorKind,
}

/// What is behind a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DoorKind {
    /// The interface: a refusal is a problem.
    Interface,
    /// A page for people: who has not logged in is sent to [`LOGIN_PAGE`].
    Page,
}

/// Middleware of one route: lets in who may, and tells the handler who it is.
pub(crate) async fn admit(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    match enter(&door, request.method(), request.headers()).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Ok(None) => next.run(request).await,
        Err(refused) if door.kind == DoorKind::Page && refused.is_not_authenticated() => to_login(&request),
        Err(refused) => refused.into_response(),
    }
}

fn to_login(request: &Request) -> Response {
    // Only a path of our own, so that nobody is led elsewhere after the login.
    let next: String =
        request.uri().path().chars().filter(|c| c.is_ascii_alphanumeric() || "/-_".contains(*c)).collect();
    Redirect::to(&format!("{LOGIN_PAGE}?next={next}")).into_response()
}

async fn enter(door: &Door, method: &Method, headers: &HeaderMap) -> Result<Option<Caller>, ApiError> {
    if door.allow == Allow::Anybody {
        return Ok(None);
    }
    if door.app.access.is_open() {
        return Ok(Some(Caller::Open));
    }
    let caller = identify(&door.app, method, headers).await?;
    match caller.role() {
        Some(role) if !door.allow.lets(role) => Err(not_allowed(format!("not for the role {role}"))),
        Some(_) | None => Ok(Some(caller)),
    }
}

/// Who asks, by key or by cookie.
async fn identify(app: &App, method: &Method, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let secret = match bearer(headers) {
        Some(key) => hash_of(key),
        None => {
            let token = session_token(headers).or_else(|| key_in_cookie(headers)).ok_or_else(not_authenticated)?;
            // A browser sends the cookie by itself, and so somebody else's page may be what asks.
            if !method.is_safe() && !is_same_origin(headers) {
                return Err(not_allowed("the request comes from another site"));
            }
            hash_of(token)
        }
    };
    let now = app.clock.now();
    if let Some(known) = app.access.recent.get(secret, now) {
        return Ok(known.into());
    }
    let known = app.store.known(secret, now).await?.ok_or_else(not_authenticated)?;
    app.access.recent.put(secret, known.clone(), now);
    Ok(known.into())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    text.strip_prefix("Bearer ").filter(|key| key.starts_with(KEY_MARK))
}

/// The session's token in the cookie.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<&str> {
    in_cookie(headers, COOKIE).filter(|token| token.starts_with(SESSION_MARK))
}

/// The key of a device that is a browser: its `EventSource` sends no header of ours.
fn key_in_cookie(headers: &HeaderMap) -> Option<&str> {
    in_cookie(headers, KEY_COOKIE).filter(|key| key.starts_with(KEY_MARK))
}

fn in_cookie<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// Whether a page of ours asks: browsers say so, and others can.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("origin"), text("sec-fetch-site")) {
        (Some(origin), _) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text("host")
        }
        (None, Some(site)) => site == "same-origin",
        (None, None) => false,
    }
}
