use queue_protocol::model::TicketState;

/// What is done with a ticket that was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A room calls it, in its turn or out of it.
    Call,
    /// Its room calls it again.
    Recall,
    /// It came into the room that called it.
    Arrive,
    /// Its room is finished with it.
    Finish,
    /// It was called and did not come.
    Miss,
    /// Its room sends it away for tests.
    SendAway,
    /// It is back from tests.
    Return,
    /// It missed its call and is there after all.
    Rejoin,
    /// Staff put it aside.
    Hold,
    /// It ends: the patient left.
    Cancel,
    /// It waits again after it was put aside or had ended.
    Reactivate,
    /// It goes to another service.
    Transfer,
    /// Its groups are set anew.
    SetGroups,
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 13] = [
        Self::Call,
        Self::Recall,
        Self::Arrive,
        Self::Finish,
        Self::Miss,
        Self::SendAway,
        Self::Return,
        Self::Rejoin,
        Self::Hold,
        Self::Cancel,
        Self::Reactivate,
        Self::Transfer,
        Self::SetGroups,
    ];

    /// Its word in the audit and in messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Recall => "recall",
            Self::Arrive => "arrived",
            Self::Finish => "finish",
            Self::Miss => "missed",
            Self::SendAway => "away",
            Self::Return => "return",
            Self::Rejoin => "rejoin",
            Self::Hold => "hold",
            Self::Cancel => "cancel",
            Self::Reactivate => "reactivate",
            Self::Transfer => "transfer",
            Self::SetGroups => "groups",
        }
    }

    /// Whether only the room that has called the ticket may take the step.
    #[must_use]
    pub const fn is_of_its_room(self) -> bool {
        match self {
            Self::Recall | Self::Arrive | Self::Finish | Self::Miss | Self::SendAway => true,
            Self::Call
            | Self::Return
            | Self::Rejoin
            | Self::Hold
            | Self::Cancel
            | Self::Reactivate
            | Self::Transfer
            | Self::SetGroups => false,
        }
    }
}

/// A step that does not begin where the ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number is {}, and the step is {}", .state.word(), .step.word())]
pub struct StepNotAllowed {
    /// Where the ticket is.
    pub state: TicketState,
    /// What was to be done.
    pub step: Step,
}

/// Where `step` takes a ticket that is in `state`.
///
/// # Errors
/// [`StepNotAllowed`].
pub const fn after(state: TicketState, step: Step) -> Result<TicketState, StepNotAllowed> {
    use TicketState::{Away, Called, Cancelled, Done, Held, InRoom, Missed, Voided, Waiting};
    let to = match (step, state) {
        // Who is away for tests is not in the building's waiting room: they return first.
        (Step::Call, Waiting | Missed | Held) => Called,
        (Step::Recall, Called) => Called,
        (Step::Arrive, Called) => InRoom,
        (Step::Finish, Called | InRoom) => Done,
        (Step::Miss, Called) => Missed,
        (Step::SendAway, Called | InRoom) => Away,
        (Step::Return, Away) => Waiting,
        (Step::Rejoin, Missed) => Waiting,
        (Step::Hold, Waiting | Called | InRoom) => Held,
        (Step::Cancel, Waiting | Called | InRoom | Missed | Away | Held) => Cancelled,
        (Step::Reactivate, Held | Missed | Cancelled | Done) => Waiting,
        (Step::Transfer, Waiting | Called | InRoom | Held | Missed) => Waiting,
        (Step::SetGroups, Waiting | Called | InRoom | Missed | Away | Held) => state,
        (Step::Call, Called | InRoom | Done | Away | Cancelled | Voided)
        | (
            Step::Recall | Step::Arrive | Step::Miss,
            Waiting | InRoom | Done | Missed | Away | Held | Cancelled | Voided,
        )
        | (Step::Finish | Step::SendAway, Waiting | Done | Missed | Away | Held | Cancelled | Voided)
        | (Step::Return, Waiting | Called | InRoom | Done | Missed | Held | Cancelled | Voided)
        | (Step::Rejoin, Waiting | Called | InRoom | Done | Away | Held | Cancelled | Voided)
        | (Step::Hold, Done | Missed | Away | Held | Cancelled | Voided)
        | (Step::Cancel | Step::SetGroups, Done | Cancelled | Voided)
        | (Step::Reactivate, Waiting | Called | InRoom | Away | Voided)
        | (Step::Transfer, Done | Away | Cancelled | Voided) => return Err(StepNotAllowed { state, step }),
    };
    Ok(to)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_voided_ticket_takes_no_step() {
        for step in Step::ALL {
            assert_eq!(after(TicketState::Voided, step), Err(StepNotAllowed { state: TicketState::Voided, step }));
        }
    }

    #[test]
    fn only_a_ticket_that_waits_or_was_put_aside_is_called_and_none_that_is_away() {
        let callable: Vec<TicketState> =
            TicketState::ALL.into_iter().filter(|state| after(*state, Step::Call).is_ok()).collect();
        assert_eq!(callable, [TicketState::Waiting, TicketState::Missed, TicketState::Held]);
    }

    #[test]
    fn every_live_ticket_can_be_called_or_ended_in_some_steps() {
        for state in TicketState::ALL.into_iter().filter(|state| state.is_live()) {
            let mut reached = BTreeSet::from([state]);
            for _ in 0..TicketState::ALL.len() {
                let next: Vec<TicketState> = reached
                    .iter()
                    .flat_map(|state| Step::ALL.map(|step| after(*state, step)))
                    .filter_map(Result::ok)
                    .collect();
                reached.extend(next);
            }
            for wanted in [TicketState::Called, TicketState::Done, TicketState::Cancelled] {
                assert!(reached.contains(&wanted), "{state:?} never becomes {wanted:?}");
            }
        }
    }

    #[test]
    fn a_step_has_one_word() {
        let words: BTreeSet<&str> = Step::ALL.map(Step::word).into();
        assert_eq!(words.len(), Step::ALL.len());
    }
}
