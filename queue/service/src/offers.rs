//! What patients can choose now, and what they are told of it.

use axum::Json;
use axum::extract::State;
use queue_core::{Clinic, Service, appointment_times, expected_wait, hours_told, is_open, service_day};
use queue_protocol::board::Board;
use queue_protocol::model::{ServiceFacts, ServiceOffer, UnixMillis};
use queue_protocol::v1::Services;
use queue_store::ServicesSoFar;

use crate::app::App;
use crate::problem::ApiError;

pub(crate) async fn services(State(app): State<App>) -> Result<Json<Services>, ApiError> {
    let (now, clinic) = (app.clock.now(), app.clinic());
    let day = service_day(now, &clinic)?;
    let boards: Vec<Board> = clinic.zones().iter().filter_map(|zone| app.store.board(&zone.id, day)).collect();
    let so_far = app.store.services_so_far(day).await?;
    let offer = |service: &Service| {
        let board = boards.iter().find(|board| board.zone == service.zone);
        let waiting = board.and_then(|board| board.waiting.get(&service.id)).copied().unwrap_or(0);
        Ok(ServiceOffer {
            id: service.id.clone(),
            name: service.name.clone(),
            place: service.place.clone(),
            open: is_open(service, now, &clinic)?,
            waiting,
            facts: facts(&clinic, service, (waiting, &so_far), now)?,
        })
    };
    let services: Result<Vec<ServiceOffer>, ApiError> = clinic.services().iter().map(offer).collect();
    Ok(Json(Services {
        hospital: clinic.hospital().to_owned(),
        address: clinic.address().to_owned(),
        services: services?,
        priority: Some(clinic.rules().priority),
        held_tickets: true,
    }))
}

fn facts(
    clinic: &Clinic,
    service: &Service,
    (waiting, so_far): (u32, &ServicesSoFar),
    now: UnixMillis,
) -> Result<ServiceFacts, ApiError> {
    let issued = so_far.issued.get(&service.id).copied().unwrap_or(0);
    let called_at = so_far.called_at.get(&service.id).map_or(&[][..], Vec::as_slice);
    Ok(ServiceFacts {
        numbers_left: service.quota.map(|quota| quota.saturating_sub(issued)),
        wait_minutes: expected_wait(called_at, waiting, now),
        appointments: appointment_times(service, now, clinic)?,
        ..hours_told(service, now, clinic)?
    })
}
