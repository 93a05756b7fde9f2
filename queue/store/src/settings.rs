//! The hospital's settings: the database has them, one whole version a change.

use std::num::NonZeroU16;
use std::sync::Arc;

use queue_core::{
    BookingWindow, Clinic, ClinicValues, DeclaredGroups, InvalidHours, RejoinRule, Room, Rules, Service, Zone,
    service_day,
};
use queue_protocol::model::{ServiceDay, ServiceId, UnixMillis};
use queue_protocol::v1::{
    ChangeClinic, ClinicSettings, ClinicVersion, RoomSettings, RuleSettings, ServiceSettings, ZoneSettings,
};

use crate::audit::{self, Entry};
use crate::bindings;
use crate::error::{ChangeClinicError, OpenError};
use crate::requests;
use crate::rows::{is_live, request_cell};
use crate::series;
use crate::sql::{Ask, DatabaseError, Result as SqlResult, Row, Sql, Tell, Value, Writing, damaged, one, values};
use crate::tickets;

/// The step by which settings are changed, in the audit.
const STEP: &str = "clinic";

/// Who made the first version.
const SEED: &str = "configuration file";

/// Settings in force, checked.
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    pub(crate) version: u64,
    pub(crate) clinic: Arc<Clinic>,
}

/// Reads the settings in force, or puts `seed` in force where there are none.
pub(crate) fn open(database: &mut dyn Writing, seed: &Clinic) -> Result<InForce, OpenError> {
    database.begin()?;
    let found = newest(database)?;
    let version = match found {
        Some(version) => {
            if version.settings != settings_of(seed.values()) {
                tracing::warn!(
                    version = version.version,
                    "the settings in the database are in force, not those of the configuration"
                );
            }
            version
        }
        None => insert_seed(database, seed)?,
    };
    let values = values_of(&version.settings).map_err(damaged)?;
    let clinic = Arc::new(Clinic::new(values).map_err(damaged)?);
    bindings::release(database, &clinic)?;
    database.commit(Tell::Nobody)?;
    Ok(InForce { version: version.version, clinic })
}

fn insert_seed(sql: &mut dyn Sql, seed: &Clinic) -> SqlResult<ClinicVersion> {
    let version = ClinicVersion {
        version: 1,
        changed_at: UnixMillis(0),
        changed_by: SEED.to_owned(),
        settings: settings_of(seed.values()),
    };
    insert(sql, &version, &Value::Null)?;
    Ok(version)
}

fn insert(sql: &mut dyn Sql, version: &ClinicVersion, request: &Value) -> SqlResult<()> {
    let text = serde_json::to_string(&version.settings).map_err(damaged)?;
    let number = i64::try_from(version.version).map_err(damaged)?;
    let values =
        [number.into(), request.clone(), version.changed_at.into(), version.changed_by.as_str().into(), text.into()];
    sql.execute(
        "INSERT INTO clinic_version (version, request, changed_at, changed_by, settings) VALUES (?1, ?2, ?3, ?4, ?5)",
        &values,
    )?;
    Ok(())
}

/// The settings in force; `None` in a database that is being made.
pub(crate) fn newest(sql: &mut dyn Sql) -> SqlResult<Option<ClinicVersion>> {
    let text = "SELECT version, changed_at, changed_by, settings FROM clinic_version ORDER BY version DESC LIMIT 1";
    one(sql, text, &[])?.map(version_row).transpose()
}

/// The settings in force if they are newer than `known`.
pub(crate) fn newer(sql: &mut dyn Sql, known: u64) -> SqlResult<Option<InForce>> {
    let row = one(sql, NEWER, &newer_values(known))?;
    let Some(found) = row.map(version_row).transpose()? else {
        return Ok(None);
    };
    let values = values_of(&found.settings).map_err(damaged)?;
    Ok(Some(InForce { version: found.version, clinic: Arc::new(Clinic::new(values).map_err(damaged)?) }))
}

/// What [`newer`] asks.
pub(crate) fn ask_newer(known: u64) -> Ask {
    Ask::new(NEWER, &newer_values(known))
}

