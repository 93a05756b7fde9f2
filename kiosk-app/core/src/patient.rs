//! Who a visit is for.

use std::collections::BTreeSet;
use std::sync::Arc;

use queue_protocol::model::{GroupClaim, PriorityGroup, Proof};
use vn_identity::{Birth, Claim, Date, PriorityHint, Provenance, Sureness, Validity};

use crate::chip::{ChipForm, ChipTrust, ChipVerdict, Portrait};
use crate::effect::PersonKey;
use crate::view::{Advice, KnownBy, MaskedName, Who};

/// Digits or characters of a number that stay readable where there is no name.
const KEY_CHARS_SHOWN: usize = 4;

/// First age at which a person has a card of their own.
const CARD_AGE: u16 = 14;
/// First age at which a person comes without a guardian.
const ALONE_AGE: u16 = 16;

/// Groups a patient may say they belong to. An emergency is nothing to queue for: staff are called.
const DECLARABLE: [PriorityGroup; 3] = [PriorityGroup::Pregnant, PriorityGroup::SevereDisability, PriorityGroup::Merit];
/// Groups of an age, declared only where no birth date decides.
const OF_AN_AGE: [PriorityGroup; 2] = [PriorityGroup::Under6, PriorityGroup::Aged75];

/// Who a visit is for, as claimed, and what follows from it on the day of the visit. Wiped when dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// What the token says; `None` for a patient without a card.
    pub claim: Option<Claim>,
    /// Whether the token is valid today. An expired one still tells who is here; whether it will do is for staff to
    /// say.
    pub validity: Validity,
    /// The priority group the birth date decides.
    pub priority: Option<PriorityHint>,
    /// What the chip's data is worth, once it was read and found to be this patient's.
    pub trust: Option<ChipTrust>,
    /// What the patient said of the group that a bare year of birth makes possible.
    age_confirmed: Option<bool>,
    declared: BTreeSet<PriorityGroup>,
    advice: Vec<Advice>,
    portrait: Option<Arc<Portrait>>,
}

impl Patient {
    /// Works out what follows from `claim` on `today`; nothing does when the day is not known.
    #[must_use]
    pub fn new(claim: Claim, today: Option<Date>) -> Self {
        let validity = today.map_or(Validity::Unknown, |today| claim.validity(today));
        let priority = today.and_then(|today| claim.priority(today));
        let expired = matches!(validity, Validity::Expired { .. }).then_some(Advice::CardExpired);
        let minor = claim.birth().zip(today).and_then(|(birth, today)| minor(birth, today));
        let advice = expired.into_iter().chain(minor).collect();
        Self { claim: Some(claim), validity, priority, advice, ..Self::without_card() }
    }

    /// A patient of whom nothing is known.
    #[must_use]
    pub fn without_card() -> Self {
        Self {
            claim: None,
            validity: Validity::Unknown,
            priority: None,
            trust: None,
            age_confirmed: None,
            declared: BTreeSet::new(),
            advice: vec![Advice::NoCard],
            portrait: None,
        }
    }

    /// What the screen may say of the patient.
    #[must_use]
    pub(crate) fn who(&self) -> Who {
        Who {
            name: self.masked(),
            known_by: self.known_by(),
            groups: self.groups(),
            advice: self.advice.clone(),
            portrait: self.portrait.clone(),
        }
    }

    /// How the kiosk knows who is here.
    #[must_use]
    pub(crate) fn known_by(&self) -> KnownBy {
        match (self.trust, self.claim.as_ref().map(|claim| claim.provenance)) {
            (_, None) => KnownBy::NoCard,
            (Some(trust), Some(_)) => KnownBy::Chip(trust),
            (None, Some(Provenance::Typed)) => KnownBy::Typed,
            (None, Some(Provenance::Chip)) => KnownBy::Chip(ChipTrust::UNCHECKED),
            (None, Some(Provenance::Code | Provenance::Screen)) => KnownBy::Code,
        }
    }

    /// What recognises the person.
    #[must_use]
    pub(crate) fn key(&self) -> Option<PersonKey> {
        self.claim.as_ref().map(|claim| PersonKey::new(claim.key()))
    }

    /// Whether this is the same person, by the number or code of their token.
    #[must_use]
    pub(crate) fn is(&self, claim: &Claim) -> bool {
        self.claim.as_ref().is_some_and(|own| own.key() == claim.key())
    }

