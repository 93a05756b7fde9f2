use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use queue_core::Clinic;
use queue_protocol::board::{Board, BoardEvent, Gap};
use queue_protocol::model::{LogId, ServiceDay, ZoneId};
use tokio::sync::watch;

use crate::events::{self, EVENTS_PER_READ_MAX, LoggedEvent, Written};
use crate::settings::{self, InForce};
use crate::sql::{Ask, Result, Sql};

/// Newest events of a zone kept in memory, so that many displays woken by one call do not each ask the database.
const RECENT_EVENTS_MAX: usize = 512;

/// Service days whose boards a zone keeps, the newest: today, yesterday, and one that a wrong clock has begun.
const DAYS_MAX: usize = 3;

/// The boards of one zone, one a service day.
#[derive(Debug, Clone)]
pub(crate) struct ZoneBoards {
    zone: ZoneId,
    name: String,
    log: LogId,
    seq: u64,
    days: Vec<Board>,
}

impl ZoneBoards {
    /// Folds the boards of the newest days. They are on disk then.
    fn load(sql: &mut dyn Sql, zone: &ZoneId, name: &str, log: LogId) -> Result<Self> {
        let mut boards =
            Self { zone: zone.clone(), name: name.to_owned(), log, seq: events::newest(sql, zone)?, days: Vec::new() };
        let mut known = Vec::new();
        while known.len() < DAYS_MAX
            && let Some(day) = events::day_before(sql, zone, &known)?
        {
            known.push(day);
            let board = boards.fold(sql, day)?;
            boards.days.push(board);
        }
        sql.until_durable()?;
        Ok(boards)
    }

    fn fold(&self, sql: &mut dyn Sql, day: ServiceDay) -> Result<Board> {
        let mut board = self.empty(day);
        board.seq = 0;
        loop {
            let events = events::of_day_after(sql, &self.zone, day, board.seq)?;
            if events.is_empty() {
                board.seq = self.seq;
                return Ok(board);
            }
            for event in &events {
                // Events of other days may lie between; of this day none is missing.
                board.seq = event.seq.saturating_sub(1);
                board.apply(event).map_err(crate::sql::damaged)?;
            }
        }
    }

    fn empty(&self, day: ServiceDay) -> Board {
        let mut board = Board::new(self.zone.clone(), self.name.clone(), day, self.seq);
        board.log = Some(self.log);
        board
    }

    /// The board of `day`: empty when nothing has happened on it, as far as memory goes.
    pub(crate) fn on(&self, day: ServiceDay) -> Board {
        self.held(day).cloned().unwrap_or_else(|| self.empty(day))
    }

    fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
        for board in &mut self.days {
            name.clone_into(&mut board.zone_name);
        }
    }

    /// The newest event that is in them.
    pub(crate) const fn seq(&self) -> u64 {
        self.seq
    }

    pub(crate) fn held(&self, day: ServiceDay) -> Option<&Board> {
        self.days.iter().find(|board| board.day == day)
    }

    /// Folds an event into the board of its own day.
    pub(crate) fn apply(&mut self, event: &BoardEvent) -> std::result::Result<(), Gap> {
        let expected = self.seq.saturating_add(1);
        if event.seq != expected {
            return Err(Gap { expected, got: event.seq });
        }
        let at = self.days.iter().position(|board| board.day == event.day);
        let mut board = match at {
            Some(at) => self.days.remove(at),
            None => self.empty(event.day),
        };
        board.apply(event)?;
        self.days.insert(0, board);
        if self.days.len() > DAYS_MAX {
            // A kiosk that was away for days tells of days that nobody looks at any more.
            self.days.sort_by_key(|board| std::cmp::Reverse(board.day));
            self.days.truncate(DAYS_MAX);
        }
        self.seq = event.seq;
        for board in &mut self.days {
            board.seq = event.seq;
        }
        Ok(())
    }
}

/// Boards while a batch runs: what is committed plus what the batch has written so far. A zone's are copied when the
/// batch first writes to it.
pub(crate) type Working = BTreeMap<ZoneId, Arc<ZoneBoards>>;

/// Folds what the batch has written into its boards.
pub(crate) fn follow(working: &mut Working, written: &Written) {
    if let Some(boards) = working.get_mut(&written.zone)
        && let Err(gap) = Arc::make_mut(boards).apply(&written.event)
    {
        // Told and mended when the batch is published; until then counts are of the database.
        tracing::error!(zone = %written.zone, %gap, "board does not follow its own log");
        working.remove(&written.zone);
    }
}

