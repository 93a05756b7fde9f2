//! One hospital, for some days.

use std::collections::BTreeMap;
use std::path::Path;

use device_sim::scanner::VirtualScanner;
use queue_protocol::model::{PriorityPolicy, ServiceId};

use crate::agenda::Due;
use crate::context::Context;
use crate::faults::{self, Lever, Targets};
use crate::hospital::{self, Manner, PRIORITY_IN_A_ROW};
use crate::kiosk::{Kiosk, Running};
use crate::oracle::Oracle;
use crate::people::Person;
use crate::room::{DeskPage, Room};
use crate::service::Service;
use crate::slip::Slip;
use crate::tally::Tally;
use crate::wall::{SILENCE_MS, Wall};
use crate::wire::{Party, Request};

const DAY_MS: u64 = 86_400_000;
/// After the last day everything is put right and comes to rest within this.
const REST_MS: u64 = 900_000;
/// How often displays are compared.
const COMPARE_EVERY_MS: u64 = 300_000;
/// A display has all that was committed this long after the network is back.
const CONVERGES_MS: u64 = 5_000;
/// How long whoever finds a kiosk busy waits, and how often.
const COMES_AGAIN_MS: u64 = 45_000;

/// What is played.
#[derive(Debug, Clone, Copy)]
pub struct Play {
    /// Decides everything.
    pub seed: u64,
    /// How many days.
    pub days: u64,
    /// What is wrong.
    pub slip: Slip,
}

/// A promise that was broken.
#[derive(Debug, Clone, thiserror::Error)]
#[error("seed {seed}: {what}")]
pub struct Broken {
    /// The world's seed.
    pub seed: u64,
    /// Which promise, and how.
    pub what: String,
    /// The last steps before, oldest first.
    pub steps: Vec<String>,
}

/// How a world ended.
pub type Ending = Result<Tally, Broken>;

struct World {
    context: Context,
    service: Service,
    kiosks: Vec<Kiosk>,
    rooms: Vec<Room>,
    desk: DeskPage,
    walls: Vec<Wall>,
    people: u64,
    days: u64,
}

/// Plays a hospital; its kiosks' disks are in `folder`.
///
/// # Errors
/// This machine's, not the world's: those are the [`Ending`].
pub fn play(play: Play, folder: &Path) -> anyhow::Result<Ending> {
    let mut world = World::new(play, folder)?;
    world.plan();
    world.runs(play.days * DAY_MS)?;
    world.puts_right()?;
    world.runs(play.days * DAY_MS + REST_MS)?;
    world.ends()?;
    let World { context, .. } = world;
    if let Some(what) = context.oracle.broken() {
        let steps = context.last_steps();
        return Ok(Err(Broken { seed: play.seed, what: what.to_owned(), steps }));
    }
    let mut tally = context.tally;
    tally.checked = context.oracle.checked;
    (tally.worlds, tally.days) = (1, play.days);
    Ok(Ok(tally))
}

impl World {
    fn new(play: Play, folder: &Path) -> anyhow::Result<Self> {
        let day_start_hour = if play.seed.is_multiple_of(2) { 0 } else { 4 };
        let time_zone = if play.slip == Slip::UtcDay { "UTC" } else { "Asia/Ho_Chi_Minh" };
        let priority = if play.slip == Slip::StrictPriority {
            PriorityPolicy::Strict
        } else {
            PriorityPolicy::Ratio { priority: PRIORITY_IN_A_ROW, normal: 1 }
        };
        let clinic = hospital::clinic(Manner { time_zone, day_start_hour, priority })?;
        let rooms_of: BTreeMap<_, _> =
            clinic.rooms().iter().map(|room| (room.id.clone(), room.services.clone())).collect();
        let services: Vec<ServiceId> = clinic.services().iter().map(|service| service.id.clone()).collect();
        let mut context = Context::new(play.seed, play.slip, Oracle::new(day_start_hour, rooms_of));
        let rooms = clinic.rooms().iter().enumerate().map(|(at, room)| {
            let others = services.iter().filter(|service| !room.services.contains(service)).cloned().collect();
            Room::new(at, room.id.clone(), others)
        });
        let rooms = rooms.collect();
        let walls = [0, 1, 0].into_iter().enumerate();
        let zone = |zone: usize| clinic.zones().get(zone).map(|zone| zone.id.clone());
        let walls = walls.filter_map(|(at, of)| Some(Wall::new(at, zone(of)?))).collect();
        let count = 2 + context.rng.place(2);
        let kiosks = (0..count).map(|at| Kiosk::new(at, folder.join(format!("k{at}")))).collect::<Result<_, _>>()?;
        let service = Service::new(&format!("world-{}-{:?}", play.seed, std::thread::current().id()), clinic)?;
        let desk = DeskPage::default();
        let mut world = Self { context, service, kiosks, rooms, desk, walls, people: 0, days: play.days };
        for at in 0..world.kiosks.len() {
            world.power_on(at)?;
        }
        Ok(world)
    }

