//! A kiosk: the shipped session, journals, provisional numbers and drivers. Its shell (`kiosk-app`'s visit loop and
//! threads) is played here in one thread; Slint is not drawn: the screen is the session's view.

mod asking;
mod devices;
mod patient;

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use kiosk_app::journal::Journal;
use kiosk_app::offline::Offline;
use kiosk_app::offline_journal::Moment as Clocks;
use kiosk_app::print_journal::PrintJournalFile;
use kiosk_core::effect::{Arriving, Effect};
use kiosk_core::event::{Event, FindFailure, HelpFailure, Moment};
use kiosk_core::ledger::Entry;
use kiosk_core::session::Session;
use kiosk_core::view::{Screen, View};
use kiosk_hal::printer::{Edition, JobId, PrintOutcome};
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::{Arrival, KioskId, RequestId, ServiceId, Ticket, UnixMillis};
use queue_protocol::v1::IssueTicket;

use crate::agenda::{Due, KioskDue};
use crate::calls::{Calls, Outcome};
use crate::context::Context;
use crate::people::Person;
use crate::slip::Slip;
use asking::{Asking, Command};
pub use devices::Devices;
use devices::Hands;
pub use patient::Visit;

/// Uptime at which a kiosk's program begins, in milliseconds.
const BOOT_MS: u64 = 15_000;
/// A slow write of the disk, in milliseconds; longer than the session waits for it.
const SLOW_DISK_MS: u64 = 4_000;

/// A kiosk: what stays without power, and what runs.
pub struct Kiosk {
    /// Which one.
    pub at: usize,
    id: KioskId,
    dir: PathBuf,
    starts: u64,
    /// How far its wall clock is ahead, in milliseconds.
    pub wall_ahead_ms: i64,
    /// The disk takes nothing.
    pub disk_full: bool,
    /// Its devices.
    pub devices: Devices,
    /// What runs; nothing without power.
    pub running: Option<Running>,
}

/// What a kiosk's program holds while it runs.
pub struct Running {
    at: usize,
    /// Which start.
    pub boot: u64,
    id: KioskId,
    begun: u64,
    clocks: Arc<Mutex<Clocks>>,
    wall_ahead_ms: i64,
    session: Session,
    glass: Screen,
    journal: Journal,
    journal_path: PathBuf,
    offline: Offline,
    hands: Hands,
    lines: VecDeque<(RequestId, Entry)>,
    /// Lines the planted slip has told of too early.
    promised_lines: Vec<(RequestId, Entry)>,
    disk_full: bool,
    asking: Asking,
    calls: Calls,
    printing: Option<(RequestId, PrintOutcome)>,
    wakes_at: Option<u64>,
    visit: Option<Visit>,
    last_visit: u64,
    scanned: Option<Person>,
    last_ticket: Option<Ticket>,
    ticket_before: Option<Ticket>,
}

impl Kiosk {
    /// A kiosk without power, with an empty disk at `dir`.
    ///
    /// # Errors
    /// An id that is none.
    pub fn new(at: usize, dir: PathBuf) -> anyhow::Result<Self> {
        let id = KioskId::new(format!("k{at}"))?;
        let devices = Devices::default();
        Ok(Self { at, id, dir, starts: 0, wall_ahead_ms: 0, disk_full: false, devices, running: None })
    }

