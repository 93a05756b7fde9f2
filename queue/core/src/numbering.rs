use std::collections::BTreeSet;

use queue_protocol::model::{ORDINAL_MAX, Series, TicketNumber};

/// All numbers of a series are given out for the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("series {series} has no number after {ORDINAL_MAX} today")]
pub struct SeriesExhausted {
    /// The series.
    pub series: Series,
}

/// The number after `last`, the highest ordinal ever issued from `series` on the day. A voided number counts: it is
/// on somebody's paper and is never given out again.
///
/// # Errors
/// [`SeriesExhausted`] after [`ORDINAL_MAX`].
pub fn next_number(series: Series, last: Option<u16>) -> Result<TicketNumber, SeriesExhausted> {
    let exhausted = SeriesExhausted { series };
    let ordinal = last.unwrap_or(0).checked_add(1).ok_or(exhausted)?;
    TicketNumber::new(series, ordinal).map_err(|_| exhausted)
}

/// The first series of two letters that is not in `taken`, for a kiosk to own; `None` when all are. They begin with T,
/// for *tạm*, so that provisional numbers look alike.
#[must_use]
pub fn free_series(taken: &BTreeSet<Series>) -> Option<Series> {
    let firsts = (b'T'..=b'Z').chain(b'A'..b'T');
    let series = firsts.flat_map(|first| (b'A'..=b'Z').map(move |second| [char::from(first), char::from(second)]));
    let mut series = series.filter_map(|letters| Series::new(&String::from_iter(letters)).ok());
    series.find(|series| !taken.contains(series))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_start_at_one_and_end_at_the_last_that_fits() {
        let series = Series::new("A").unwrap();
        assert_eq!(next_number(series, None).unwrap().to_string(), "A-001");
        assert_eq!(next_number(series, Some(9_998)).unwrap().to_string(), "A-9999");
        for last in [ORDINAL_MAX, u16::MAX] {
            assert_eq!(next_number(series, Some(last)), Err(SeriesExhausted { series }));
        }
    }

    #[test]
    fn a_kiosk_gets_a_series_that_nobody_has_until_there_is_none() {
        let mut taken = BTreeSet::from([Series::new("T").unwrap(), Series::new("TA").unwrap()]);
        let mut given = 0;
        while let Some(series) = free_series(&taken) {
            assert!(series.to_string().len() == 2 && taken.insert(series));
            given += 1;
        }
        assert_eq!((given, taken.contains(&Series::new("TB").unwrap())), (26 * 26 - 1, true));
        assert_eq!(free_series(&BTreeSet::new()), Series::new("TA").ok());
    }
}
