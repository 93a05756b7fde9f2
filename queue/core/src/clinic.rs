use std::collections::BTreeSet;
use std::num::NonZeroU16;

use jiff::tz::TimeZone;
use queue_protocol::model::{PriorityPolicy, RoomId, Series, ServiceId, ZoneId};

use crate::back::RejoinRule;
use crate::hours::OpeningHours;
use crate::line::{BookingWindow, DeclaredGroups};

/// A waiting area with its displays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// Its name on screen.
    pub name: String,
}

/// A service patients queue for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Its name as patients know it.
    pub name: String,
    /// Where its patients wait, for screen and ticket.
    pub place: String,
    /// The series its numbers come from; no other service has it.
    pub series: Series,
    /// The waiting area its calls are shown in.
    pub zone: ZoneId,
    /// When it gives out numbers; always, if absent.
    pub hours: Option<OpeningHours>,
    /// Most numbers a day; no limit, if absent.
    pub quota: Option<u32>,
    /// New patients between two who are back from tests. With 0, who is back is next.
    pub return_after_calls: u32,
    /// Minutes from one appointment to the next, in the opening hours; it takes none, if absent.
    pub appointment_minutes: Option<NonZeroU16>,
}

/// Who comes before whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How priority and normal line are weighed.
    pub priority: PriorityPolicy,
    /// Whether a group that is only declared counts.
    pub declared: DeclaredGroups,
    /// How far from its time a booking may check in.
    pub booking: BookingWindow,
    /// How a missed number comes back.
    pub rejoin: RejoinRule,
}

impl Default for Rules {
    /// Two from the priority line, then one from the normal one; declared groups count.
    fn default() -> Self {
        Self {
            priority: PriorityPolicy::Ratio { priority: 2, normal: 1 },
            declared: DeclaredGroups::default(),
            booking: BookingWindow::default(),
            rejoin: RejoinRule::default(),
        }
    }
}

/// A room that calls patients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Its name as displays show it.
    pub name: String,
    /// The waiting area its patients come from.
    pub zone: ZoneId,
    /// The services it calls for.
    pub services: Vec<ServiceId>,
}

/// Values of a clinic before they are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClinicValues {
    /// The hospital's name for screens and tickets.
    pub hospital: String,
    /// Its address and telephone for tickets; may be empty.
    pub address: String,
    /// IANA name of its time zone, such as `Asia/Ho_Chi_Minh`.
    pub time_zone: String,
    /// The hour (0 to 23, by its wall clock) at which a new service day begins.
    pub day_start_hour: i8,
    /// Who comes before whom.
    pub rules: Rules,
    /// Its waiting areas.
    pub zones: Vec<Zone>,
    /// Its services, in the order they are shown.
    pub services: Vec<Service>,
    /// Its rooms.
    pub rooms: Vec<Room>,
}

/// Which entry of [`ClinicValues`] is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `time_zone`.
    TimeZone,
    /// `day_start_hour`.
    DayStartHour,
    /// `rules.priority`.
    Priority,
    /// The whole list of services.
    Services,
    /// The zone at this index.
    Zone(usize),
    /// The service at this index.
    Service(usize),
    /// The room at this index.
    Room(usize),
}

