use std::collections::BTreeMap;

use queue_protocol::model::{Line, PriorityPolicy, ServiceId, UnixMillis, WhyNext};

/// A ticket that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which ticket: its place in the order of arrival.
    pub arrival: i64,
    /// The service it waits for.
    pub service: ServiceId,
    /// How it waits.
    pub lane: Lane,
    /// Its place; lower ones are called first. See [`join`](crate::join).
    pub place: i64,
    /// When it arrived, never going back from one ticket to the next even if the clock did.
    pub arrived_at: UnixMillis,
}

/// How a ticket waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// In its line.
    New(Line),
    /// Booked, from this time on.
    Booked(UnixMillis),
    /// Back from tests or after a missed call, due when the service has called so often.
    Back(i64),
}

/// What came before a call: the same for all who ask at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// How often each service has called today.
    pub calls: BTreeMap<ServiceId, i64>,
    /// Which line the room has called from last, and how often in a row.
    pub turn: Turn,
}

/// Calls in a row from one of the two lines that the policy weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nobody was called.
    None,
    /// From the priority line.
    Priority(u32),
    /// From the normal line.
    Normal(u32),
}

/// Who is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next<'w> {
    /// The ticket.
    pub ticket: &'w Waiting,
    /// Why this one.
    pub why: WhyNext,
    /// Whose turn it is afterwards.
    pub turn: Turn,
}

/// Who is called next. `waiting` may be in any order and may hold only the first of each service and lane.
///
/// The order: emergencies; who is back and due; whose appointment has come; then priority and normal line as `policy`
/// weighs them, each in order of place; last, if nobody else waits, who is not due yet. Somebody is chosen whenever
/// somebody waits.
///
/// A normal ticket with `a` normal ones before it is passed over, besides those three, by at most
/// `priority * ceil((a + 1) / normal)` calls of its room under [`PriorityPolicy::Ratio`]; under
/// [`PriorityPolicy::Ageing`] by those only who arrived before it or less than the head start after it; under
/// [`PriorityPolicy::Strict`] without a bound.
#[must_use]
pub fn next_to_call<'w>(
    policy: PriorityPolicy,
    waiting: &'w [Waiting],
    past: &Past,
    now: UnixMillis,
) -> Option<Next<'w>> {
    let first = |wanted: fn(&Waiting, &Past, UnixMillis) -> bool| {
        waiting.iter().filter(|ticket| wanted(ticket, past, now)).min_by_key(|ticket| rank(ticket))
    };
    let kept = |ticket, why| Some(Next { ticket, why, turn: past.turn });
    if let Some(ticket) = first(|ticket, _, _| ticket.lane == Lane::New(Line::Emergency)) {
        return kept(ticket, WhyNext::Emergency);
    }
    if let Some(ticket) = first(is_back_and_due) {
        return kept(ticket, WhyNext::Back);
    }
    if let Some(ticket) = first(|ticket, _, now| matches!(ticket.lane, Lane::Booked(at) if at <= now)) {
        return kept(ticket, WhyNext::Booked);
    }
    let priority = first(|ticket, _, _| ticket.lane == Lane::New(Line::Priority));
    let normal = first(|ticket, _, _| matches!(ticket.lane, Lane::New(Line::Normal | Line::Booked)));
    match (priority, normal) {
        (Some(priority), Some(normal)) => Some(weigh(policy, priority, normal, past.turn)),
        (Some(ticket), None) => Some(from_priority(ticket, WhyNext::InOrder, past.turn)),
        (None, Some(ticket)) => Some(from_normal(ticket, WhyNext::InOrder, past.turn)),
        (None, None) => first(|_, _, _| true).and_then(|ticket| kept(ticket, WhyNext::NobodyElse)),
    }
}

/// The order in which `waiting` would be called if nobody else came, with the reasons; at most `limit`.
#[must_use]
pub fn order_of_calls(
    policy: PriorityPolicy,
    mut waiting: Vec<Waiting>,
    mut past: Past,
    now: UnixMillis,
    limit: usize,
) -> Vec<(Waiting, WhyNext)> {
    let mut order = Vec::with_capacity(waiting.len().min(limit));
    while order.len() < limit {
        let Some(Next { ticket, why, turn }) = next_to_call(policy, &waiting, &past, now) else {
            break;
        };
        let arrival = ticket.arrival;
        past.turn = turn;
        *past.calls.entry(ticket.service.clone()).or_insert(0) += 1;
        let Some(at) = waiting.iter().position(|ticket| ticket.arrival == arrival) else {
            break;
        };
        order.push((waiting.swap_remove(at), why));
    }
    order
}

fn is_back_and_due(ticket: &Waiting, past: &Past, _: UnixMillis) -> bool {
    let calls = past.calls.get(&ticket.service).copied().unwrap_or(0);
    matches!(ticket.lane, Lane::Back(due) if due <= calls)
}

/// Who comes first within one lane. Between lanes it decides only among those whose time has not come.
const fn rank(ticket: &Waiting) -> (i64, i64, i64) {
    let due = match ticket.lane {
        Lane::New(_) => 0,
        Lane::Booked(at) => at.0,
        Lane::Back(due) => due,
    };
    (due, ticket.place, ticket.arrival)
}

fn weigh<'w>(policy: PriorityPolicy, priority: &'w Waiting, normal: &'w Waiting, turn: Turn) -> Next<'w> {
    match policy {
        PriorityPolicy::Strict => from_priority(priority, WhyNext::PriorityTurn, turn),
        PriorityPolicy::Ratio { priority: in_row, normal: owed } => {
            let normals_turn = match turn {
                Turn::None => false,
                Turn::Priority(run) => run >= in_row,
                Turn::Normal(run) => run < owed,
            };
            if normals_turn {
                from_normal(normal, WhyNext::NormalTurn, turn)
            } else {
                from_priority(priority, WhyNext::PriorityTurn, turn)
            }
        }
        PriorityPolicy::Ageing { head_start_minutes } => {
            let head_start = i64::from(head_start_minutes) * 60_000;
            let aged = (priority.arrived_at.0.saturating_sub(head_start), priority.arrival);
            if aged <= (normal.arrived_at.0, normal.arrival) {
                from_priority(priority, WhyNext::LongestWait, turn)
            } else {
                from_normal(normal, WhyNext::LongestWait, turn)
            }
        }
    }
}

const fn from_priority(ticket: &Waiting, why: WhyNext, turn: Turn) -> Next<'_> {
    let run = match turn {
        Turn::Priority(run) => run.saturating_add(1),
        Turn::None | Turn::Normal(_) => 1,
    };
    Next { ticket, why, turn: Turn::Priority(run) }
}

const fn from_normal(ticket: &Waiting, why: WhyNext, turn: Turn) -> Next<'_> {
    let run = match turn {
        Turn::Normal(run) => run.saturating_add(1),
        Turn::None | Turn::Priority(_) => 1,
    };
    Next { ticket, why, turn: Turn::Normal(run) }
}
