//! What `queuectl` does with one number.

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use queue_client::{NumberAction, QueueClient, RoomAction, new_request_id};
use queue_protocol::model::{GroupClaim, Placement, PriorityGroup, Proof, RequestId, RoomId, ServiceId, TicketNumber};
use queue_protocol::v1::{Reactivate, SetGroups, Transfer};

use crate::print;

#[derive(Subcommand)]
pub enum NumberCommand {
    /// Lists who waits for a room, in the order of calls, and why.
    Queue {
        /// The room.
        #[arg(long)]
        room: RoomId,
    },
    /// Shows where a number of today is.
    Number {
        /// The number, such as A-042.
        #[arg(long)]
        number: TicketNumber,
    },
    /// Calls a number out of turn.
    Call(RoomNumber),
    /// Calls a number again.
    Recall(RoomNumber),
    /// The number came into the room.
    Arrived(RoomNumber),
    /// The room is finished with the number.
    Finish(RoomNumber),
    /// The number did not come.
    Missed(RoomNumber),
    /// Sends the number away for tests; it comes back to the same room.
    Away(RoomNumber),
    /// The number is back from tests.
    Return(OneNumber),
    /// The number missed its call and is there after all.
    Rejoin(OneNumber),
    /// Puts the number aside.
    Hold(OneNumber),
    /// Ends the number: the patient left.
    Cancel(OneNumber),
    /// The number waits again.
    Reactivate {
        #[command(flatten)]
        one: OneNumber,
        /// Where it goes in its line.
        #[arg(long, default_value = "keep-place")]
        place: InLine,
    },
    /// Sends the number to another service; it keeps its name.
    Transfer {
        #[command(flatten)]
        one: OneNumber,
        /// The service.
        #[arg(long)]
        to: ServiceId,
        /// The only room that is to call it.
        #[arg(long)]
        room: Option<RoomId>,
        /// Where it goes in the line.
        #[arg(long, default_value = "keep-place")]
        place: InLine,
    },
    /// Says which groups the number's patient belongs to; none takes the mark away.
    Groups {
        #[command(flatten)]
        one: OneNumber,
        /// A group, may be given several times; `name:declared` when nobody has seen a proof.
        #[arg(long = "group", value_parser = verified_group)]
        groups: Vec<GroupClaim>,
    },
}

/// A room and the number it means.
#[derive(Args)]
pub struct RoomNumber {
    /// The room.
    #[arg(long)]
    room: RoomId,
    #[command(flatten)]
    one: OneNumber,
}

/// A number, and the id of the request.
#[derive(Args)]
pub struct OneNumber {
    /// The number, such as A-042.
    #[arg(long)]
    number: TicketNumber,
    /// The request id; a new one if absent. The same id is one step.
    #[arg(long)]
    request: Option<RequestId>,
}

impl OneNumber {
    fn request(&self) -> RequestId {
        self.request.unwrap_or_else(new_request_id)
    }
}

/// Where a number goes in a line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum InLine {
    /// By its arrival.
    KeepPlace,
    /// Next.
    AfterCurrent,
    /// Behind everybody.
    End,
}

impl From<InLine> for Placement {
    fn from(place: InLine) -> Self {
        match place {
            InLine::KeepPlace => Self::KeepPlace,
            InLine::AfterCurrent => Self::AfterCurrent,
            InLine::End => Self::End,
        }
    }
}

const GROUPS: [(&str, PriorityGroup); 6] = [
    ("emergency", PriorityGroup::Emergency),
    ("under6", PriorityGroup::Under6),
    ("pregnant", PriorityGroup::Pregnant),
    ("severe_disability", PriorityGroup::SevereDisability),
    ("aged_75", PriorityGroup::Aged75),
    ("merit", PriorityGroup::Merit),
];

/// A group that counts as declared unless it says otherwise: what a kiosk hears.
pub fn group(text: &str) -> anyhow::Result<GroupClaim> {
    claim(text, Proof::Declared)
}

/// A group that counts as verified unless it says otherwise: what staff say.
fn verified_group(text: &str) -> anyhow::Result<GroupClaim> {
    claim(text, Proof::Verified)
}

fn claim(text: &str, unsaid: Proof) -> anyhow::Result<GroupClaim> {
    let (name, proof) = match text.split_once(':') {
        None => (text, unsaid),
        Some((name, "declared")) => (name, Proof::Declared),
        Some((name, "verified")) => (name, Proof::Verified),
        Some((_, other)) => anyhow::bail!("expected declared or verified, got {other:?}"),
    };
    let known = GROUPS.iter().find(|(word, _)| *word == name);
    let names = || GROUPS.map(|(word, _)| word).join(", ");
    let (_, group) = known.with_context(|| format!("expected one of {}, got {name:?}", names()))?;
    Ok(GroupClaim { group: *group, proof })
}

impl NumberCommand {
    pub async fn run(self, client: &QueueClient) -> anyhow::Result<()> {
        match self {
            Self::Queue { room } => print(&client.room_queue(&room).await?),
            Self::Number { number } => print(&client.number(number).await?),
            Self::Call(asked) => room_step(client, asked, RoomAction::Call).await,
            Self::Recall(asked) => room_step(client, asked, RoomAction::Recall).await,
            Self::Arrived(asked) => room_step(client, asked, RoomAction::Arrived).await,
            Self::Finish(asked) => room_step(client, asked, RoomAction::Finish).await,
            Self::Missed(asked) => room_step(client, asked, RoomAction::Missed).await,
            Self::Away(asked) => room_step(client, asked, RoomAction::Away).await,
            Self::Return(one) => number_step(client, &one, NumberAction::Return).await,
            Self::Rejoin(one) => number_step(client, &one, NumberAction::Rejoin).await,
            Self::Hold(one) => number_step(client, &one, NumberAction::Hold).await,
            Self::Cancel(one) => number_step(client, &one, NumberAction::Cancel).await,
            Self::Reactivate { one, place } => {
                let asked = Reactivate { request: one.request(), placement: place.into() };
                print(&client.reactivate(one.number, &asked).await.with_context(|| again(asked.request))?)
            }
            Self::Transfer { one, to, room, place } => {
                let asked = Transfer { request: one.request(), to, room, placement: place.into() };
                print(&client.transfer(one.number, &asked).await.with_context(|| again(asked.request))?)
            }
            Self::Groups { one, groups } => {
                let asked = SetGroups { request: one.request(), groups };
                print(&client.set_groups(one.number, &asked).await.with_context(|| again(asked.request))?)
            }
        }
    }
}

async fn room_step(client: &QueueClient, asked: RoomNumber, action: RoomAction) -> anyhow::Result<()> {
    let request = asked.one.request();
    let done = client.room_step(&asked.room, action, asked.one.number, request).await;
    print(&done.with_context(|| again(request))?)
}

async fn number_step(client: &QueueClient, one: &OneNumber, action: NumberAction) -> anyhow::Result<()> {
    let request = one.request();
    print(&client.number_step(one.number, action, request).await.with_context(|| again(request))?)
}

/// With a failure: the id by which it can be asked again.
fn again(request: RequestId) -> String {
    format!("request {request}")
}