    fn plan(&mut self) {
        let hour = 3_600_000;
        let context = &mut self.context;
        let targets = Targets { kiosks: self.kiosks.len(), rooms: self.rooms.len(), walls: self.walls.len() };
        for day in 0..self.days {
            for _ in 0..context.rng.between(15, 45) {
                let busy = context.rng.chance(75);
                let at = if busy { context.rng.between(5 * hour, 9 * hour) } else { context.rng.below(24 * hour) };
                let kiosk = context.rng.place(self.kiosks.len());
                context.later(day * DAY_MS + at, Due::Comes(kiosk));
            }
            faults::plan_day(context, targets, day * DAY_MS);
            for turn in [0, 4 * hour] {
                context.later(day * DAY_MS + turn + 50, Due::DayTurns);
            }
        }
        for at in 0..self.rooms.len() {
            let first = context.rng.between(1_000, 600_000);
            context.later(first, Due::RoomLooks(at));
        }
        for at in 0..self.walls.len() {
            context.later(10, Due::WallConnects(at));
        }
        context.later(COMPARE_EVERY_MS, Due::Compare);
    }

    fn runs(&mut self, until: u64) -> anyhow::Result<()> {
        while self.context.oracle.broken().is_none() {
            let Some(due) = self.context.next(until) else { return Ok(()) };
            self.context.tally.events += 1;
            self.context.note(|| short(&due));
            self.happens(due)?;
        }
        Ok(())
    }

    fn happens(&mut self, due: Due) -> anyhow::Result<()> {
        match due {
            Due::AtService(party, call, request) => self.at_service(party, call, &request),
            Due::AtClient(party, call, reply) => {
                self.with_calls(party, |calls, context| calls.replied(context, party, call, reply));
            }
            Due::Attempt(party, call) => self.with_calls(party, |calls, context| calls.attempt(context, party, call)),
            Due::AtKiosk(at, boot, due) => {
                if let Some((running, context)) = self.running(at, boot) {
                    running.happens(context, due);
                }
            }
            Due::PowerOff(at) => {
                self.power_off(at);
                let back = self.context.rng.between(8_000, 180_000);
                self.context.later(back, Due::PowerOn(at));
            }
            Due::PowerOn(at) => self.power_on(at)?,
            Due::Comes(at) => self.comes(at),
            Due::RoomLooks(at) => {
                if let Some(room) = self.rooms.get_mut(at) {
                    room.looks(&mut self.context);
                }
            }
            Due::Desk(number, help) => self.desk.helps(&mut self.context, number, help),
            Due::WallConnects(at) => {
                if let Some(wall) = self.walls.get_mut(at) {
                    wall.connects(&mut self.context, &mut self.service);
                }
            }
            Due::Frames(at, connection) => self.frames(at, connection),
            Due::WallSilent(at) => self.wall_silent(at),
            Due::Pull(lever) => self.pulls(lever),
            Due::PutBack(lever) => self.puts_back(lever)?,
            Due::ServiceStarts => self.service_starts(),
            Due::DayTurns => self.service.tell(&mut self.context),
            Due::Compare => {
                self.compares();
                self.context.later(COMPARE_EVERY_MS, Due::Compare);
            }
        }
        Ok(())
    }

    fn at_service(&mut self, party: Party, call: u64, request: &Request) {
        if let Some(reply) = self.service.answer(&mut self.context, party, request) {
            self.context.send(party, Due::AtClient(party, call, reply));
        }
    }

    fn with_calls(
        &mut self,
        party: Party,
        act: impl FnOnce(&mut crate::calls::Calls, &mut Context) -> Option<crate::calls::Outcome>,
    ) {
        match party {
            Party::Kiosk(at, boot) => {
                if let Some((running, context)) = self.running(at, boot) {
                    running.call_happens(context, act);
                }
            }
            Party::Room(at) => {
                if let Some(room) = self.rooms.get_mut(at)
                    && let Some(outcome) = act(&mut room.calls, &mut self.context)
                {
                    room.ended(&mut self.context, &outcome);
                }
            }
            Party::Desk => {
                act(&mut self.desk.calls, &mut self.context);
            }
            Party::Wall(_) => {}
        }
    }

