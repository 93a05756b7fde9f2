//! Numbers while the queue service is away: from the kiosk's own series, on disk before they are shown, handed over when
//! the service is back.
//!
//! The count of the series never begins again with a day, so no clock can make it give a number out twice; a kiosk
//! whose state was lost gets another series.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use queue_client::{ClientError, QueueClient, new_request_id};
use queue_protocol::model::{
    Arrival, KioskId, ORDINAL_MAX, Series, ServiceDay, Standing, Ticket, TicketNumber, UnixMillis,
};
use queue_protocol::v1::{HAND_OVER_MAX, HandOver, HandOverOutcome, IssueTicket, LeaseSeries, OfflineTicket, Services};

use crate::calendar;
use crate::chain::Chain;
use crate::offline_journal::{Entry, Issued, Moment, OfflineJournal};

/// Most numbers that wait to be handed over. More than any outage brings; the next patient is sent to the desk.
const PENDING_MAX: usize = 4_000;

/// What the hospital offered last, for a kiosk that starts while the service is away.
const OFFER_FILE: &str = "offer.json";

/// Why the kiosk can issue no number of its own.
#[derive(Debug, thiserror::Error)]
pub enum NoOwnNumber {
    /// It has never reached the service, or the service had no series left.
    #[error("this kiosk owns no series yet")]
    NoSeries,
    /// The service chosen was never offered.
    #[error("the service is not one that was offered")]
    UnknownService,
    /// Too many wait to be handed over.
    #[error("{PENDING_MAX} numbers wait to be handed over")]
    TooMany,
    /// The number is not on disk.
    #[error("the number cannot be kept")]
    Disk(#[from] io::Error),
}

/// Tells the time by both clocks.
pub type Now = Box<dyn Fn() -> Moment + Send>;

/// What a kiosk can do by itself.
pub struct Offline {
    journal: OfflineJournal,
    offer_path: PathBuf,
    offer: Option<Services>,
    /// The service has confirmed the series since it was last away.
    is_leased: bool,
    now: Now,
}

impl Offline {
    /// Opens the state in `dir`.
    ///
    /// # Errors
    /// The file system's.
    pub fn open(dir: &Path, now: Now) -> io::Result<Self> {
        let mut journal = OfflineJournal::open(dir)?;
        if journal.known().installation.is_none() {
            journal.append(vec![Entry::Installation(new_request_id())])?;
        }
        let offer_path = dir.join(OFFER_FILE);
        let offer = fs::read(&offer_path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(Self { journal, offer_path, offer, is_leased: false, now })
    }

    /// What the hospital offered last, if anything is known.
    #[must_use]
    pub const fn offer(&self) -> Option<&Services> {
        self.offer.as_ref()
    }

    /// Whether a number can be issued here.
    #[must_use]
    pub fn is_able(&self) -> bool {
        let known = self.journal.known();
        known.series.is_some() && known.pending.len() < PENDING_MAX && self.offer.is_some()
    }

    /// Remembers what the hospital offers. On disk only when that has changed.
    pub fn remember(&mut self, told: &Services) {
        let lasting = lasting(told);
        if self.offer.as_ref().is_some_and(|held| *held == lasting) {
            return;
        }
        if let Err(error) = written(&self.offer_path, &lasting) {
            tracing::warn!("what the hospital offers is not kept: {}", Chain(&error));
        }
        self.offer = Some(lasting);
    }

    /// Issues the next number of the kiosk's series. It is on disk when it is here.
    ///
    /// # Errors
    /// [`NoOwnNumber`]; then nobody may be shown a number.
    pub fn issue(&mut self, asked: &IssueTicket) -> Result<Ticket, NoOwnNumber> {
        let known = self.journal.known();
        let series = known.series.ok_or(NoOwnNumber::NoSeries)?;
        if known.pending.len() >= PENDING_MAX {
            return Err(NoOwnNumber::TooMany);
        }
        let number = next(series, known.last).ok_or(NoOwnNumber::NoSeries)?;
        let offered = self.offer.as_ref().and_then(|offer| offer.services.iter().find(|at| at.id == asked.service));
        let service = offered.ok_or(NoOwnNumber::UnknownService)?.clone();
        let at = (self.now)();
        let ticket = Ticket {
            request: asked.request,
            day: day(at.wall)?,
            number,
            service: service.id.clone(),
            service_name: service.name,
            place: service.place,
            ahead: 0,
            issued_at: at.wall,
            issued_at_local: calendar::local_text(at.wall),
            standing: Standing { provisional: true, ..Standing::default() },
        };
        let groups = asked.arrival.groups.clone();
        self.journal.append(vec![Entry::Issued(Issued {
            request: asked.request,
            number,
            service: service.id,
            at,
            groups,
        })])?;
        Ok(ticket)
    }

    /// The service was away: what it knows of the series is asked again.
    pub fn lost_contact(&mut self) {
        self.is_leased = false;
    }

    /// What to ask for the series, unless the service has confirmed it.
    #[must_use]
    pub fn to_lease(&self) -> Option<LeaseSeries> {
        let known = self.journal.known();
        let installation = known.installation.filter(|_| !self.is_leased)?;
        Some(LeaseSeries { installation, held: known.series })
    }

    /// Keeps the series the service has confirmed.
    ///
    /// # Errors
    /// The file system's.
    pub fn leased(&mut self, series: Series) -> io::Result<()> {
        if self.journal.known().series != Some(series) {
            self.journal.append(vec![Entry::Series(series)])?;
        }
        self.is_leased = true;
        Ok(())
    }

    /// The next numbers to hand over, in the order of arrival; `None` when there are none.
    #[must_use]
    pub fn to_hand_over(&self) -> Option<HandOver> {
        let known = self.journal.known();
        let now = (self.now)();
        let ticket = |issued: &Issued| OfflineTicket {
            request: issued.request,
            number: issued.number,
            service: issued.service.clone(),
            issued_at: issued.at.wall,
            age_ms: age_ms(&issued.at, &now),
            arrival: Arrival { groups: issued.groups.clone(), ..Arrival::default() },
        };
        let tickets: Vec<OfflineTicket> = known.pending.iter().take(HAND_OVER_MAX).map(ticket).collect();
        let installation = known.installation.filter(|_| !tickets.is_empty())?;
        Some(HandOver { installation, tickets })
    }

    /// Notes that the service has the numbers of `handed`.
    ///
    /// # Errors
    /// The file system's; then they are handed over once more.
    pub fn handed_over(&mut self, handed: &HandOver, outcomes: &[HandOverOutcome]) -> io::Result<()> {
        for (ticket, outcome) in handed.tickets.iter().zip(outcomes) {
            let number = ticket.number;
            match outcome {
                HandOverOutcome::Joined | HandOverOutcome::Voided => {
                    tracing::info!(%number, ?outcome, "a provisional number is handed over");
                }
                HandOverOutcome::UnknownService | HandOverOutcome::NotYours | HandOverOutcome::RequestSpent => {
                    tracing::error!(%number, ?outcome, "the service did not take a number in that a patient has");
                }
            }
        }
        let done = handed.tickets.iter().zip(outcomes).map(|(ticket, _)| Entry::HandedOver(ticket.request));
        self.journal.append(done.collect())
    }
}

/// Confirms the series and hands over what waits, until nothing does.
///
/// May be dropped at any await: what the service has taken in is known there when it comes again.
///
/// # Errors
/// The client's, or the file system's as text.
pub async fn settle(
    offline: &std::cell::RefCell<Offline>,
    client: &QueueClient,
    kiosk: &KioskId,
) -> Result<(), SettleError> {
    let to_lease = offline.borrow().to_lease();
    if let Some(asked) = to_lease {
        let lease = client.lease_series(kiosk, &asked).await?;
        offline.borrow_mut().leased(lease.series)?;
    }
    loop {
        let waiting = offline.borrow().to_hand_over();
        let Some(handed) = waiting else { return Ok(()) };
        let taken = client.hand_over(kiosk, &handed).await?;
        if taken.outcomes.len() != handed.tickets.len() {
            return Err(SettleError::Outcomes { expected: handed.tickets.len(), got: taken.outcomes.len() });
        }
        offline.borrow_mut().handed_over(&handed, &taken.outcomes)?;
    }
}

/// Why series and numbers are not settled with the service.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The service is away again, or refuses.
    #[error("the service did not take it")]
    Client(#[from] ClientError),
    /// The disk.
    #[error("it cannot be kept")]
    Disk(#[from] io::Error),
    /// An answer that is none.
    #[error("expected {expected} outcomes, got {got}")]
    Outcomes {
        /// Numbers handed over.
        expected: usize,
        /// Outcomes told.
        got: usize,
    },
}

/// The number after `last`, and the first one again after the highest that fits on paper.
fn next(series: Series, last: Option<TicketNumber>) -> Option<TicketNumber> {
    let ordinal = last.map_or(0, TicketNumber::ordinal) % ORDINAL_MAX + 1;
    TicketNumber::new(series, ordinal).ok()
}

/// What of an offer is still true when the service has been away for a while: names and places.
fn lasting(told: &Services) -> Services {
    let mut lasting = told.clone();
    for service in &mut lasting.services {
        service.waiting = 0;
        // Whether it is open is not known any more, and a number is better than none.
        service.open = true;
        service.facts = queue_protocol::model::ServiceFacts { hours: service.facts.hours.take(), ..Default::default() };
    }
    lasting
}

fn written(path: &Path, offer: &Services) -> io::Result<()> {
    let unfinished = path.with_extension("json.new");
    let mut file = File::create(&unfinished)?;
    file.write_all(&serde_json::to_vec(offer)?)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

/// How long ago `then` was. Within one start of the machine that is exact, whatever was done to the wall clock; over a
/// restart it is what the wall clock says, and at least as long as the machine runs.
fn age_ms(then: &Moment, now: &Moment) -> u64 {
    if then.boot == now.boot {
        return now.uptime_ms.saturating_sub(then.uptime_ms);
    }
    let both_set = calendar::is_set(then.wall) && calendar::is_set(now.wall);
    let by_wall = u64::try_from(now.wall.0.saturating_sub(then.wall.0)).unwrap_or(0);
    if both_set { by_wall.max(now.uptime_ms) } else { now.uptime_ms }
}

/// The kiosk's idea of the day, for the paper. The service tells by itself which day the number belongs to.
fn day(wall: UnixMillis) -> Result<ServiceDay, NoOwnNumber> {
    let date = calendar::date_at(wall).and_then(|date| ServiceDay::new(date.year, date.month, date.day).ok());
    // A clock that was never set shows 1970; the earliest day there is stands for it.
    date.or_else(|| ServiceDay::new(2000, 1, 1).ok()).ok_or(NoOwnNumber::NoSeries)
}

/// The kiosk's clocks.
#[must_use]
pub fn clocks() -> Now {
    // A machine that does not tell its start is taken to have started with this process.
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
    let boot = if boot.is_empty() { new_request_id().to_string() } else { boot };
    Box::new(move || Moment {
        wall: UnixMillis(Timestamp::now().as_millisecond()),
        boot: boot.clone(),
        uptime_ms: uptime_ms(),
    })
}

fn uptime_ms() -> u64 {
    let text = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = text.split_whitespace().next().and_then(|seconds| seconds.parse().ok());
    seconds
        .and_then(|seconds: f64| std::time::Duration::try_from_secs_f64(seconds).ok())
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {

    use queue_client::new_request_id;
    use queue_protocol::model::{PriorityGroup, PriorityPolicy, Proof, ServiceFacts, ServiceId, ServiceOffer};

    use super::*;

    /// 2026-11-23T08:00:00+07:00.
    const MORNING: i64 = 1_795_395_600_000;

    fn at(wall: i64, boot: &str, uptime_ms: u64) -> Moment {
        Moment { wall: UnixMillis(wall), boot: boot.into(), uptime_ms }
    }

    fn offer() -> Services {
        let service = ServiceOffer {
            id: ServiceId::new("noi").unwrap(),
            name: "Nội".into(),
            place: "P1".into(),
            open: false,
            waiting: 7,
            facts: ServiceFacts::default(),
        };
        Services {
            hospital: "BV".into(),
            address: String::new(),
            services: vec![service],
            priority: Some(PriorityPolicy::Strict),
            held_tickets: false,
        }
    }

    fn kiosk(dir: &Path, moment: Moment) -> Offline {
        Offline::open(dir, Box::new(move || moment.clone())).unwrap()
    }

    fn asked(service: &str) -> IssueTicket {
        let kiosk = KioskId::new("k1").unwrap();
        IssueTicket::new(new_request_id(), kiosk, ServiceId::new(service).unwrap())
    }

    fn able(dir: &Path) -> Offline {
        let mut offline = kiosk(dir, at(MORNING, "b", 5_000));
        offline.remember(&offer());
        offline.leased(Series::new("TA").unwrap()).unwrap();
        offline
    }

    #[test]
    fn a_kiosk_that_never_reached_the_service_gives_no_number() {
        let dir = tempfile::tempdir().unwrap();
        let mut offline = kiosk(dir.path(), at(MORNING, "b", 0));
        assert!(!offline.is_able());
        assert!(matches!(offline.issue(&asked("noi")), Err(NoOwnNumber::NoSeries)));
        offline.leased(Series::new("TA").unwrap()).unwrap();
        assert!(matches!(offline.issue(&asked("noi")), Err(NoOwnNumber::UnknownService)));
    }

    #[test]
    fn numbers_go_on_over_a_restart_and_a_hand_over_and_end_at_the_last_that_fits() {
        let dir = tempfile::tempdir().unwrap();
        let mut offline = able(dir.path());
        let first = offline.issue(&asked("noi")).unwrap();
        assert_eq!((first.number.to_string().as_str(), first.issued_at_local.as_str()), ("TA-001", "08:00 23/11/2026"));
        assert!(first.standing.provisional);
        drop(offline);
        // The service is away, and what was offered is known all the same.
        let mut offline = kiosk(dir.path(), at(MORNING, "c", 0));
        assert!(offline.is_able() && offline.offer().unwrap().services[0].open);
        assert_eq!(offline.issue(&asked("noi")).unwrap().number.to_string(), "TA-002");
        let handed = offline.to_hand_over().unwrap();
        assert_eq!(handed.tickets.len(), 2);
        offline.handed_over(&handed, &[HandOverOutcome::Joined, HandOverOutcome::Voided]).unwrap();
        assert_eq!(offline.to_hand_over(), None);
        assert_eq!(offline.issue(&asked("noi")).unwrap().number.to_string(), "TA-003");
        let series = Series::new("TA").unwrap();
        assert_eq!(next(series, TicketNumber::new(series, ORDINAL_MAX).ok()).unwrap().to_string(), "TA-001");
    }

    #[test]
    fn a_kiosk_that_was_set_up_anew_is_another_installation() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let lease = able(old.path()).to_lease();
        assert_eq!(lease, None, "confirmed");
        let mut again = able(old.path());
        again.lost_contact();
        let (held, fresh) = (again.to_lease().unwrap(), kiosk(new.path(), at(0, "b", 0)).to_lease().unwrap());
        assert_eq!((held.held, fresh.held), (Series::new("TA").ok(), None));
        assert_ne!(held.installation, fresh.installation);
    }

    #[test]
    fn a_clock_that_is_set_meanwhile_changes_no_age() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(age_ms(&at(0, "b", 10_000), &at(MORNING, "b", 70_000)), 60_000, "set from 1970 to today");
        assert_eq!(age_ms(&at(MORNING, "b", 10_000), &at(MORNING - 600_000, "b", 70_000)), 60_000, "set back");
        // Over a restart: the wall clock, and never less than the machine runs.
        assert_eq!(age_ms(&at(MORNING, "b", 0), &at(MORNING + 90_000, "c", 20_000)), 90_000);
        assert_eq!(age_ms(&at(MORNING, "b", 0), &at(MORNING - 90_000, "c", 20_000)), 20_000);
        assert_eq!(age_ms(&at(0, "b", 0), &at(MORNING, "c", 20_000)), 20_000, "the clock was not set then");
        // A number is given whatever the clock shows; its paper then has no time.
        let mut offline = kiosk(dir.path(), at(0, "b", 0));
        offline.remember(&offer());
        offline.leased(Series::new("TA").unwrap()).unwrap();
        assert_eq!(offline.issue(&asked("noi")).unwrap().issued_at_local, "");
    }

    #[test]
    fn groups_travel_with_the_number_and_persons_do_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut offline = able(dir.path());
        let mut pregnant = asked("noi");
        let group = PriorityGroup::Pregnant;
        pregnant.arrival.groups = vec![queue_protocol::model::GroupClaim { group, proof: Proof::Declared }];
        pregnant.arrival.person = Some(queue_protocol::model::PersonMark::from_bytes([9; 32]));
        offline.issue(&pregnant).unwrap();
        let handed = offline.to_hand_over().unwrap();
        let arrival = &handed.tickets[0].arrival;
        assert_eq!((&arrival.groups, arrival.person), (&pregnant.arrival.groups, None));
    }
}
