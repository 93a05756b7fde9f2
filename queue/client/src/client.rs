use queue_protocol::board::Board;
use queue_protocol::model::{PersonMark, RequestId, RoomId, Ticket, ZoneId};
use queue_protocol::v1::{
    CallNext, CallNextReply, FindTickets, HeldTickets, IssueTicket, LogIn, Services, TicketVoided,
};
use reqwest::{Client, Url};

use crate::credentials::{Credentials, NoCa};
use crate::error::{ClientError, InvalidBaseUrl};
use crate::exchange::{exchange, exchange_nothing, session_of, with_path};
use crate::retry::{Deadlines, with_retry};
use crate::watch::{BoardWatch, WatchTimes};

/// A new request id (UUID version 7). Write it to disk before the request is sent.
#[must_use]
pub fn new_request_id() -> RequestId {
    RequestId::from_bytes(uuid::Uuid::now_v7().into_bytes())
}

/// The queue service, seen from a kiosk, a room or a display. Cheap to clone; clones share connections.
///
/// All methods need a tokio runtime. Each is retried with the same request id while its total deadline allows.
#[derive(Debug, Clone)]
pub struct QueueClient {
    http: Client,
    base: Url,
    deadlines: Deadlines,
    credentials: Credentials,
}

impl QueueClient {
    /// A client of the service at `base_url`, such as `http://127.0.0.1:7070`, that has no key: for a service that runs
    /// open, and to enrol.
    ///
    /// # Errors
    /// As [`with_credentials`](Self::with_credentials).
    pub fn new(base_url: &str, deadlines: Deadlines) -> Result<Self, InvalidBaseUrl> {
        Self::with_credentials(base_url, deadlines, Credentials::default())
    }

    /// A client of the service at `base_url` that shows `credentials` with each request. Connects when first used. Proxy
    /// settings of the machine are not used: the service is in the same building.
    ///
    /// # Errors
    /// [`InvalidBaseUrl`] unless `base_url` is an `http` address, or an `https` one with a CA to trust.
    pub fn with_credentials(
        base_url: &str,
        deadlines: Deadlines,
        credentials: Credentials,
    ) -> Result<Self, InvalidBaseUrl> {
        let invalid = |source| InvalidBaseUrl { got: base_url.to_owned(), source };
        let base = Url::parse(base_url).map_err(|error| invalid(Some(error.into())))?;
        if !["http", "https"].contains(&base.scheme()) || !base.has_host() {
            return Err(invalid(None));
        }
        let http = Client::builder().no_proxy().tcp_nodelay(true).connect_timeout(deadlines.connect);
        let origin = base.origin().ascii_serialization();
        let http = http.default_headers(credentials.headers(&origin).map_err(|error| invalid(Some(error.into())))?);
        if base.scheme() == "https" && !credentials.trusts_a_ca() {
            return Err(invalid(Some(NoCa.into())));
        }
        let http = http.tls_backend_preconfigured(credentials.tls().map_err(|error| invalid(Some(error.into())))?);
        let http = http.build().map_err(|error| invalid(Some(error.into())))?;
        Ok(Self { http, base, deadlines, credentials })
    }

    /// Logs a person in: the client that is given back asks in their name.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the codes are `not_authenticated`, `too_many_attempts`.
    pub async fn log_in(&self, asked: &LogIn) -> Result<Self, ClientError> {
        let request = self.http.post(self.url(&["session"])).json(asked);
        let session = session_of(request, self.deadlines.attempt).await?;
        let credentials = self.credentials.with_session(session);
        let client = Self::with_credentials(self.base.as_str(), self.deadlines, credentials);
        client.map_err(|error| ClientError::Protocol(error.into()))
    }

