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
}