/// The folded boards of every zone: committed events only.
pub(crate) struct Boards {
    zones: RwLock<Arc<Zones>>,
    log: RwLock<LogId>,
    in_force: RwLock<InForce>,
}

type Zones = BTreeMap<ZoneId, Arc<Zone>>;

struct Zone {
    state: Mutex<ZoneState>,
    newest: watch::Sender<u64>,
}

struct ZoneState {
    boards: Arc<ZoneBoards>,
    recent: VecDeque<Arc<LoggedEvent>>,
}

impl Zone {
    fn lock(&self) -> MutexGuard<'_, ZoneState> {
        // A board is whole after every step of `publish`, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What other processes have committed.
#[derive(Default)]
pub(crate) struct News {
    /// The log, if it is another one: the database was restored.
    log: Option<LogId>,
    /// The settings, if they are newer.
    in_force: Option<InForce>,
    pub(crate) events: Vec<Written>,
}

impl News {
    /// Whether there are none.
    fn is_nothing(&self) -> bool {
        self.is_of_events() && self.events.is_empty()
    }

    /// Whether there are none but events.
    pub(crate) const fn is_of_events(&self) -> bool {
        self.log.is_none() && self.in_force.is_none()
    }
}

impl Boards {
    /// Folds the boards of all zones from the database.
    pub(crate) fn load(sql: &mut dyn Sql, in_force: InForce) -> Result<Self> {
        let log = events::log(sql)?;
        let zones = zones_of(sql, &in_force.clinic, log, &BTreeMap::new())?;
        Ok(Self { zones: RwLock::new(Arc::new(zones)), log: RwLock::new(log), in_force: RwLock::new(in_force) })
    }

