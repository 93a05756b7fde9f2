mod code;
mod record;
mod refusal;

use std::fmt;

pub use code::{InsuranceCode, InsuranceCodeKind};
pub(crate) use record::looks_like_insurance;
pub use refusal::InsuranceRefusal;

use crate::birth::Birth;
use crate::date::Date;
use crate::expiry::Validity;
use crate::values::{PersonName, Residence, Sex, personal_text};

/// How much of a health insurance record there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InsuranceForm {
    /// Code, name, birth and sex, without an end mark.
    Minimal,
    /// Ten fields with the end mark: up to the date of issue.
    Short,
    /// Fifteen fields with the end mark: the cards with a code of 15 characters.
    Fifteen,
    /// Seventeen fields with the end mark: the cards with a code of 10 digits, since 2021-04-01.
    Seventeen,
}

/// Where the holder lives, as far as it changes what insurance pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    /// `5` in the code.
    K1,
    /// `6` in the code.
    K2,
    /// `7` in the code.
    K3,
}

/// The facility of first registration: two digits of the province and three characters. Wiped on drop; `Debug` hides
/// it.
#[derive(Clone, PartialEq, Eq)]
pub struct FacilityCode(String);

personal_text!(FacilityCode);

/// What a health insurance card's QR code (BHYT) says. `Debug` prints the form and the kind of code only.
///
/// The management code and the check string are not read: how the second is made is not public.
#[derive(Clone, PartialEq, Eq)]
pub struct Insurance {
    /// How much of the record there is.
    pub form: InsuranceForm,
    /// The card's code.
    pub code: InsuranceCode,
    /// Full name; some records have none.
    pub name: Option<PersonName>,
    /// Birth date or year.
    pub birth: Birth,
    /// Sex.
    pub sex: Sex,
    /// Address; cards with a code of 10 digits have none.
    pub address: Option<Residence>,
    /// Facility of first registration.
    pub facility: Option<FacilityCode>,
    /// First day of validity.
    pub valid_from: Option<Date>,
    /// Last day of validity; cards with a code of 10 digits have none.
    pub valid_to: Option<Date>,
    /// Date of issue.
    pub issued: Option<Date>,
    /// Name of a parent, on children's cards.
    pub parent: Option<PersonName>,
    /// Area, `None` for "no area" and when not said.
    pub area: Option<Area>,
    /// The day from which five years of insurance without a gap are complete.
    pub five_years_from: Option<Date>,
    /// A digit that is *probably* the level of benefit (seventeen fields only; no source confirms it).
    pub benefit_level_assumed: Option<u8>,
    /// Place of issue (seventeen fields only).
    pub issue_place: Option<Residence>,
}

impl Insurance {
    /// Whether the card's own dates cover `today`. Whether the holder is insured only the insurer knows.
    pub(crate) fn validity(&self, today: Date) -> Validity {
        match (self.valid_from, self.valid_to) {
            (_, Some(on)) if today > on => Validity::Expired { on },
            (Some(from), _) if today < from => Validity::NotYet { from },
            (Some(_), _) | (None, Some(_)) => Validity::Valid,
            (None, None) => Validity::Unknown,
        }
    }
}

impl fmt::Debug for Insurance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Insurance({:?}, {:?})", self.form, self.code.kind())
    }
}
