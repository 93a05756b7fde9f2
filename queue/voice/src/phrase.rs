//! What is said, in words: every letter by its name, every digit on its own, so that A-042 is not heard as A-42.

use std::fmt;
use std::str::FromStr;

use queue_protocol::model::TicketNumber;

/// A language calls are spoken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    Vietnamese,
    English,
}

/// A text that names no language of [`Language`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no language calls are spoken in, expected vi or en")]
pub struct UnknownLanguage {
    found: String,
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text {
            "vi" => Ok(Self::Vietnamese),
            "en" => Ok(Self::English),
            other => Err(UnknownLanguage { found: other.to_owned() }),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        })
    }
}

/// Whether a number is called for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Occasion {
    Call,
    /// Nobody came; the same number is called to the same room once more.
    Recall,
}

/// The words for one call: `Mời số A, không bốn hai, vào phòng ba`.
pub fn announcement(number: TicketNumber, room_name: &str, occasion: Occasion, language: Language) -> String {
    sentence("", number, room_name, (occasion, language))
}

/// The words for the call of a number that a kiosk issued while the service was away: `Mời số tạm tê a, …`, as it is
/// called on its paper.
pub fn provisional_announcement(
    number: TicketNumber,
    room_name: &str,
    occasion: Occasion,
    language: Language,
) -> String {
    let word = match language {
        Language::Vietnamese => "tạm ",
        Language::English => "provisional ",
    };
    sentence(word, number, room_name, (occasion, language))
}

