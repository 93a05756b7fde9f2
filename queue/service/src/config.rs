use std::fmt;
use std::num::NonZeroU16;
use std::ops::Range;

use queue_core::{
    BookingWindow, Clinic, ClinicError, ClinicValues, DeclaredGroups, OpeningHours, Place, RejoinRule, Room, Rules,
    Service, Zone,
};
use queue_protocol::model::{PriorityPolicy, RoomId, Series, ServiceId, Staff, StaffRole, UserName, ZoneId};
use serde::Deserialize;
use toml::Spanned;

use crate::tls::TlsFiles;

/// The clinic that is served when no file is given.
pub const SAMPLE_CLINIC: &str = include_str!("../clinic.sample.toml");

/// The service's one configuration file.
#[derive(Debug)]
pub struct Config {
    /// The hospital.
    pub clinic: Clinic,
    /// Whether keys and logins are asked for.
    pub door: Door,
    /// Certificate and key; without them the service speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// People who are to have an account; `queue-service import` opens them.
    pub staff: Vec<Staff>,
}

/// Whether keys and logins are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Door {
    /// They are.
    #[default]
    Guarded,
    /// Everybody on this machine may do everything: for development, and on loopback only.
    Open,
}

/// Why a text is no configuration. Shown with the line it is on.
#[derive(Debug)]
pub struct ConfigError {
    line: usize,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Toml(Box<toml::de::Error>),
    Clinic(ClinicError),
    Staff(StaffError),
}

/// Why an entry is nobody's account.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StaffError {
    #[error("account {0} is there twice")]
    Twice(UserName),
    #[error("account {user} works in room {room}, which does not exist")]
    UnknownRoom { user: UserName, room: RoomId },
    #[error("account {user} has role {role} and rooms; only nurses have rooms")]
    RoomsWithoutNurse { user: UserName, role: StaffRole },
}

impl ConfigError {
    /// The line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.cause {
            Cause::Toml(error) => f.write_str(error.message()),
            Cause::Clinic(error) => write!(f, "{error}"),
            Cause::Staff(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ConfigError {
    /// What is behind the cause: the cause itself is in the text already, and a chain of causes would say it twice.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Toml(error) => error.source(),
            Cause::Clinic(error) => error.source(),
            Cause::Staff(error) => error.source(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hospital: String,
    #[serde(default)]
    address: String,
    #[serde(default = "default_time_zone")]
    time_zone: Spanned<String>,
    #[serde(default = "default_day_start")]
    day_start_hour: Spanned<i8>,
    priority: Option<Spanned<PriorityPolicy>>,
    #[serde(default)]
    groups: GroupsEntry,
    #[serde(default)]
    booking: BookingEntry,
    #[serde(default)]
    rejoin: RejoinEntry,
    #[serde(default)]
    access: AccessEntry,
    tls: Option<TlsFiles>,
    #[serde(default)]
    zone: Vec<Spanned<ZoneEntry>>,
    #[serde(default)]
    service: Vec<Spanned<ServiceEntry>>,
    #[serde(default)]
    room: Vec<Spanned<RoomEntry>>,
    #[serde(default)]
    staff: Vec<Spanned<StaffEntry>>,
}

fn default_time_zone() -> Spanned<String> {
    Spanned::new(0..0, "Asia/Ho_Chi_Minh".into())
}

fn default_day_start() -> Spanned<i8> {
    Spanned::new(0..0, 0)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneEntry {
    id: ZoneId,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceEntry {
    id: ServiceId,
    name: String,
    place: String,
    series: Series,
    zone: ZoneId,
    #[serde(default)]
    hours: Option<Hours>,
    #[serde(default)]
    quota: Option<u32>,
    #[serde(default)]
    return_after_calls: u32,
    #[serde(default)]
    appointment_minutes: Option<NonZeroU16>,
}

/// Who is let in.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AccessEntry {
    open: bool,
}

/// Which groups count.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GroupsEntry {
    declared_count: bool,
}

impl Default for GroupsEntry {
    fn default() -> Self {
        Self { declared_count: true }
    }
}

/// How far from its time a booking may check in.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BookingEntry {
    early_minutes: u32,
    late_minutes: u32,
}

impl Default for BookingEntry {
    fn default() -> Self {
        let BookingWindow { early_minutes, late_minutes } = BookingWindow::default();
        Self { early_minutes, late_minutes }
    }
}

/// How a missed number comes back.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RejoinEntry {
    after_calls: u32,
    times_max: u32,
}

impl Default for RejoinEntry {
    fn default() -> Self {
        let RejoinRule { after_calls, times_max } = RejoinRule::default();
        Self { after_calls, times_max }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoomEntry {
    id: RoomId,
    name: String,
    zone: ZoneId,
    services: Vec<ServiceId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffEntry {
    user: UserName,
    role: StaffRole,
    #[serde(default)]
    rooms: Vec<RoomId>,
}

/// Opening hours as they are written in the file.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Hours(OpeningHours);

impl TryFrom<String> for Hours {
    type Error = queue_core::InvalidHours;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl Config {
    /// Parses and checks a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] with the line of the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut file: File = toml::from_str(text).map_err(|error| {
            let line = line_of(text, error.span().map_or(0, |span| span.start));
            ConfigError { line, cause: Cause::Toml(Box::new(error)) }
        })?;
        let spans = Spans::of(&file);
        let door = if file.access.open { Door::Open } else { Door::Guarded };
        let tls = file.tls.clone();
        let staff = std::mem::take(&mut file.staff);
        let clinic = Clinic::new(file.into_values()).map_err(|error| {
            let line = line_of(text, spans.start(error.place()));
            ConfigError { line, cause: Cause::Clinic(error) }
        })?;
        let staff = checked(&clinic, staff)
            .map_err(|(at, error)| ConfigError { line: line_of(text, at), cause: Cause::Staff(error) })?;
        Ok(Self { clinic, door, tls, staff })
    }
}

impl File {
    fn rules(&self) -> Rules {
        let declared = if self.groups.declared_count { DeclaredGroups::Count } else { DeclaredGroups::MustBeVerified };
        let BookingEntry { early_minutes, late_minutes } = self.booking;
        let RejoinEntry { after_calls, times_max } = self.rejoin;
        Rules {
            priority: self.priority.as_ref().map_or(Rules::default().priority, |policy| *policy.get_ref()),
            declared,
            booking: BookingWindow { early_minutes, late_minutes },
            rejoin: RejoinRule { after_calls, times_max },
        }
    }

