//! What is told of services before they are chosen: numbers given out, and how fast they are called.

use std::collections::BTreeMap;

use queue_core::WAIT_CALLS_MAX;
use queue_protocol::model::{ServiceDay, ServiceId, UnixMillis, ZoneId};

use crate::error::StoreError;
use crate::events;
use crate::sql::{Result, Sql, values};
use crate::store::Store;

/// Newest events of a zone that are looked through for calls: an hour of a busy zone and more.
const EVENTS_BACK: u64 = 2_000;

/// How the day of the services has gone so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServicesSoFar {
    /// Numbers given out, without those that nobody saw; empty where no service has a quota.
    pub issued: BTreeMap<ServiceId, u32>,
    /// When their newest calls were, the newest first, at most [`WAIT_CALLS_MAX`].
    pub called_at: BTreeMap<ServiceId, Vec<UnixMillis>>,
}

impl Store {
    /// How the service day `day` of all services has gone so far.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn services_so_far(&self, day: ServiceDay) -> std::result::Result<ServicesSoFar, StoreError> {
        let clinic = self.clinic();
        let counts = clinic.services().iter().any(|service| service.quota.is_some());
        let zones: Vec<ZoneId> = clinic.zones().iter().map(|zone| zone.id.clone()).collect();
        let look = move |sql: &mut dyn Sql| {
            let issued = if counts { issued(sql, day)? } else { BTreeMap::new() };
            let mut called_at = BTreeMap::new();
            for zone in &zones {
                add_calls(sql, day, zone, &mut called_at)?;
            }
            Ok(ServicesSoFar { issued, called_at })
        };
        self.readers.read(look).await
    }
}

fn issued(sql: &mut dyn Sql, day: ServiceDay) -> Result<BTreeMap<ServiceId, u32>> {
    let rows = sql.query(
        "SELECT service, count(*) FROM ticket WHERE day = ?1 AND state <> 'voided' GROUP BY service",
        values![day.to_string()],
    )?;
    rows.into_iter().map(|mut row| Ok((row.parsed()?, row.number()?))).collect()
}

fn add_calls(
    sql: &mut dyn Sql,
    day: ServiceDay,
    zone: &ZoneId,
    called_at: &mut BTreeMap<ServiceId, Vec<UnixMillis>>,
) -> Result<()> {
    let after = i64::try_from(events::newest(sql, zone)?.saturating_sub(EVENTS_BACK)).unwrap_or(i64::MAX);
    let rows = sql.query(
        "SELECT event.service, call.called_at FROM event JOIN call ON call.id = event.call
         WHERE event.zone = ?1 AND event.day = ?2 AND event.seq > ?3 AND event.kind = 'called'
         ORDER BY event.seq DESC",
        values![zone.as_str(), day.to_string(), after],
    )?;
    for mut row in rows {
        let (service, at) = (row.parsed::<ServiceId>()?, row.millis()?);
        let calls = called_at.entry(service).or_default();
        if calls.len() < WAIT_CALLS_MAX {
            calls.push(at);
        }
    }
    Ok(())
}
