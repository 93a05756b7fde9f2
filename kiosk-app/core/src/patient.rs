//! Who a visit is for.

use vn_identity::{Claim, Date, PriorityHint, Validity};

use crate::view::MaskedName;

/// Digits or characters of a number that stay readable where there is no name.
const KEY_CHARS_SHOWN: usize = 4;

/// Who a visit is for, as claimed, and what follows from it on the day of the visit. Wiped when dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// What the token says.
    pub claim: Claim,
    /// Whether the token is valid today. An expired one still tells who is here; whether it will do is for staff to
    /// say.
    pub validity: Validity,
    /// The priority group the birth date decides.
    pub priority: Option<PriorityHint>,
}

impl Patient {
    /// Works out what follows from `claim` on `today`; nothing does when the day is not known.
    #[must_use]
    pub fn new(claim: Claim, today: Option<Date>) -> Self {
        let validity = today.map_or(Validity::Unknown, |today| claim.validity(today));
        let priority = today.and_then(|today| claim.priority(today));
        Self { claim, validity, priority }
    }

    /// What the screen calls the patient: the masked name, or the end of the number where the token has no name.
    #[must_use]
    pub(crate) fn masked(&self) -> MaskedName {
        match self.claim.name() {
            Some(name) => MaskedName::of(name.as_str()),
            None => MaskedName::of_number(self.claim.key(), KEY_CHARS_SHOWN),
        }
    }

    /// What the ticket calls the patient: the name, or the end of the number, and the year of birth where it is known.
    /// Allocated once: a string that grows leaves copies of a name behind that nobody wipes.
    pub(crate) fn on_paper(&self) -> String {
        let masked;
        let name = match self.claim.name() {
            Some(name) => name.as_str(),
            None => {
                masked = self.masked();
                masked.as_str()
            }
        };
        let year = self.claim.birth().map(|birth| format!(" ({})", birth.year())).unwrap_or_default();
        let mut text = String::with_capacity(name.len() + year.len());
        text.push_str(name);
        text.push_str(&year);
        text
    }
}