    /// The hospital and what a kiosk may offer now.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn services(&self) -> Result<Services, ClientError> {
        self.ask(|| self.http.get(self.url(&["services"]))).await
    }

    /// Asks for a number. The same request id gives the same ticket, however often it is sent.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the codes are `unknown_service`, `service_closed`,
    /// `series_exhausted`, `request_spent`, `store_unavailable`.
    pub async fn issue(&self, ticket: &IssueTicket) -> Result<Ticket, ClientError> {
        self.ask(|| self.http.post(self.url(&["tickets"])).json(ticket)).await
    }

    /// The live numbers of today that a person has. Only a kiosk may ask.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn held_tickets(&self, person: PersonMark) -> Result<Vec<Ticket>, ClientError> {
        let asked = FindTickets { person };
        let found: HeldTickets = self.post(&["tickets", "by-person"], &asked).await?;
        Ok(found.tickets)
    }

    /// Takes the ticket of `request` back, or makes sure that it never gets one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn void(&self, request: RequestId) -> Result<TicketVoided, ClientError> {
        self.ask(|| self.http.post(self.url(&["tickets", &request.to_string(), "void"]))).await
    }

    /// Calls the next patient into `room`. The same request id gives the same call.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the codes are `unknown_room`, `request_spent`,
    /// `store_unavailable`.
    pub async fn call_next(&self, room: &RoomId, request: RequestId) -> Result<CallNextReply, ClientError> {
        let body = CallNext { request };
        self.ask(|| self.http.post(self.url(&["rooms", room.as_str(), "call-next"])).json(&body)).await
    }

    /// The board of `zone` as it is.
    ///
    /// # Errors
    /// [`ClientError`]; in a [`Problem`](ClientError::Problem) the code is `unknown_zone`.
    pub async fn board(&self, zone: &ZoneId) -> Result<Board, ClientError> {
        self.ask(|| self.http.get(self.url(&["boards", zone.as_str()]))).await
    }

    /// Follows the board of `zone` for ever, through every lost connection, with the product's times.
    ///
    /// Needs a running tokio runtime. Following ends when the handle is dropped.
    #[must_use]
    pub fn watch_board(&self, zone: ZoneId) -> BoardWatch {
        self.watch_board_with(zone, WatchTimes::default())
    }

    /// [`watch_board`](Self::watch_board) with other times.
    #[must_use]
    pub fn watch_board_with(&self, zone: ZoneId, times: WatchTimes) -> BoardWatch {
        let url = self.url(&["boards", zone.as_str(), "events"]);
        BoardWatch::start(self.http.clone(), url, times)
    }

    pub(crate) async fn get<T: serde::de::DeserializeOwned>(&self, segments: &[&str]) -> Result<T, ClientError> {
        self.ask(|| self.http.get(self.url(segments))).await
    }

    pub(crate) async fn post<T: serde::de::DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &(impl serde::Serialize + Sync),
    ) -> Result<T, ClientError> {
        self.ask(|| self.http.post(self.url(segments)).json(body)).await
    }

    pub(crate) async fn put<T: serde::de::DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &(impl serde::Serialize + Sync),
    ) -> Result<T, ClientError> {
        self.ask(|| self.http.put(self.url(segments)).json(body)).await
    }

    /// Sends a write that has no request id. It is not sent again: whether it was done is not known when no answer comes.
    pub(crate) async fn post_once<T: serde::de::DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &(impl serde::Serialize + Sync),
    ) -> Result<T, ClientError> {
        exchange(self.http.post(self.url(segments)).json(body), self.deadlines.attempt).await
    }

    /// Asks for something to be removed, which is the same however often it is asked.
    pub(crate) async fn delete(&self, segments: &[&str]) -> Result<(), ClientError> {
        let attempt = self.deadlines.attempt;
        with_retry(self.deadlines.total, || exchange_nothing(self.http.delete(self.url(segments)), attempt)).await
    }

    /// As [`post_once`](Self::post_once), for an answer without a body.
    pub(crate) async fn post_for_nothing(
        &self,
        segments: &[&str],
        body: &(impl serde::Serialize + Sync),
    ) -> Result<(), ClientError> {
        exchange_nothing(self.http.post(self.url(segments)).json(body), self.deadlines.attempt).await
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        request: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<T, ClientError> {
        let attempt = self.deadlines.attempt;
        with_retry(self.deadlines.total, || exchange(request(), attempt)).await
    }

    fn url(&self, segments: &[&str]) -> Url {
        with_path(&self.base, segments)
    }
}
