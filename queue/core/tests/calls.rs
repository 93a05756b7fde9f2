//! Who is called before whom: the bounds that are promised, and that somebody is always called.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use queue_core::{Lane, Past, Turn, Waiting, next_to_call, order_of_calls};
use queue_protocol::model::{Line, PriorityPolicy, ServiceId, UnixMillis, WhyNext};

const MINUTE_MS: i64 = 60_000;
const NOW: UnixMillis = UnixMillis(100 * MINUTE_MS);

fn service(id: &str) -> ServiceId {
    ServiceId::new(id).unwrap()
}

fn ticket(arrival: i64, lane: Lane) -> Waiting {
    Waiting { arrival, service: service("noi"), lane, place: arrival, arrived_at: UnixMillis(arrival * MINUTE_MS) }
}

fn past() -> Past {
    Past { calls: BTreeMap::new(), turn: Turn::None }
}

/// The arrivals in the order of their calls, with the reasons.
fn called(policy: PriorityPolicy, waiting: &[Waiting]) -> Vec<(i64, WhyNext)> {
    let order = order_of_calls(policy, waiting.to_vec(), past(), NOW, usize::MAX);
    order.into_iter().map(|(ticket, why)| (ticket.arrival, why)).collect()
}

fn numbers(policy: PriorityPolicy, waiting: &[Waiting]) -> Vec<i64> {
    called(policy, waiting).into_iter().map(|(arrival, _)| arrival).collect()
}

const NORMAL: Lane = Lane::New(Line::Normal);
const PRIORITY: Lane = Lane::New(Line::Priority);
const EMERGENCY: Lane = Lane::New(Line::Emergency);

#[test]
fn an_emergency_is_before_everybody_a_booking_included() {
    let waiting = [
        ticket(1, NORMAL),
        ticket(2, PRIORITY),
        ticket(3, Lane::Booked(UnixMillis(0))),
        ticket(4, Lane::Back(0)),
        ticket(5, EMERGENCY),
    ];
    for policy in [
        PriorityPolicy::Strict,
        PriorityPolicy::Ratio { priority: 1, normal: 1 },
        PriorityPolicy::Ageing { head_start_minutes: 30 },
    ] {
        let order = called(policy, &waiting);
        assert_eq!(order[0], (5, WhyNext::Emergency));
        assert_eq!(order[1..3], [(4, WhyNext::Back), (3, WhyNext::Booked)]);
    }
}

#[test]
fn a_booking_waits_for_its_time_unless_nobody_else_does() {
    let later = UnixMillis(NOW.0 + MINUTE_MS);
    let waiting = [ticket(1, Lane::Booked(later)), ticket(2, NORMAL)];
    assert_eq!(called(PriorityPolicy::Strict, &waiting), [(2, WhyNext::InOrder), (1, WhyNext::NobodyElse)]);
    let in_time = [ticket(1, NORMAL), ticket(2, Lane::Booked(NOW))];
    assert_eq!(called(PriorityPolicy::Strict, &in_time), [(2, WhyNext::Booked), (1, WhyNext::InOrder)]);
}

#[test]
fn who_is_back_lets_the_agreed_number_of_calls_pass() {
    let mut waiting: Vec<Waiting> = (1..=5).map(|arrival| ticket(arrival, NORMAL)).collect();
    waiting.push(ticket(0, Lane::Back(3)));
    assert_eq!(numbers(PriorityPolicy::Strict, &waiting), [1, 2, 3, 0, 4, 5]);
    // With nobody else there it is called all the same.
    assert_eq!(called(PriorityPolicy::Strict, &[ticket(0, Lane::Back(3))]), [(0, WhyNext::NobodyElse)]);
}

#[test]
fn a_ratio_alternates_and_never_waits_for_a_line_that_is_empty() {
    let waiting: Vec<Waiting> = (1..=4)
        .map(|arrival| ticket(arrival, NORMAL))
        .chain((5..=8).map(|arrival| ticket(arrival, PRIORITY)))
        .collect();
    let two_to_one = PriorityPolicy::Ratio { priority: 2, normal: 1 };
    assert_eq!(numbers(two_to_one, &waiting), [5, 6, 1, 7, 8, 2, 3, 4]);
    let one_to_two = PriorityPolicy::Ratio { priority: 1, normal: 2 };
    assert_eq!(numbers(one_to_two, &waiting), [5, 1, 2, 6, 3, 4, 7, 8]);
}

#[test]
fn ageing_gives_priority_a_head_start_and_no_more() {
    let waiting = [ticket(10, NORMAL), ticket(30, PRIORITY), ticket(41, PRIORITY)];
    let ageing = PriorityPolicy::Ageing { head_start_minutes: 30 };
    assert_eq!(numbers(ageing, &waiting), [30, 10, 41]);
    let order = called(ageing, &waiting);
    assert_eq!(order[1].1, WhyNext::LongestWait);
}

