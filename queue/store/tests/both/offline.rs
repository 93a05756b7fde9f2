//! Kiosks that issue while the service is away, calls for help, and what devices tell.

use queue_protocol::model::{
    Arrival, GroupClaim, KioskId, Line, PersonMark, Placement, PriorityGroup, Proof, RequestId, Series, TicketNumber,
    TicketState, UnixMillis,
};
use queue_protocol::v1::{ChangeClinic, HAND_OVER_MAX, HandOver, HandOverOutcome, LeaseSeries, OfflineTicket};
use queue_store::{Action, ChangeClinicError, DeviceStateError, StoredState};

use crate::place::{DAY_MS, Desk, MINUTE_MS, MORNING, Place, asked, fresh, room_id, service_id, today};

fn kiosk(id: &str) -> KioskId {
    KioskId::new(id).unwrap()
}

/// A kiosk with the state that outlives a restart.
struct Kiosk {
    id: KioskId,
    installation: RequestId,
    series: Series,
    issued: u16,
}

impl Kiosk {
    async fn enrolled(desk: &Desk, id: &str) -> Self {
        let installation = fresh();
        let asked = LeaseSeries { installation, held: None };
        let series = desk.store.lease_series(kiosk(id), asked, MORNING).await.unwrap();
        Self { id: kiosk(id), installation, series, issued: 0 }
    }

    /// The kiosk's next number, issued so many minutes before it is handed over.
    fn issue(&mut self, service: &str, minutes_ago: i64) -> OfflineTicket {
        self.issued += 1;
        OfflineTicket {
            request: fresh(),
            number: TicketNumber::new(self.series, self.issued).unwrap(),
            service: service_id(service),
            issued_at: UnixMillis(0),
            age_ms: u64::try_from(minutes_ago * MINUTE_MS).unwrap(),
            arrival: Arrival::default(),
        }
    }

    async fn hand_over_at(&self, desk: &Desk, tickets: &[OfflineTicket], now: UnixMillis) -> Vec<HandOverOutcome> {
        let handed = HandOver { installation: self.installation, tickets: tickets.to_vec() };
        desk.store.hand_over(self.id.clone(), handed, now).await.unwrap().outcomes
    }

    async fn hand_over(&self, desk: &Desk, tickets: &[OfflineTicket]) -> Vec<HandOverOutcome> {
        self.hand_over_at(desk, tickets, MORNING).await
    }
}

pub async fn a_series_is_one_installations_for_good(place: &Place<'_>) {
    let desk = place.open().await;
    let (one, other) = (Kiosk::enrolled(&desk, "k1").await, Kiosk::enrolled(&desk, "k2").await);
    let again = LeaseSeries { installation: one.installation, held: Some(one.series) };
    assert_eq!(desk.store.lease_series(kiosk("k1"), again, MORNING).await.unwrap(), one.series);
    assert_ne!(one.series, other.series);
    // A kiosk that was set up anew does not know what it has issued: it gets another series, and its old one is nobody's.
    let anew = Kiosk::enrolled(&desk, "k1").await;
    assert!(anew.series != one.series && anew.series != other.series);
    // A service that was restored from a copy takes the series back in that a kiosk holds, unless somebody has it.
    let held = |series: &str| LeaseSeries { installation: fresh(), held: Series::new(series).ok() };
    let lease = |kiosk_id: &'static str, asked| desk.store.lease_series(kiosk(kiosk_id), asked, MORNING);
    assert_eq!(lease("k3", held("QX")).await.unwrap().to_string(), "QX");
    assert_ne!(lease("k4", held("QX")).await.unwrap().to_string(), "QX");
    assert_ne!(lease("k5", held("A")).await.unwrap().to_string(), "A", "a service's own");
}