const NEWER: &str = "SELECT version, changed_at, changed_by, settings FROM clinic_version WHERE version > ?1
     ORDER BY version DESC LIMIT 1";

fn newer_values(known: u64) -> [Value; 1] {
    [i64::try_from(known).unwrap_or(i64::MAX).into()]
}

fn version_row(mut row: Row) -> SqlResult<ClinicVersion> {
    Ok(ClinicVersion {
        version: row.number()?,
        changed_at: row.millis()?,
        changed_by: row.text()?,
        settings: serde_json::from_str(&row.text()?).map_err(damaged)?,
    })
}

/// Puts other settings in force, unless that would disturb the numbers of today. A known request gets its version
/// again.
pub(crate) fn change(
    sql: &mut dyn Sql,
    now: &InForce,
    asked: &ChangeClinic,
    actor: &str,
    at: UnixMillis,
) -> Result<(ClinicVersion, Option<InForce>), ChangeClinicError> {
    if let Some(known) = of_request(sql, asked)? {
        return if known.settings == asked.settings {
            Ok((known, None))
        } else {
            Err(ChangeClinicError::RequestSpent(asked.request))
        };
    }
    if requests::is_taken(sql, asked.request)? {
        return Err(ChangeClinicError::RequestSpent(asked.request));
    }
    if asked.base != now.version {
        return Err(ChangeClinicError::Outdated { base: asked.base, version: now.version });
    }
    let clinic = Arc::new(Clinic::new(values_of(&asked.settings)?)?);
    let day = service_day(at, &now.clinic)?;
    let its_day = service_day(at, &clinic)?;
    if its_day != day {
        return Err(ChangeClinicError::OtherDay { day, its_day });
    }
    refuse_what_is_in_use(sql, &now.clinic, &clinic, day)?;
    if let Some((series, service)) = series::in_use(sql, &clinic)? {
        return Err(ChangeClinicError::SeriesLeased { series, service });
    }
    let version = ClinicVersion {
        version: now.version.saturating_add(1),
        changed_at: at,
        changed_by: actor.to_owned(),
        settings: asked.settings.clone(),
    };
    insert(sql, &version, &request_cell(asked.request))?;
    bindings::release(sql, &clinic)?;
    let detail = changed_parts(&settings_of(now.clinic.values()), &asked.settings);
    let detail = format!("version {} {detail}", version.version);
    let entry =
        Entry { at, day, actor, step: STEP, ticket: None, room: None, request: asked.request, detail: detail.trim() };
    audit::write(sql, &entry)?;
    let in_force = InForce { version: version.version, clinic };
    Ok((version, Some(in_force)))
}

fn of_request(sql: &mut dyn Sql, asked: &ChangeClinic) -> SqlResult<Option<ClinicVersion>> {
    let text = "SELECT version, changed_at, changed_by, settings FROM clinic_version WHERE request = ?1";
    one(sql, text, &[request_cell(asked.request)])?.map(version_row).transpose()
}

/// Who waits for a service, or is with a room, needs it until the day is over or they are done.
fn refuse_what_is_in_use(
    sql: &mut dyn Sql,
    before: &Clinic,
    after: &Clinic,
    day: ServiceDay,
) -> Result<(), ChangeClinicError> {
    for service in before.services() {
        let kept = after.service(&service.id).is_some_and(|kept| kept.zone == service.zone);
        if !kept {
            let count = live(sql, day, &service.id)?;
            if count > 0 {
                return Err(ChangeClinicError::ServiceInUse { service: service.id.clone(), count });
            }
        }
    }
    for room in before.rooms() {
        if after.room(&room.id).is_none()
            && let Some(open) = tickets::at_room(sql, day, &room.id)?
        {
            return Err(ChangeClinicError::RoomInUse { room: room.id.clone(), number: open.ticket.number });
        }
    }
    Ok(())
}

fn live(sql: &mut dyn Sql, day: ServiceDay, service: &ServiceId) -> SqlResult<u32> {
    let row = one(
        sql,
        concat!("SELECT count(*) FROM ticket WHERE day = ?1 AND at_service = ?2 AND ", is_live!("")),
        values![day.to_string(), service.as_str()],
    )?;
    row.map_or(Ok(0), |mut row| row.number())
}

