//! The last account, when everything was put right and has come to rest: the database against what patients saw.

use std::collections::BTreeMap;

use queue_protocol::board::Board;
use queue_protocol::model::{ServiceDay, TicketNumber, TicketState};
use rusqlite::Connection;

use super::{Key, Oracle};

impl Oracle {
    /// Compares the database with the numbers that were seen.
    ///
    /// # Errors
    /// The database's, or a row that is none.
    pub fn settles(&mut self, database: &Connection) -> anyhow::Result<()> {
        let mut valid: BTreeMap<Key, u32> = BTreeMap::new();
        let mut read = database.prepare("SELECT day, series, ordinal, state, provisional FROM ticket")?;
        let mut rows = read.query(())?;
        while let Some(row) = rows.next()? {
            let day: ServiceDay = row.get::<_, String>(0)?.parse()?;
            let series = queue_protocol::model::Series::new(&row.get::<_, String>(1)?)?;
            let number = TicketNumber::new(series, row.get(2)?)?;
            let is_void = row.get::<_, String>(3)? == TicketState::Voided.word();
            let is_provisional = row.get::<_, i64>(4)? != 0;
            if !is_void {
                *valid.entry((number, Some(day).filter(|_| !is_provisional))).or_default() += 1;
            }
        }
        for (key, count) in &valid {
            let is_seen = self.seen.contains(key);
            let story = if is_seen { String::new() } else { story(database, key.0)? };
            self.holds("every issued number shown or voided", is_seen, || format!("nobody saw {}: {story}", key.0));
            self.holds("a number is in the queue once", *count == 1, || format!("{key:?} is there {count} times"));
        }
        for key in std::mem::take(&mut self.promised).into_keys() {
            let is_there = valid.contains_key(&key);
            let story = if is_there { String::new() } else { story(database, key.0)? };
            self.holds("a number that was shown is in the queue", is_there, || format!("{} is not: {story}", key.0));
        }
        Ok(())
    }

    /// Compares what a display shows with the model, when it has all events.
    pub fn sees_board(&mut self, board: &Board) {
        if board.seq == self.newest_of(&board.zone) {
            let wrong = self.lines.differs(board);
            self.holds("a display shows what is so", wrong.is_none(), || wrong.unwrap_or_default());
        }
    }

    /// A display that could have heard all until `newest`.
    pub fn has_heard(&mut self, board: Option<&Board>, newest: u64) {
        let seq = board.map_or(0, |board| board.seq);
        let is_there = board.is_some() && seq >= newest;
        self.holds("a display has all 5 s after the network is back", is_there, || {
            format!("it has event {seq} and lacks {newest}")
        });
    }
}

/// What the audit says of all tickets with a number.
fn story(database: &Connection, number: TicketNumber) -> anyhow::Result<String> {
    let mut read = database.prepare(
        "SELECT audit.day || ' ' || audit.at || ' ' || actor || ' ' || step || ' ' || detail || ' ' || hex(audit.request)
             || ', ' || state
         FROM audit JOIN ticket ON ticket.id = audit.ticket WHERE series = ?1 AND ordinal = ?2 ORDER BY audit.id",
    )?;
    let lines = read.query_map((number.series().to_string(), number.ordinal()), |row| row.get::<_, String>(0))?;
    Ok(lines.collect::<Result<Vec<_>, _>>()?.join("; "))
}
