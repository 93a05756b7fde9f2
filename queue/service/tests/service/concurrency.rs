//! Many at once.

use std::collections::{BTreeMap, BTreeSet};

use queue_protocol::model::{Series, Ticket};
use queue_service::SAMPLE_CLINIC;
use tokio::task::JoinSet;

use crate::world::{TIMES, World, ask, called, request, room_id};

const SERVICES: [&str; 4] = ["noi-tong-quat", "noi-tim-mach", "nhi", "mat"];

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_retries_of_one_request_are_one_ticket() {
    let world = World::new().await;
    let client = world.client();
    let mut retries = JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        retries.spawn(async move { client.issue(&ask(1, "mat")).await.unwrap() });
    }
    let tickets = retries.join_all().await;
    assert!(tickets.iter().all(|ticket| *ticket == tickets[0]));
    assert_eq!(world.board().await.seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_kiosks_get_numbers_without_a_repeat_or_a_hole() {
    let world = World::new().await;
    let client = world.client();
    let mut kiosks = JoinSet::new();
    for kiosk in 0..64_u64 {
        let client = client.clone();
        kiosks.spawn(async move {
            let mut tickets: Vec<Ticket> = Vec::new();
            for n in 0..200_u64 {
                let service = SERVICES[usize::try_from((kiosk + n) % 4).unwrap()];
                tickets.push(client.issue(&ask(kiosk * 1_000 + n, service)).await.unwrap());
            }
            tickets
        });
    }
    let mut ordinals: BTreeMap<Series, Vec<u16>> = BTreeMap::new();
    for ticket in kiosks.join_all().await.into_iter().flatten() {
        ordinals.entry(ticket.number.series()).or_default().push(ticket.number.ordinal());
    }
    assert_eq!(ordinals.len(), SERVICES.len());
    for (series, mut issued) in ordinals {
        issued.sort_unstable();
        assert_eq!(issued, (1..=3_200).collect::<Vec<u16>>(), "series {series}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_rooms_that_press_together_never_call_one_patient_twice() {
    let more_rooms: String = (1..=8)
        .map(|n| format!("[[room]]\nid = \"r{n}\"\nname = \"R{n}\"\nzone = \"khu-b\"\nservices = [\"mat\"]\n"))
        .collect();
    let world = World::with(format!("{SAMPLE_CLINIC}\n{more_rooms}"), TIMES).await;
    world.issue_many(200, "mat").await;
    let client = world.client();
    let mut rooms = JoinSet::new();
    for room in 1..=8_u64 {
        let client = client.clone();
        rooms.spawn(async move {
            let mut numbers = Vec::new();
            for press in 0..40 {
                let id = request(room * 1_000 + press);
                // A nervous finger: the same press twice at once is one call.
                let room = room_id(&format!("r{room}"));
                let (once, again) = tokio::join!(client.call_next(&room, id), client.call_next(&room, id));
                let (once, again) = (called(once.unwrap()), called(again.unwrap()));
                assert_eq!(once, again);
                numbers.extend(once.map(|call| call.number));
            }
            numbers
        });
    }
    let numbers: Vec<_> = rooms.join_all().await.into_iter().flatten().collect();
    let different: BTreeSet<_> = numbers.iter().copied().collect();
    assert_eq!((numbers.len(), different.len()), (200, 200));
}