pub async fn numbers_handed_over_join_by_their_arrival(place: &Place<'_>) {
    let desk = place.open().await;
    let (mut one, mut other) = (Kiosk::enrolled(&desk, "k1").await, Kiosk::enrolled(&desk, "k2").await);
    let at = |minutes: i64| UnixMillis(MORNING.0 + minutes * MINUTE_MS);
    let online = |minutes: i64| desk.store.issue(asked(fresh(), "noi", Arrival::default()), at(minutes));
    let early = online(0).await.unwrap();
    let late = online(60).await.unwrap();
    // Arrivals at 10, 20, 30 and 40; the second kiosk comes back later and its people came between.
    let first = [one.issue("noi", 51), one.issue("noi", 31)];
    let second = [other.issue("noi", 43), other.issue("noi", 23)];
    assert_eq!(one.hand_over_at(&desk, &first, at(61)).await, [HandOverOutcome::Joined; 2]);
    assert_eq!(other.hand_over_at(&desk, &second, at(63)).await, [HandOverOutcome::Joined; 2]);
    let order: Vec<String> = desk.call_all("p1").await;
    let numbers = [early.number, first[0].number, second[0].number, first[1].number, second[1].number, late.number];
    assert_eq!(order, numbers.map(|number| number.to_string()));
    assert_eq!(desk.folded().await, desk.board(), "displays fold the same");
    assert!(desk.board().calls.iter().filter(|call| call.mark.provisional).count() == 4);
}

pub async fn a_hand_over_is_taken_once_however_often_it_comes(place: &Place<'_>) {
    let desk = place.open().await;
    let mut kiosk = Kiosk::enrolled(&desk, "k1").await;
    let tickets: Vec<OfflineTicket> = (0..10).map(|n| kiosk.issue("noi", 60 - n)).collect();
    // The answer to the first half was lost, then everything comes again, twice at once.
    kiosk.hand_over(&desk, &tickets[..5]).await;
    let (once, again) = tokio::join!(kiosk.hand_over(&desk, &tickets), kiosk.hand_over(&desk, &tickets));
    assert_eq!((once.as_slice(), again.as_slice()), ([HandOverOutcome::Joined; 10].as_slice(), once.as_slice()));
    assert_eq!(desk.board().waiting[&service_id("noi")], 10);
    assert_eq!(place.number("SELECT count(*) FROM ticket"), 10);
    assert_eq!(desk.board().seq, 10);
    // Called and finished, it is still known.
    let called = desk.call("p1").await.unwrap();
    assert_eq!(called.number, tickets[0].number);
    desk.step(called.number, Action::Finish(room_id("p1"))).await;
    assert_eq!(kiosk.hand_over(&desk, &tickets[..1]).await, [HandOverOutcome::Joined]);
    assert_eq!(desk.state(called.number).await, TicketState::Done);
    assert_eq!(tickets.len().min(HAND_OVER_MAX), 10);
}

pub async fn a_number_nobody_saw_is_never_called(place: &Place<'_>) {
    let desk = place.open().await;
    let mut kiosk = Kiosk::enrolled(&desk, "k1").await;
    let (unseen, taken_back) = (kiosk.issue("noi", 5), kiosk.issue("noi", 4));
    // The void is there first, or it comes after.
    desk.store.void(unseen.request, MORNING).await.unwrap();
    let outcomes = kiosk.hand_over(&desk, &[unseen.clone(), taken_back.clone()]).await;
    assert_eq!(outcomes, [HandOverOutcome::Voided, HandOverOutcome::Joined]);
    desk.store.void(taken_back.request, MORNING).await.unwrap();
    assert_eq!(kiosk.hand_over(&desk, &[unseen, taken_back]).await, [HandOverOutcome::Voided; 2]);
    assert_eq!(desk.call("p1").await, None);
}