/// Why values are no clinic. Indices count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClinicError {
    /// Not in the time zone database.
    #[error("unknown time zone {name:?}, expected a name such as Asia/Ho_Chi_Minh")]
    UnknownTimeZone {
        /// The name.
        name: String,
    },
    /// Not an hour.
    #[error("expected a day start hour from 0 to 23, got {got}")]
    DayStartHour {
        /// The value.
        got: i8,
    },
    /// A ratio in which one line is never called.
    #[error("expected a ratio of 1 or more to 1 or more, got {priority} to {normal}")]
    EmptyRatio {
        /// Calls from the priority line.
        priority: u32,
        /// Calls from the normal line.
        normal: u32,
    },
    /// Nothing to choose.
    #[error("expected at least one service")]
    NoServices,
    /// Two zones with one id.
    #[error("zone {id} is there twice")]
    ZoneTwice {
        /// The later one.
        index: usize,
        /// Their id.
        id: ZoneId,
    },
    /// Two services with one id.
    #[error("service {id} is there twice")]
    ServiceTwice {
        /// The later one.
        index: usize,
        /// Their id.
        id: ServiceId,
    },
    /// Two rooms with one id.
    #[error("room {id} is there twice")]
    RoomTwice {
        /// The later one.
        index: usize,
        /// Their id.
        id: RoomId,
    },
    /// Two services would give out the same numbers.
    #[error("service {id} has series {series}, which another service has already")]
    SeriesTwice {
        /// The later service.
        index: usize,
        /// Its id.
        id: ServiceId,
        /// The series.
        series: Series,
    },
    /// A service in a zone that is not there.
    #[error("service {id} is in zone {zone}, which does not exist")]
    ServiceInUnknownZone {
        /// The service.
        index: usize,
        /// Its id.
        id: ServiceId,
        /// The zone.
        zone: ZoneId,
    },
    /// A room in a zone that is not there.
    #[error("room {id} is in zone {zone}, which does not exist")]
    RoomInUnknownZone {
        /// The room.
        index: usize,
        /// Its id.
        id: RoomId,
        /// The zone.
        zone: ZoneId,
    },
    /// A room that calls for a service that is not there.
    #[error("room {id} calls for service {service}, which does not exist")]
    RoomCallsUnknownService {
        /// The room.
        index: usize,
        /// Its id.
        id: RoomId,
        /// The service.
        service: ServiceId,
    },
    /// A room whose call would be shown where nobody waits for it.
    #[error("room {id} is in zone {zone} and calls for service {service} of zone {service_zone}")]
    RoomCallsAcrossZones {
        /// The room.
        index: usize,
        /// Its id.
        id: RoomId,
        /// The room's zone.
        zone: ZoneId,
        /// The service.
        service: ServiceId,
        /// The service's zone.
        service_zone: ZoneId,
    },
    /// A service whose patients would wait for ever.
    #[error("no room calls for service {id}")]
    ServiceWithoutRoom {
        /// The service.
        index: usize,
        /// Its id.
        id: ServiceId,
    },
}

impl ClinicError {
    /// Which entry is wrong.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::UnknownTimeZone { .. } => Place::TimeZone,
            Self::DayStartHour { .. } => Place::DayStartHour,
            Self::EmptyRatio { .. } => Place::Priority,
            Self::NoServices => Place::Services,
            Self::ZoneTwice { index, .. } => Place::Zone(*index),
            Self::ServiceTwice { index, .. }
            | Self::SeriesTwice { index, .. }
            | Self::ServiceInUnknownZone { index, .. }
            | Self::ServiceWithoutRoom { index, .. } => Place::Service(*index),
            Self::RoomTwice { index, .. }
            | Self::RoomInUnknownZone { index, .. }
            | Self::RoomCallsUnknownService { index, .. }
            | Self::RoomCallsAcrossZones { index, .. } => Place::Room(*index),
        }
    }
}

/// A hospital's queues: checked, immutable.
#[derive(Debug, Clone)]
pub struct Clinic {
    values: ClinicValues,
    zone: TimeZone,
}

impl Clinic {
    /// Checks `values`: ids are unique, each service has its own series, every service lies in a zone and some room
    /// calls for it, every room calls only for services of its own zone.
    ///
    /// # Errors
    /// [`ClinicError`], the first one found.
    pub fn new(values: ClinicValues) -> Result<Self, ClinicError> {
        let Ok(zone) = TimeZone::get(&values.time_zone) else {
            return Err(ClinicError::UnknownTimeZone { name: values.time_zone });
        };
        if !(0..=23).contains(&values.day_start_hour) {
            return Err(ClinicError::DayStartHour { got: values.day_start_hour });
        }
        if let PriorityPolicy::Ratio { priority, normal } = values.rules.priority
            && (priority == 0 || normal == 0)
        {
            return Err(ClinicError::EmptyRatio { priority, normal });
        }
        check_zones(&values)?;
        check_services(&values)?;
        check_rooms(&values)?;
        check_every_service_has_a_room(&values)?;
        Ok(Self { values, zone })
    }

    /// What it was made of.
    #[must_use]
    pub const fn values(&self) -> &ClinicValues {
        &self.values
    }

    /// The hospital's name.
    #[must_use]
    pub fn hospital(&self) -> &str {
        &self.values.hospital
    }

