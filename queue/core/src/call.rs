use queue_protocol::model::ServiceId;

use crate::clinic::Room;

/// A ticket that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the order of arrival: tickets issued later have a higher one, whatever the clock said.
    pub arrival: i64,
    /// The service it waits for.
    pub service: ServiceId,
}

/// The ticket `room` calls next: the one that arrived first over all services the room calls for. `waiting` may be in
/// any order and may hold only the first of each service. Some ticket is chosen whenever one is callable.
#[must_use]
pub fn next_to_call<'w>(room: &Room, waiting: &'w [Waiting]) -> Option<&'w Waiting> {
    let callable = waiting.iter().filter(|ticket| room.services.contains(&ticket.service));
    callable.min_by_key(|ticket| ticket.arrival)
}
