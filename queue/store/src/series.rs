//! Which series a kiosk owns.

use std::collections::BTreeSet;

use queue_core::{Clinic, free_series};
use queue_protocol::model::{KioskId, RequestId, Series, UnixMillis};

use crate::error::{LeaseError, OpenError};
use crate::rows::request_cell;
use crate::sql::{Result as SqlResult, Row, Sql, change_one, damaged, one, values};

/// Who asks for a series.
pub(crate) struct Lessee {
    pub(crate) kiosk: KioskId,
    pub(crate) installation: RequestId,
    pub(crate) held: Option<Series>,
}

/// The series of an installation: the one it has, the one it says it has if nobody has that, or a new one.
pub(crate) fn lease(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    lessee: &Lessee,
    now: UnixMillis,
) -> Result<Series, LeaseError> {
    if let Some(series) = of(sql, &lessee.kiosk, lessee.installation)? {
        return Ok(series);
    }
    let mut taken = all(sql)?;
    taken.extend(clinic.services().iter().map(|service| service.series));
    let held = lessee.held.filter(|held| held.to_string().len() == 2 && !taken.contains(held));
    let series = held.or_else(|| free_series(&taken)).ok_or(LeaseError::NoneLeft)?;
    change_one(
        sql,
        "INSERT INTO kiosk_series (series, kiosk, installation, leased_at) VALUES (?1, ?2, ?3, ?4)",
        values![series.to_string(), lessee.kiosk.as_str(), lessee.installation, now],
    )?;
    Ok(series)
}

/// The series an installation of a kiosk has.
pub(crate) fn of(sql: &mut dyn Sql, kiosk: &KioskId, installation: RequestId) -> SqlResult<Option<Series>> {
    let row = one(
        sql,
        "SELECT series FROM kiosk_series WHERE kiosk = ?1 AND installation = ?2",
        &[kiosk.as_str().into(), request_cell(installation)],
    )?;
    row.map(series).transpose()
}

/// Refuses a clinic whose service would give out a kiosk's numbers.
pub(crate) fn check(sql: &mut dyn Sql, clinic: &Clinic) -> Result<(), OpenError> {
    let leased = all(sql)?;
    match clinic.services().iter().find(|service| leased.contains(&service.series)) {
        Some(service) => Err(OpenError::SeriesLeased { series: service.series, service: service.id.clone() }),
        None => Ok(()),
    }
}

fn all(sql: &mut dyn Sql) -> SqlResult<BTreeSet<Series>> {
    sql.query("SELECT series FROM kiosk_series", &[])?.into_iter().map(series).collect()
}

fn series(mut row: Row) -> SqlResult<Series> {
    Series::new(&row.text()?).map_err(damaged)
}
