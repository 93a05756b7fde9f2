//! What administration reads and changes: the hospital's settings.

use axum::Json;
use axum::extract::State;
use axum::http::Method;
use queue_protocol::v1::{ChangeClinic, ClinicVersion, Places, RoomSettings, ServiceName, ZoneSettings};

use crate::access::Allow;
use crate::app::App;
use crate::caller::Caller;
use crate::problem::ApiError;
use crate::request::{Body, SETTINGS_BYTES_MAX};
use crate::route_table::{RouteTable, api};

const CLINIC: &str = "/v1/administration/clinic";

pub(crate) fn add_to(table: RouteTable) -> RouteTable {
    table
        .api(Method::GET, CLINIC, Allow::ADMINISTRATORS, api("The settings in force", clinic))
        // The body is as long as it is: whoever has logged in as an administrator may send it.
        .long_api(
            Method::PUT,
            CLINIC,
            Allow::ADMINISTRATORS,
            api("Puts other settings in force", change_clinic),
            SETTINGS_BYTES_MAX,
        )
        .api(
            Method::GET,
            "/v1/places",
            Allow::STAFF_AND_ROOMS,
            api("Rooms, waiting areas and services by name", places),
        )
}

async fn clinic(State(app): State<App>) -> Result<Json<ClinicVersion>, ApiError> {
    Ok(Json(app.store.clinic_version().await?))
}

async fn change_clinic(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<ChangeClinic>,
) -> Result<Json<ClinicVersion>, ApiError> {
    let actor = caller.actor("open");
    Ok(Json(app.store.change_clinic(asked, actor, app.clock.now()).await?))
}

/// Names for pages that let somebody choose; no settings.
async fn places(State(app): State<App>) -> Json<Places> {
    let clinic = app.clinic();
    let zone = |zone: &queue_core::Zone| ZoneSettings { id: zone.id.clone(), name: zone.name.clone() };
    let service = |service: &queue_core::Service| ServiceName {
        id: service.id.clone(),
        name: service.name.clone(),
        zone: service.zone.clone(),
    };
    let room = |room: &queue_core::Room| RoomSettings {
        id: room.id.clone(),
        name: room.name.clone(),
        zone: room.zone.clone(),
        services: room.services.clone(),
    };
    Json(Places {
        hospital: clinic.hospital().to_owned(),
        zones: clinic.zones().iter().map(zone).collect(),
        services: clinic.services().iter().map(service).collect(),
        rooms: clinic.rooms().iter().map(room).collect(),
    })
}