#[test]
fn the_head_of_each_lane_is_enough_to_tell_who_is_next() {
    let waiting: Vec<Waiting> = (1..=20)
        .map(|arrival| {
            ticket(arrival, [NORMAL, PRIORITY, Lane::Back(arrival), Lane::Booked(NOW)][arrival as usize % 4])
        })
        .collect();
    let heads: Vec<Waiting> = waiting[..4].to_vec();
    for policy in [PriorityPolicy::Strict, PriorityPolicy::Ratio { priority: 1, normal: 1 }] {
        let (all, few) = (next_to_call(policy, &waiting, &past(), NOW), next_to_call(policy, &heads, &past(), NOW));
        assert_eq!(all.map(|next| next.ticket), few.map(|next| next.ticket));
    }
}

fn lanes() -> impl Strategy<Value = Lane> {
    prop_oneof![
        4 => Just(NORMAL),
        3 => Just(PRIORITY),
        1 => Just(EMERGENCY),
        1 => (0..200_i64).prop_map(|minutes| Lane::Booked(UnixMillis(minutes * MINUTE_MS))),
        1 => (0..20_i64).prop_map(Lane::Back),
    ]
}

fn policies() -> impl Strategy<Value = PriorityPolicy> {
    prop_oneof![
        Just(PriorityPolicy::Strict),
        (1..5_u32, 1..5_u32).prop_map(|(priority, normal)| PriorityPolicy::Ratio { priority, normal }),
        (0..120_u32).prop_map(|head_start_minutes| PriorityPolicy::Ageing { head_start_minutes }),
    ]
}

fn turns() -> impl Strategy<Value = Turn> {
    prop_oneof![Just(Turn::None), (0..9_u32).prop_map(Turn::Priority), (0..9_u32).prop_map(Turn::Normal)]
}

proptest! {
    #[test]
    fn if_anybody_is_callable_somebody_is_called(
        waiting in proptest::collection::vec(lanes(), 1..40),
        policy in policies(),
        turn in turns(),
        now in 0..200_i64,
    ) {
        let waiting: Vec<Waiting> = (0..).zip(waiting).map(|(arrival, lane)| ticket(arrival, lane)).collect();
        let past = Past { calls: BTreeMap::new(), turn };
        prop_assert!(next_to_call(policy, &waiting, &past, UnixMillis(now * MINUTE_MS)).is_some());
        let order = order_of_calls(policy, waiting.clone(), past, NOW, usize::MAX);
        prop_assert_eq!(order.len(), waiting.len());
    }

    #[test]
    fn in_one_line_nobody_is_passed_over(waiting in proptest::collection::vec(lanes(), 1..40), policy in policies()) {
        let waiting: Vec<Waiting> = (0..).zip(waiting).map(|(arrival, lane)| ticket(arrival, lane)).collect();
        let order = order_of_calls(policy, waiting, past(), NOW, usize::MAX);
        for line in [Line::Emergency, Line::Priority, Line::Normal] {
            let arrivals: Vec<i64> =
                order.iter().filter(|(ticket, _)| ticket.lane == Lane::New(line)).map(|(ticket, _)| ticket.arrival).collect();
            prop_assert!(arrivals.is_sorted(), "{:?}", arrivals);
        }
    }

    /// The bound of the documentation: priority patients arrive as fast as they can, one with every call.
    #[test]
    fn a_normal_ticket_is_passed_over_only_so_often_under_a_ratio(
        ahead in 0..10_i64,
        priority in 1..5_u32,
        normal in 1..5_u32,
        turn in turns(),
    ) {
        let policy = PriorityPolicy::Ratio { priority, normal };
        let mut waiting: Vec<Waiting> = (0..=ahead).map(|arrival| ticket(arrival, NORMAL)).collect();
        let mut past = Past { calls: BTreeMap::new(), turn };
        let bound = i64::from(priority) * (ahead + 1 + i64::from(normal) - 1).div_euclid(i64::from(normal));
        let mut passed = 0;
        for arrival in 1_000.. {
            waiting.push(ticket(arrival, PRIORITY));
            let next = next_to_call(policy, &waiting, &past, NOW).unwrap();
            let (called, turn) = (next.ticket.arrival, next.turn);
            past.turn = turn;
            waiting.retain(|ticket| ticket.arrival != called);
            if called == ahead {
                break;
            }
            passed += i64::from(called >= 1_000);
        }
        prop_assert!(passed <= bound, "passed over {} times, promised {}", passed, bound);
    }

    #[test]
    fn ageing_lets_only_those_pass_who_came_before_the_head_start_ended(
        arrivals in proptest::collection::vec((0..300_i64, prop::bool::ANY), 1..40),
        head_start in 0..120_i64,
    ) {
        let mut arrivals = arrivals;
        arrivals.sort_unstable();
        let waiting: Vec<Waiting> = (0..)
            .zip(&arrivals)
            .map(|(arrival, (minute, first))| Waiting {
                arrived_at: UnixMillis(minute * MINUTE_MS),
                ..ticket(arrival, if *first { PRIORITY } else { NORMAL })
            })
            .collect();
        let policy = PriorityPolicy::Ageing { head_start_minutes: u32::try_from(head_start).unwrap() };
        let order: Vec<Waiting> =
            order_of_calls(policy, waiting, past(), NOW, usize::MAX).into_iter().map(|(ticket, _)| ticket).collect();
        for (at, normal) in order.iter().enumerate().filter(|(_, ticket)| ticket.lane == NORMAL) {
            for before in &order[..at] {
                prop_assert!(before.arrived_at.0 <= normal.arrived_at.0 + head_start * MINUTE_MS);
            }
        }
    }

    /// The same rules in the plainest words: lines as lists, and a person at the door who looks at each in turn.
    #[test]
    fn the_rules_are_those_of_a_plain_door_with_lists(
        arriving in proptest::collection::vec((lanes(), 0..3_u8), 1..60),
        priority in 1..4_u32,
        normal in 1..4_u32,
    ) {
        let policy = PriorityPolicy::Ratio { priority, normal };
        let (mut waiting, mut past) = (Vec::new(), past());
        let mut door = Door { in_row: priority, owed: normal, ..Door::default() };
        for (arrival, (lane, calls)) in (1..).zip(arriving) {
            waiting.push(ticket(arrival, lane));
            door.let_in(arrival, lane);
            for _ in 0..calls {
                let next = next_to_call(policy, &waiting, &past, NOW).map(|next| (next.ticket.arrival, next.turn));
                prop_assert_eq!(next.map(|(arrival, _)| arrival), door.call());
                if let Some((arrival, turn)) = next {
                    waiting.retain(|ticket| ticket.arrival != arrival);
                    past.turn = turn;
                    *past.calls.entry(service("noi")).or_insert(0) += 1;
                }
            }
        }
    }
}

