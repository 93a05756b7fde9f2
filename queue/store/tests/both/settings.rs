//! The hospital's settings, and the figures of a day.

use queue_core::Rules;
use queue_protocol::model::{Arrival, UnixMillis};
use queue_protocol::v1::{ChangeClinic, ClinicSettings, RoomSettings, ServiceSettings};
use queue_store::{Action, ChangeClinicError};

use crate::place::{DAY_MS, Desk, MINUTE_MS, MORNING, Place, asked, clinic, fresh, room_id, service_id, today, zone};

async fn change(desk: &Desk, base: u64, edit: impl FnOnce(&mut ClinicSettings)) -> Result<u64, ChangeClinicError> {
    let mut settings = desk.store.clinic_version().await.unwrap().settings;
    edit(&mut settings);
    let asked = ChangeClinic { request: fresh(), base, settings };
    let changed = desk.store.change_clinic(asked.clone(), "staff:mai".into(), MORNING).await?;
    let again = desk.store.change_clinic(asked, "staff:mai".into(), MORNING).await?;
    assert_eq!(changed, again, "the same request has the same answer");
    Ok(changed.version)
}

fn another_service(settings: &mut ClinicSettings) {
    let place = "Tầng 3".to_owned();
    let service = ServiceSettings {
        id: service_id("da"),
        name: "DA".into(),
        place,
        series: "D".to_owned().try_into().unwrap(),
        zone: zone(),
        hours: Some("06:30-16:30".into()),
        quota: None,
        return_after_calls: 0,
        appointment_minutes: None,
    };
    settings.services.push(service);
    let services = vec![service_id("da"), service_id("noi")];
    settings.rooms.push(RoomSettings { id: room_id("p9"), name: "Phòng 9".into(), zone: zone(), services });
}

pub async fn settings_are_changed_while_the_day_runs_and_are_those_of_the_database(place: &Place<'_>) {
    let desk = place.open().await;
    let before = desk.issue("noi").await;
    assert_eq!(change(&desk, 1, another_service).await.unwrap(), 2);
    assert_eq!(desk.issue("da").await.number.to_string(), "D-001");
    assert_eq!(desk.call("p9").await.unwrap().number, before.number, "numbers of before stay what they are");
    assert_eq!(desk.issue("noi").await.number.to_string(), "A-002");
    let renamed = change(&desk, 2, |settings| settings.zones[0].name = "Khu B mới".into()).await;
    assert_eq!((renamed.unwrap(), desk.board().zone_name), (3, "Khu B mới".to_owned()));
    drop(desk);
    // The seed is another one than what is in force.
    let desk = place.open_with(clinic(Rules::default())).await;
    let version = desk.store.clinic_version().await.unwrap();
    assert_eq!((version.version, version.changed_by.as_str()), (3, "staff:mai"));
    assert!(desk.store.clinic().room(&room_id("p9")).is_some());
    assert_eq!(place.number("SELECT count(*) FROM audit WHERE step = 'clinic'"), 2);
}

pub async fn settings_that_would_disturb_the_day_are_refused(place: &Place<'_>) {
    let desk = place.open().await;
    change(&desk, 1, another_service).await.unwrap();
    desk.issue("da").await;
    let outdated = change(&desk, 1, |settings| settings.hospital = "KHÁC".into()).await;
    assert!(matches!(outdated, Err(ChangeClinicError::Outdated { base: 1, version: 2 })), "{outdated:?}");
    let removed = change(&desk, 2, |settings| {
        settings.services.retain(|service| service.id != service_id("da"));
        settings.rooms.retain(|room| room.id != room_id("p9"));
    })
    .await;
    assert!(matches!(removed, Err(ChangeClinicError::ServiceInUse { count: 1, .. })), "{removed:?}");
    desk.call("p9").await.unwrap();
    let closed = change(&desk, 2, |settings| {
        settings.rooms.retain(|room| room.id != room_id("p9"));
        settings.rooms[0].services.push(service_id("da"));
    })
    .await;
    assert!(matches!(closed, Err(ChangeClinicError::RoomInUse { .. })), "{closed:?}");
    let other_day = change(&desk, 2, |settings| settings.day_start_hour = 9).await;
    assert!(matches!(other_day, Err(ChangeClinicError::OtherDay { .. })), "{other_day:?}");
    let orphan = change(&desk, 2, |settings| settings.rooms.clear()).await;
    assert!(matches!(orphan, Err(ChangeClinicError::Invalid(_))), "{orphan:?}");
    let hours = change(&desk, 2, |settings| settings.services[0].hours = Some("6-11".into())).await;
    assert!(matches!(hours, Err(ChangeClinicError::Hours(_))), "{hours:?}");
    assert_eq!(desk.store.clinic_version_number(), 2, "nothing was changed");
}

pub async fn the_figures_of_a_day_are_those_of_its_numbers(place: &Place<'_>) {
    let desk = place.open().await;
    let at = |minutes: i64| UnixMillis(MORNING.0 + minutes * MINUTE_MS);
    let first = desk.store.issue(asked(fresh(), "noi", Arrival::default()), at(0)).await.unwrap();
    desk.store.issue(asked(fresh(), "nhi", Arrival::default()), at(70)).await.unwrap();
    desk.store.call_next(room_id("p1"), fresh(), at(80)).await.unwrap();
    desk.store.step(crate::place::step(fresh(), first.number, Action::Finish(room_id("p1"))), at(90)).await.unwrap();
    desk.store.call_next(room_id("p1"), fresh(), at(100)).await.unwrap();
    let tomorrow = UnixMillis(MORNING.0 + DAY_MS);
    desk.store.issue(asked(fresh(), "noi", Arrival::default()), tomorrow).await.unwrap();

    let found = desk.store.statistics(&[today()]).await.unwrap().unwrap();
    assert_eq!((found.total.issued, found.total.called, found.total.missed), (2, 2, 0));
    assert_eq!((found.total.waiting.median_s, found.total.waiting.max_s), (30 * 60, 80 * 60));
    assert_eq!((found.total.service.count, found.total.service.mean_s), (1, 10 * 60));
    let hours: Vec<(u8, u32)> = found.by_hour.iter().map(|hour| (hour.hour, hour.figures.issued)).collect();
    assert_eq!(hours, [(8, 1), (9, 1)]);
    let services: Vec<(&str, u32)> =
        found.by_service.iter().map(|named| (named.name.as_str(), named.figures.issued)).collect();
    assert_eq!(services, [("NHI", 1), ("NOI", 1)]);
    assert_eq!(found.by_room.len(), 1);
    let both = desk.store.statistics(&[today(), today().next().unwrap()]).await.unwrap().unwrap();
    assert_eq!(both.total.issued, 3);
}
