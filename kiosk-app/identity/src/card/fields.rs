use crate::date::is_eight_digits;
use crate::refusal::Refusal;
use crate::values::is_digits;

/// Index of the first field after the birth date and sex, where the residence begins.
const RESIDENCE: usize = 5;

/// Fields of the CCCD of 2021, and the first fields of the Căn cước.
pub const FIELDS_MIN: usize = 7;

/// Further fields from which on a record is a Căn cước. Eleven fields in all are documented; a public tool takes ten.
const FURTHER_MIN: usize = 3;

/// The fields of one record in their places, still text.
pub struct Fields<'a> {
    pub number: &'a str,
    pub old_number: &'a str,
    pub name: &'a str,
    pub birth: &'a str,
    pub sex: &'a str,
    /// Joined again where it holds the separator.
    pub residence: &'a str,
    pub issued: &'a str,
    /// Cancelled number, father, mother, spare and whatever follows; empty for a CCCD.
    pub further: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    /// Sorts a record into its fields.
    pub fn split(record: &'a str) -> Result<Self, Refusal> {
        let parts: Vec<&str> = record.split('|').map(str::trim).collect();
        if second_record(&parts) {
            return Err(Refusal::TwoRecords);
        }
        let &[number, old_number, name, birth, sex, residence, ..] = parts.as_slice() else {
            return Err(Refusal::TooFewFields { expected: FIELDS_MIN, got: parts.len() });
        };
        if parts.len() < FIELDS_MIN {
            return Err(Refusal::TooFewFields { expected: FIELDS_MIN, got: parts.len() });
        }
        let at = issue_index(&parts)?;
        let residence = if at == RESIDENCE + 1 { residence } else { joined(record, RESIDENCE, at) };
        let (issued, further) = parts.get(at..).and_then(<[_]>::split_first).unwrap_or((&"", &[]));
        Ok(Self { number, old_number, name, birth, sex, residence, issued, further: further.to_vec() })
    }
}

/// Where the issue date is: in the seventh place, or after a residence that holds the separator, where it is the first
/// field of eight digits.
fn issue_index(parts: &[&str]) -> Result<usize, Refusal> {
    let usual = RESIDENCE + 1;
    let further = |at: usize| parts.len() - at - 1;
    let count_is_known = |at: usize| further(at) == 0 || further(at) >= FURTHER_MIN;
    let found = parts.iter().skip(usual).position(|part| is_eight_digits(part)).map(|skipped| skipped + usual);
    let in_place = parts.get(usual).is_some_and(|part| part.is_empty() || is_eight_digits(part));
    match found {
        _ if in_place && count_is_known(usual) => Ok(usual),
        Some(at) if at > usual && count_is_known(at) => Ok(at),
        // A wrong date is reported as one by whoever reads it.
        None if count_is_known(usual) => Ok(usual),
        Some(_) | None => Err(Refusal::FieldCount { got: parts.len() }),
    }
}

/// The text of the fields `from..to`, separators included.
fn joined(record: &str, from: usize, to: usize) -> &str {
    let starts = |field: usize| {
        if field == 0 { Some(0) } else { record.match_indices('|').nth(field - 1).map(|(at, _)| at + 1) }
    };
    let end = starts(to).map_or(record.len(), |start| start - 1);
    starts(from).and_then(|start| record.get(start..end)).unwrap_or_default().trim()
}

/// Whether another record begins inside: a field that ends in a personal number, with birth date and sex in their
/// places after it.
fn second_record(parts: &[&str]) -> bool {
    parts.windows(5).skip(FIELDS_MIN - 1).any(|window| {
        let &[number, _, _, birth, sex] = window else { return false };
        let tail = number.len().checked_sub(12).and_then(|start| number.get(start..));
        tail.is_some_and(is_digits) && is_eight_digits(birth) && matches!(sex, "Nam" | "Nữ")
    })
}
