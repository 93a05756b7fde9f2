//! The table of routes: path, who may, and what answers. There is no other way to add a route.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use axum::{Json, Router};
use queue_protocol::v1::ProblemCode;
use serde_json::Value;

use crate::access::Allow;
use crate::app::App;
use crate::guard::{Door, DoorKind, admit};
use crate::openapi::{About, Described, Description};
use crate::problem::ApiError;

/// A route and who may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may.
    pub allow: Allow,
}

/// Where the description of the interface is, for anybody.
pub(crate) const OPENAPI: &str = "/openapi.json";

/// What answers, and in a few words what it does.
pub(crate) struct Api<H> {
    pub(crate) summary: &'static str,
    pub(crate) handler: H,
}

/// `summary`, and `handler` for it.
pub(crate) const fn api<H>(summary: &'static str, handler: H) -> Api<H> {
    Api { summary, handler }
}

/// Routes with their doors.
pub(crate) struct RouteTable {
    app: App,
    router: Router<App>,
    rows: Vec<Row>,
    description: Description,
}

impl RouteTable {
    pub(crate) fn new(app: App) -> Self {
        Self { app, router: Router::new(), rows: Vec::new(), description: Description::new() }
    }

    /// A route of the interface that is described: its arguments and answer say what is sent and given.
    pub(crate) fn api<H, T, D>(self, method: Method, path: &'static str, allow: Allow, api: Api<H>) -> Self
    where
        H: Handler<T, App> + Described<D>,
        T: 'static,
    {
        let mut table = self.route(method.clone(), path, allow, api.handler);
        table.description.add::<D, H>(&method, About { summary: api.summary, path, allow });
        table
    }

    /// As [`api`](Self::api), with a body of at most so many bytes.
    pub(crate) fn long_api<H, T, D>(
        self,
        method: Method,
        path: &'static str,
        allow: Allow,
        api: Api<H>,
        body_bytes_max: usize,
    ) -> Self
    where
        H: Handler<T, App> + Described<D>,
        T: 'static,
    {
        let handler = api.handler.layer(DefaultBodyLimit::max(body_bytes_max));
        let mut table = self.route(method.clone(), path, allow, handler);
        table.description.add::<D, H>(&method, About { summary: api.summary, path, allow });
        table
    }

    /// A route of the interface that is in no description.
    pub(crate) fn route<H: Handler<T, App>, T: 'static>(
        self,
        method: Method,
        path: &'static str,
        allow: Allow,
        handler: H,
    ) -> Self {
        let Ok(filter) = MethodFilter::try_from(method.clone()) else {
            tracing::error!(%method, path, "a route with a method that nobody can ask by");
            return self;
        };
        self.timed(method, path, allow, on(filter, handler), DoorKind::Interface)
    }

    /// `GET path` whose answer has no end: without the limit of a request's time.
    pub(crate) fn stream<H, T>(self, path: &'static str, allow: Allow, api: Api<H>) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let route = on(MethodFilter::GET, api.handler);
        let mut table = self.add(Method::GET, path, allow, route, DoorKind::Interface);
        table.description.add_stream(About { summary: api.summary, path, allow });
        table
    }

    /// `GET path`, a page for people: who has not logged in is sent to the login page.
    pub(crate) fn page<H: Handler<T, App>, T: 'static>(self, path: &'static str, allow: Allow, handler: H) -> Self {
        self.timed(Method::GET, path, allow, on(MethodFilter::GET, handler), DoorKind::Page)
    }

    fn timed(self, method: Method, path: &'static str, allow: Allow, route: MethodRouter<App>, kind: DoorKind) -> Self {
        let route = route.route_layer(from_fn_with_state(self.app.clone(), within_request_time));
        self.add(method, path, allow, route, kind)
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        allow: Allow,
        route: MethodRouter<App>,
        kind: DoorKind,
    ) -> Self {
        let door = Door { app: self.app.clone(), allow, kind };
        self.router = self.router.route(path, route.route_layer(from_fn_with_state(door, admit)));
        self.rows.push(Row { method, path, allow });
        self
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn into_description(self) -> Value {
        self.description.into_value()
    }

    /// The router, which tells its description at `/openapi.json`.
    pub(crate) fn into_router(self) -> Router<App> {
        let Self { router, description, .. } = self;
        let description = Arc::new(description.into_value());
        let told = move || {
            let description = Arc::clone(&description);
            async move { Json(Value::clone(&description)) }
        };
        router.route(OPENAPI, get(told))
    }
}

async fn within_request_time(State(app): State<App>, request: Request, next: Next) -> Response {
    let limit = app.times.request;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => {
            let detail = format!("no answer within {} ms", limit.as_millis());
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Internal, detail).into_response()
        }
    }
}
