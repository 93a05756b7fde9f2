//! The rooms of the sample clinic, which the queue service serves when it is given no other.

use anyhow::{Context, Result};
use queue_protocol::model::RoomId;
use serde::Deserialize;

/// The very file the service is built with.
const SAMPLE: &str = include_str!("../../../queue/service/clinic.sample.toml");

/// A room that calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Its id in the service's interface.
    pub id: RoomId,
    /// Its name as displays show it.
    pub name: String,
}

#[derive(Deserialize)]
struct Clinic {
    room: Vec<RoomRow>,
}

#[derive(Deserialize)]
struct RoomRow {
    id: String,
    name: String,
    zone: String,
}

/// The rooms of a zone, in the file's order.
///
/// # Errors
/// The file has another form than this reads.
pub fn rooms(zone: &str) -> Result<Vec<Room>> {
    let clinic: Clinic = toml::from_str(SAMPLE).context("the sample clinic")?;
    let rows = clinic.room.into_iter().filter(|row| row.zone == zone);
    rows.map(|row| Ok(Room { id: RoomId::new(row.id)?, name: row.name })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::stack::ZONE;

    #[test]
    fn every_room_of_the_zone_can_call() {
        let rooms = rooms(ZONE).unwrap();
        assert_eq!(rooms.len(), SAMPLE.matches("[[room]]").count());
        assert_eq!(rooms[0], Room { id: RoomId::new("p201").unwrap(), name: "Phòng 201".into() });
    }
}