#[derive(Default)]
struct Door {
    in_row: u32,
    owed: u32,
    emergencies: VecDeque<i64>,
    back: Vec<(i64, i64)>,
    booked: Vec<(i64, i64)>,
    first: VecDeque<i64>,
    others: VecDeque<i64>,
    calls: i64,
    firsts_in_row: u32,
    others_in_row: u32,
}

impl Door {
    fn let_in(&mut self, arrival: i64, lane: Lane) {
        match lane {
            Lane::New(Line::Emergency) => self.emergencies.push_back(arrival),
            Lane::New(Line::Priority) => self.first.push_back(arrival),
            Lane::New(Line::Normal | Line::Booked) => self.others.push_back(arrival),
            Lane::Booked(at) => self.booked.push((at.0, arrival)),
            Lane::Back(due) => self.back.push((due, arrival)),
        }
        self.back.sort_unstable();
        self.booked.sort_unstable();
    }

    fn call(&mut self) -> Option<i64> {
        let called = self.take();
        self.calls += i64::from(called.is_some());
        called
    }

    fn take(&mut self) -> Option<i64> {
        if let Some(arrival) = self.emergencies.pop_front() {
            return Some(arrival);
        }
        if self.back.first().is_some_and(|(due, _)| *due <= self.calls) {
            return Some(self.back.remove(0).1);
        }
        if self.booked.first().is_some_and(|(at, _)| *at <= NOW.0) {
            return Some(self.booked.remove(0).1);
        }
        let both = !self.first.is_empty() && !self.others.is_empty();
        let enough_firsts = self.firsts_in_row >= self.in_row;
        let others_unfinished = self.others_in_row > 0 && self.others_in_row < self.owed;
        let others_turn = if both { enough_firsts || others_unfinished } else { self.first.is_empty() };
        if others_turn && let Some(arrival) = self.others.pop_front() {
            (self.firsts_in_row, self.others_in_row) = (0, self.others_in_row + 1);
            return Some(arrival);
        }
        if let Some(arrival) = self.first.pop_front() {
            (self.firsts_in_row, self.others_in_row) = (self.firsts_in_row + 1, 0);
            return Some(arrival);
        }
        let early = if self.back.is_empty() { &mut self.booked } else { &mut self.back };
        (!early.is_empty()).then(|| early.remove(0).1)
    }
}
