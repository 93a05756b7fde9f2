//! A client's calls: the same bytes on every attempt, a deadline for the whole. The part of `queue-client` here, which
//! runs on tokio and sockets.

use std::collections::BTreeMap;

use queue_protocol::model::RequestId;

use crate::agenda::Due;
use crate::context::Context;
use crate::slip::Slip;
use crate::wire::{Party, Reply, Request};

/// How long one attempt waits, in milliseconds.
const ATTEMPT_MS: u64 = 2_000;
/// How long a call takes at most, in milliseconds.
const TOTAL_MS: u64 = 5_000;
/// Most times one call is sent.
const ATTEMPTS_MAX: u32 = 5;

#[derive(Debug)]
struct Pending {
    request: Request,
    begun: u64,
    attempts: u32,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The service answered, for good.
    Answered(Reply),
    /// It did not.
    GaveUp,
}

/// The calls of one client that are under way.
#[derive(Debug, Default)]
pub struct Calls(BTreeMap<u64, Pending>);

impl Calls {
    /// Begins a call.
    pub fn begin(&mut self, context: &mut Context, party: Party, request: Request) -> u64 {
        let call = context.fresh();
        context.oracle.looks_at_bytes(&request.body, "a request");
        context.send(party, Due::AtService(party, call, request.clone()));
        self.0.insert(call, Pending { request, begun: context.now, attempts: 1 });
        context.later(ATTEMPT_MS, Due::Attempt(party, call));
        call
    }

    /// Whether none is under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nobody waits for this one any more.
    pub fn drop_call(&mut self, call: u64) {
        self.0.remove(&call);
    }

    /// A reply came: what it means for the call, if somebody still waits.
    pub fn replied(&mut self, context: &mut Context, party: Party, call: u64, reply: Reply) -> Option<Outcome> {
        let pending = self.0.get(&call)?;
        if reply.status == 503 && context.now < pending.begun + TOTAL_MS && pending.attempts < ATTEMPTS_MAX {
            let pause = context.rng.between(25, 400);
            context.later(pause, Due::Attempt(party, call));
            return None;
        }
        self.0.remove(&call);
        Some(Outcome::Answered(reply))
    }

    /// The time of an attempt is over.
    pub fn attempt(&mut self, context: &mut Context, party: Party, call: u64) -> Option<Outcome> {
        let pending = self.0.get_mut(&call)?;
        if pending.attempts >= ATTEMPTS_MAX || context.now >= pending.begun + TOTAL_MS {
            self.0.remove(&call);
            return Some(Outcome::GaveUp);
        }
        pending.attempts += 1;
        if context.slip == Slip::PressesAnew && matches!(party, Party::Room(_)) {
            pending.request.body = with_another_id(&pending.request.body, context.request());
        }
        let request = pending.request.clone();
        context.tally.retries += 1;
        context.send(party, Due::AtService(party, call, request));
        let wait = context.rng.between(ATTEMPT_MS, ATTEMPT_MS + 500);
        context.later(wait, Due::Attempt(party, call));
        None
    }
}

/// The planted slip: the same message under another request id.
fn with_another_id(body: &[u8], id: RequestId) -> Vec<u8> {
    let Ok(mut message) = serde_json::from_slice::<serde_json::Value>(body) else { return body.to_vec() };
    if let Some(request) = message.get_mut("request") {
        *request = serde_json::Value::String(id.to_string());
    }
    crate::wire::encoded(&message)
}
