use serde::{Deserialize, Serialize};

/// Where a ticket is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Issued and waiting to be called.
    Waiting,
    /// Called by a room.
    Called,
    /// In the room that called it.
    InRoom,
    /// Finished.
    Done,
    /// Called and did not come.
    Missed,
    /// Sent away for tests; comes back to the same room.
    Away,
    /// Put aside by staff.
    Held,
    /// Gone: the patient left, or staff ended it.
    Cancelled,
    /// Taken back: its patient never saw it.
    Voided,
}

impl TicketState {
    /// All states, in the order of a life.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Called,
        Self::InRoom,
        Self::Done,
        Self::Missed,
        Self::Away,
        Self::Held,
        Self::Cancelled,
        Self::Voided,
    ];

    /// Its word on the wire and in the store.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Called => "called",
            Self::InRoom => "in_room",
            Self::Done => "done",
            Self::Missed => "missed",
            Self::Away => "away",
            Self::Held => "held",
            Self::Cancelled => "cancelled",
            Self::Voided => "voided",
        }
    }

    /// Whether the ticket still stands for its person: they get no second one for the service.
    #[must_use]
    pub const fn is_live(self) -> bool {
        match self {
            Self::Waiting | Self::Called | Self::InRoom | Self::Missed | Self::Away | Self::Held => true,
            Self::Done | Self::Cancelled | Self::Voided => false,
        }
    }

    /// Whether a room is busy with it.
    #[must_use]
    pub const fn is_at_room(self) -> bool {
        match self {
            Self::Called | Self::InRoom => true,
            Self::Waiting | Self::Done | Self::Missed | Self::Away | Self::Held | Self::Cancelled | Self::Voided => {
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_one_word_everywhere() {
        for state in TicketState::ALL {
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{}\"", state.word()));
        }
    }
}
