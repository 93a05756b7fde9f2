//! The loop around the visit: events in, effects out to the threads that carry them out.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use kiosk_core::effect::{Arriving, Effect};
use kiosk_core::event::{Event, Moment};
use kiosk_core::ledger::Entry;
use kiosk_core::session::Session;
use kiosk_core::view::Screen;
use queue_protocol::model::{Arrival, PersonMark, RequestId};
use tokio::sync::mpsc::Sender;

use crate::chain::Chain;
use crate::config::HospitalKey;
use crate::devices::Devices;
use crate::journal_thread::Line;
use crate::printer_thread::{Job, Task};
use crate::pulse::Pulse;
use crate::queue_thread::Command;
use crate::{calendar, card_thread, person_mark};

/// Longest sleep without an event, so that the loop shows that it lives.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// Where effects go.
pub struct Outlets {
    /// Lines for the journal.
    pub journal: SyncSender<Line>,
    /// Requests for the queue service.
    pub queue: Sender<Command>,
    /// The devices.
    pub devices: Devices,
    /// The key of the marks; without it nobody is recognised.
    pub person_key: Option<HospitalKey>,
}

impl Outlets {
    /// What the queue service learns of the one who arrives: never the number itself.
    fn arrival(&self, arriving: Arriving) -> Arrival {
        let Arriving { person, groups, booked_for } = arriving;
        let no_identity = person.is_none();
        let person = person.and_then(|person| self.mark(&person));
        Arrival { person, groups, booked_for, no_identity }
    }

    /// The mark by which the service knows the person again; `None` without the hospital's key.
    fn mark(&self, person: &kiosk_core::effect::PersonKey) -> Option<PersonMark> {
        person_mark::mark(self.person_key.as_ref()?, person)
    }
}

/// Somebody who carries out effects has ended or is stuck.
struct Ended;

/// Runs visits until a thread it talks to has ended. `show` is called with each screen that differs from the last.
pub fn work(events: &Receiver<Event>, outlets: &Outlets, pulse: &Pulse, mut show: impl FnMut(Screen) -> bool) {
    let mut session = Session::new();
    let mut on_screen: Option<Screen> = None;
    loop {
        pulse.beat();
        let screen = session.screen();
        if on_screen.as_ref() != Some(&screen) {
            if !show(screen.clone()) {
                return;
            }
            on_screen = Some(screen);
        }
        let Some(event) = next_event(events, &session) else { return };
        if let Event::Offered(offer) = &event {
            outlets.devices.specimens.replace(kiosk_core::face::specimens(offer));
        }
        let moment =
            Moment { now: device_links::clock::now(), fresh: queue_client::new_request_id(), today: calendar::today() };
        for effect in session.handle(event, moment) {
            if carry_out(effect, outlets).is_err() {
                return;
            }
        }
    }
}

