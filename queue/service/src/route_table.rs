//! The table of routes: path, who may, and what answers. There is no other way to add a route.

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use queue_protocol::v1::ProblemCode;

use crate::access::Allow;
use crate::app::App;
use crate::guard::{Door, DoorKind, admit};
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

/// Routes with their doors.
pub(crate) struct RouteTable {
    app: App,
    router: Router<App>,
    rows: Vec<Row>,
}

impl RouteTable {
    pub(crate) fn new(app: App) -> Self {
        Self { app, router: Router::new(), rows: Vec::new() }
    }

    /// `GET path` of the interface.
    pub(crate) fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, allow: Allow, handler: H) -> Self {
        self.timed(Method::GET, path, allow, on(MethodFilter::GET, handler), DoorKind::Interface)
    }

    /// `POST path` of the interface.
    pub(crate) fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, allow: Allow, handler: H) -> Self {
        self.timed(Method::POST, path, allow, on(MethodFilter::POST, handler), DoorKind::Interface)
    }

    /// `PUT path` of the interface.
    pub(crate) fn put<H: Handler<T, App>, T: 'static>(self, path: &'static str, allow: Allow, handler: H) -> Self {
        self.timed(Method::PUT, path, allow, on(MethodFilter::PUT, handler), DoorKind::Interface)
    }

    /// `DELETE path` of the interface.
    pub(crate) fn delete<H: Handler<T, App>, T: 'static>(self, path: &'static str, allow: Allow, handler: H) -> Self {
        self.timed(Method::DELETE, path, allow, on(MethodFilter::DELETE, handler), DoorKind::Interface)
    }

    /// `GET path` whose answer has no end: without the limit of a request's time.
    pub(crate) fn stream<H: Handler<T, App>, T: 'static>(self, path: &'static str, allow: Allow, handler: H) -> Self {
        self.add(Method::GET, path, allow, on(MethodFilter::GET, handler), DoorKind::Interface)
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

    pub(crate) fn into_router(self) -> Router<App> {
        self.router
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
