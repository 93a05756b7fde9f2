//! The kiosk's surroundings: disk, queue service, printer and patients, with delays, losses and power cuts.

use std::time::Duration;

use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, IssueFailure, Moment, Touch};
use kiosk_core::ledger::{Entry, Ledger};
use kiosk_core::view::{MaskedName, PaperAdvice, View};
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::PrintOutcome;
use kiosk_hal::scanner::Scan;
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{RequestId, Series, ServiceId, ServiceOffer, Standing, Ticket, TicketNumber, UnixMillis};
use vn_identity::Date;

use crate::oracle::{Broken, Oracle, disk_key};
use crate::planted::{Planted, offer};
use crate::rng::Rng;

/// Patients a world sees, one after another.
pub const PATIENTS: u64 = 8;
/// Steps one patient may take before the next one steps up.
const STEPS_MAX: u64 = 40;
/// Steps within which time alone must lead back to Welcome.
const STEPS_TO_WELCOME_MAX: u64 = 200;

/// How often a walk has been where.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    pub visits: u64,
    numbers_shown: u64,
    voids: u64,
    papers: u64,
    written_down: u64,
    power_cuts: u64,
    late_replies: u64,
    lost_replies: u64,
    disk_failures: u64,
    apologies: u64,
}

impl Tally {
    pub fn add(&mut self, world: &Self) {
        self.visits += world.visits;
        self.numbers_shown += world.numbers_shown;
        self.voids += world.voids;
        self.papers += world.papers;
        self.written_down += world.written_down;
        self.power_cuts += world.power_cuts;
        self.late_replies += world.late_replies;
        self.lost_replies += world.lost_replies;
        self.disk_failures += world.disk_failures;
        self.apologies += world.apologies;
    }

