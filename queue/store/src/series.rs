//! Which series a kiosk owns.

use std::collections::BTreeSet;

use queue_core::{Clinic, free_series};
use queue_protocol::model::{KioskId, RequestId, Series, ServiceId, UnixMillis};

use crate::error::{LeaseError, OpenError};
use crate::rows::request_cell;
use crate::sql::{Result as SqlResult, Row, Sql, damaged, one, values};

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
    sql.change(
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
    match in_use(sql, clinic)? {
        Some((series, service)) => Err(OpenError::SeriesLeased { series, service }),
        None => Ok(()),
    }
}

/// A service whose series a kiosk has, and that series.
pub(crate) fn in_use(sql: &mut dyn Sql, clinic: &Clinic) -> SqlResult<Option<(Series, ServiceId)>> {
    let leased = all(sql)?;
    let taken = clinic.services().iter().find(|service| leased.contains(&service.series));
    Ok(taken.map(|service| (service.series, service.id.clone())))
}

fn all(sql: &mut dyn Sql) -> SqlResult<BTreeSet<Series>> {
    sql.query("SELECT series FROM kiosk_series", &[])?.into_iter().map(series).collect()
}

fn series(mut row: Row) -> SqlResult<Series> {
    Series::new(&row.text()?).map_err(damaged)
}
