//! Routes of rooms and numbers.

use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use queue_core::service_day;
use queue_protocol::model::{RequestId, RoomId, TicketNumber};
use queue_protocol::v1::{
    NumberChanged, NumberNow, NumberStep, ProblemCode, Reactivate, RoomQueue, RoomStep, SetGroups, Transfer,
};
use queue_store::{Action, StepAsked};

use crate::access::Allow;
use crate::app::App;
use crate::caller::Caller;
use crate::problem::ApiError;
use crate::request::{Body, Segment};
use crate::route_table::{RouteTable, api};

/// What a room does with a number.
type RoomAction = fn(RoomId) -> Action;

const ROOM_STEPS: [(&str, RoomAction, &str); 6] = [
    ("/v1/rooms/{room}/call", Action::Call, "Calls a number out of turn"),
    ("/v1/rooms/{room}/recall", Action::Recall, "Calls a number again"),
    ("/v1/rooms/{room}/arrived", Action::Arrive, "The number came into the room"),
    ("/v1/rooms/{room}/finish", Action::Finish, "The room is finished with the number"),
    ("/v1/rooms/{room}/missed", Action::Miss, "The number did not come"),
    ("/v1/rooms/{room}/away", Action::SendAway, "Sends the number away for tests"),
];

/// What is done with a number alone.
type NumberAction = fn() -> Action;

const NUMBER_STEPS: [(&str, Allow, NumberAction, &str); 4] = [
    ("/v1/numbers/{number}/return", Allow::ROOMS, || Action::Return, "The number is back from tests"),
    (
        "/v1/numbers/{number}/rejoin",
        Allow::BACK_IN,
        || Action::Rejoin,
        "The number missed its call and is there after all",
    ),
    ("/v1/numbers/{number}/hold", Allow::ROOMS, || Action::Hold, "Puts the number aside"),
    ("/v1/numbers/{number}/cancel", Allow::ROOMS, || Action::Cancel, "Ends the number"),
];

pub(crate) fn add_to(table: RouteTable) -> RouteTable {
    let mut table = table
        .api(
            Method::GET,
            "/v1/rooms/{room}/queue",
            Allow::ROOMS,
            api("Who waits for the room, in which order, and why", queue),
        )
        .api(Method::GET, "/v1/numbers/{number}", Allow::ROOMS, api("Where a number of today is", number))
        .api(
            Method::POST,
            "/v1/numbers/{number}/reactivate",
            Allow::ROOMS,
            api("A number that was put aside or ended waits again", reactivate),
        )
        .api(
            Method::POST,
            "/v1/numbers/{number}/transfer",
            Allow::ROOMS,
            api("Sends a number to another service", transfer),
        )
        .api(
            Method::POST,
            "/v1/numbers/{number}/groups",
            Allow::ROOMS,
            api("Says which groups a number's patient belongs to", set_groups),
        );
    for (path, action, summary) in ROOM_STEPS {
        let step = move |state: State<App>, caller: Caller, room: Segment<RoomId>, body: Body<RoomStep>| {
            room_step(action, state, caller, room, body)
        };
        table = table.api(Method::POST, path, Allow::ROOMS, api(summary, step));
    }
    for (path, allow, action, summary) in NUMBER_STEPS {
        let step = move |State(app): State<App>,
                         caller: Caller,
                         Segment(number): Segment<TicketNumber>,
                         body: Body<NumberStep>| {
            let Body(NumberStep { request }) = body;
            take(app, request, number, action(), caller.actor(DESK))
        };
        table = table.api(Method::POST, path, allow, api(summary, step));
    }
    table
}

/// Who acts where no room does and nobody can be known.
const DESK: &str = "desk";

async fn take(
    app: App,
    request: RequestId,
    number: TicketNumber,
    action: Action,
    actor: String,
) -> Result<Json<NumberChanged>, ApiError> {
    let asked = StepAsked { request, number, action, actor };
    Ok(Json(app.store.step(asked, app.clock.now()).await?))
}

async fn room_step(
    action: RoomAction,
    State(app): State<App>,
    caller: Caller,
    Segment(room): Segment<RoomId>,
    Body(RoomStep { request, number }): Body<RoomStep>,
) -> Result<Json<NumberChanged>, ApiError> {
    caller.check_room(&room)?;
    let actor = caller.actor(&format!("room:{room}"));
    take(app, request, number, action(room), actor).await
}

async fn reactivate(
    State(app): State<App>,
    caller: Caller,
    Segment(number): Segment<TicketNumber>,
    Body(Reactivate { request, placement }): Body<Reactivate>,
) -> Result<Json<NumberChanged>, ApiError> {
    take(app, request, number, Action::Reactivate(placement), caller.actor(DESK)).await
}

async fn transfer(
    State(app): State<App>,
    caller: Caller,
    Segment(number): Segment<TicketNumber>,
    Body(Transfer { request, to, room, placement }): Body<Transfer>,
) -> Result<Json<NumberChanged>, ApiError> {
    take(app, request, number, Action::Transfer { to, room, placement }, caller.actor(DESK)).await
}

async fn set_groups(
    State(app): State<App>,
    caller: Caller,
    Segment(number): Segment<TicketNumber>,
    Body(SetGroups { request, groups }): Body<SetGroups>,
) -> Result<Json<NumberChanged>, ApiError> {
    take(app, request, number, Action::SetGroups(groups), caller.actor(DESK)).await
}

async fn queue(
    State(app): State<App>,
    caller: Caller,
    Segment(room): Segment<RoomId>,
) -> Result<Json<RoomQueue>, ApiError> {
    caller.check_room(&room)?;
    Ok(Json(app.store.room_queue(&room, app.clock.now()).await?))
}

async fn number(State(app): State<App>, Segment(number): Segment<TicketNumber>) -> Result<Json<NumberNow>, ApiError> {
    let day = service_day(app.clock.now(), &app.clinic())?;
    let found = app.store.number(day, number).await?;
    let unknown =
        || ApiError::new(StatusCode::NOT_FOUND, ProblemCode::UnknownNumber, format!("no number {number} on {day}"));
    found.map(Json).ok_or_else(unknown)
}