    pub fn reached(&self) -> [(&'static str, u64); 9] {
        [
            ("numbers shown", self.numbers_shown),
            ("voids", self.voids),
            ("papers", self.papers),
            ("written down", self.written_down),
            ("power cuts", self.power_cuts),
            ("late replies", self.late_replies),
            ("lost replies", self.lost_replies),
            ("disk failures", self.disk_failures),
            ("apologies", self.apologies),
        ]
    }
}

/// Something on its way.
enum Due {
    ToKiosk(Box<Event>),
    Disk(RequestId, Entry),
    IssueArrives(RequestId, ServiceId),
    VoidArrives(RequestId),
    PrinterEnds(RequestId),
}

struct World {
    rng: Rng,
    now_ms: u64,
    make: Box<dyn Fn() -> Planted>,
    kiosk: Planted,
    due: Vec<(u64, Due)>,
    ledger: Ledger,
    oracle: Oracle,
    tally: Tally,
    ordinal: u16,
    requests: u64,
}

/// Walks one world to its end.
pub fn walk(seed: u64, make: impl Fn() -> Planted + 'static) -> Result<Tally, Broken> {
    let mut world = World {
        rng: Rng::new(seed),
        now_ms: 0,
        kiosk: make(),
        make: Box::new(make),
        due: Vec::new(),
        ledger: Ledger::default(),
        oracle: Oracle::default(),
        tally: Tally::default(),
        ordinal: 0,
        requests: 0,
    };
    world.tell(offer(services()))?;
    for patient in 0..PATIENTS {
        world.visit(patient)?;
    }
    world.settle()?;
    world.oracle.at_rest()?;
    world.tally.numbers_shown = world.oracle.shown.len() as u64;
    Ok(world.tally)
}

impl World {
    fn visit(&mut self, patient: u64) -> Result<(), Broken> {
        self.tally.visits += 1;
        for _ in 0..self.rng.below(STEPS_MAX) {
            match self.rng.below(100) {
                0..=24 => self.acts(patient)?,
                25..=89 => self.time_passes()?,
                90..=97 => self.now_ms += self.rng.below(2_000),
                _ if self.rng.chance(20) => self.power_cut()?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The patient does what the screen asks, and one time in five something else.
    fn acts(&mut self, patient: u64) -> Result<(), Broken> {
        if self.rng.chance(20) {
            return self.acts_oddly(patient);
        }
        match self.kiosk.view() {
            View::Welcome { .. } if self.rng.chance(30) => self.tell(Event::Touched(Touch::Begin)),
            View::Welcome { .. } | View::PresentCard => self.holds_up(patient),
            View::ChooseService { patient: shown, .. } if shown != MaskedName::of(&name(patient)) => {
                self.holds_up(patient)
            }
            View::ChooseService { services, .. } => {
                let pick = self.rng.below(services.len() as u64) as usize;
                self.tell(Event::Touched(Touch::Choose(services[pick].id.clone())))
            }
            View::Number { paper: PaperAdvice::Take | PaperAdvice::WriteDown, .. } | View::Apology(_) => {
                self.tell(Event::Touched(Touch::Done))
            }
            View::Number { .. } | View::Issuing { .. } => self.time_passes(),
        }
    }

    fn acts_oddly(&mut self, patient: u64) -> Result<(), Broken> {
        match self.rng.below(6) {
            0 => self.tell(Event::Touched(Touch::Leave)),
            1 => self.tell(Event::Touched(Touch::Done)),
            2 => self.tell(Event::Touched(Touch::Begin)),
            3 => self.tell(Event::Touched(Touch::Choose(services()[0].id.clone()))),
            4 => self.tell(Event::Scanned(Scan::new(b"https://example.vn/menu".to_vec()).unwrap())),
            _ => self.holds_up(patient),
        }
    }

    fn holds_up(&mut self, patient: u64) -> Result<(), Broken> {
        let busy = matches!(self.kiosk.view(), View::Issuing { .. } | View::Number { .. });
        if !busy {
            self.oracle.card_holder = name(patient);
        }
        self.tell(shows(patient))
    }

    /// Moves to the next thing that is due and lets it happen.
    fn time_passes(&mut self) -> Result<(), Broken> {
        let next_due = self.due.iter().enumerate().min_by_key(|(_, (at, _))| *at).map(|(place, (at, _))| (*at, place));
        let deadline = self.kiosk.deadline().map(|at| at.since_start().as_millis() as u64);
        match (next_due, deadline) {
            (Some((at, place)), deadline) if deadline.is_none_or(|deadline| at <= deadline) => {
                self.now_ms = self.now_ms.max(at);
                let (_, due) = self.due.swap_remove(place);
                self.happens(due)
            }
            (_, Some(deadline)) => {
                self.now_ms = self.now_ms.max(deadline);
                self.tell(Event::Tick)
            }
            (_, None) => Ok(()),
        }
    }

    fn happens(&mut self, due: Due) -> Result<(), Broken> {
        match due {
            Due::ToKiosk(event) => self.tell(*event),
            Due::Disk(request, entry) => self.disk_has(request, entry),
            Due::IssueArrives(request, service) => self.issue_arrives(request, &service),
            Due::VoidArrives(request) => {
                self.oracle.voided.insert(request);
                self.ledger.apply(request, Entry::Voided);
                self.tally.voids += 1;
                Ok(())
            }
            Due::PrinterEnds(request) => self.printer_ends(request),
        }
    }

    fn disk_has(&mut self, request: RequestId, entry: Entry) -> Result<(), Broken> {
        if self.rng.chance(3) {
            self.tally.disk_failures += 1;
            return self.tell(Event::RecordFailed(request, entry));
        }
        self.ledger.apply(request, entry);
        self.oracle.on_disk.insert((request, disk_key(entry)));
        self.tell(Event::Recorded(request, entry))
    }

    fn issue_arrives(&mut self, request: RequestId, service: &ServiceId) -> Result<(), Broken> {
        if self.oracle.voided.contains(&request) || self.rng.chance(5) {
            let why = if self.rng.chance(50) { IssueFailure::Closed } else { IssueFailure::Refused };
            return self.tell(Event::IssueFailed(request, why));
        }
        self.ordinal += 1;
        let ticket = ticket(request, service, self.ordinal);
        self.oracle.issued.insert(request, ticket.clone());
        if self.rng.chance(8) {
            self.tally.lost_replies += 1;
            let failure = Event::IssueFailed(request, IssueFailure::Unreachable);
            return self.later(9_000, failure);
        }
        let late_ms = self.rng.delay_ms(300, 30_000, 15);
        self.tally.late_replies += u64::from(late_ms > 10_000);
        self.later(late_ms, Event::Issued(ticket))
    }

    fn printer_ends(&mut self, request: RequestId) -> Result<(), Broken> {
        let outcome = match self.rng.below(10) {
            0 => PrintOutcome::Failed(Fault::PaperOut),
            1 => PrintOutcome::Uncertain(Fault::Offline),
            _ => PrintOutcome::Confirmed,
        };
        self.tally.papers += u64::from(outcome == PrintOutcome::Confirmed);
        if self.oracle.job == Some(request) {
            self.oracle.job = None;
        }
        self.tell(Event::Printed(request, outcome))
    }

    fn tell(&mut self, event: Event) -> Result<(), Broken> {
        self.requests += 1;
        let mut fresh = [0; 16];
        fresh[8..].copy_from_slice(&self.requests.to_be_bytes());
        let now = Uptime::new(Duration::from_millis(self.now_ms));
        let effects = self
            .kiosk
            .handle(event, Moment { now, fresh: RequestId::from_bytes(fresh), today: Date::new(2026, 11, 23) });
        for effect in &effects {
            self.oracle.sees_effect(effect)?;
        }
        let view = self.kiosk.view();
        self.oracle.sees_view(&view)?;
        self.tally.apologies += u64::from(matches!(view, View::Apology(_)));
        self.tally.written_down += u64::from(matches!(view, View::Number { paper: PaperAdvice::WriteDown, .. }));
        for effect in effects {
            self.carry_out(effect);
        }
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) {
        let (delay_ms, due) = match effect {
            Effect::Record(request, entry) => (self.rng.delay_ms(5, 8_000, 4), Due::Disk(request, entry)),
            Effect::Issue { request, service } => {
                (self.rng.delay_ms(200, 20_000, 8), Due::IssueArrives(request, service))
            }
            Effect::Void(request) => {
                // The shell notes on disk that it wants the void before it says anything to the service.
                self.ledger.apply(request, Entry::VoidWanted);
                self.oracle.on_disk.insert((request, disk_key(Entry::VoidWanted)));
                (self.rng.delay_ms(200, 60_000, 20), Due::VoidArrives(request))
            }
            Effect::Print { request, .. } => (self.rng.delay_ms(3_000, 150_000, 10), Due::PrinterEnds(request)),
        };
        self.due.push((self.now_ms + delay_ms, due));
    }

    fn later(&mut self, delay_ms: u64, event: Event) -> Result<(), Broken> {
        self.due.push((self.now_ms + delay_ms, Due::ToKiosk(Box::new(event))));
        Ok(())
    }

    /// What was on its way inside the kiosk is gone; what had left it is not.
    fn power_cut(&mut self) -> Result<(), Broken> {
        self.tally.power_cuts += 1;
        self.due.retain(|(_, due)| matches!(due, Due::IssueArrives(..)));
        self.oracle.power_cut();
        self.kiosk = (self.make)();
        for request in self.ledger.to_void() {
            self.oracle.on_disk.insert((request, disk_key(Entry::VoidWanted)));
            self.carry_out(Effect::Void(request));
        }
        self.tell(offer(services()))
    }

    /// Nobody touches anything any more: time alone must lead to Welcome, and everything on its way arrives.
    fn settle(&mut self) -> Result<(), Broken> {
        for _ in 0..STEPS_TO_WELCOME_MAX {
            let at_welcome = matches!(self.kiosk.view(), View::Welcome { .. });
            if at_welcome && self.due.is_empty() {
                return Ok(());
            }
            self.time_passes()?;
        }
        Err(Broken("no way back to Welcome".into()))
    }
}

fn services() -> Vec<ServiceOffer> {
    ["noi", "nhi", "mat"]
        .into_iter()
        .map(|id| ServiceOffer {
            id: ServiceId::new(id).unwrap(),
            name: id.to_uppercase(),
            place: "Phòng 1".into(),
            open: true,
            waiting: 0,
        })
        .collect()
}

fn ticket(request: RequestId, service: &ServiceId, ordinal: u16) -> Ticket {
    Ticket {
        request,
        day: "2026-11-23".parse().unwrap(),
        number: TicketNumber::new(Series::new("A").unwrap(), ordinal).unwrap(),
        service: service.clone(),
        service_name: service.to_string(),
        place: "Phòng 1".into(),
        ahead: 0,
        issued_at: UnixMillis(0),
        issued_at_local: "07:00 23/11/2026".into(),
        standing: Standing::default(),
    }
}

/// The invented patient's name; the last word tells them apart, masked or not.
fn name(patient: u64) -> String {
    let last = ["An", "Bình", "Chi", "Dũng", "Én", "Phúc", "Giang", "Hạnh"];
    format!("Nguyễn Văn Mẫu {}", last[(patient % PATIENTS) as usize])
}

/// A card, an insurance card, or the bytes of a chip as another reader has read them.
fn shows(patient: u64) -> Event {
    let number = format!("001090{:06}", 999_900 + patient);
    let name = name(patient);
    let scanned = |text: String| Event::Scanned(Scan::new(text.into_bytes()).unwrap());
    match patient % 3 {
        0 => scanned(format!("{number}||{name}|01011990|Nam|Số 1, Đường Mẫu|01012022")),
        1 => {
            let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
            scanned(format!("{}|{hex}|01/01/1990|1", &number[2..]))
        }
        _ => Event::Identified(Box::new(
            vn_identity::decode(&chip(&[(1, &number), (2, &name), (3, "01/01/1990")])).unwrap(),
        )),
    }
}

/// Data group 13 with these entries, none of which is long.
fn chip(entries: &[(u8, &str)]) -> Vec<u8> {
    let long = |tag: u8, content: &[u8]| [&[tag, 0x81, u8::try_from(content.len()).unwrap()], content].concat();
    let entry = |(number, text): &(u8, &str)| {
        long(0x30, &[&[0x02, 1, *number], long(0x0C, text.as_bytes()).as_slice()].concat())
    };
    let set: Vec<u8> = entries.iter().flat_map(entry).collect();
    let head = [0x02, 1, 1, 0x06, 6, 0x28, 0xD3, 0x16, 0x01, 0x00, 0x08];
    long(0x6D, &long(0x30, &[&head[..], &long(0x31, &set)].concat()))
}
