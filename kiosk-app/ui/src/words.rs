//! The catalogue: each sentence in each language. Vietnamese is the source.
//!
//! One that is missing in a language does not compile: `words!` has no rule for it. `docs/words.md` is the style sheet.

pub mod card;
pub mod number;
pub mod screen;
pub mod service;

use kiosk_core::look::Language;

/// One text in each language. `{}` stands for what is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    pub vi: &'static str,
    pub en: &'static str,
    pub zh: &'static str,
}

impl Said {
    /// The text in `language`.
    pub const fn to(self, language: Language) -> &'static str {
        match language {
            Language::Vietnamese => self.vi,
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }

    /// The text in `language` with `part` where `{}` stands.
    pub fn with(self, language: Language, part: &str) -> String {
        self.to(language).replace("{}", part)
    }
}

/// Names texts, each in all languages, and lists them in `ALL`.
macro_rules! words {
    ($($name:ident { vi: $vi:literal, en: $en:literal, zh: $zh:literal $(,)? })+) => {
        $(pub const $name: $crate::words::Said = $crate::words::Said { vi: $vi, en: $en, zh: $zh };)+
        /// All of them by name.
        pub const ALL: &[(&str, $crate::words::Said)] = &[$((stringify!($name), $name)),+];
    };
}
use words;

/// The whole catalogue, by name.
pub fn all() -> impl Iterator<Item = (&'static str, Said)> {
    [card::ALL, number::ALL, screen::ALL, service::ALL].into_iter().flatten().copied()
}