    /// Its address and telephone.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.values.address
    }

    /// The name of its time zone.
    #[must_use]
    pub fn time_zone_name(&self) -> &str {
        &self.values.time_zone
    }

    /// Who comes before whom.
    #[must_use]
    pub const fn rules(&self) -> Rules {
        self.values.rules
    }

    /// Its waiting areas.
    #[must_use]
    pub fn zones(&self) -> &[Zone] {
        &self.values.zones
    }

    /// Its services in the order they are shown.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.values.services
    }

    /// Its rooms.
    #[must_use]
    pub fn rooms(&self) -> &[Room] {
        &self.values.rooms
    }

    /// The zone with this id.
    #[must_use]
    pub fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        self.values.zones.iter().find(|zone| zone.id == *id)
    }

    /// The service with this id.
    #[must_use]
    pub fn service(&self, id: &ServiceId) -> Option<&Service> {
        self.values.services.iter().find(|service| service.id == *id)
    }

    /// The room with this id.
    #[must_use]
    pub fn room(&self, id: &RoomId) -> Option<&Room> {
        self.values.rooms.iter().find(|room| room.id == *id)
    }

    pub(crate) const fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    pub(crate) const fn day_start_hour(&self) -> i8 {
        self.values.day_start_hour
    }
}

fn check_zones(values: &ClinicValues) -> Result<(), ClinicError> {
    let mut seen = BTreeSet::new();
    for (index, zone) in values.zones.iter().enumerate() {
        if !seen.insert(&zone.id) {
            return Err(ClinicError::ZoneTwice { index, id: zone.id.clone() });
        }
    }
    Ok(())
}

fn check_services(values: &ClinicValues) -> Result<(), ClinicError> {
    if values.services.is_empty() {
        return Err(ClinicError::NoServices);
    }
    let (mut ids, mut series) = (BTreeSet::new(), BTreeSet::new());
    for (index, service) in values.services.iter().enumerate() {
        let id = || service.id.clone();
        if !ids.insert(&service.id) {
            return Err(ClinicError::ServiceTwice { index, id: id() });
        }
        if !series.insert(service.series) {
            return Err(ClinicError::SeriesTwice { index, id: id(), series: service.series });
        }
        if !has_zone(values, &service.zone) {
            return Err(ClinicError::ServiceInUnknownZone { index, id: id(), zone: service.zone.clone() });
        }
    }
    Ok(())
}

fn check_rooms(values: &ClinicValues) -> Result<(), ClinicError> {
    let mut ids = BTreeSet::new();
    for (index, room) in values.rooms.iter().enumerate() {
        if !ids.insert(&room.id) {
            return Err(ClinicError::RoomTwice { index, id: room.id.clone() });
        }
        if !has_zone(values, &room.zone) {
            return Err(ClinicError::RoomInUnknownZone { index, id: room.id.clone(), zone: room.zone.clone() });
        }
        for service in &room.services {
            check_call(values, index, room, service)?;
        }
    }
    Ok(())
}

fn check_call(values: &ClinicValues, index: usize, room: &Room, service: &ServiceId) -> Result<(), ClinicError> {
    let (id, service_id) = (room.id.clone(), service.clone());
    let Some(found) = values.services.iter().find(|candidate| candidate.id == *service) else {
        return Err(ClinicError::RoomCallsUnknownService { index, id, service: service_id });
    };
    if found.zone == room.zone {
        return Ok(());
    }
    let (zone, service_zone) = (room.zone.clone(), found.zone.clone());
    Err(ClinicError::RoomCallsAcrossZones { index, id, zone, service: service_id, service_zone })
}

fn check_every_service_has_a_room(values: &ClinicValues) -> Result<(), ClinicError> {
    let called: BTreeSet<&ServiceId> = values.rooms.iter().flat_map(|room| &room.services).collect();
    let orphan = values.services.iter().enumerate().find(|(_, service)| !called.contains(&service.id));
    match orphan {
        Some((index, service)) => Err(ClinicError::ServiceWithoutRoom { index, id: service.id.clone() }),
        None => Ok(()),
    }
}

fn has_zone(values: &ClinicValues, id: &ZoneId) -> bool {
    values.zones.iter().any(|zone| zone.id == *id)
}