fn sentence(kind: &str, number: TicketNumber, room_name: &str, (occasion, language): (Occasion, Language)) -> String {
    let written = number.to_string();
    let (series, ordinal) = written.split_once('-').unwrap_or(("", &written));
    let series = spelled(series, language);
    let ordinal = spelled(ordinal, language);
    let room = room(room_name, language);
    match (language, occasion) {
        (Language::Vietnamese, Occasion::Call) => format!("Mời số {kind}{series}, {ordinal}, vào {room}."),
        (Language::Vietnamese, Occasion::Recall) => {
            format!("Xin nhắc lại. Mời số {kind}{series}, {ordinal}, vào {room}.")
        }
        (Language::English, Occasion::Call) => {
            capital(&format!("{kind}number {series}, {ordinal}, please go to {room}."))
        }
        (Language::English, Occasion::Recall) => {
            let call = capital(&format!("{kind}number {series}, {ordinal}, please go to {room}."));
            format!("Last call. {call}")
        }
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A room's name with its digits spelled. English says the kind of place that hospitals here have in its own words.
fn room(name: &str, language: Language) -> String {
    let words: Vec<String> = name.split_whitespace().map(|word| room_word(word, language)).collect();
    words.join(" ")
}

fn room_word(word: &str, language: Language) -> String {
    let lower = word.to_lowercase();
    if word.chars().any(|c| c.is_ascii_digit()) {
        return spelled(word, language);
    }
    match (language, lower.as_str()) {
        (Language::English, "phòng") => "room".to_owned(),
        (Language::English, "quầy") => "counter".to_owned(),
        (Language::English, "bàn") => "desk".to_owned(),
        // A single letter is part of a number, such as "Phòng B".
        _ if lower.chars().count() == 1 => spelled(word, language),
        _ => lower,
    }
}

/// Letters and digits one by one; anything else parts them.
fn spelled(text: &str, language: Language) -> String {
    let words: Vec<&str> = text.chars().filter_map(|c| name_of(c, language)).collect();
    words.join(" ")
}

fn name_of(character: char, language: Language) -> Option<&'static str> {
    let names = match language {
        Language::Vietnamese => VIETNAMESE,
        Language::English => ENGLISH,
    };
    let upper = character.to_ascii_uppercase();
    names.iter().find(|(of, _)| *of == upper).map(|(_, name)| *name)
}

/// As letters are called in Vietnam outside school: names that no two letters share.
const VIETNAMESE: &[(char, &str)] = &[
    ('0', "không"),
    ('1', "một"),
    ('2', "hai"),
    ('3', "ba"),
    ('4', "bốn"),
    ('5', "năm"),
    ('6', "sáu"),
    ('7', "bảy"),
    ('8', "tám"),
    ('9', "chín"),
    ('A', "a"),
    ('B', "bê"),
    ('C', "xê"),
    ('D', "đê"),
    ('E', "e"),
    ('F', "ép"),
    ('G', "giê"),
    ('H', "hát"),
    ('I', "i"),
    ('J', "gi"),
    ('K', "ca"),
    ('L', "lờ"),
    ('M', "mờ"),
    ('N', "nờ"),
    ('O', "o"),
    ('P', "pê"),
    ('Q', "quy"),
    ('R', "rờ"),
    ('S', "sờ"),
    ('T', "tê"),
    ('U', "u"),
    ('V', "vê"),
    ('W', "vê kép"),
    ('X', "ích"),
    ('Y', "y dài"),
    ('Z', "dét"),
];

const ENGLISH: &[(char, &str)] = &[
    ('0', "zero"),
    ('1', "one"),
    ('2', "two"),
    ('3', "three"),
    ('4', "four"),
    ('5', "five"),
    ('6', "six"),
    ('7', "seven"),
    ('8', "eight"),
    ('9', "nine"),
    ('A', "A"),
    ('B', "B"),
    ('C', "C"),
    ('D', "D"),
    ('E', "E"),
    ('F', "F"),
    ('G', "G"),
    ('H', "H"),
    ('I', "I"),
    ('J', "J"),
    ('K', "K"),
    ('L', "L"),
    ('M', "M"),
    ('N', "N"),
    ('O', "O"),
    ('P', "P"),
    ('Q', "Q"),
    ('R', "R"),
    ('S', "S"),
    ('T', "T"),
    ('U', "U"),
    ('V', "V"),
    ('W', "W"),
    ('X', "X"),
    ('Y', "Y"),
    ('Z', "Z"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(number: &str, room: &str, occasion: Occasion, language: Language) -> String {
        announcement(number.parse().unwrap(), room, occasion, language)
    }

    #[test]
    fn a_call_names_every_letter_and_digit() {
        let vi = |number, room| said(number, room, Occasion::Call, Language::Vietnamese);
        assert_eq!(vi("A-042", "Phòng 3"), "Mời số a, không bốn hai, vào phòng ba.");
        assert_eq!(vi("BK-1205", "Phòng 205"), "Mời số bê ca, một hai không năm, vào phòng hai không năm.");
        let en = |number, room| said(number, room, Occasion::Call, Language::English);
        assert_eq!(en("A-042", "Phòng 3"), "Number A, zero four two, please go to room three.");
    }

    #[test]
    fn a_second_call_says_that_it_is_one() {
        let again = said("A-007", "Quầy 2", Occasion::Recall, Language::Vietnamese);
        assert_eq!(again, "Xin nhắc lại. Mời số a, không không bảy, vào quầy hai.");
        let again = said("A-007", "Quầy 2", Occasion::Recall, Language::English);
        assert_eq!(again, "Last call. Number A, zero zero seven, please go to counter two.");
    }

    #[test]
    fn a_provisional_number_is_called_as_its_paper_says() {
        let said =
            |occasion, language| provisional_announcement("TA-001".parse().unwrap(), "Phòng 3", occasion, language);
        let vietnamese = said(Occasion::Call, Language::Vietnamese);
        assert_eq!(vietnamese, "Mời số tạm tê a, không không một, vào phòng ba.");
        let english = said(Occasion::Recall, Language::English);
        assert_eq!(english, "Last call. Provisional number T A, zero zero one, please go to room three.");
    }

    #[test]
    fn a_room_without_a_number_keeps_its_name() {
        let vi = said("C-001", "Phòng X-quang B", Occasion::Call, Language::Vietnamese);
        assert_eq!(vi, "Mời số xê, không không một, vào phòng x-quang bê.");
    }

    #[test]
    fn no_two_letters_or_digits_sound_alike() {
        for names in [VIETNAMESE, ENGLISH] {
            assert_eq!(names.len(), 36);
            for (at, (_, name)) in names.iter().enumerate() {
                assert!(names[..at].iter().all(|(_, other)| other != name), "{name} is there twice");
            }
        }
    }
}
