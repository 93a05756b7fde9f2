//! How long each state waits.

use std::time::Duration;

use crate::session::state::{ChipState, PaperStep, State};

/// How long the kiosk waits for a card after "get a number".
pub const PRESENT_CARD_WAIT: Duration = Duration::from_secs(30);
/// How long a patient may look at a screen with something to choose or to type before they are asked whether they are
/// still there.
pub const CHOOSE_WAIT: Duration = Duration::from_secs(60);
/// How long "are you still there?" stays before the visit ends. WCAG 2.2, 2.2.1: at least 20 seconds.
pub const STILL_THERE_WAIT: Duration = Duration::from_secs(20);
/// How long a patient waits who came before the kiosk heard what the hospital offers: as long as it takes to ask twice.
pub const OFFER_WAIT: Duration = Duration::from_secs(6);
/// How long the queue service may take to find a person's tickets. Short: without an answer the visit goes on.
pub const FIND_WAIT: Duration = Duration::from_millis(1_500);
/// How long the journal may take to reach the disk.
pub const RECORD_WAIT: Duration = Duration::from_secs(3);
/// How long the queue service may take, retries included. Longer than the client's own deadline.
pub const ISSUE_WAIT: Duration = Duration::from_secs(10);
/// How long the printer driver may take. Longer than its own bound for the longest ticket at 9600 baud, with a
/// question for its state before it: no paper comes after its number has left the screen.
pub const PRINT_WAIT: Duration = Duration::from_secs(200);
/// How long "take your ticket" stays.
pub const TAKE_WAIT: Duration = Duration::from_secs(8);
/// How long a number that must be written down, or is known from before, stays until the patient is asked.
pub const WRITE_DOWN_WAIT: Duration = Duration::from_secs(45);
/// How long an apology stays.
pub const APOLOGY_WAIT: Duration = Duration::from_secs(15);
/// How long the reading of a chip may take from the card's coming to the form fields.
pub const CHIP_READ_WAIT: Duration = Duration::from_secs(30);
/// How long the answer to a call for help may take.
pub const HELP_ANSWER_WAIT: Duration = Duration::from_secs(10);
/// How long the answer to a call for help stays on screen at most; then help can be called again.
pub const HELP_SHOWN_WAIT: Duration = Duration::from_secs(120);
/// How long a look chosen on the welcome screen lasts when no visit follows.
pub const LOOK_WAIT: Duration = Duration::from_secs(30);
/// How long a technician is taken to be at work without being heard of.
pub const TECHNICIAN_WAIT: Duration = Duration::from_secs(300);

/// How long a state waits; `None` = for ever.
pub(super) fn wait_of(state: &State) -> Option<Duration> {
    Some(match state {
        State::Welcome => return None,
        State::OutOfService => TECHNICIAN_WAIT,
        State::PresentCard { .. } => PRESENT_CARD_WAIT,
        State::Typing { .. }
        | State::ChoosingTicket { .. }
        | State::AskingAge { .. }
        | State::Choosing { .. }
        | State::Declaring { .. }
        | State::AskingAppointment { .. }
        | State::Chip { step: ChipState::Consent | ChipState::Insert { .. } | ChipState::Trouble(_), .. } => {
            CHOOSE_WAIT
        }
        State::Chip { step: ChipState::Reading { .. }, .. } => CHIP_READ_WAIT,
        State::AwaitingOffer { .. } => OFFER_WAIT,
        State::Finding { .. } => FIND_WAIT,
        State::Recording { .. } => RECORD_WAIT,
        State::Issuing { .. } => ISSUE_WAIT,
        State::Number(number) if number.rejoin.is_some() => ISSUE_WAIT,
        State::Number(number) => match number.paper {
            PaperStep::AwaitingRecord => RECORD_WAIT,
            PaperStep::Printing => PRINT_WAIT,
            PaperStep::Take => TAKE_WAIT,
            PaperStep::WriteDown | PaperStep::OnRequest => WRITE_DOWN_WAIT,
        },
        State::Apology(_) => APOLOGY_WAIT,
    })
}

/// Whether the state waits for the patient and has something to lose: then they are asked before it ends.
pub(super) fn asks_first(state: &State) -> bool {
    match state {
        State::PresentCard { .. }
        | State::Typing { .. }
        | State::ChoosingTicket { .. }
        | State::AskingAge { .. }
        | State::Choosing { .. }
        | State::Declaring { .. }
        | State::AskingAppointment { .. }
        | State::Chip { step: ChipState::Consent | ChipState::Insert { .. } | ChipState::Trouble(_), .. } => true,
        State::Number(number) => {
            number.rejoin.is_none() && matches!(number.paper, PaperStep::WriteDown | PaperStep::OnRequest)
        }
        State::Welcome
        | State::OutOfService
        | State::AwaitingOffer { .. }
        | State::Finding { .. }
        | State::Chip { step: ChipState::Reading { .. }, .. }
        | State::Recording { .. }
        | State::Issuing { .. }
        | State::Apology(_) => false,
    }
}
