//! What the patient sees.

use std::sync::Arc;

use kiosk_hal::card::CardMedia;
use queue_protocol::model::{AppointmentTime, GroupClaim, PriorityGroup, ServiceOffer, TicketNumber, TicketState};
use zeroize::Zeroize;

use crate::chip::{ChipStep, ChipTrust, Portrait};
use crate::event::{RejoinFailure, Ways};
use crate::look::Look;
use crate::typing::{TypedDigits, TypingProblem};

/// A whole screen: the view and what surrounds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The hospital's name for the head; empty until the queue service has told it.
    pub hospital: String,
    /// How this patient wants the screens.
    pub look: Look,
    /// What the hospital offers: a button for each.
    pub ways: Ways,
    /// Whether help was called.
    pub help: Help,
    /// Whether the screen asks "are you still there?" over the view.
    pub presence: Presence,
    /// Whether a card is in the slot of the chip reader; a visit that ends says "take your card".
    pub slot: CardMedia,
    /// The view.
    pub view: View,
}

impl Screen {
    /// A view as a patient sees it who has chosen nothing.
    #[must_use]
    pub fn plain(hospital: impl Into<String>, view: View) -> Self {
        Self {
            hospital: hospital.into(),
            look: Look::default(),
            ways: Ways::default(),
            help: Help::NotCalled,
            presence: Presence::Assumed,
            slot: CardMedia::NotPresent,
            view,
        }
    }
}

/// Whether help was called, for a line on every screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Help {
    /// Not yet: the button.
    #[default]
    NotCalled,
    /// Staff are being told.
    Calling,
    /// Staff know: "somebody is on the way".
    OnItsWay,
    /// Nobody could be told: "please go to the desk".
    NotReached,
}

/// Whether somebody is taken to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Presence {
    /// Somebody is.
    #[default]
    Assumed,
    /// Nobody has touched anything for long: "are you still there?". Any touch goes on; time ends the visit.
    Asked,
}

/// What is on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// Attract screen: shows where to hold the card.
    Welcome {
        /// What staff should know and patients may; empty when all is well.
        notices: Vec<Notice>,
    },
    /// A technician is at work: please use another kiosk or the desk.
    OutOfService,
    /// Asks for the card.
    PresentCard {
        /// What for.
        purpose: Purpose,
    },
    /// The keypad.
    TypeNumber {
        /// What for.
        purpose: Purpose,
        /// The digits so far.
        digits: TypedDigits,
        /// What is wrong with what was entered.
        problem: Option<TypingProblem>,
    },
    /// The kiosk has just started and has yet to hear what the hospital offers: "one moment".
    AwaitingOffer,
    /// The person's tickets are being looked up.
    FindingTickets,
    /// The person has these numbers: which one?
    ChooseTicket {
        /// Who.
        who: Who,
        /// The numbers, the latest first.
        tickets: Vec<HeldTicket>,
    },
    /// Only the year of birth is known: is the patient of this group's age?
    AskAge {
        /// Who.
        who: Who,
        /// Under 6, or 75 and over.
        group: PriorityGroup,
    },
    /// Who was read, and the services.
    ChooseService {
        /// Who.
        who: Who,
        /// Tiles in their order.
        services: Vec<ServiceOffer>,
        /// Whether the chip can be read as well.
        chip: ChipOffer,
    },
    /// The groups that go first, to be declared.
    DeclarePriority {
        /// Who, with the groups they are in.
        who: Who,
        /// The groups to choose from.
        groups: Vec<PriorityGroup>,
    },
    /// Does the patient have an appointment for this service?
    AskAppointment {
        /// The service's name.
        service: String,
        /// The times there are.
        times: Vec<AppointmentTime>,
    },
    /// The chip.
    Chip {
        /// Whose card is expected.
        name: MaskedName,
        /// How far it is.
        stage: ChipStage,
    },
    /// The number is being fetched.
    Issuing {
        /// For this service.
        service: String,
    },
    /// The number, huge.
    Number {
        /// The number.
        number: TicketNumber,
        /// The service's name.
        service: String,
        /// Where to wait.
        place: String,
        /// People before this one.
        ahead: u32,
        /// What to do about the paper.
        paper: PaperAdvice,
        /// How it stands in the queue.
        standing: NumberStanding,
        /// What holds for it besides.
        marks: Vec<Mark>,
    },
    /// No number; what to do instead.
    Apology(Apology),
}

/// What a card is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To take a number.
    TakeNumber,
    /// To find the number taken before.
    FindTicket,
}

/// Who the visit is for, as the screen may say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The name, masked; empty without a card.
    pub name: MaskedName,
    /// How the kiosk knows.
    pub known_by: KnownBy,
    /// The groups that put the patient first.
    pub groups: Vec<GroupClaim>,
    /// What staff will ask for.
    pub advice: Vec<Advice>,
    /// The portrait of the chip, once it was read.
    pub portrait: Option<Arc<Portrait>>,
}

