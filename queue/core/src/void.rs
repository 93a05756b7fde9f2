use queue_protocol::model::TicketState;

/// What voiding a request does to its ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoidDecision {
    /// It becomes void; displays are told where it was before.
    TakeBack {
        /// Where it was.
        from: TicketState,
    },
    /// It is void already.
    AlreadyVoid,
    /// There is none, and the request must be remembered so that it never gets one.
    SpendRequest,
}

/// Decides what voiding a request does. A called ticket can be voided too: its patient never saw the number, so nobody
/// will come.
#[must_use]
pub const fn void_ticket(state: Option<TicketState>) -> VoidDecision {
    match state {
        None => VoidDecision::SpendRequest,
        Some(TicketState::Voided) => VoidDecision::AlreadyVoid,
        Some(
            from @ (TicketState::Waiting
            | TicketState::Called
            | TicketState::InRoom
            | TicketState::Done
            | TicketState::Missed
            | TicketState::Away
            | TicketState::Held
            | TicketState::Cancelled),
        ) => VoidDecision::TakeBack { from },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voiding_takes_back_once_and_remembers_what_never_came() {
        assert_eq!(void_ticket(None), VoidDecision::SpendRequest);
        assert_eq!(void_ticket(Some(TicketState::Voided)), VoidDecision::AlreadyVoid);
        for from in [TicketState::Waiting, TicketState::Called] {
            assert_eq!(void_ticket(Some(from)), VoidDecision::TakeBack { from });
        }
    }
}
