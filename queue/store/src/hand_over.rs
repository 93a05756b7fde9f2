//! Numbers that a kiosk issued while the service was away.

use queue_core::{Clinic, Service, issued_at_local, line_of, place_of_late_arrival, service_day};
use queue_protocol::model::{
    Arrival, KioskId, RequestId, Series, ServiceDay, Standing, Ticket, TicketState, UnixMillis,
};
use queue_protocol::v1::{HandOver, HandOverOutcome, HandedOver, OfflineTicket};

use crate::audit::{self, Entry};
use crate::error::HandOverError;
use crate::events::Written;
use crate::issue::{Entered, enter, next_arrival};
use crate::rows::TicketRow;
use crate::sql::{Result as SqlResult, Sql, one, values};
use crate::void::take_back;
use crate::{requests, series, tickets};

/// Longest age of a ticket that is believed: a kiosk that was away longer has lost count of time.
const AGE_MAX_MS: u64 = 14 * 24 * 60 * 60 * 1_000;

/// Takes in what a kiosk hands over. Each number is looked at by itself; what is known already stays as it is.
pub(crate) fn take(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    kiosk: &KioskId,
    handed: &HandOver,
    now: UnixMillis,
) -> Result<(HandedOver, Vec<Written>), HandOverError> {
    let owned = series::of(sql, kiosk, handed.installation)?;
    let (mut outcomes, mut written) = (Vec::new(), Vec::new());
    for ticket in &handed.tickets {
        let mut one = Late { sql, clinic, kiosk, owned, ticket, now };
        let (outcome, told) = one.take()?;
        if !matches!(outcome, HandOverOutcome::Joined | HandOverOutcome::Voided) {
            tracing::error!(%kiosk, number = %ticket.number, ?outcome, "a number that a patient has was not taken in");
        }
        outcomes.push(outcome);
        written.extend(told);
    }
    Ok((HandedOver { outcomes }, written))
}

/// One number that is told of late.
struct Late<'a> {
    sql: &'a mut dyn Sql,
    clinic: &'a Clinic,
    kiosk: &'a KioskId,
    owned: Option<Series>,
    ticket: &'a OfflineTicket,
    now: UnixMillis,
}

