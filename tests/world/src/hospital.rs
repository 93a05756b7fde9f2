//! The invented hospital: two waiting areas, three services, four rooms.

use queue_core::{
    BookingWindow, Clinic, ClinicError, ClinicValues, DeclaredGroups, RejoinRule, Room, Rules, Service, Zone,
};
use queue_protocol::model::{InvalidId, InvalidNumber, PriorityPolicy, RoomId, Series, ServiceId, ZoneId};

/// Calls from the priority line before one of the normal line is owed.
pub const PRIORITY_IN_A_ROW: u32 = 2;

/// Why the invented hospital is none.
#[derive(Debug, thiserror::Error)]
pub enum NoHospital {
    /// A clinic that the rules refuse.
    #[error(transparent)]
    Clinic(#[from] ClinicError),
    /// An id.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A series.
    #[error(transparent)]
    Number(#[from] InvalidNumber),
}

/// What may differ between two hospitals, and what a planted slip gets wrong.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// The time zone the service is told.
    pub time_zone: &'static str,
    /// The hour at which a service day begins.
    pub day_start_hour: i8,
    /// Who is called before whom.
    pub priority: PriorityPolicy,
}

/// The hospital's settings.
///
/// # Errors
/// [`NoHospital`].
pub fn clinic(manner: Manner) -> Result<Clinic, NoHospital> {
    let zones = [("sanh", "Sảnh chờ"), ("lau-2", "Lầu 2")]
        .into_iter()
        .map(|(id, name)| Ok(Zone { id: ZoneId::new(id)?, name: name.into() }))
        .collect::<Result<_, NoHospital>>()?;
    let services =
        [("noi", "Nội", "A", "sanh"), ("ngoai", "Ngoại", "B", "sanh"), ("xet-nghiem", "Xét nghiệm", "C", "lau-2")]
            .into_iter()
            .map(|(id, name, series, zone)| service(id, name, series, zone))
            .collect::<Result<_, NoHospital>>()?;
    let rooms = [
        ("p1", "sanh", ["noi"].as_slice()),
        ("p2", "sanh", &["noi", "ngoai"]),
        ("p3", "sanh", &["ngoai"]),
        ("p4", "lau-2", &["xet-nghiem"]),
    ]
    .into_iter()
    .map(|(id, zone, services)| room(id, zone, services))
    .collect::<Result<_, NoHospital>>()?;
    let rules = Rules {
        priority: manner.priority,
        declared: DeclaredGroups::Count,
        booking: BookingWindow::default(),
        rejoin: RejoinRule::default(),
    };
    Ok(Clinic::new(ClinicValues {
        hospital: "Bệnh viện Mẫu".into(),
        address: "Số 1, Đường Mẫu".into(),
        time_zone: manner.time_zone.into(),
        day_start_hour: manner.day_start_hour,
        rules,
        zones,
        services,
        rooms,
    })?)
}

fn service(id: &str, name: &str, series: &str, zone: &str) -> Result<Service, NoHospital> {
    Ok(Service {
        id: ServiceId::new(id)?,
        name: name.into(),
        place: format!("Khu {series}"),
        series: Series::new(series)?,
        zone: ZoneId::new(zone)?,
        hours: None,
        quota: None,
        appointment_minutes: None,
        return_after_calls: 2,
    })
}

fn room(id: &str, zone: &str, services: &[&str]) -> Result<Room, NoHospital> {
    Ok(Room {
        id: RoomId::new(id)?,
        name: format!("Phòng {id}"),
        zone: ZoneId::new(zone)?,
        services: services.iter().map(|service| ServiceId::new(*service)).collect::<Result<_, _>>()?,
    })
}