    /// The settings in force.
    pub(crate) fn in_force(&self) -> InForce {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes other settings in: new zones get a board, those that are gone lose theirs and end their streams.
    pub(crate) fn adopt(&self, sql: &mut dyn Sql, in_force: InForce) {
        match zones_of(sql, &in_force.clinic, self.log(), &self.zones()) {
            Ok(zones) => *self.zones.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(zones),
            Err(error) => tracing::error!(%error, "boards of new zones cannot be folded"),
        }
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = in_force;
        for zone in self.zones().values() {
            // Displays read the names anew.
            zone.newest.send_modify(|_| ());
        }
    }

    fn zones(&self) -> Arc<Zones> {
        Arc::clone(&self.zones.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn log(&self) -> LogId {
        *self.log.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn working(&self) -> Working {
        self.zones().iter().map(|(id, zone)| (id.clone(), Arc::clone(&zone.lock().boards))).collect()
    }

    /// The board of `zone` on `day`.
    pub(crate) fn board(&self, zone: &ZoneId, day: ServiceDay) -> Option<Board> {
        Some(self.zones().get(zone)?.lock().boards.on(day))
    }

    pub(crate) fn subscribe(&self, zone: &ZoneId) -> Option<watch::Receiver<u64>> {
        Some(self.zones().get(zone)?.newest.subscribe())
    }

    /// Events after `seq`, if memory reaches back that far.
    pub(crate) fn recent_after(&self, zone: &ZoneId, seq: u64, limit: usize) -> Option<Vec<Arc<LoggedEvent>>> {
        let zones = self.zones();
        let state = zones.get(zone)?.lock();
        if seq >= state.boards.seq {
            return Some(Vec::new());
        }
        let wanted = seq.checked_add(1)?;
        let oldest = state.recent.front()?.seq;
        let skip = usize::try_from(wanted.checked_sub(oldest)?).ok()?;
        Some(state.recent.iter().skip(skip).take(limit).map(Arc::clone).collect())
    }

    /// Takes in what other processes have committed, and shows it once it is on disk: not in a transaction.
    pub(crate) fn catch_up(&self, sql: &mut dyn Sql) -> Result<()> {
        loop {
            let news = self.news(sql, &self.working(), &Vec::new)?;
            if news.is_nothing() {
                return Ok(());
            }
            sql.until_durable()?;
            let News { log, in_force, events } = news;
            if let Some(in_force) = in_force {
                self.adopt(sql, in_force);
            }
            match log {
                Some(log) => self.restored(sql, log)?,
                None => self.publish(sql, &events),
            }
        }
    }

    /// What other processes have committed besides what is `known`. It may not be on disk. What `more` asks is asked with
    /// it.
    pub(crate) fn news(&self, sql: &mut dyn Sql, known: &Working, more: &dyn Fn() -> Vec<Ask>) -> Result<News> {
        let (log, version) = (self.log(), self.in_force().version);
        sql.ahead(&|| {
            let after = known.iter().map(|(zone, boards)| events::ask_after(zone, boards.seq(), EVENTS_PER_READ_MAX));
            [events::ask_log(), settings::ask_newer(version)].into_iter().chain(after).chain(more()).collect()
        })?;
        let found = events::log(sql)?;
        let in_force = settings::newer(sql, version)?;
        let mut news = News { log: (found != log).then_some(found), in_force, events: Vec::new() };
        for (zone, boards) in known {
            let mut seq = boards.seq();
            loop {
                let found = events::after(sql, zone, seq, EVENTS_PER_READ_MAX)?;
                let is_all = found.len() < usize::try_from(EVENTS_PER_READ_MAX).unwrap_or(usize::MAX);
                seq = found.last().map_or(seq, |event| event.seq);
                let event = |event| Written { zone: zone.clone(), event: Arc::new(LoggedEvent::from(event)) };
                news.events.extend(found.into_iter().map(event));
                if is_all {
                    break;
                }
            }
        }
        Ok(news)
    }

    /// Folds all boards anew from a database that is another one than it was.
    fn restored(&self, sql: &mut dyn Sql, log: LogId) -> Result<()> {
        for (id, zone) in self.zones().iter() {
            let name = zone.lock().boards.name.clone();
            let boards = ZoneBoards::load(sql, id, &name, log)?;
            *zone.lock() = ZoneState { boards: Arc::new(boards), recent: VecDeque::new() };
        }
        *self.log.write().unwrap_or_else(PoisonError::into_inner) = log;
        self.wake();
        Ok(())
    }

    /// Makes committed events visible, in order, then wakes who follows their zones. What is known already is passed
    /// over.
    pub(crate) fn publish(&self, sql: &mut dyn Sql, written: &[Written]) {
        let zones = self.zones();
        for Written { zone, event } in written {
            let Some(held) = zones.get(zone) else {
                continue;
            };
            let mut state = held.lock();
            if event.seq <= state.boards.seq {
                continue;
            }
            if let Err(gap) = Arc::make_mut(&mut state.boards).apply(event) {
                tracing::error!(%zone, %gap, "board does not follow its own log; folding it anew");
                refold(sql, &mut state);
                continue;
            }
            state.recent.push_back(Arc::clone(event));
            if state.recent.len() > RECENT_EVENTS_MAX {
                state.recent.pop_front();
            }
        }
        self.wake();
    }

    fn wake(&self) {
        for zone in self.zones().values() {
            let seq = zone.lock().boards.seq;
            zone.newest.send_if_modified(|newest| std::mem::replace(newest, seq) != seq);
        }
    }
}

/// The zones of `clinic`: those that are held keep their boards and followers.
fn zones_of(sql: &mut dyn Sql, clinic: &Clinic, log: LogId, held: &Zones) -> Result<Zones> {
    let mut zones = BTreeMap::new();
    for zone in clinic.zones() {
        let kept = match held.get(&zone.id) {
            Some(kept) => {
                Arc::make_mut(&mut kept.lock().boards).rename(&zone.name);
                Arc::clone(kept)
            }
            None => {
                let boards = ZoneBoards::load(sql, &zone.id, &zone.name, log)?;
                let newest = watch::Sender::new(boards.seq);
                let state = Mutex::new(ZoneState { boards: Arc::new(boards), recent: VecDeque::new() });
                Arc::new(Zone { state, newest })
            }
        };
        zones.insert(zone.id.clone(), kept);
    }
    Ok(zones)
}

fn refold(sql: &mut dyn Sql, state: &mut ZoneState) {
    let held = &state.boards;
    match ZoneBoards::load(sql, &held.zone, &held.name, held.log) {
        Ok(boards) => *state = ZoneState { boards: Arc::new(boards), recent: VecDeque::new() },
        Err(error) => tracing::error!(%error, zone = %held.zone, "board cannot be folded"),
    }
}
