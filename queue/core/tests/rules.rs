//! The rules over a small clinic.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use proptest::prelude::*;
use queue_core::{
    Clinic, ClinicError, ClinicValues, ClockNotSet, Place, Room, Rules, Service, Zone, is_open, issued_at_local,
    service_day,
};
use queue_protocol::model::{PriorityPolicy, RoomId, Series, ServiceId, UnixMillis, ZoneId};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// 2026-11-23T00:00:00+07:00.
const MIDNIGHT: i64 = 1_795_366_800_000;

fn service(id: &str, series: &str, zone: &str) -> Service {
    Service {
        id: ServiceId::new(id).unwrap(),
        name: id.to_uppercase(),
        place: "Tầng 2".into(),
        series: Series::new(series).unwrap(),
        zone: ZoneId::new(zone).unwrap(),
        hours: None,
        quota: None,
        return_after_calls: 0,
        appointment_minutes: None,
    }
}

fn room(id: &str, zone: &str, services: &[&str]) -> Room {
    Room {
        id: RoomId::new(id).unwrap(),
        name: id.into(),
        zone: ZoneId::new(zone).unwrap(),
        services: services.iter().map(|id| ServiceId::new(*id).unwrap()).collect(),
    }
}

fn zone(id: &str) -> Zone {
    Zone { id: ZoneId::new(id).unwrap(), name: id.into() }
}

fn values() -> ClinicValues {
    ClinicValues {
        hospital: "BỆNH VIỆN MẪU".into(),
        address: String::new(),
        time_zone: "Asia/Ho_Chi_Minh".into(),
        day_start_hour: 0,
        rules: Rules::default(),
        zones: vec![zone("khu-a"), zone("khu-b")],
        services: vec![service("noi", "A", "khu-a"), service("nhi", "B", "khu-a"), service("mat", "C", "khu-b")],
        rooms: vec![room("p1", "khu-a", &["noi", "nhi"]), room("p2", "khu-b", &["mat"])],
    }
}

fn clinic_with(change: impl FnOnce(&mut ClinicValues)) -> Result<Clinic, ClinicError> {
    let mut values = values();
    change(&mut values);
    Clinic::new(values)
}

fn day_at(clinic: &Clinic, local_ms: i64) -> String {
    service_day(UnixMillis(MIDNIGHT + local_ms), clinic).unwrap().to_string()
}

#[test]
fn a_service_day_begins_at_local_midnight_and_not_at_seven() {
    let clinic = clinic_with(|_| {}).unwrap();
    assert_eq!(day_at(&clinic, -MINUTE_MS), "2026-11-22");
    assert_eq!(day_at(&clinic, -1), "2026-11-22");
    assert_eq!(day_at(&clinic, 0), "2026-11-23");
    assert_eq!(day_at(&clinic, MINUTE_MS), "2026-11-23");
    assert_eq!(day_at(&clinic, 7 * HOUR_MS - MINUTE_MS), "2026-11-23");
    assert_eq!(day_at(&clinic, 7 * HOUR_MS + MINUTE_MS), "2026-11-23");
    assert_eq!(day_at(&clinic, 24 * HOUR_MS - MINUTE_MS), "2026-11-23");
}

#[test]
fn a_night_clinic_keeps_its_day_until_its_own_hour() {
    let clinic = clinic_with(|values| values.day_start_hour = 4).unwrap();
    assert_eq!(day_at(&clinic, MINUTE_MS), "2026-11-22");
    assert_eq!(day_at(&clinic, 4 * HOUR_MS - MINUTE_MS), "2026-11-22");
    assert_eq!(day_at(&clinic, 4 * HOUR_MS), "2026-11-23");
    assert_eq!(day_at(&clinic, 24 * HOUR_MS + MINUTE_MS), "2026-11-23");
}

#[test]
fn a_clock_that_was_never_set_gives_no_day() {
    let clinic = clinic_with(|_| {}).unwrap();
    for at in [UnixMillis(0), UnixMillis(i64::MAX), UnixMillis(i64::MIN)] {
        assert_eq!(service_day(at, &clinic), Err(ClockNotSet { at }));
    }
}

#[test]
fn a_ticket_shows_the_hospitals_wall_clock() {
    let clinic = clinic_with(|_| {}).unwrap();
    let at = UnixMillis(MIDNIGHT + 7 * HOUR_MS + 5 * MINUTE_MS);
    assert_eq!(issued_at_local(at, &clinic).unwrap(), "07:05 23/11/2026");
}

#[test]
fn a_service_is_open_by_the_hospitals_wall_clock() {
    let clinic = clinic_with(|values| values.services[0].hours = Some("06:30-16:30".parse().unwrap())).unwrap();
    let open = |service: usize, local_ms| {
        is_open(&clinic.services()[service], UnixMillis(MIDNIGHT + local_ms), &clinic).unwrap()
    };
    assert!(!open(0, 6 * HOUR_MS) && open(0, 7 * HOUR_MS) && !open(0, 17 * HOUR_MS));
    assert!(open(1, 3 * HOUR_MS));
}

#[test]
fn wrong_values_are_refused_and_say_where() {
    type Change = fn(&mut ClinicValues);
    let cases: [(Change, Place, &str); 12] = [
        (|v| v.time_zone = "Asia/Saigonn".into(), Place::TimeZone, "unknown time zone \"Asia/Saigonn\""),
        (|v| v.day_start_hour = 24, Place::DayStartHour, "got 24"),
        (|v| v.rules.priority = PriorityPolicy::Ratio { priority: 0, normal: 1 }, Place::Priority, "got 0 to 1"),
        (|v| v.services.clear(), Place::Services, "at least one service"),
        (|v| v.zones.push(zone("khu-a")), Place::Zone(2), "zone khu-a is there twice"),
        (|v| v.services.push(service("noi", "D", "khu-a")), Place::Service(3), "service noi is there twice"),
        (|v| v.services.push(service("rhm", "A", "khu-a")), Place::Service(3), "series A"),
        (|v| v.services[1].zone = ZoneId::new("khu-x").unwrap(), Place::Service(1), "zone khu-x"),
        (|v| v.rooms.push(room("p1", "khu-a", &[])), Place::Room(2), "room p1 is there twice"),
        (|v| v.rooms.push(room("p3", "khu-a", &["rhm"])), Place::Room(2), "service rhm, which does not exist"),
        (|v| v.rooms.push(room("p3", "khu-a", &["mat"])), Place::Room(2), "service mat of zone khu-b"),
        (|v| drop(v.rooms.pop()), Place::Service(2), "no room calls for service mat"),
    ];
    for (change, place, text) in cases {
        let error = clinic_with(change).unwrap_err();
        assert_eq!(error.place(), place, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    let error = clinic_with(|v| v.rooms.push(room("p3", "khu-x", &[]))).unwrap_err();
    assert_eq!((error.place(), error.to_string().contains("zone khu-x")), (Place::Room(2), true));
}

proptest! {
    #[test]
    fn a_service_day_never_goes_back_while_the_clock_goes_on(a in 0..400_000_000_i64, b in 0..400_000_000_i64, start in 0..24_i8) {
        let clinic = clinic_with(|values| values.day_start_hour = start).unwrap();
        let (early, late) = (a.min(b), a.max(b));
        let day = |ms| service_day(UnixMillis(MIDNIGHT + ms), &clinic).unwrap();
        prop_assert!(day(early) <= day(late));
    }
}