    /// The groups the patient is in, the one of their age first.
    #[must_use]
    pub(crate) fn groups(&self) -> Vec<GroupClaim> {
        let of_age =
            self.priority.filter(|hint| hint.sureness == Sureness::Certain || self.age_confirmed == Some(true));
        let of_age = of_age.map(|hint| GroupClaim { group: group_of(hint), proof: self.proof_of_age(hint.sureness) });
        let declared = self.declared.iter().map(|group| GroupClaim { group: *group, proof: Proof::Declared });
        of_age.into_iter().chain(declared).collect()
    }

    /// The group that only the patient can say whether they belong to, until they have.
    #[must_use]
    pub(crate) fn age_to_ask(&self) -> Option<PriorityGroup> {
        let possible = self.priority.filter(|hint| hint.sureness == Sureness::Possible);
        possible.filter(|_| self.age_confirmed.is_none()).map(group_of)
    }

    /// Notes whether the patient is of the age asked about.
    pub(crate) const fn confirm_age(&mut self, confirmed: bool) {
        self.age_confirmed = Some(confirmed);
    }

    /// The groups the patient may declare.
    #[must_use]
    pub(crate) fn declarable(&self) -> Vec<PriorityGroup> {
        let birth_decides = self.claim.as_ref().is_some_and(|claim| claim.birth().is_some());
        let of_an_age: &[PriorityGroup] = if birth_decides { &[] } else { &OF_AN_AGE };
        of_an_age.iter().chain(&DECLARABLE).copied().collect()
    }

    /// Puts the patient into a group or takes them out of it.
    pub(crate) fn declare(&mut self, group: PriorityGroup) {
        if self.declarable().contains(&group) && !self.declared.remove(&group) {
            self.declared.insert(group);
        }
    }

    /// Adds to what the patient is told.
    pub(crate) fn advise(&mut self, advice: Advice) {
        if !self.advice.contains(&advice) {
            self.advice.push(advice);
        }
    }

    /// Takes over what the patient's own chip says. What the patient has declared stays.
    #[must_use]
    pub(crate) fn with_chip(self, form: ChipForm, today: Option<Date>) -> Self {
        let fresh = Self::new(form.claim, today);
        let (age_confirmed, declared) = (self.age_confirmed, self.declared);
        Self { trust: Some(form.trust), age_confirmed, declared, ..fresh }
    }

    /// Takes over the portrait, and what the chip is worth with it.
    pub(crate) fn set_portrait(&mut self, portrait: Portrait, trust: ChipTrust) {
        self.portrait = Some(Arc::new(portrait));
        self.trust = Some(trust);
    }

    /// What the screen calls the patient: the masked name, the end of the number where the token has no name, or
    /// nothing without a card.
    #[must_use]
    pub(crate) fn masked(&self) -> MaskedName {
        let Some(claim) = &self.claim else { return MaskedName::default() };
        match claim.name() {
            Some(name) => MaskedName::of(name.as_str()),
            None => MaskedName::of_number(claim.key(), KEY_CHARS_SHOWN),
        }
    }

    /// What the ticket calls the patient: the name, or the end of the number, and the year of birth where it is known.
    /// Allocated once: a string that grows leaves copies of a name behind that nobody wipes.
    pub(crate) fn on_paper(&self) -> String {
        let Some(claim) = &self.claim else { return String::new() };
        let masked;
        let name = match claim.name() {
            Some(name) => name.as_str(),
            None => {
                masked = self.masked();
                masked.as_str()
            }
        };
        let year = claim.birth().map(|birth| format!(" ({})", birth.year())).unwrap_or_default();
        let mut text = String::with_capacity(name.len() + year.len());
        text.push_str(name);
        text.push_str(&year);
        text
    }

    fn proof_of_age(&self, sureness: Sureness) -> Proof {
        match (self.trust.map(ChipTrust::verdict), sureness) {
            (Some(ChipVerdict::Issued | ChipVerdict::Genuine), Sureness::Certain) => Proof::Verified,
            (Some(_) | None, Sureness::Certain | Sureness::Possible) => Proof::Declared,
        }
    }
}

const fn group_of(hint: PriorityHint) -> PriorityGroup {
    match hint.group {
        vn_identity::PriorityGroup::UnderSix => PriorityGroup::Under6,
        vn_identity::PriorityGroup::SeventyFiveAndOver => PriorityGroup::Aged75,
    }
}

/// What a minor is told. Of a bare year the youngest age counts: advice too much does no harm.
fn minor(birth: Birth, today: Date) -> Option<Advice> {
    let latest = birth.day().unwrap_or(Date { year: birth.year(), month: 12, day: 31 });
    if today < latest.years_later(CARD_AGE) {
        Some(Advice::Under14)
    } else if today < latest.years_later(ALONE_AGE) {
        Some(Advice::Under16)
    } else {
        None
    }
}
