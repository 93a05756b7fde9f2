//! Many who ask for a number at one moment are answered together, each as if they had asked alone.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use queue_protocol::model::{Arrival, KioskId, PersonMark, TicketNumber};
use queue_protocol::v1::IssueTicket;
use queue_store::{IssueError, StoreError};

use crate::place::{MORNING, Place, asked, fresh};

/// Who asks at one moment.
const MANY: usize = 40;

pub async fn a_person_who_asks_many_times_at_once_has_one_number(place: &Place<'_>) {
    let desk = place.open().await;
    let person = Arrival { person: Some(PersonMark::from_bytes([3; 32])), ..Arrival::default() };
    let request = fresh();
    let scans = (0..MANY).map(|n| {
        // A visit of its own each time, the same visit again, and others in between.
        let (request, arrival) = match n % 3 {
            0 => (fresh(), person.clone()),
            1 => (request, person.clone()),
            _ => (fresh(), Arrival::default()),
        };
        desk.store.issue(asked(request, "noi", arrival), MORNING)
    });
    let numbers: Vec<TicketNumber> = join_all(scans).await.into_iter().map(|ticket| ticket.unwrap().number).collect();
    let of = |which: fn(usize) -> bool| -> Vec<TicketNumber> {
        numbers.iter().enumerate().filter(|(n, _)| which(*n)).map(|(_, number)| *number).collect()
    };
    let (persons, others) = (of(|n| n % 3 != 2), of(|n| n % 3 == 2));
    assert!(persons.iter().all(|number| *number == persons[0]), "{persons:?}");
    let different: BTreeSet<_> = others.iter().chain(&persons).collect();
    assert_eq!(different.len(), others.len() + 1);
    assert_eq!(desk.board().seq, u64::try_from(different.len()).unwrap());
}

pub async fn a_quota_holds_when_all_ask_at_once(place: &Place<'_>) {
    let desk = place.open().await;
    let asked = (0..MANY).map(|_| desk.store.issue(asked(fresh(), "rang", Arrival::default()), MORNING));
    let answers = join_all(asked).await;
    let numbers: Vec<String> =
        answers.iter().filter_map(|answer| answer.as_ref().ok()).map(|ticket| ticket.number.to_string()).collect();
    assert_eq!(numbers, ["R-001", "R-002"]);
    let full = |answer: &&Result<_, IssueError>| matches!(answer, Err(IssueError::QuotaReached { quota: 2, .. }));
    assert_eq!(answers.iter().filter(full).count(), MANY - 2);
}

pub async fn one_whose_number_cannot_be_written_harms_nobody_who_asked_with_them(place: &Place<'_>) {
    let desk = place.open().await;
    assert!(place.lets("CREATE UNIQUE INDEX one_of_k9 ON ticket (kiosk) WHERE kiosk = 'k9'"));
    let at = |kiosk: &str| {
        let kiosk = KioskId::new(kiosk).unwrap();
        desk.store.issue(IssueTicket { kiosk, ..asked(fresh(), "noi", Arrival::default()) }, MORNING)
    };
    at("k9").await.unwrap();
    let answers = join_all((0..MANY).map(|n| at(if n == MANY / 2 { "k9" } else { "k1" }))).await;
    let numbers: BTreeSet<_> =
        answers.iter().filter_map(|answer| answer.as_ref().ok()).map(|ticket| ticket.number.ordinal()).collect();
    assert_eq!(numbers, (2..=u16::try_from(MANY).unwrap()).collect());
    assert!(matches!(answers[MANY / 2], Err(IssueError::Store(StoreError::Unavailable(_)))), "{:?}", answers[MANY / 2]);
    assert_eq!(desk.folded().await, desk.board());
    assert_eq!(place.number("SELECT count(*) FROM audit WHERE step = 'issue'"), i64::try_from(MANY).unwrap());
}