/// Which parts differ, for the audit.
fn changed_parts(before: &ClinicSettings, after: &ClinicSettings) -> String {
    let hospital = |s: &ClinicSettings| (s.hospital.clone(), s.address.clone(), s.time_zone.clone(), s.day_start_hour);
    let parts = [
        ("hospital", hospital(before) != hospital(after)),
        ("rules", before.rules != after.rules),
        ("zones", before.zones != after.zones),
        ("services", before.services != after.services),
        ("rooms", before.rooms != after.rooms),
    ];
    parts.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

/// Settings as they are edited.
#[must_use]
pub fn settings_of(values: &ClinicValues) -> ClinicSettings {
    let Rules { priority, declared, booking, rejoin } = values.rules;
    let service = |service: &Service| ServiceSettings {
        id: service.id.clone(),
        name: service.name.clone(),
        place: service.place.clone(),
        series: service.series,
        zone: service.zone.clone(),
        hours: service.hours.as_ref().map(ToString::to_string),
        quota: service.quota,
        return_after_calls: service.return_after_calls,
        appointment_minutes: service.appointment_minutes.map(NonZeroU16::get),
    };
    let room = |room: &Room| RoomSettings {
        id: room.id.clone(),
        name: room.name.clone(),
        zone: room.zone.clone(),
        services: room.services.clone(),
    };
    ClinicSettings {
        hospital: values.hospital.clone(),
        address: values.address.clone(),
        time_zone: values.time_zone.clone(),
        day_start_hour: values.day_start_hour,
        rules: RuleSettings {
            priority,
            declared_count: declared == DeclaredGroups::Count,
            booking_early_minutes: booking.early_minutes,
            booking_late_minutes: booking.late_minutes,
            rejoin_after_calls: rejoin.after_calls,
            rejoin_times_max: rejoin.times_max,
        },
        zones: values.zones.iter().map(|zone| ZoneSettings { id: zone.id.clone(), name: zone.name.clone() }).collect(),
        services: values.services.iter().map(service).collect(),
        rooms: values.rooms.iter().map(room).collect(),
    }
}

/// Settings as the rules read them; [`Clinic::new`] checks them.
///
/// # Errors
/// [`InvalidHours`], the first that there are.
pub fn values_of(settings: &ClinicSettings) -> Result<ClinicValues, InvalidHours> {
    let rules = settings.rules;
    let declared = if rules.declared_count { DeclaredGroups::Count } else { DeclaredGroups::MustBeVerified };
    let service = |service: &ServiceSettings| -> Result<Service, InvalidHours> {
        Ok(Service {
            id: service.id.clone(),
            name: service.name.clone(),
            place: service.place.clone(),
            series: service.series,
            zone: service.zone.clone(),
            hours: service.hours.as_deref().map(str::parse).transpose()?,
            quota: service.quota,
            return_after_calls: service.return_after_calls,
            appointment_minutes: service.appointment_minutes.and_then(NonZeroU16::new),
        })
    };
    let room = |room: &RoomSettings| Room {
        id: room.id.clone(),
        name: room.name.clone(),
        zone: room.zone.clone(),
        services: room.services.clone(),
    };
    Ok(ClinicValues {
        hospital: settings.hospital.clone(),
        address: settings.address.clone(),
        time_zone: settings.time_zone.clone(),
        day_start_hour: settings.day_start_hour,
        rules: Rules {
            priority: rules.priority,
            declared,
            booking: BookingWindow {
                early_minutes: rules.booking_early_minutes,
                late_minutes: rules.booking_late_minutes,
            },
            rejoin: RejoinRule { after_calls: rules.rejoin_after_calls, times_max: rules.rejoin_times_max },
        },
        zones: settings.zones.iter().map(|zone| Zone { id: zone.id.clone(), name: zone.name.clone() }).collect(),
        services: settings.services.iter().map(service).collect::<Result<_, _>>()?,
        rooms: settings.rooms.iter().map(room).collect(),
    })
}

impl From<DatabaseError> for ChangeClinicError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}