impl Late<'_> {
    fn take(&mut self) -> Result<(HandOverOutcome, Vec<Written>), HandOverError> {
        let refused = |outcome| Ok((outcome, Vec::new()));
        let OfflineTicket { request, number, .. } = *self.ticket;
        if self.owned != Some(number.series()) {
            return refused(HandOverOutcome::NotYours);
        }
        let unseen = match tickets::by_request(self.sql, request)? {
            Some(row) if row.now.state == TicketState::Voided => return refused(HandOverOutcome::Voided),
            Some(row) if row.ticket.number == number => return refused(HandOverOutcome::Joined),
            Some(row) if row.ticket.standing.provisional => return refused(HandOverOutcome::NotYours),
            // The service issued one and its answer was lost: the patient has the kiosk's number.
            found => found,
        };
        if requests::is_voided(self.sql, request)? {
            return refused(HandOverOutcome::Voided);
        }
        if requests::is_room_or_step(self.sql, request)? {
            return refused(HandOverOutcome::RequestSpent);
        }
        let Some(service) = self.clinic.service(&self.ticket.service) else {
            return refused(HandOverOutcome::UnknownService);
        };
        let age = i64::try_from(self.ticket.age_ms.min(AGE_MAX_MS)).unwrap_or(0);
        let arrived_at = UnixMillis(self.now.0.saturating_sub(age));
        let day = service_day(arrived_at, self.clinic)?;
        if tickets::by_number(self.sql, day, number)?.is_some() {
            return refused(HandOverOutcome::NotYours);
        }
        let mut written = Vec::new();
        if let Some(row) = unseen {
            written.extend(self.displace(&row)?);
        }
        written.push(self.join(service, day, arrived_at)?);
        Ok((HandOverOutcome::Joined, written))
    }

    /// Takes back the number that nobody has seen, and frees the request for the one that somebody has.
    fn displace(&mut self, row: &TicketRow) -> SqlResult<Option<Written>> {
        let written = take_back(self.sql, row, row.now.state)?;
        self.sql
            .change("UPDATE ticket SET request = ?1 WHERE id = ?2", values![displaced(self.ticket.request), row.id])?;
        let detail = format!("{} stands for it", self.ticket.number);
        self.note("displaced", row.id, row.ticket.day, &detail)?;
        Ok(Some(written))
    }

    fn join(&mut self, service: &Service, day: ServiceDay, arrived_at: UnixMillis) -> Result<Written, HandOverError> {
        // One live ticket a person and service is a promise of the service alone: who got a second number while it was
        // away has two papers, and both are good.
        let arrival = Arrival { person: None, ..self.ticket.arrival.clone() };
        let booking = arrival.booked_for.map(|at| queue_core::check_in(at, arrived_at, self.clinic.rules().booking));
        let line = line_of(&arrival.groups, booking, self.clinic.rules().declared);
        let ticket = Ticket {
            request: self.ticket.request,
            day,
            number: self.ticket.number,
            service: service.id.clone(),
            service_name: service.name.clone(),
            place: service.place.clone(),
            // Nobody knew when it was printed.
            ahead: 0,
            issued_at: arrived_at,
            issued_at_local: issued_at_local(arrived_at, self.clinic)?,
            standing: Standing { line, held_before: None, provisional: true },
        };
        let before = last_before(self.sql, day, arrived_at)?;
        let entered = Entered {
            id: next_arrival(self.sql, day)?,
            kiosk: self.kiosk,
            service,
            arrival: &arrival,
            arrived_at,
            arrival_place: Some(place_of_late_arrival(before, day, arrived_at)),
            kiosk_clock: Some(self.ticket.issued_at),
        };
        let written = enter(self.sql, &entered, &ticket, None)?;
        let detail = format!("at {}, its clock said {}", arrived_at.0, self.ticket.issued_at.0);
        self.note("hand_over", entered.id, day, &detail)?;
        Ok(written)
    }

    fn note(&mut self, step: &'static str, ticket: i64, day: ServiceDay, detail: &str) -> SqlResult<()> {
        let actor = format!("kiosk:{}", self.kiosk);
        let (at, request) = (self.now, self.ticket.request);
        let entry = Entry { at, day, actor: &actor, step, ticket: Some(ticket), room: None, request, detail };
        audit::write(self.sql, &entry)
    }
}

/// The ticket of the service behind which somebody stands who came at `at`.
fn last_before(sql: &mut dyn Sql, day: ServiceDay, at: UnixMillis) -> SqlResult<i64> {
    let row = one(
        sql,
        "SELECT max(CASE WHEN provisional = 0 AND arrived_at <= ?2 THEN id END), min(id) - 1,
             (SELECT coalesce(max(id), 0) FROM ticket)
         FROM ticket WHERE day = ?1",
        values![day.to_string(), at],
    )?;
    let Some(mut row) = row else { return Ok(0) };
    let (before, first, newest) = (row.optional_int()?, row.optional_int()?, row.int()?);
    Ok(before.or(first).unwrap_or(newest))
}

/// The id under which a number that nobody saw is kept when its request stands for another number.
fn displaced(request: RequestId) -> RequestId {
    let mut bytes = request.into_bytes();
    // Half of the random part: nobody else makes this id.
    for byte in bytes.iter_mut().skip(8) {
        *byte = !*byte;
    }
    RequestId::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_displaced_request_is_another_one_and_always_the_same() {
        let request = RequestId::from_bytes([7; 16]);
        assert_ne!(displaced(request), request);
        assert_eq!(displaced(displaced(request)), request);
    }
}
