use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Json, Router};
use queue_core::service_day;
use queue_protocol::board::Board;
use queue_protocol::model::{RequestId, RoomId, Ticket, ZoneId};
use queue_protocol::v1::{CallNext, CallNextReply, FindTickets, HeldTickets, IssueTicket, ProblemCode, TicketVoided};
use queue_store::VoidBy;

use crate::access::Allow;
use crate::app::App;
use crate::caller::Caller;
use crate::feed::events;
use crate::health::{healthz, readyz};
use crate::offers::services;
use crate::problem::{ApiError, in_language};
use crate::request::{BODY_BYTES_MAX, Body, Segment};
use crate::route_table::{RouteTable, Row, api};
use crate::{administration, enrol, metrics, operations, pages, speech, staff, statistics, steps};

/// All routes of the service.
pub fn router(app: App) -> Router {
    table(app.clone())
        .into_router()
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn(in_language))
        .layer(from_fn_with_state(app.clone(), metrics::count))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(app)
}

/// Which routes there are, and who may use them.
#[must_use]
pub fn route_rows(app: App) -> Vec<Row> {
    table(app).rows().to_vec()
}

/// The description of the interface (OpenAPI 3.1), as `/openapi.json` tells it.
#[must_use]
pub fn openapi(app: App) -> serde_json::Value {
    table(app).into_description()
}

fn table(app: App) -> RouteTable {
    let table = RouteTable::new(app)
        .api(Method::GET, "/healthz", Allow::Anybody, api("Whether the service lives", healthz))
        .api(Method::GET, "/readyz", Allow::Anybody, api("Whether the service can do its work", readyz))
        .route(Method::GET, "/metrics", Allow::Anybody, metrics::metrics)
        .api(Method::GET, "/v1/services", Allow::KNOWN, api("What patients can choose now", services))
        .api(Method::POST, "/v1/tickets", Allow::ISSUE, api("Asks for a number", issue))
        .api(
            Method::POST,
            "/v1/tickets/by-person",
            Allow::KIOSKS,
            api("The live numbers of today that a person has", held_tickets),
        )
        .api(
            Method::POST,
            "/v1/tickets/{request}/void",
            Allow::ISSUE,
            api("Takes a number back, or makes sure that none is issued", void),
        )
        .api(
            Method::POST,
            "/v1/rooms/{room}/call-next",
            Allow::ROOMS,
            api("Calls the next number into the room", call_next),
        )
        .api(Method::GET, "/v1/boards/{zone}", Allow::BOARDS, api("The board of a waiting area", board))
        .stream("/v1/boards/{zone}/events", Allow::BOARDS, api("Follows the board of a waiting area", events));
    let table = steps::add_to(table);
    let table = operations::add_to(table);
    let table = enrol::add_to(table);
    let table = staff::add_to(table);
    let table = administration::add_to(table);
    let table = statistics::add_to(table);
    let table = speech::add_to(table);
    pages::add_to(table)
}

async fn no_such_route() -> ApiError {
    ApiError::bad_request(StatusCode::NOT_FOUND, "no such route")
}

async fn no_such_method() -> ApiError {
    ApiError::bad_request(StatusCode::METHOD_NOT_ALLOWED, "the route has no such method")
}

async fn issue(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<IssueTicket>,
) -> Result<Json<Ticket>, ApiError> {
    caller.check_kiosk(&asked.kiosk)?;
    Ok(Json(app.store.issue(asked, app.clock.now()).await?))
}

async fn held_tickets(
    State(app): State<App>,
    Body(FindTickets { person }): Body<FindTickets>,
) -> Result<Json<HeldTickets>, ApiError> {
    Ok(Json(HeldTickets { tickets: app.store.held_tickets(person, app.clock.now()).await? }))
}

async fn void(
    State(app): State<App>,
    caller: Caller,
    Segment(request): Segment<RequestId>,
) -> Result<Json<TicketVoided>, ApiError> {
    let by = VoidBy { actor: caller.actor("kiosk"), only_of: caller.kiosk() };
    Ok(Json(app.store.void_by(request, by, app.clock.now()).await?))
}

async fn call_next(
    State(app): State<App>,
    caller: Caller,
    Segment(room): Segment<RoomId>,
    Body(CallNext { request }): Body<CallNext>,
) -> Result<Json<CallNextReply>, ApiError> {
    caller.check_room(&room)?;
    let actor = caller.actor(&format!("room:{room}"));
    Ok(Json(app.store.call_next_by(room, request, actor, app.clock.now()).await?))
}

async fn board(State(app): State<App>, Segment(zone): Segment<ZoneId>) -> Result<Json<Board>, ApiError> {
    let day = service_day(app.clock.now(), &app.clinic())?;
    app.store.board(&zone, day).map(Json).ok_or_else(|| unknown_zone(&zone))
}

pub(crate) fn unknown_zone(zone: &ZoneId) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, ProblemCode::UnknownZone, format!("unknown zone {zone}"))
}
