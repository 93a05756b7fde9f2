//! A service that asks for keys and logins, and everybody who has one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use queue_protocol::model::{Device, DeviceId, DeviceRole, RoomId, Staff, StaffRole, UnixMillis, UserName};
use queue_protocol::v1::{Enrolled, NewCodeReply};
use queue_service::{App, Clock, Config, Role, Row, SAMPLE_CLINIC, hash_password, route_rows, serve};
use queue_store::{By, NewStaffRow, OnMachine, Store};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::world::{HOUR_MS, MIDNIGHT_MS, TIMES};

pub const PASSWORD: &str = "mười hai con giáp";
/// What the hospital's first administrator is called.
pub const ADMIN: &str = "quan-tri";

/// What is sent along to be let in.
#[derive(Debug, Clone)]
pub struct Credential(Vec<(&'static str, String)>);

impl Credential {
    pub fn header(name: &'static str, value: &str) -> Self {
        Self(vec![(name, value.to_owned())])
    }

    /// As a page of the service's own sends it.
    fn cookie(cookie: &str, origin: &str) -> Self {
        Self(vec![("cookie", cookie.to_owned()), ("origin", origin.to_owned())])
    }

    pub fn on(&self, request: RequestBuilder) -> RequestBuilder {
        self.0.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// The same cookie, sent by another site's page.
    pub fn as_of_another_site(&self) -> Self {
        let mut headers = self.0.clone();
        headers.retain(|(name, _)| *name != "origin");
        headers.push(("origin", "https://elsewhere.example".to_owned()));
        Self(headers)
    }
}

pub struct AccessWorld {
    _dir: tempfile::TempDir,
    pub database: PathBuf,
    pub now: Arc<AtomicI64>,
    app: App,
    address: SocketAddr,
    http: reqwest::Client,
    names: AtomicU32,
    own: tokio::sync::OnceCell<Credential>,
}

impl AccessWorld {
    /// The sample clinic at eight in the morning, with one administrator.
    pub async fn new() -> Self {
        crate::world::trust_ring();
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("queue.db");
        let by = By { actor: "machine".into(), at: UnixMillis(MIDNIGHT_MS) };
        let staff = staff(ADMIN, StaffRole::Administrator, &[]);
        let new = NewStaffRow { staff, password: hash_password(PASSWORD).unwrap() };
        OnMachine::open(&database).unwrap().add_staff(&new, &by).unwrap();

        let clinic = Arc::new(Config::parse(SAMPLE_CLINIC).unwrap().clinic);
        let store = Arc::new(Store::open(&database, clinic).unwrap());
        let now = Arc::new(AtomicI64::new(MIDNIGHT_MS + 8 * HOUR_MS));
        let moved = Arc::clone(&now);
        let clock = Clock::from_fn(move || UnixMillis(moved.load(Ordering::SeqCst)));
        let app = App::new(store, clock, TIMES);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, app.clone(), std::future::pending()));
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            _dir: dir,
            database,
            now,
            app,
            address,
            http,
            names: AtomicU32::new(0),
            own: tokio::sync::OnceCell::new(),
        }
    }

    pub fn app(&self) -> App {
        self.app.clone()
    }

    pub fn rows(&self) -> Vec<Row> {
        route_rows(self.app.clone())
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn passes(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn request(&self, method: &Method, path: &str, credential: Option<&Credential>) -> RequestBuilder {
        let request = self.http.request(method.clone(), self.url(path));
        match credential {
            Some(credential) => credential.on(request),
            None => request,
        }
    }

    /// Asks without a body worth its name: only whether the door opens counts.
    pub async fn try_route(&self, method: &Method, path: &str, credential: Option<&Credential>) -> StatusCode {
        self.request(method, path, credential).send().await.unwrap().status()
    }

    pub async fn get(&self, path: &str, credential: &Credential) -> BTreeMap<String, Value> {
        self.request(&Method::GET, path, Some(credential)).send().await.unwrap().json().await.unwrap()
    }

    pub async fn post(&self, path: &str, credential: &Credential, body: &Value) -> BTreeMap<String, Value> {
        let request = self.request(&Method::POST, path, Some(credential)).json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Logs in; `Err` is the refusal's status.
    pub async fn log_in(&self, user: &str, password: &str) -> Result<Credential, StatusCode> {
        let body = serde_json::json!({"user": user, "password": password});
        let reply = self.request(&Method::POST, "/v1/session", None).json(&body).send().await.unwrap();
        if !reply.status().is_success() {
            return Err(reply.status());
        }
        let cookie = reply.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap();
        Ok(Credential::cookie(cookie, &self.url("")))
    }

    pub async fn administrator(&self) -> Credential {
        self.log_in(ADMIN, PASSWORD).await.unwrap()
    }

    /// The world's own session: one, for a person has a few sessions only.
    async fn own(&self) -> &Credential {
        self.own.get_or_init(|| self.administrator()).await
    }

    pub async fn code(&self, id: &str, role: DeviceRole) -> NewCodeReply {
        let mut body = serde_json::json!({"device": id, "role": role});
        if role == DeviceRole::Room {
            body["room"] = "p201".into();
        }
        let request = self.request(&Method::POST, "/v1/devices/codes", Some(self.own().await)).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Shows a code; `Err` is the refusal's status.
    pub async fn enrol(&self, code: &str) -> Result<Enrolled, StatusCode> {
        let body = serde_json::json!({"code": code});
        let reply = self.request(&Method::POST, "/v1/enrol", None).json(&body).send().await.unwrap();
        if reply.status().is_success() { Ok(reply.json().await.unwrap()) } else { Err(reply.status()) }
    }

    pub async fn key(&self, id: &str, role: DeviceRole) -> Credential {
        let enrolled = self.enrol(&self.code(id, role).await.code).await.unwrap();
        let room = (role == DeviceRole::Room).then(|| RoomId::new("p201").unwrap());
        assert_eq!(enrolled.device, Device { id: DeviceId::new(id).unwrap(), role, room });
        bearer(&enrolled.key)
    }

    /// A new key or session of this role; rooms and nurses are of room p201.
    pub async fn credential(&self, role: Role) -> Credential {
        let name = format!("x{}", self.names.fetch_add(1, Ordering::SeqCst));
        match role {
            Role::Kiosk => self.key(&name, DeviceRole::Kiosk).await,
            Role::Display => self.key(&name, DeviceRole::Display).await,
            Role::Room => self.key(&name, DeviceRole::Room).await,
            Role::Nurse => self.staff(&name, "nurse", &["p201"]).await,
            Role::Administrator => self.administrator().await,
            Role::Statistics => self.staff(&name, "statistics", &[]).await,
        }
    }

    pub async fn staff(&self, user: &str, role: &str, rooms: &[&str]) -> Credential {
        let body = serde_json::json!({"user": user, "role": role, "rooms": rooms, "password": PASSWORD});
        let made = self.post("/v1/staff", self.own().await, &body).await;
        assert_eq!(made["user"], user, "{made:?}");
        self.log_in(user, PASSWORD).await.unwrap()
    }
}

pub fn bearer(key: &str) -> Credential {
    Credential::header("authorization", &format!("Bearer {key}"))
}

fn staff(user: &str, role: StaffRole, rooms: &[&str]) -> Staff {
    let rooms = rooms.iter().map(|room| RoomId::new(*room).unwrap()).collect();
    Staff { user: UserName::new(user).unwrap(), role, rooms }
}