    fn running(&mut self, at: usize, boot: u64) -> Option<(&mut Running, &mut Context)> {
        let running = self.kiosks.get_mut(at)?.running.as_mut().filter(|running| running.boot == boot)?;
        Some((running, &mut self.context))
    }

    fn power_on(&mut self, at: usize) -> anyhow::Result<()> {
        let Some(kiosk) = self.kiosks.get_mut(at).filter(|kiosk| kiosk.running.is_none()) else { return Ok(()) };
        if kiosk.disk_full {
            // A program that cannot write its journal ends, and is started again.
            self.context.later(10_000, Due::PowerOn(at));
            return Ok(());
        }
        kiosk.starts(&mut self.context)
    }

    fn power_off(&mut self, at: usize) {
        if let Some(kiosk) = self.kiosks.get_mut(at) {
            kiosk.loses_power(&mut self.context);
        }
    }

    fn comes(&mut self, at: usize) {
        // One in ten has been here today, and has lost the paper.
        let is_back = self.people > 10 && self.context.rng.chance(10);
        let running = self.kiosks.get_mut(at).and_then(|kiosk| kiosk.running.as_mut());
        let Some(running) = running.filter(|running| running.is_free()) else {
            self.context.later(COMES_AGAIN_MS, Due::Comes(at));
            return;
        };
        let person = if is_back { self.people - self.context.rng.below(10) } else { self.people + 1 };
        self.people = self.people.max(person);
        running.comes(&mut self.context, Person(person));
    }

    fn frames(&mut self, at: usize, connection: u64) {
        let Some(wall) = self.walls.get_mut(at).filter(|wall| wall.connection == Some(connection)) else { return };
        let frames = self.service.streams.arrived(&self.context, at, connection);
        wall.takes(&mut self.context, frames);
    }

    fn wall_silent(&mut self, at: usize) {
        let is_cut = self.context.net.cut_since(Party::Wall(at)).is_some_and(|at| at + SILENCE_MS <= self.context.now);
        if is_cut && let Some(wall) = self.walls.get_mut(at).filter(|wall| wall.connection.is_some()) {
            self.service.streams.close(at);
            wall.is_disconnected(&mut self.context);
        }
    }

    fn pulls(&mut self, lever: Lever) {
        *self.context.tally.faults.entry(lever.name()).or_default() += 1;
        let now = self.context.now;
        match lever {
            Lever::Cut(cable) => {
                self.context.net.cut(cable, now);
                for at in 0..self.walls.len() {
                    self.context.later(SILENCE_MS, Due::WallSilent(at));
                }
            }
            Lever::Noise => {
                let rng = &mut self.context.rng;
                let (loss, repeats, latency) = (rng.between(1, 35), rng.between(0, 25), rng.between(1_500, 6_000));
                let net = &mut self.context.net;
                (net.loss_percent, net.repeat_percent, net.latency_max_ms) = (loss, repeats, latency);
            }
            Lever::Restart => self.service_stops(),
            Lever::ServiceDisk => self.service.fill_disk(),
            Lever::ServiceClock(by) => self.steps_service_clock(by),
            Lever::Power(at) if self.context.rng.chance(75) => {
                // In the middle of the next visit.
                self.context.traps.insert(at);
            }
            Lever::Power(at) => self.power_off(at),
            Lever::KioskDisk(at) => self.changes_kiosk(at, |kiosk| kiosk.disk_full = true),
            Lever::KioskClock(at, by) => self.steps_kiosk_clock(at, by),
            Lever::Printer(at, fault) => {
                if let Some(kiosk) = self.kiosks.get(at) {
                    kiosk.devices.printer.with(|printer| fault.pull(printer));
                }
            }
            Lever::Scanner(at) => {
                if let Some(kiosk) = self.kiosks.get(at) {
                    kiosk.devices.scanner.with(VirtualScanner::unplug);
                }
            }
        }
    }