    /// The power is there and the program starts.
    ///
    /// # Errors
    /// A disk of this machine, not of the world.
    pub fn starts(&mut self, context: &mut Context) -> anyhow::Result<()> {
        self.starts += 1;
        let clocks = Arc::new(Mutex::new(self.clocks(context)));
        let told = Arc::clone(&clocks);
        let now = Box::new(move || told.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let journal = Journal::open(&self.dir)?;
        let mut unconfirmed: BTreeSet<RequestId> = journal.to_void().into_iter().collect();
        if context.slip == Slip::ForgetsVoids {
            unconfirmed.clear();
        }
        let session = Session::new();
        let glass = session.screen();
        let mut running = Running {
            at: self.at,
            boot: self.starts,
            id: self.id.clone(),
            begun: context.now,
            clocks,
            wall_ahead_ms: self.wall_ahead_ms,
            session,
            glass,
            journal,
            journal_path: self.dir.join("requests.journal"),
            offline: Offline::open(&self.dir, now)?,
            hands: Hands::new(&self.devices, PrintJournalFile::open(&self.dir)?),
            lines: VecDeque::new(),
            promised_lines: Vec::new(),
            disk_full: self.disk_full,
            asking: Asking::new(unconfirmed, context.now),
            calls: Calls::default(),
            printing: None,
            wakes_at: None,
            visit: None,
            last_visit: 0,
            scanned: None,
            last_ticket: None,
            ticket_before: None,
        };
        running.looks_at_printer(context);
        running.tell(context, Event::ScannerChanged(Ok(())));
        running.wakes(context);
        self.running = Some(running);
        Ok(())
    }

    /// The power goes: lines on their way to the disk are there, or torn, or not.
    pub fn loses_power(&mut self, context: &mut Context) {
        let Some(running) = self.running.take() else { return };
        let Running { lines, journal, journal_path, .. } = running;
        drop(journal);
        if let Some((request, entry)) = lines.front().filter(|_| !self.disk_full) {
            let word = match entry {
                Entry::Requested => "requested",
                Entry::Shown => "shown",
                Entry::VoidWanted => "void-wanted",
                Entry::Voided => "voided",
            };
            let line = format!("\n{request} {word}\n");
            let kept = context.rng.place(line.len() + 1);
            append(&journal_path, line.get(..kept).unwrap_or_default());
        }
        context.tally.power_cuts += 1;
    }

    fn clocks(&self, context: &Context) -> Clocks {
        Clocks {
            wall: UnixMillis(context.wall().0.saturating_add(self.wall_ahead_ms)),
            boot: format!("boot-{}", self.starts),
            uptime_ms: BOOT_MS,
        }
    }

    /// The folder of its disk.
    #[must_use]
    pub const fn dir(&self) -> &PathBuf {
        &self.dir
    }

    /// Its clock or its disk has changed.
    pub fn changed(&mut self) {
        if let Some(running) = &mut self.running {
            (running.wall_ahead_ms, running.disk_full) = (self.wall_ahead_ms, self.disk_full);
        }
    }
}

/// What a power cut leaves of a line.
fn append(path: &PathBuf, text: &str) {
    use std::io::Write;
    // A disk of this machine that is full ends the world at the next start of the kiosk, which says so.
    if let Ok(mut file) = std::fs::File::options().append(true).open(path) {
        file.write_all(text.as_bytes()).ok();
    }
}

impl Running {
    /// Something that was put down for this kiosk happens.
    pub fn happens(&mut self, context: &mut Context, due: KioskDue) {
        match due {
            KioskDue::Line => self.line_is_due(context),
            KioskDue::Wake => {
                self.wakes_at = None;
                if self.session.deadline().is_some_and(|at| self.uptime(context) >= at) {
                    self.tell(context, Event::Tick);
                }
                self.goes_on_asking(context);
            }
            KioskDue::Printed => {
                if let Some((request, outcome)) = self.printing.take() {
                    self.hands.ended();
                    self.tell(context, Event::Printed(request, outcome));
                    self.looks_at_printer(context);
                }
            }
            KioskDue::Acts(visit) => self.patient_acts(context, visit),
            KioskDue::Gone(visit) => {
                if self.visit.is_none() && self.last_visit == visit {
                    context.oracle.is_long_gone(&self.glass, self.session.patient().is_some(), visit);
                }
            }
        }
        self.wakes(context);
    }

    /// A reply, or the end of an attempt.
    pub fn call_happens(
        &mut self,
        context: &mut Context,
        act: impl FnOnce(&mut Calls, &mut Context) -> Option<Outcome>,
    ) {
        if let Some(outcome) = act(&mut self.calls, context) {
            self.call_ended(context, outcome);
        }
        self.wakes(context);
    }

    fn uptime(&self, context: &Context) -> Uptime {
        Uptime::from_millis(BOOT_MS + context.now.saturating_sub(self.begun))
    }

    fn sets_clocks(&self, context: &Context) {
        let mut clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        clocks.wall = UnixMillis(context.wall().0.saturating_add(self.wall_ahead_ms));
        clocks.uptime_ms = BOOT_MS + context.now.saturating_sub(self.begun);
    }

    fn wakes(&mut self, context: &mut Context) {
        let session = self.session.deadline().map_or(u64::MAX, |at| {
            let wait = at.saturating_since(self.uptime(context)).as_millis();
            context.now + u64::try_from(wait).unwrap_or(u64::MAX / 2) + 1
        });
        let at = session.min(self.asking.wakes_at()).max(context.now + 1);
        if at < u64::MAX && self.wakes_at.is_none_or(|set| at < set) {
            self.wakes_at = Some(at);
            context.later(at - context.now, Due::AtKiosk(self.at, self.boot, KioskDue::Wake));
        }
    }

    fn tell(&mut self, context: &mut Context, event: Event) {
        let moment =
            Moment { now: self.uptime(context), fresh: context.request(), today: vn_identity::Date::new(2026, 11, 23) };
        let effects = self.session.handle(event, moment);
        for effect in effects {
            self.carries_out(context, effect);
        }
        self.shows(context);
    }

    fn shows(&mut self, context: &mut Context) {
        let screen = self.session.screen();
        if screen == self.glass {
            return;
        }
        let is_kept = context.slip == Slip::KeepsTheScreen && matches!(screen.view, View::Welcome { .. });
        if !is_kept {
            self.glass = screen;
        }
        context.oracle.sees_screen(&self.glass, self.scanned, self.last_ticket.as_ref());
    }

