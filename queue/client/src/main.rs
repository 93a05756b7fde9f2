//! `queuectl`: the queue service by hand, JSON out.

mod access_commands;
mod machine_commands;
mod number_commands;

use std::io::Write;
use std::process::ExitCode;

use access_commands::{AccessCommand, CodeRefused, Identity};
use anyhow::Context;
use clap::{Parser, Subcommand};
use machine_commands::MachineCommand;
use queue_client::{BoardUpdate, Deadlines, QueueClient, new_request_id};
use queue_protocol::model::{Arrival, GroupClaim, KioskId, RequestId, RoomId, ServiceId, UnixMillis, ZoneId};
use queue_protocol::v1::IssueTicket;
use serde::Serialize;

/// Asks the hospital queue service by hand. Prints one line of JSON an answer; exits 0 only when it got one.
#[derive(Parser)]
#[command(name = "queuectl", version)]
struct Arguments {
    /// The service's address.
    #[arg(long, default_value = "http://127.0.0.1:7070")]
    url: String,
    #[command(flatten)]
    identity: Identity,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists what patients can choose.
    Services,
    /// Issues a number.
    Issue {
        /// For this service.
        #[arg(long)]
        service: ServiceId,
        /// The patient belongs to this group; may be given several times. `name:verified` when staff have seen it.
        #[arg(long = "group", value_parser = number_commands::group)]
        groups: Vec<GroupClaim>,
        /// The time of the appointment, in milliseconds since 1970.
        #[arg(long)]
        booked_for: Option<i64>,
        /// In the name of this kiosk.
        #[arg(long, default_value = "queuectl")]
        kiosk: KioskId,
        /// The request id; a new one if absent. The same id gives the same ticket.
        #[arg(long)]
        request: Option<RequestId>,
    },
    /// Takes back the ticket of a request.
    Void {
        /// The request that issued it.
        #[arg(long)]
        request: RequestId,
    },
    /// Calls the next patient.
    CallNext {
        /// Into this room.
        #[arg(long)]
        room: RoomId,
        /// The request id; a new one if absent. The same id gives the same call.
        #[arg(long)]
        request: Option<RequestId>,
    },
    #[command(flatten)]
    Number(number_commands::NumberCommand),
    /// Lists the kiosks where somebody waits for help.
    HelpCalls,
    /// Says that staff have seen to a kiosk's call for help.
    ClearHelp {
        /// The kiosk.
        #[arg(long)]
        kiosk: KioskId,
    },
    /// Lists how the devices are.
    Devices,
    #[command(flatten)]
    Access(AccessCommand),
    #[command(flatten)]
    Machine(MachineCommand),
    /// Shows a waiting room's board.
    Board {
        /// The waiting area.
        #[arg(long)]
        zone: ZoneId,
        /// Go on showing it, one line a change, until interrupted.
        #[arg(long)]
        follow: bool,
    },
}

/// What `board --follow` prints for an update.
#[derive(Serialize)]
#[serde(tag = "update", rename_all = "snake_case")]
enum UpdateLine {
    Board { board: queue_protocol::board::Board },
    Stale { silent_ms: u128 },
    Live,
}

impl From<BoardUpdate> for UpdateLine {
    fn from(update: BoardUpdate) -> Self {
        match update {
            BoardUpdate::Board(board) => Self::Board { board },
            BoardUpdate::Stale { since } => Self::Stale { silent_ms: since.elapsed().as_millis() },
            BoardUpdate::Live => Self::Live,
        }
    }
}

/// Exit status when the service knows an enrolment code for no good: only another code helps.
const CODE_REFUSED: u8 = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to report to when standard error is closed.
            let _ = writeln!(std::io::stderr(), "queuectl: {error:#}");
            if error.is::<CodeRefused>() { ExitCode::from(CODE_REFUSED) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let credentials = arguments.identity.credentials()?;
    let client = QueueClient::with_credentials(&arguments.url, Deadlines::default(), credentials)?;
    let Some(session) = arguments.identity.log_in(&client).await? else {
        return obey(arguments.command, &client).await;
    };
    let done = obey(arguments.command, &session).await;
    // What was done stands, whether the session could be ended or not; it ends by itself.
    drop(session.log_out().await);
    done
}

async fn obey(command: Command, client: &QueueClient) -> anyhow::Result<()> {
    match command {
        Command::Services => print(&client.services().await?),
        Command::Issue { service, groups, booked_for, kiosk, request } => {
            let request = request.unwrap_or_else(new_request_id);
            let arrival = Arrival { groups, booked_for: booked_for.map(UnixMillis), ..Arrival::default() };
            let ticket = IssueTicket { request, kiosk, service, arrival };
            print(&client.issue(&ticket).await.with_context(|| format!("request {request}"))?)
        }
        Command::Void { request } => print(&client.void(request).await?),
        Command::CallNext { room, request } => {
            let request = request.unwrap_or_else(new_request_id);
            print(&client.call_next(&room, request).await.with_context(|| format!("request {request}"))?)
        }
        Command::Number(command) => command.run(client).await,
        Command::HelpCalls => print(&client.help_calls().await?),
        Command::ClearHelp { kiosk } => print(&client.clear_help(&kiosk, new_request_id()).await?),
        Command::Devices => print(&client.device_states().await?),
        Command::Access(command) => command.run(client).await,
        Command::Machine(command) => command.run(std::env::current_exe().ok().as_deref()),
        Command::Board { zone, follow: false } => print(&client.board(&zone).await?),
        Command::Board { zone, follow: true } => follow(client, zone).await,
    }
}

async fn follow(client: &QueueClient, zone: ZoneId) -> anyhow::Result<()> {
    // An unknown zone is an error here; the stream itself would try again for ever.
    client.board(&zone).await?;
    let mut watch = client.watch_board(zone);
    while let Some(update) = watch.next().await {
        print(&UpdateLine::from(update))?;
    }
    Ok(())
}

fn print(value: &impl Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(value)?;
    line.push('\n');
    std::io::stdout().lock().write_all(line.as_bytes()).context("standard output")
}