    fn into_values(self) -> ClinicValues {
        let rules = self.rules();
        let zone = |ZoneEntry { id, name }| Zone { id, name };
        let service = |entry: ServiceEntry| {
            let ServiceEntry { id, name, place, series, zone, hours, quota, return_after_calls, appointment_minutes } =
                entry;
            let hours = hours.map(|Hours(hours)| hours);
            Service { id, name, place, series, zone, hours, quota, return_after_calls, appointment_minutes }
        };
        let room = |RoomEntry { id, name, zone, services }| Room { id, name, zone, services };
        ClinicValues {
            hospital: self.hospital,
            address: self.address,
            time_zone: self.time_zone.into_inner(),
            day_start_hour: self.day_start_hour.into_inner(),
            rules,
            zones: self.zone.into_iter().map(Spanned::into_inner).map(zone).collect(),
            services: self.service.into_iter().map(Spanned::into_inner).map(service).collect(),
            rooms: self.room.into_iter().map(Spanned::into_inner).map(room).collect(),
        }
    }
}

/// Where the entries are in the text.
struct Spans {
    time_zone: Range<usize>,
    day_start_hour: Range<usize>,
    priority: Range<usize>,
    zones: Vec<Range<usize>>,
    services: Vec<Range<usize>>,
    rooms: Vec<Range<usize>>,
}

impl Spans {
    fn of(file: &File) -> Self {
        Self {
            time_zone: file.time_zone.span(),
            day_start_hour: file.day_start_hour.span(),
            priority: file.priority.as_ref().map_or(0..0, Spanned::span),
            zones: file.zone.iter().map(Spanned::span).collect(),
            services: file.service.iter().map(Spanned::span).collect(),
            rooms: file.room.iter().map(Spanned::span).collect(),
        }
    }

