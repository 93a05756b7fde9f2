use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use queue_core::{is_open, service_day};
use queue_protocol::board::Board;
use queue_protocol::model::{RequestId, RoomId, ServiceOffer, Ticket, ZoneId};
use queue_protocol::v1::{CallNext, CallNextReply, IssueTicket, ProblemCode, Services, TicketVoided};

use crate::app::App;
use crate::feed::events;
use crate::problem::{ApiError, in_language};
use crate::request::{BODY_BYTES_MAX, Body, Segment};
use crate::{administration, pages, speech, statistics, steps};

/// All routes of the service.
pub fn router(app: App) -> Router {
    let timed = Router::new()
        .route("/healthz", get(healthz))
        .route("/v1/services", get(services))
        .route("/v1/tickets", post(issue))
        .route("/v1/tickets/{request}/void", post(void))
        .route("/v1/rooms/{room}/call-next", post(call_next))
        .route("/v1/boards/{zone}", get(board))
        .merge(steps::routes())
        .merge(administration::routes())
        .merge(statistics::routes())
        .merge(speech::routes())
        .merge(pages::routes())
        .layer(from_fn_with_state(app.clone(), within_request_time));
    let streams = Router::new().route("/v1/boards/{zone}/events", get(events));
    timed
        .merge(streams)
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn(in_language))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(app)
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

async fn no_such_route() -> ApiError {
    ApiError::bad_request(StatusCode::NOT_FOUND, "no such route")
}

async fn no_such_method() -> ApiError {
    ApiError::bad_request(StatusCode::METHOD_NOT_ALLOWED, "the route has no such method")
}

/// Whether the writer lives and the clock is set.
async fn healthz(State(app): State<App>) -> Result<&'static str, ApiError> {
    if !app.store.is_open() {
        return Err(queue_store::StoreError::Closed.into());
    }
    service_day(app.clock.now(), &app.clinic())?;
    Ok("ok\n")
}

async fn services(State(app): State<App>) -> Result<Json<Services>, ApiError> {
    let (now, clinic) = (app.clock.now(), app.clinic());
    let day = service_day(now, &clinic)?;
    let boards: Vec<Board> = clinic.zones().iter().filter_map(|zone| app.store.board(&zone.id, day)).collect();
    let offer = |service: &queue_core::Service| {
        let board = boards.iter().find(|board| board.zone == service.zone);
        Ok(ServiceOffer {
            id: service.id.clone(),
            name: service.name.clone(),
            place: service.place.clone(),
            open: is_open(service, now, &clinic)?,
            waiting: board.and_then(|board| board.waiting.get(&service.id)).copied().unwrap_or(0),
        })
    };
    let services: Result<Vec<ServiceOffer>, ApiError> = clinic.services().iter().map(offer).collect();
    Ok(Json(Services {
        hospital: clinic.hospital().to_owned(),
        address: clinic.address().to_owned(),
        services: services?,
        priority: Some(clinic.rules().priority),
    }))
}

async fn issue(State(app): State<App>, Body(asked): Body<IssueTicket>) -> Result<Json<Ticket>, ApiError> {
    Ok(Json(app.store.issue(asked, app.clock.now()).await?))
}

async fn void(State(app): State<App>, Segment(request): Segment<RequestId>) -> Result<Json<TicketVoided>, ApiError> {
    Ok(Json(app.store.void(request, app.clock.now()).await?))
}

async fn call_next(
    State(app): State<App>,
    Segment(room): Segment<RoomId>,
    Body(CallNext { request }): Body<CallNext>,
) -> Result<Json<CallNextReply>, ApiError> {
    Ok(Json(app.store.call_next(room, request, app.clock.now()).await?))
}

async fn board(State(app): State<App>, Segment(zone): Segment<ZoneId>) -> Result<Json<Board>, ApiError> {
    let day = service_day(app.clock.now(), &app.clinic())?;
    app.store.board(&zone, day).map(Json).ok_or_else(|| unknown_zone(&zone))
}

pub(crate) fn unknown_zone(zone: &ZoneId) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, ProblemCode::UnknownZone, format!("unknown zone {zone}"))
}