pub async fn the_number_in_the_patients_hand_stands_for_the_one_whose_answer_was_lost(place: &Place<'_>) {
    let desk = place.open().await;
    let mut kiosk = Kiosk::enrolled(&desk, "k1").await;
    let ticket = kiosk.issue("noi", 1);
    let lost = desk.store.issue(asked(ticket.request, "noi", Arrival::default()), MORNING).await.unwrap();
    assert_eq!(kiosk.hand_over(&desk, std::slice::from_ref(&ticket)).await, [HandOverOutcome::Joined]);
    assert_eq!(desk.state(lost.number).await, TicketState::Voided);
    // The request that was on its way all the time arrives at last: it makes no second number.
    let late = desk.store.issue(asked(ticket.request, "noi", Arrival::default()), MORNING).await.unwrap();
    assert_eq!((late.number, late.standing.provisional), (ticket.number, true));
    assert_eq!(desk.call_all("p1").await, [ticket.number.to_string()]);
    assert_eq!(kiosk.hand_over(&desk, &[ticket]).await, [HandOverOutcome::Joined]);
}

pub async fn what_cannot_be_taken_in_is_named_and_harms_no_other(place: &Place<'_>) {
    let desk = place.open().await;
    let mut kiosk = Kiosk::enrolled(&desk, "k1").await;
    let other = Kiosk::enrolled(&desk, "k2").await;
    let (gone, good) = (kiosk.issue("da-lieu", 3), kiosk.issue("noi", 2));
    let foreign = OfflineTicket { number: TicketNumber::new(other.series, 1).unwrap(), ..kiosk.issue("noi", 1) };
    let twice = OfflineTicket { request: fresh(), ..good.clone() };
    let press = fresh();
    desk.issue("mat").await;
    desk.store.call_next(room_id("p3"), press, MORNING).await.unwrap();
    let spent = OfflineTicket { request: press, ..kiosk.issue("noi", 1) };
    let outcomes = kiosk.hand_over(&desk, &[gone, good.clone(), foreign, twice, spent]).await;
    let expected = [
        HandOverOutcome::UnknownService,
        HandOverOutcome::Joined,
        HandOverOutcome::NotYours,
        HandOverOutcome::NotYours,
        HandOverOutcome::RequestSpent,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(desk.call_all("p1").await, [good.number.to_string()]);
}

pub async fn an_offline_number_belongs_to_the_day_it_was_issued_on(place: &Place<'_>) {
    let desk = place.open().await;
    let mut kiosk = Kiosk::enrolled(&desk, "k1").await;
    // 23:50 and 00:10 local, handed over at 00:20 on the 24th.
    let (before, after) = (kiosk.issue("noi", 30), kiosk.issue("noi", 10));
    let night = UnixMillis(MORNING.0 + 16 * 60 * MINUTE_MS + 20 * MINUTE_MS);
    let handed = [before.clone(), after.clone()];
    assert_eq!(kiosk.hand_over_at(&desk, &handed, night).await, [HandOverOutcome::Joined; 2]);
    let day = |number: TicketNumber| {
        let days = ["2026-11-23", "2026-11-24"].map(|day| desk.store.number(day.parse().unwrap(), number));
        futures_util::future::join_all(days)
    };
    let found =
        |days: Vec<Result<Option<_>, _>>| days.into_iter().map(|day| day.unwrap().is_some()).collect::<Vec<_>>();
    assert_eq!(found(day(before.number).await), [true, false]);
    assert_eq!(found(day(after.number).await), [false, true]);
    // Days that nobody looks at any more push today's board out of no memory, nor out of a restart.
    let long_ago: Vec<OfflineTicket> = (2..9).map(|days| kiosk.issue("noi", days * DAY_MS / MINUTE_MS)).collect();
    assert_eq!(kiosk.hand_over_at(&desk, &long_ago, night).await, [HandOverOutcome::Joined; 7]);
    let board = desk.store.board(&crate::place::zone(), "2026-11-24".parse().unwrap()).unwrap();
    assert_eq!(board.waiting[&service_id("noi")], 1);
    drop(desk);
    let desk = place.open().await;
    let again = desk.store.board(&crate::place::zone(), "2026-11-24".parse().unwrap()).unwrap();
    assert_eq!(again, board);
}

pub async fn an_offline_number_keeps_its_place_and_its_group(place: &Place<'_>) {
    let desk = place.open().await;
    let mut kiosk = Kiosk::enrolled(&desk, "k1").await;
    let online = desk.issue("noi").await;
    let pregnant = GroupClaim { group: PriorityGroup::Pregnant, proof: Proof::Declared };
    let mark = PersonMark::from_bytes([9; 32]);
    let arrival = Arrival { groups: vec![pregnant], person: Some(mark), ..Arrival::default() };
    let (first, second) = (kiosk.issue("noi", 5), OfflineTicket { arrival, ..kiosk.issue("noi", 4) });
    kiosk.hand_over(&desk, &[first.clone(), second.clone()]).await;
    assert_eq!(desk.store.number(today(), second.number).await.unwrap().unwrap().line, Line::Priority);
    assert_eq!(place.number("SELECT count(*) FROM ticket WHERE person IS NOT NULL"), 0);
    // Held and back in at its place: before the one that came later, though that was stored earlier.
    desk.step(first.number, Action::Hold).await;
    desk.step(first.number, Action::Reactivate(Placement::KeepPlace)).await;
    let expected = [second.number, first.number, online.number].map(|number| number.to_string());
    assert_eq!(desk.call_all("p1").await, expected);
    let recalled = desk.step(online.number, Action::Recall(room_id("p1"))).await;
    assert!(!recalled.call.unwrap().mark.provisional);
}

pub async fn a_services_series_is_never_a_kiosks(place: &Place<'_>) {
    let desk = place.open().await;
    let kiosk = Kiosk::enrolled(&desk, "k1").await;
    assert_eq!(kiosk.series.to_string(), "TA");
    let mut settings = desk.store.clinic_version().await.unwrap().settings;
    settings.services[0].series = kiosk.series;
    let asked = ChangeClinic { request: fresh(), base: 1, settings };
    let refused = desk.store.change_clinic(asked, "staff:mai".into(), MORNING).await;
    assert!(matches!(refused, Err(ChangeClinicError::SeriesLeased { series, .. }) if series == kiosk.series));
}

pub async fn a_call_for_help_is_open_once_until_staff_have_been_there(place: &Place<'_>) {
    let desk = place.open().await;
    let (first, second, press) = (fresh(), fresh(), fresh());
    let call = |request| desk.store.call_help(kiosk("k1"), request, MORNING);
    let opened = call(first).await.unwrap();
    assert_eq!((call(first).await.unwrap(), call(second).await.unwrap()), (opened.clone(), opened.clone()));
    desk.store.call_help(kiosk("k2"), fresh(), UnixMillis(MORNING.0 + 1)).await.unwrap();
    let open = desk.store.help_calls().await.unwrap().calls;
    assert_eq!((open.len(), &open[0]), (2, &opened));
    let left = desk.store.clear_help(kiosk("k1"), press, MORNING).await.unwrap();
    assert_eq!(left.calls.iter().map(|call| call.kiosk.as_str()).collect::<Vec<_>>(), ["k2"]);
    // The retry of the touch opens none; a new touch does, and the late retry of the press leaves that one open.
    assert_eq!(call(first).await.unwrap(), opened);
    assert_eq!(desk.store.help_calls().await.unwrap().calls.len(), 1);
    call(fresh()).await.unwrap();
    let left = desk.store.clear_help(kiosk("k1"), press, MORNING).await.unwrap();
    assert_eq!(left.calls.len(), 2);
    assert_eq!(place.number("SELECT count(*) FROM audit WHERE step LIKE 'help%'"), 4);
}

pub async fn a_device_tells_and_is_listed_with_what_it_told_last(place: &Place<'_>) {
    let desk = place.open().await;
    let told = |device: &str, at, report: &str| StoredState {
        device: device.parse().unwrap(),
        told_at: UnixMillis(at),
        report: report.to_owned(),
    };
    for state in [told("k2", 1, "{}"), told("k1", 2, "{}"), told("k2", 3, "[]")] {
        desk.store.tell_state(state).await.unwrap();
    }
    assert_eq!(desk.store.device_states().await.unwrap(), [told("k1", 2, "{}"), told("k2", 3, "[]")]);
    let others = (2..queue_store::DEVICES_MAX).map(|n| desk.store.tell_state(told(&format!("d{n}"), 1, "{}")));
    assert!(futures_util::future::join_all(others).await.iter().all(Result::is_ok));
    assert!(matches!(desk.store.tell_state(told("one-more", 1, "{}")).await, Err(DeviceStateError::TooMany)));
    desk.store.tell_state(told("k1", 9, "{}")).await.unwrap();
}

/// Three kiosks that lose the service at any moment, answers that are lost, hand-overs that are cut off and repeated,
/// visits that are given up: everybody with a number is called once, in the order in which they came.
pub async fn whatever_is_lost_on_the_way_everybody_is_called_once_in_order_of_arrival(place: &Place<'_>) {
    let desk = place.open().await;
    let mut dice = fastrand::Rng::with_seed(20_261_123);
    let mut kiosks = Vec::new();
    for id in ["k1", "k2", "k3"] {
        kiosks.push((Kiosk::enrolled(&desk, id).await, Vec::<(i64, OfflineTicket)>::new()));
    }
    let at = |step: i64| UnixMillis(MORNING.0 + step * MINUTE_MS);
    let mut live: Vec<String> = Vec::new();
    for step in 0..150_i64 {
        let (kiosk, pending) = &mut kiosks[dice.usize(..3)];
        match dice.u64(..10) {
            0..=2 => {
                let asked = asked(fresh(), "noi", Arrival::default());
                live.push(desk.store.issue(asked, at(step)).await.unwrap().number.to_string());
            }
            roll @ 3..=6 => {
                let ticket = kiosk.issue("noi", 0);
                if roll == 3 {
                    // The service issued one, and its answer was lost.
                    desk.store.issue(asked(ticket.request, "noi", Arrival::default()), at(step)).await.unwrap();
                }
                if roll == 4 {
                    // Nobody saw it.
                    desk.store.void(ticket.request, at(step)).await.unwrap();
                } else {
                    live.push(ticket.number.to_string());
                }
                pending.push((step, ticket));
            }
            _ => {
                // Perhaps the answer is lost, or the kiosk dies before it has written it down: it comes again.
                let count = dice.usize(..5).min(pending.len());
                hand_over_first(&desk, kiosk, pending, count, at(step)).await;
                if dice.u64(..2) == 0 {
                    pending.drain(..count);
                }
            }
        }
    }
    for (kiosk, pending) in &kiosks {
        let count = pending.len();
        hand_over_first(&desk, kiosk, pending, count, at(200)).await;
    }
    assert_eq!(desk.folded().await, desk.board());
    assert_eq!(desk.call_all("p1").await, live);
}

async fn hand_over_first(desk: &Desk, kiosk: &Kiosk, pending: &[(i64, OfflineTicket)], count: usize, now: UnixMillis) {
    let aged = |(step, ticket): &(i64, OfflineTicket)| {
        let age = now.0 - (MORNING.0 + step * MINUTE_MS);
        OfflineTicket { age_ms: u64::try_from(age).unwrap(), ..ticket.clone() }
    };
    let tickets: Vec<OfflineTicket> = pending[..count].iter().map(aged).collect();
    for outcome in kiosk.hand_over_at(desk, &tickets, now).await {
        assert!(matches!(outcome, HandOverOutcome::Joined | HandOverOutcome::Voided), "{outcome:?}");
    }
}