    fn start(&self, place: Place) -> usize {
        let nth = |spans: &[Range<usize>], index: usize| spans.get(index).map_or(0, |span| span.start);
        match place {
            Place::TimeZone => self.time_zone.start,
            Place::DayStartHour => self.day_start_hour.start,
            Place::Priority => self.priority.start,
            Place::Services => nth(&self.services, 0),
            Place::Zone(index) => nth(&self.zones, index),
            Place::Service(index) => nth(&self.services, index),
            Place::Room(index) => nth(&self.rooms, index),
        }
    }
}

/// The accounts, or where the first wrong one begins.
fn checked(clinic: &Clinic, entries: Vec<Spanned<StaffEntry>>) -> Result<Vec<Staff>, (usize, StaffError)> {
    let mut all: Vec<Staff> = Vec::new();
    for entry in entries {
        let at = entry.span().start;
        let StaffEntry { user, role, rooms } = entry.into_inner();
        let staff = Staff { user, role, rooms };
        check_staff(clinic, &staff, &all).map_err(|error| (at, error))?;
        all.push(staff);
    }
    Ok(all)
}

/// Whether `staff` can have an account beside `others`.
pub(crate) fn check_staff(clinic: &Clinic, staff: &Staff, others: &[Staff]) -> Result<(), StaffError> {
    let Staff { user, role, rooms } = staff;
    if others.iter().any(|other| other.user == *user) {
        return Err(StaffError::Twice(user.clone()));
    }
    if !rooms.is_empty() && *role != StaffRole::Nurse {
        return Err(StaffError::RoomsWithoutNurse { user: user.clone(), role: *role });
    }
    match rooms.iter().find(|room| clinic.room(room).is_none()) {
        Some(room) => Err(StaffError::UnknownRoom { user: user.clone(), room: room.clone() }),
        None => Ok(()),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(find: &str, replace: &str) -> (usize, String) {
        assert!(SAMPLE_CLINIC.contains(find), "{find:?} is not in the sample");
        let error = Config::parse(&SAMPLE_CLINIC.replacen(find, replace, 1)).unwrap_err();
        (error.line(), error.to_string())
    }

    fn line_with(text: &str) -> usize {
        SAMPLE_CLINIC.lines().position(|line| line.contains(text)).unwrap() + 1
    }

    #[test]
    fn the_sample_clinic_is_good() {
        let clinic = Config::parse(SAMPLE_CLINIC).unwrap().clinic;
        assert_eq!((clinic.services().len(), clinic.zones().len()), (6, 1));
        assert_eq!(clinic.hospital(), "BỆNH VIỆN ĐA KHOA HƯƠNG SƠN");
    }

    #[test]
    fn keys_are_asked_for_unless_the_file_says_otherwise() {
        let config = |more: &str| Config::parse(&format!("{SAMPLE_CLINIC}{more}")).unwrap();
        assert_eq!((config("").door, config("[access]\n").door), (Door::Guarded, Door::Guarded));
        assert_eq!(config("[access]\nopen = true\n").door, Door::Open);
        let tls = config("[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n").tls.unwrap();
        assert_eq!(tls, TlsFiles { certificate: "c.pem".into(), key: "k.pem".into() });
    }

    #[test]
    fn an_error_names_its_line() {
        let (line, text) = error("series = \"B\"", "series = \"b\"");
        assert_eq!(line, line_with("series = \"B\""), "{text}");
        let (line, text) = error("place = ", "plaec = ");
        assert_eq!((line, text.contains("plaec")), (line_with("place = "), true), "{text}");
        let (line, text) = error("time_zone = \"Asia/Ho_Chi_Minh\"", "time_zone = \"Asia/Saigonn\"");
        assert_eq!((line, text.contains("Asia/Saigonn")), (line_with("time_zone = "), true), "{text}");
    }

    #[test]
    fn an_error_is_told_once_with_its_whole_chain() {
        for (find, replace, word) in
            [("series = \"B\"", "series = \"A\"", "series A"), ("place = ", "plaec = ", "plaec")]
        {
            let error = Config::parse(&SAMPLE_CLINIC.replacen(find, replace, 1)).unwrap_err();
            let told = format!("{:#}", anyhow::Error::from(error));
            assert_eq!(told.matches("line ").count(), 1, "{told}");
            assert_eq!(told.matches(word).count(), 1, "{told}");
        }
    }

    #[test]
    fn the_rules_are_in_the_file_and_have_defaults() {
        let clinic = Config::parse(SAMPLE_CLINIC).unwrap().clinic;
        assert_eq!(clinic.rules(), Rules::default());
        let text = SAMPLE_CLINIC
            .replacen("kind = \"ratio\", priority = 2, normal = 1", "kind = \"ageing\", head_start_minutes = 30", 1)
            .replacen("declared_count = true", "declared_count = false", 1);
        let rules = Config::parse(&text).unwrap().clinic.rules();
        assert_eq!(rules.priority, PriorityPolicy::Ageing { head_start_minutes: 30 });
        assert_eq!(rules.declared, DeclaredGroups::MustBeVerified);
        let (line, text) = error("priority = 2, normal = 1", "priority = 0, normal = 1");
        assert_eq!((line, text.contains("got 0 to 1")), (line_with("priority = { kind"), true), "{text}");
    }

    #[test]
    fn an_error_of_the_clinic_names_the_line_of_its_entry() {
        let (line, text) = error("series = \"B\"", "series = \"A\"");
        let series = line_with("series = \"B\"");
        assert!((series - 4..=series).contains(&line), "{text}");
        assert!(text.contains("series A"), "{text}");
    }
}