fn next_event(events: &Receiver<Event>, session: &Session) -> Option<Event> {
    let wait = session.deadline().map_or(IDLE_MAX, |at| at.saturating_since(device_links::clock::now()).min(IDLE_MAX));
    match events.recv_timeout(wait) {
        Ok(event) => Some(event),
        Err(RecvTimeoutError::Timeout) => Some(Event::Tick),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

fn carry_out(effect: Effect, outlets: &Outlets) -> Result<(), Ended> {
    match effect {
        Effect::Record(request, entry) => write(outlets, request, entry),
        Effect::Void(request) => write(outlets, request, Entry::VoidWanted),
        Effect::Issue { request, service, arriving } => {
            tracing::info!(%request, %service, "asking for a number");
            let arrival = Box::new(outlets.arrival(*arriving));
            ask(outlets, Command::Issue(request, service, arrival))
        }
        Effect::Print { request, face } => {
            let job = Job { request, face, asked_at: device_links::clock::now() };
            outlets.devices.printer.try_send(Task::Print(job)).map_err(|error| stuck("printer", &error))
        }
        Effect::FindTickets { lookup, person } => ask(outlets, Command::Find(lookup, outlets.mark(&person))),
        Effect::Rejoin { request, number } => ask(outlets, Command::Rejoin(request, number)),
        Effect::CallHelp(request) => ask(outlets, Command::Help(request)),
        Effect::ReadChip { reading, number } => card(outlets, card_thread::Command::Read { reading, number }),
        Effect::StopChip(reading) => card(outlets, card_thread::Command::Stop(reading)),
    }
}

fn ask(outlets: &Outlets, command: Command) -> Result<(), Ended> {
    outlets.queue.try_send(command).map_err(|error| stuck("queue", &error))
}

/// Without a reader there is no way in the offer that leads here.
fn card(outlets: &Outlets, command: card_thread::Command) -> Result<(), Ended> {
    match &outlets.devices.card {
        Some(reader) => reader.try_send(command).map_err(|error| stuck("card reader", &error)),
        None => Ok(()),
    }
}

fn write(outlets: &Outlets, request: RequestId, entry: Entry) -> Result<(), Ended> {
    outlets.journal.try_send((request, entry)).map_err(|error| stuck("journal", &error))
}

/// The visit never waits for those who work for it: they may be waiting for the visit. A channel that has filled up
/// means a thread that is stuck for good, and the way out of that is to start anew.
fn stuck(thread: &'static str, error: &dyn std::error::Error) -> Ended {
    tracing::error!(thread, "cannot hand over work: {}", Chain(error));
    Ended
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::sync::{Arc, Mutex};
    use std::thread;

    use kiosk_core::event::{Offer, Touch};
    use kiosk_core::view::{Apology, View};
    use kiosk_hal::scanner::Scan;
    use queue_protocol::model::{ServiceFacts, ServiceId, ServiceOffer};
    use tokio::sync::mpsc::channel;

    use super::*;
    use crate::stock::Specimens;
    use crate::wiring::Tap;

    const CARD: &str = "001049999901||NGUYỄN VĂN MẪU|02031949|Nam|Số 1, Đường Mẫu|01012022";

    type Shown = Arc<Mutex<Vec<View>>>;

    struct Bench {
        events: SyncSender<Event>,
        shown: Shown,
        lines: Receiver<Line>,
        ended: Receiver<()>,
    }

    /// A loop whose journal takes `lines_max` lines before it counts as stuck.
    fn bench(lines_max: usize) -> Bench {
        let (events, inbox) = sync_channel(64);
        let (journal, lines) = sync_channel(lines_max);
        let (end, ended) = sync_channel(1);
        let shown = Shown::default();
        let seen = Arc::clone(&shown);
        thread::spawn(move || {
            let ((queue, _commands), (printer, _jobs)) = (channel(1), sync_channel(1));
            let pulse = crate::pulse::Pulses::default().of("visit", Duration::from_secs(60));
            let (specimens, tap) = (Specimens::default(), Tap::default());
            let devices = Devices { printer, card: None, tap, specimens };
            let outlets = Outlets { journal, queue, devices, person_key: None };
            work(&inbox, &outlets, &pulse, |screen| {
                seen.lock().unwrap().push(screen.view);
                true
            });
            end.send(()).ok();
        });
        Bench { events, shown, lines, ended }
    }

    fn service() -> ServiceId {
        ServiceId::new("noi").unwrap()
    }

    fn offered() -> Event {
        let service = ServiceOffer {
            id: service(),
            name: "Nội".into(),
            place: "P1".into(),
            open: true,
            waiting: 0,
            facts: ServiceFacts::default(),
        };
        Event::Offered(Offer {
            hospital: "BV".into(),
            address: String::new(),
            services: vec![service],
            ..Offer::default()
        })
    }

    impl Bench {
        fn tell(&self, event: Event) {
            self.events.send(event).unwrap();
        }

        fn choose(&self) {
            self.tell(offered());
            self.tell(Event::Scanned(Scan::new(CARD.into()).unwrap()));
            self.tell(Event::Touched(Touch::Choose(service())));
        }
    }

    #[test]
    fn a_screen_is_shown_once_and_the_loop_ends_with_its_events() {
        let Bench { events, shown, ended, .. } = bench(4);
        for _ in 0..5 {
            events.send(offered()).unwrap();
        }
        events.send(Event::Touched(Touch::Begin)).unwrap();
        drop(events);
        ended.recv_timeout(Duration::from_secs(30)).unwrap();
        // Welcome twice: before and after the hospital's name was known.
        assert_eq!(shown.lock().unwrap().len(), 3, "{:?}", shown.lock().unwrap());
    }

    #[test]
    fn a_journal_that_takes_no_more_ends_the_loop() {
        let bench = bench(0);
        bench.choose();
        bench.ended.recv_timeout(Duration::from_secs(30)).unwrap();
    }

    #[test]
    fn a_disk_that_does_not_answer_ends_in_an_apology_and_a_void_when_its_time_is_up() {
        let bench = bench(4);
        bench.choose();
        let wait = kiosk_core::session::RECORD_WAIT + Duration::from_secs(5);
        let (asked, entry) = bench.lines.recv_timeout(wait).unwrap();
        assert_eq!(entry, Entry::Requested);
        assert_eq!(bench.lines.recv_timeout(wait).unwrap(), (asked, Entry::VoidWanted));
        drop(bench.events);
        bench.ended.recv_timeout(Duration::from_secs(30)).unwrap();
        assert_eq!(bench.shown.lock().unwrap().last(), Some(&View::Apology(Apology::NoNumberNow)));
    }
}
