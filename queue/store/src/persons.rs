//! What is kept of a person: a mark, for their service day.

use queue_core::{ClockNotSet, service_day};
use queue_protocol::model::{PersonMark, ServiceDay, ServiceId, Ticket, UnixMillis};
use queue_protocol::v1::HELD_TICKETS_MAX;

use crate::error::{QueueError, StoreError};
use crate::issue::as_held;
use crate::sql::{DatabaseError, Result, Sql, values};
use crate::store::Store;
use crate::tickets;

/// Why the marks of days that are over were not wiped.
#[derive(Debug, thiserror::Error)]
pub enum WipeError {
    /// Nobody knows which days are over.
    #[error(transparent)]
    ClockNotSet(#[from] ClockNotSet),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DatabaseError> for WipeError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// The live tickets of the service day of `now` that a person has, in order of arrival, at most
    /// [`HELD_TICKETS_MAX`]; each says where it is.
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn held_tickets(
        &self,
        person: PersonMark,
        now: UnixMillis,
    ) -> std::result::Result<Vec<Ticket>, QueueError> {
        let clinic = self.clinic();
        let day = service_day(now, &clinic)?;
        let services: Vec<ServiceId> = clinic.services().iter().map(|service| service.id.clone()).collect();
        Ok(self.readers.read(move |sql| held(sql, day, &services, &person.into_bytes())).await?)
    }

    /// Wipes the marks of persons of all service days before that of `now`; says how many there were. The first ticket
    /// of a day does the same.
    ///
    /// # Errors
    /// [`WipeError`].
    pub async fn wipe_persons(&self, now: UnixMillis) -> std::result::Result<u64, WipeError> {
        let day = service_day(now, &self.clinic())?;
        self.change(move |sql| Ok::<_, WipeError>(wipe_before(sql, day)?)).await
    }
}

fn held(sql: &mut dyn Sql, day: ServiceDay, services: &[ServiceId], person: &[u8; 32]) -> Result<Vec<Ticket>> {
    let mut found = Vec::new();
    for service in services {
        // One look into an index each: a person has one live ticket a service.
        found.extend(tickets::of_person(sql, day, service, person)?);
    }
    found.sort_by_key(|row| row.arrival_place);
    found.truncate(HELD_TICKETS_MAX);
    Ok(found.into_iter().map(as_held).collect())
}

fn wipe_before(sql: &mut dyn Sql, day: ServiceDay) -> Result<u64> {
    sql.execute("UPDATE ticket SET person = NULL WHERE person IS NOT NULL AND day < ?1", values![day.to_string()])
}
