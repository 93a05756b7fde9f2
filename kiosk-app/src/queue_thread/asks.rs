//! What a visit asks of the queue service besides a number, and what the service is told of the kiosk.

use kiosk_core::event::{Event, FindFailure, HelpFailure, RejoinFailure};
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::Paper;
use queue_client::{ClientError, NumberAction};
use queue_protocol::model::{
    DeviceFault, DeviceId, DevicePart, DeviceReport, DeviceState, PaperState, PersonMark, RequestId, TicketNumber,
    UnixMillis,
};
use queue_protocol::v1::ProblemCode;

use super::{Background, Ended, QueueThread};
use crate::chain::Chain;
use crate::states;

impl QueueThread {
    /// What is being taken back is not shown to anybody: it is gone before the service is asked.
    pub(super) async fn find(
        &self,
        lookup: RequestId,
        person: Option<PersonMark>,
        background: &mut Background,
    ) -> Result<(), Ended> {
        let found = match person {
            None => Err(FindFailure::Refused),
            Some(_) if !self.is_all_taken_back(background).await? => Err(FindFailure::Unreachable),
            Some(person) => self.client().held_tickets(person).await.map_err(|error| {
                tracing::warn!(%lookup, "nobody knows a person's numbers: {}", Chain(&error));
                not_found(&error)
            }),
        };
        self.tell(Event::TicketsFound(lookup, found))
    }

    pub(super) async fn rejoin(&self, request: RequestId, number: TicketNumber) -> Result<(), Ended> {
        let outcome = self.client().number_step(number, NumberAction::Rejoin, request).await;
        if let Err(error) = &outcome {
            tracing::warn!(%request, %number, "not back in the queue: {}", Chain(error));
        }
        self.tell(Event::Rejoined(request, outcome.map(drop).map_err(|error| not_back(&error))))
    }

    pub(super) async fn call_help(&self, request: RequestId) -> Result<(), Ended> {
        let outcome = self.client().call_help(&self.kiosk, request).await;
        match &outcome {
            Ok(_) => tracing::info!(%request, "staff were told that help is wanted"),
            Err(error) => tracing::warn!(%request, "nobody was told that help is wanted: {}", Chain(error)),
        }
        self.tell(Event::HelpAnswered(request, outcome.map(drop).map_err(|_| HelpFailure::Unreachable)))
    }

    /// Tells the service how the devices are; `true` when it has heard.
    pub(super) async fn report_devices(&self) -> bool {
        let Ok(device) = DeviceId::new(self.kiosk.as_str()) else { return true };
        match self.client().tell_state(&device, &self.report()).await {
            Ok(_) => true,
            Err(error) => {
                tracing::debug!("the service does not know how the devices are: {}", Chain(&error));
                false
            }
        }
    }

    fn report(&self) -> DeviceReport {
        let all = self.desk.states.all();
        let part = |(device, state): (&states::Device, &states::DeviceState)| DevicePart {
            name: device.word().to_owned(),
            state: state_of(state.fault),
            paper: state.paper.map(paper),
        };
        let newest = all.iter().filter(|(_, state)| state.fault.is_some()).max_by_key(|(_, state)| state.since);
        let last_fault = newest.and_then(|(device, state)| {
            let now = device_links::clock::now();
            let ago = i64::try_from(now.saturating_since(state.since).as_millis()).ok()?;
            let since = UnixMillis(jiff::Timestamp::now().as_millisecond() - ago);
            Some(DeviceFault { part: device.word().to_owned(), code: state.fault?.code().to_owned(), since })
        });
        let states::Software { version, state } = self.desk.states.update();
        let image = version.map(|version| ("image".to_owned(), version));
        let own = ("kiosk-app".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        DeviceReport {
            parts: all.iter().map(part).collect(),
            last_fault,
            versions: image.into_iter().chain([own]).collect(),
            update: Some(state),
        }
    }
}

fn not_found(error: &ClientError) -> FindFailure {
    match error.code() {
        Some(ProblemCode::StoreUnavailable | ProblemCode::Internal) | None => FindFailure::Unreachable,
        Some(_) => FindFailure::Refused,
    }
}

fn not_back(error: &ClientError) -> RejoinFailure {
    match error.code() {
        Some(ProblemCode::RejoinedTooOften) => RejoinFailure::TooOften,
        Some(ProblemCode::StoreUnavailable | ProblemCode::Internal) | None => RejoinFailure::Unreachable,
        Some(_) => RejoinFailure::NotAllowed,
    }
}

/// The service's word for a fault. A printer without paper works: that is said by its paper.
const fn state_of(fault: Option<Fault>) -> DeviceState {
    match fault {
        None | Some(Fault::PaperOut | Fault::InvalidData | Fault::Unsupported) => DeviceState::Online,
        Some(Fault::NoDevice) => DeviceState::NoDevice,
        Some(Fault::Offline) => DeviceState::Offline,
        Some(Fault::CoverOpen) => DeviceState::UserError,
        Some(Fault::Busy) => DeviceState::DeviceBusy,
        Some(_) => DeviceState::HardwareError,
    }
}

const fn paper(paper: Paper) -> PaperState {
    match paper {
        Paper::Full => PaperState::Full,
        Paper::Low => PaperState::Low,
        Paper::Out => PaperState::Out,
        Paper::Jammed => PaperState::Jammed,
        Paper::Unknown => PaperState::Unknown,
    }
}
