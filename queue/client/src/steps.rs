use queue_protocol::model::{RequestId, RoomId, TicketNumber};
use queue_protocol::v1::{NumberChanged, NumberNow, NumberStep, Reactivate, RoomQueue, RoomStep, SetGroups, Transfer};

use crate::client::QueueClient;
use crate::error::ClientError;

/// What a room does with one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomAction {
    /// Calls it out of turn.
    Call,
    /// Calls it again.
    Recall,
    /// It came into the room.
    Arrived,
    /// The room is finished with it.
    Finish,
    /// It did not come.
    Missed,
    /// Sends it away for tests.
    Away,
}

impl RoomAction {
    const fn segment(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Recall => "recall",
            Self::Arrived => "arrived",
            Self::Finish => "finish",
            Self::Missed => "missed",
            Self::Away => "away",
        }
    }
}

/// What is done with a number alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberAction {
    /// It is back from tests.
    Return,
    /// It missed its call and is there after all.
    Rejoin,
    /// Staff put it aside.
    Hold,
    /// It ends.
    Cancel,
}

impl NumberAction {
    const fn segment(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Rejoin => "rejoin",
            Self::Hold => "hold",
            Self::Cancel => "cancel",
        }
    }
}

/// Steps of one number of today. Each is retried with the same request id, and the same id is one step.
///
/// In a [`Problem`](ClientError::Problem) the codes are `unknown_number`, `unknown_room`, `unknown_service`,
/// `step_not_allowed`, `not_at_this_room`, `rejoined_too_often`, `request_spent`, `store_unavailable`.
impl QueueClient {
    /// `room` does something with `number`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn room_step(
        &self,
        room: &RoomId,
        action: RoomAction,
        number: TicketNumber,
        request: RequestId,
    ) -> Result<NumberChanged, ClientError> {
        self.post(&["rooms", room.as_str(), action.segment()], &RoomStep { request, number }).await
    }

    /// Something is done with `number`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn number_step(
        &self,
        number: TicketNumber,
        action: NumberAction,
        request: RequestId,
    ) -> Result<NumberChanged, ClientError> {
        self.post(&["numbers", &number.to_string(), action.segment()], &NumberStep { request }).await
    }

    /// `number` waits again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn reactivate(&self, number: TicketNumber, asked: &Reactivate) -> Result<NumberChanged, ClientError> {
        self.post(&["numbers", &number.to_string(), "reactivate"], asked).await
    }

    /// `number` goes to another service.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn transfer(&self, number: TicketNumber, asked: &Transfer) -> Result<NumberChanged, ClientError> {
        self.post(&["numbers", &number.to_string(), "transfer"], asked).await
    }

    /// Staff say which groups the patient of `number` belongs to.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn set_groups(&self, number: TicketNumber, asked: &SetGroups) -> Result<NumberChanged, ClientError> {
        self.post(&["numbers", &number.to_string(), "groups"], asked).await
    }

    /// Where `number` is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn number(&self, number: TicketNumber) -> Result<NumberNow, ClientError> {
        self.get(&["numbers", &number.to_string()]).await
    }

    /// Who waits for `room`, in the order of calls, and why.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn room_queue(&self, room: &RoomId) -> Result<RoomQueue, ClientError> {
        self.get(&["rooms", room.as_str(), "queue"]).await
    }
}