/// How the kiosk knows who is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KnownBy {
    /// It does not: the patient has no card.
    NoCard,
    /// The number was typed.
    Typed,
    /// A code was held up.
    Code,
    /// The chip was read.
    Chip(ChipTrust),
}

/// What staff will ask for, told beforehand. Never a reason to refuse a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The card has expired: another document.
    CardExpired,
    /// Below 14: a parent or guardian, and the birth certificate where there is no card.
    Under14,
    /// Below 16: a parent or guardian.
    Under16,
    /// No card: any document there is.
    NoCard,
    /// The person has no live number today: a new one can be taken.
    NoTicketFound,
    /// The same service as before gives the same number again.
    ChooseSameService,
}

/// Whether the chip can be read as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChipOffer {
    /// It cannot.
    None,
    /// "Read the chip as well": a button.
    Available,
    /// The portrait is still being read.
    ReadingPortrait,
}

/// How far the chip is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChipStage {
    /// May the chip be read? Names what is read and that nothing is kept.
    Consent,
    /// Shows where to insert the card.
    Insert,
    /// The progress picture: leave the card in.
    Reading(ChipStep),
    /// Try again, or go on without the chip.
    Trouble(ChipTrouble),
}

/// Why the chip was of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChipTrouble {
    /// The card was pulled out too early.
    PulledOut,
    /// The card in the slot is not that of the person who was scanned.
    OtherPerson,
    /// The card could not be read.
    Unreadable,
    /// The card was read, and something speaks against it: staff will look at it.
    Doubtful(ChipTrust),
    /// The reader is gone.
    ReaderGone,
}

/// A number that the person has from before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldTicket {
    /// The number.
    pub number: TicketNumber,
    /// The service's name.
    pub service: String,
    /// Where to wait.
    pub place: String,
    /// Where it is in its life.
    pub state: TicketState,
}

/// What to do about the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaperAdvice {
    /// Wait: it prints.
    Printing,
    /// Take it.
    Take,
    /// There is none, or nobody knows: write the number down.
    WriteDown,
    /// The person has paper from before: "print it again" is a button.
    OnRequest,
}

/// How a number on screen stands in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberStanding {
    /// It was issued in this visit.
    New,
    /// The person has it from before, and this is where it is. Missed: "let me back in" is a button.
    Held(TicketState),
    /// It is being let back in.
    ComingBack,
    /// It waits again.
    BackIn,
    /// It does not; what to do instead.
    NotBackIn(RejoinFailure),
}

/// What holds for a number besides its order; on screen as on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Issued while the network is away: "số tạm cấp khi mất mạng".
    Provisional,
    /// Nobody knows whose it is: staff check.
    IdentityToCheck,
    /// The patient goes first, for this reason; a declared one is for staff to check.
    Priority(GroupClaim),
    /// The patient has an appointment, as they say.
    Appointment,
}

/// Why there is no number, as far as it changes what the patient does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Apology {
    /// What was held up is no identity token. Try the other side, another card, or the desk.
    NotAnIdentityToken,
    /// Perhaps a code of VNeID or VssID, which the kiosk cannot read: hold up the card, or type the number.
    UnknownPhoneCode,
    /// The code of a card, and not whole: hold it still and once more, or type the number.
    DamagedCode,
    /// The chosen service gives out no numbers now. Choose another or ask at the desk.
    ServiceClosed,
    /// No number is left today.
    NumbersExhausted,
    /// The appointment is later: come back, or ask at the desk.
    AppointmentLater,
    /// No number can be issued here now. Go to the desk: nothing was issued.
    NoNumberNow,
}

/// A line at the foot of the welcome screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Numbers will be on screen only.
    NoPrinter,
    /// The scanner is away: nothing can be read.
    NoScanner,
    /// The queue service is away: no numbers now, or provisional ones.
    NoService,
}

/// A name of which only as much is left as its owner needs to recognise it, such as "NGUYỄN T* T* DƯƠNG".
///
/// Wiped on drop, `Debug` hides it. What a screen toolkit copies of it is out of reach.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct MaskedName(String);

impl MaskedName {
    /// Keeps the first and the last word, and the first letter of those between.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let last = name.split_whitespace().count().saturating_sub(1);
        // A word gets at most one byte longer. A string that grows would leave copies behind that nobody wipes.
        let mut masked = String::with_capacity(2 * name.len());
        for (place, word) in name.split_whitespace().enumerate() {
            if place > 0 {
                masked.push(' ');
            }
            match word.chars().next() {
                Some(first) if place != 0 && place != last => masked.extend([first, '*']),
                Some(_) | None => masked.push_str(word),
            }
        }
        Self(masked)
    }

    /// Keeps the last `shown` characters of an ASCII number, behind as many asterisks as it has others.
    pub(crate) fn of_number(number: &str, shown: usize) -> Self {
        let hidden = number.len().saturating_sub(shown);
        let mut masked = String::with_capacity(number.len());
        masked.extend(number.char_indices().map(|(at, character)| if at < hidden { '*' } else { character }));
        Self(masked)
    }

    /// The masked text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for MaskedName {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for MaskedName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MaskedName(…)")
    }
}
