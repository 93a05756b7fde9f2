use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use queue_core::Clinic;
use queue_protocol::board::{Board, BoardEvent};
use queue_protocol::model::{ServiceDay, ZoneId};
use rusqlite::Connection;
use tokio::sync::watch;

use crate::events::{self, Written};

/// Newest events of a zone kept in memory, so that many displays woken by one call do not each ask the database.
const RECENT_EVENTS_MAX: usize = 512;

/// The day of a board on which nothing has ever happened: earlier than every service day.
const NO_DAY: (u16, u8, u8) = (2000, 1, 1);

/// Boards while a batch runs: what is committed plus what the batch has written so far.
pub(crate) type Working = BTreeMap<ZoneId, Board>;

/// The folded board of every zone: committed events only.
pub(crate) struct Boards {
    zones: BTreeMap<ZoneId, Zone>,
}

struct Zone {
    state: Mutex<ZoneState>,
    newest: watch::Sender<u64>,
}

struct ZoneState {
    board: Board,
    recent: VecDeque<Arc<BoardEvent>>,
}

impl Zone {
    fn lock(&self) -> MutexGuard<'_, ZoneState> {
        // A board is whole after every step of `publish`, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Boards {
    /// Folds the boards of all zones from the database.
    pub(crate) fn load(connection: &Connection, clinic: &Clinic) -> rusqlite::Result<Self> {
        let mut zones = BTreeMap::new();
        for zone in clinic.zones() {
            let board = events::fold(connection, empty(zone.id.clone(), zone.name.clone())?)?;
            let newest = watch::Sender::new(board.seq);
            let state = Mutex::new(ZoneState { board, recent: VecDeque::new() });
            zones.insert(zone.id.clone(), Zone { state, newest });
        }
        Ok(Self { zones })
    }

    pub(crate) fn working(&self) -> Working {
        self.zones.iter().map(|(id, zone)| (id.clone(), zone.lock().board.clone())).collect()
    }

    /// The board of `zone` on `day`: empty when nothing has happened since that day began.
    pub(crate) fn board(&self, zone: &ZoneId, day: ServiceDay) -> Option<Board> {
        let state = self.zones.get(zone)?.lock();
        let board = &state.board;
        if board.day < day {
            return Some(Board::new(board.zone.clone(), board.zone_name.clone(), day, board.seq));
        }
        Some(board.clone())
    }

    pub(crate) fn subscribe(&self, zone: &ZoneId) -> Option<watch::Receiver<u64>> {
        Some(self.zones.get(zone)?.newest.subscribe())
    }

    /// Events after `seq`, if memory reaches back that far.
    pub(crate) fn recent_after(&self, zone: &ZoneId, seq: u64, limit: usize) -> Option<Vec<BoardEvent>> {
        let state = self.zones.get(zone)?.lock();
        if seq >= state.board.seq {
            return Some(Vec::new());
        }
        let wanted = seq.checked_add(1)?;
        let oldest = state.recent.front()?.seq;
        let skip = usize::try_from(wanted.checked_sub(oldest)?).ok()?;
        Some(state.recent.iter().skip(skip).take(limit).map(|event| (**event).clone()).collect())
    }

    /// Makes committed events visible, in order, then wakes who follows their zones.
    pub(crate) fn publish(&self, connection: &Connection, written: &[Written]) {
        for Written { zone, event } in written {
            let Some(held) = self.zones.get(zone) else {
                continue;
            };
            let mut state = held.lock();
            if let Err(gap) = state.board.apply(event) {
                tracing::error!(%zone, %gap, "board does not follow its own log; folding it anew");
                refold(connection, &mut state);
                continue;
            }
            state.recent.push_back(Arc::clone(event));
            if state.recent.len() > RECENT_EVENTS_MAX {
                state.recent.pop_front();
            }
        }
        for zone in self.zones.values() {
            let seq = zone.lock().board.seq;
            zone.newest.send_if_modified(|newest| std::mem::replace(newest, seq) != seq);
        }
    }
}

fn refold(connection: &Connection, state: &mut ZoneState) {
    let folded = empty(state.board.zone.clone(), state.board.zone_name.clone())
        .and_then(|empty| events::fold(connection, empty));
    match folded {
        Ok(board) => *state = ZoneState { board, recent: VecDeque::new() },
        Err(error) => tracing::error!(%error, zone = %state.board.zone, "board cannot be folded"),
    }
}

fn empty(zone: ZoneId, name: String) -> rusqlite::Result<Board> {
    let (year, month, day) = NO_DAY;
    let day =
        ServiceDay::new(year, month, day).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    Ok(Board::new(zone, name, day, 0))
}