    fn puts_back(&mut self, lever: Lever) -> anyhow::Result<()> {
        match lever {
            Lever::Cut(cable) => self.joins(|context| context.net.join(cable, context.now)),
            Lever::Noise => self.context.net.calm(),
            Lever::Restart => self.context.later(0, Due::ServiceStarts),
            Lever::ServiceDisk => self.service.empty_disk(),
            Lever::ServiceClock(by) => self.steps_service_clock(-by),
            Lever::Power(at) => self.power_on(at)?,
            Lever::KioskDisk(at) => self.changes_kiosk(at, |kiosk| kiosk.disk_full = false),
            Lever::KioskClock(at, by) => self.steps_kiosk_clock(at, -by),
            Lever::Printer(at, _) => self.mends_printer(at),
            Lever::Scanner(at) => {
                if let Some(kiosk) = self.kiosks.get(at) {
                    kiosk.devices.scanner.with(VirtualScanner::replug);
                }
            }
        }
        Ok(())
    }

    /// A cable is joined: what TCP kept is delivered.
    fn joins(&mut self, join: impl FnOnce(&mut Context)) {
        join(&mut self.context);
        for (at, wall) in self.walls.iter().enumerate() {
            if let Some(connection) = wall.connection {
                let resent = self.context.rng.between(50, 1_500);
                self.context.later(resent, Due::Frames(at, connection));
            }
        }
    }

    fn mends_printer(&mut self, at: usize) {
        let Some(kiosk) = self.kiosks.get_mut(at) else { return };
        kiosk.devices.printer.with(faults::mend);
        if let Some(running) = &mut kiosk.running {
            running.looks_at_printer(&mut self.context);
        }
    }

    fn steps_service_clock(&mut self, by: i64) {
        self.service.clock_ahead_ms += by;
        self.context.oracle.clock_stepped(self.context.now);
        self.service.tell(&mut self.context);
    }

    fn steps_kiosk_clock(&mut self, at: usize, by: i64) {
        self.changes_kiosk(at, |kiosk| kiosk.wall_ahead_ms += by);
        self.context.oracle.clock_stepped(self.context.now);
    }

    fn changes_kiosk(&mut self, at: usize, change: impl FnOnce(&mut Kiosk)) {
        if let Some(kiosk) = self.kiosks.get_mut(at) {
            change(kiosk);
            kiosk.changed();
        }
    }

    fn service_stops(&mut self) {
        self.service.stop();
        self.service.streams.close_all();
        for wall in &mut self.walls {
            if wall.connection.is_some() {
                wall.is_disconnected(&mut self.context);
            }
        }
    }

    fn service_starts(&mut self) {
        if !self.service.is_up() && !self.service.start(self.context.now) {
            self.context.later(1_000, Due::ServiceStarts);
        }
    }

    fn compares(&mut self) {
        let now = self.context.now;
        let since = now.saturating_sub(CONVERGES_MS);
        for (at, wall) in self.walls.iter().enumerate() {
            let party = Party::Wall(at);
            if let Some(board) = &wall.board {
                self.context.oracle.sees_board(board);
            }
            let net = &self.context.net;
            let is_well = net.reaches(party) && net.joined_at(party) <= since && !net.is_noisy();
            if is_well && self.service.has_run_since(since) {
                let newest = self.context.oracle.newest_at(&wall.zone, since);
                self.context.oracle.has_heard(wall.board.as_ref(), newest);
            }
        }
    }

    /// The last day is over: everything is mended.
    fn puts_right(&mut self) -> anyhow::Result<()> {
        self.joins(|context| context.net.join_all(context.now));
        self.service.empty_disk();
        self.service.clock_ahead_ms = 0;
        self.service_starts();
        for at in 0..self.kiosks.len() {
            self.changes_kiosk(at, |kiosk| (kiosk.disk_full, kiosk.wall_ahead_ms) = (false, 0));
            self.power_on(at)?;
            self.mends_printer(at);
        }
        Ok(())
    }

    fn ends(&mut self) -> anyhow::Result<()> {
        if self.context.oracle.broken().is_some() {
            return Ok(());
        }
        self.compares();
        let settled = self.kiosks.iter().filter_map(|kiosk| kiosk.running.as_ref()).all(Running::is_settled);
        if !settled {
            self.context.oracle.breaks("a kiosk has not settled with the service");
        }
        for kiosk in &self.kiosks {
            for file in std::fs::read_dir(kiosk.dir())? {
                let bytes = std::fs::read(file?.path())?;
                self.context.oracle.looks_at_bytes(&bytes, "a kiosk's disk");
            }
        }
        self.context.oracle.settles(self.service.database())
    }
}

fn short(due: &Due) -> String {
    if let Due::AtService(party, call, request) = due {
        return format!("{party:?} call {call}: {}", request.route);
    }
    if let Due::AtClient(party, call, reply) = due {
        return format!("{party:?} call {call}: {}", reply.status);
    }
    format!("{due:?}")
}