    fn carries_out(&mut self, context: &mut Context, effect: Effect) {
        match effect {
            Effect::Record(request, entry) => {
                if entry == Entry::Requested {
                    context.oracle.asks(request, self.scanned);
                    if context.traps.remove(&self.at) {
                        let soon = context.rng.between(0, 3_000);
                        context.later(soon, Due::PowerOff(self.at));
                    }
                }
                self.writes(context, request, entry);
            }
            Effect::Void(request) => self.writes(context, request, Entry::VoidWanted),
            Effect::Issue { request, service, arriving } => {
                let asked = self.asked(request, service, *arriving);
                self.ask(context, Command::Issue(Box::new(asked)));
            }
            Effect::Print { request, face } => self.prints(context, request, &face),
            Effect::FindTickets { lookup, .. } => {
                self.tell(context, Event::TicketsFound(lookup, Err(FindFailure::Refused)));
            }
            Effect::CallHelp(request) => {
                self.tell(context, Event::HelpAnswered(request, Err(HelpFailure::Unreachable)));
            }
            // No reader and no held tickets are offered in this hospital.
            Effect::Rejoin { .. } | Effect::ReadChip { .. } | Effect::StopChip(_) => {}
        }
    }

    fn asked(&self, request: RequestId, service: ServiceId, arriving: Arriving) -> IssueTicket {
        let Arriving { person, groups, booked_for } = arriving;
        let no_identity = person.is_none();
        let person = person.and(self.scanned).map(Person::mark);
        let arrival = Arrival { person, groups, booked_for, no_identity };
        IssueTicket { request, kiosk: self.id.clone(), service, arrival }
    }

    /// Sends a line to the disk.
    fn writes(&mut self, context: &mut Context, request: RequestId, entry: Entry) {
        self.lines.push_back((request, entry));
        let in_ms = if context.rng.below(400) == 0 { SLOW_DISK_MS } else { context.rng.between(1, 40) };
        context.later(in_ms, Due::AtKiosk(self.at, self.boot, KioskDue::Line));
    }

    fn line_is_due(&mut self, context: &mut Context) {
        let Some((request, entry)) = self.lines.pop_front() else { return };
        if context.slip == Slip::SendsBeforeDisk && entry == Entry::Requested {
            // Said to be on disk, and written with the line after it.
            self.promised_lines.push((request, entry));
            self.tell(context, Event::Recorded(request, entry));
            return;
        }
        for (request, entry) in std::mem::take(&mut self.promised_lines) {
            self.writes_line(request, entry);
        }
        let written = self.writes_line(request, entry);
        context.tally.lines_refused += u64::from(!written);
        match entry {
            Entry::Requested | Entry::Shown => {
                if written && entry == Entry::Shown {
                    context.oracle.keeps(self.last_ticket.as_ref(), request);
                }
                let event = if written { Event::Recorded } else { Event::RecordFailed };
                self.tell(context, event(request, entry));
            }
            Entry::VoidWanted => {
                context.oracle.takes_back(request, &self.glass, self.last_ticket.as_ref());
                self.ask(context, Command::Void(request));
            }
            Entry::Voided => {}
        }
    }

    fn writes_line(&mut self, request: RequestId, entry: Entry) -> bool {
        !self.disk_full && self.journal.append(request, entry).is_ok()
    }

    /// The service has answered with a ticket.
    fn is_issued(&mut self, context: &mut Context, ticket: Ticket) {
        let told = match (context.slip, &self.ticket_before) {
            (Slip::MixesReplies, Some(before)) => Ticket { request: ticket.request, ..before.clone() },
            _ => ticket.clone(),
        };
        self.ticket_before = Some(ticket);
        self.last_ticket = Some(told.clone());
        context.tally.issued += 1;
        self.tell(context, Event::Issued(told));
    }

    fn prints(&mut self, context: &mut Context, request: RequestId, face: &kiosk_hal::printer::TicketFace) {
        context.oracle.sees_face(face, self.scanned);
        let job = JobId(request.into_bytes());
        let mut printed = self.hands.print(job, face);
        if context.slip == Slip::PrintsAgain && matches!(printed.outcome, PrintOutcome::Uncertain(_)) {
            // Wrong wiring that waits until the printer answers again, and does not ask what came out.
            self.hands.answers_again();
            let again = self.hands.print(JobId(context.rng.sixteen()), face);
            printed.tickets.extend(again.tickets);
        }
        context.tally.prints(printed.outcome);
        if face.edition == Edition::Original {
            context.oracle.sees_paper(self.at, &printed.tickets, printed.outcome);
        }
        self.printing = Some((request, printed.outcome));
        context.later(printed.took_ms.max(1), Due::AtKiosk(self.at, self.boot, KioskDue::Printed));
    }

    /// Asks the printer how it is, and tells the visit.
    pub fn looks_at_printer(&mut self, context: &mut Context) {
        if self.printing.is_none() {
            let status = self.hands.status();
            self.tell(context, Event::PrinterChanged(status));
        }
    }
}
