use crate::date::Date;

/// When a card expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expiry {
    /// On this birthday.
    On(Date),
    /// Never: issued at 58 or later.
    Never,
}

/// First day of Law 26/2023/QH15.
pub const LAW_OF_2023: Date = Date { year: 2024, month: 7, day: 1 };

/// Ages at which a card must be renewed, Law on Citizen Identification 2014, Art. 21.
const AGES_OF_2014: &[u16] = &[25, 40, 60];

/// Ages at which a card must be renewed, Law 26/2023/QH15, Art. 21.
const AGES_OF_2023: &[u16] = &[14, 25, 40, 60];

/// A card issued within this many years before an age stays valid to the next one (both laws, Art. 21).
const EARLY_RENEWAL_YEARS: u16 = 2;

impl Expiry {
    /// The birthday until which a card of `birth`, issued on `issued`, is valid.
    pub(crate) fn derived(birth: Date, issued: Date) -> Self {
        let ages = if issued < LAW_OF_2023 { AGES_OF_2014 } else { AGES_OF_2023 };
        let next = ages.iter().find(|age| issued < birth.years_later(*age - EARLY_RENEWAL_YEARS));
        next.map_or(Self::Never, |age| Self::On(birth.years_later(*age)))
    }
}

/// Whether a token is valid on a day, as far as it says or its dates tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Validity {
    /// It is.
    Valid,
    /// Its last day has passed.
    Expired {
        /// That day.
        on: Date,
    },
    /// Its first day is still to come.
    NotYet {
        /// That day.
        from: Date,
    },
    /// It does not say, and nothing tells.
    Unknown,
}

impl Validity {
    /// Valid up to and with the day `expiry` names.
    pub(crate) fn until(expiry: Expiry, today: Date) -> Self {
        match expiry {
            Expiry::On(day) if today > day => Self::Expired { on: day },
            Expiry::On(_) | Expiry::Never => Self::Valid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expiry(birth: [u16; 3], issued: [u16; 3]) -> Expiry {
        let date = |[year, month, day]: [u16; 3]| Date { year, month: month as u8, day: day as u8 };
        Expiry::derived(date(birth), date(issued))
    }

    fn on(year: u16, month: u8, day: u8) -> Expiry {
        Expiry::On(Date { year, month, day })
    }

    #[test]
    fn the_day_two_years_before_an_age_counts_to_the_next() {
        assert_eq!(expiry([1998, 6, 15], [2021, 6, 14]), on(2023, 6, 15));
        assert_eq!(expiry([1998, 6, 15], [2021, 6, 15]), on(2038, 6, 15));
        assert_eq!(expiry([1963, 6, 15], [2021, 6, 14]), on(2023, 6, 15));
        assert_eq!(expiry([1963, 6, 15], [2021, 6, 15]), Expiry::Never);
    }

    #[test]
    fn fourteen_is_an_age_of_the_new_law_only() {
        assert_eq!(expiry([2016, 3, 9], [2025, 3, 1]), on(2030, 3, 9));
        assert_eq!(expiry([2012, 6, 1], [2025, 8, 8]), on(2037, 6, 1));
        assert_eq!(expiry([2012, 6, 1], [2024, 6, 30]), on(2037, 6, 1));
    }
}
