//! What the patient sees.

use queue_protocol::model::{ServiceOffer, TicketNumber};
use zeroize::Zeroize;

/// One screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// Attract screen: shows where to hold the card.
    Welcome {
        /// What staff should know and patients may; empty when all is well.
        notices: Vec<Notice>,
    },
    /// Asks for the card.
    PresentCard,
    /// Who was read, and the services.
    ChooseService {
        /// The patient's name, masked.
        patient: MaskedName,
        /// Tiles in their order.
        services: Vec<ServiceOffer>,
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
    },
    /// No number; what to do instead.
    Apology(Apology),
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
}

/// Why there is no number, as far as it changes what the patient does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Apology {
    /// What was held up is no identity token. Try the other side, another card, or the desk.
    NotAnIdentityToken,
    /// The chosen service gives out no numbers now. Choose another or ask at the desk.
    ServiceClosed,
    /// No number is left today.
    NumbersExhausted,
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
    /// The queue service is away: no numbers now.
    NoService,
}

/// A name of which only as much is left as its owner needs to recognise it, such as "NGUYỄN T* T* DƯƠNG".
///
/// Wiped on drop, `Debug` hides it. What a screen toolkit copies of it is out of reach.
#[derive(Clone, PartialEq, Eq)]
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
