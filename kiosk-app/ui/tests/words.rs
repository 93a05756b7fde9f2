//! The catalogue is whole: each text in each language, each character in each font, nothing said elsewhere.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail by panicking")]

mod scenes;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use kiosk_core::look::{Guidance, Language, Look};
use kiosk_core::view::Screen;
use kiosk_ui::{FocusWords, Listeners};
use scenes::LANGUAGES;

/// Words that no patient should have to know; `docs/words.md` says what to say instead.
const NEVER: [(&str, Language); 15] = [
    ("lỗi", Language::Vietnamese),
    ("hệ thống", Language::Vietnamese),
    ("xác thực", Language::Vietnamese),
    ("dữ liệu", Language::Vietnamese),
    ("thiết bị", Language::Vietnamese),
    ("kết nối", Language::Vietnamese),
    ("không hợp lệ", Language::Vietnamese),
    ("error", Language::English),
    ("system", Language::English),
    ("invalid", Language::English),
    ("device", Language::English),
    ("failed", Language::English),
    ("authentic", Language::English),
    ("错误", Language::Chinese),
    ("系统", Language::Chinese),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

#[test]
fn every_text_is_there_in_every_language_with_the_same_places() {
    let mut names = HashSet::new();
    for (name, texts) in kiosk_ui::catalogue() {
        assert!(texts.iter().all(|text| !text.trim().is_empty()), "{name}: {texts:?}");
        assert!(texts.iter().all(|text| text.matches("{}").count() == texts[0].matches("{}").count()), "{name}");
        assert!(texts.iter().all(|text| text.trim() == *text), "{name}: {texts:?}");
        names.insert(name);
    }
    assert!(names.len() > 100);
}

#[test]
fn chinese_is_chinese_and_nothing_else_is() {
    let is_han = |character: char| ('\u{4e00}'..='\u{9fff}').contains(&character);
    for (name, [vi, en, zh]) in kiosk_ui::catalogue() {
        assert!(zh.chars().any(is_han), "{name}: {zh}");
        assert!(!vi.chars().chain(en.chars()).any(is_han), "{name}: {vi}, {en}");
        assert!(en.is_ascii() || en.contains('…'), "{name}: {en}");
    }
}

#[test]
fn every_character_is_in_every_font() {
    let texts: HashSet<char> = kiosk_ui::catalogue().flat_map(|(_, texts)| texts).flat_map(str::chars).collect();
    for font in ["Regular", "SemiBold", "Bold"] {
        let bytes = std::fs::read(folder().join(format!("fonts/NotoSans-{font}.ttf"))).unwrap();
        let font_has = fontdue::Font::from_bytes(bytes, fontdue::FontSettings::default()).unwrap();
        let missing: Vec<char> = texts
            .iter()
            .copied()
            .filter(|character| *character != '\n' && font_has.lookup_glyph_index(*character) == 0)
            .collect();
        assert!(missing.is_empty(), "NotoSans-{font} lacks {missing:?}: run fonts/add_chinese.sh");
    }
}

/// A text in a screen file would stay Vietnamese, or nothing, in the other languages.
#[test]
fn no_screen_says_anything_by_itself() {
    // The languages call themselves by their own name in every language.
    let names = ["Tiếng Việt", "English", "中文"];
    let mut said = Vec::new();
    for part in ["ui", "ui/parts", "ui/screens"] {
        for file in std::fs::read_dir(folder().join(part)).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_none_or(|ending| ending != "slint") {
                continue;
            }
            for line in std::fs::read_to_string(&file).unwrap().lines() {
                let line = line.trim();
                let is_text = ["text: \"", "label: \"", "accessible-label: \"", "description: \""]
                    .iter()
                    .any(|property| line.starts_with(property) && !line.contains("\\{"));
                if line.contains("@tr(") || is_text && !names.iter().any(|name| line.contains(name)) {
                    said.push(format!("{}: {line}", file.display()));
                }
            }
        }
    }
    said.retain(|line| !line.contains("label: digit"));
    let digits = said.iter().all(|line| line.ends_with("label: \"0\";"));
    assert!(digits, "{said:#?}");
}

#[test]
fn no_word_is_used_that_a_patient_should_not_have_to_know() {
    for (name, [vi, en, zh]) in kiosk_ui::catalogue() {
        for (word, language) in NEVER {
            let text = match language {
                Language::Vietnamese => vi,
                Language::English => en,
                Language::Chinese => zh,
            };
            assert!(!text.to_lowercase().contains(word), "{name}: {text}");
        }
    }
}

#[test]
fn no_text_is_there_that_no_screen_says() {
    let mut source = std::fs::read_to_string(folder().join("src/fill.rs")).unwrap();
    source += &std::fs::read_to_string(folder().join("src/pages.rs")).unwrap();
    source += &std::fs::read_to_string(folder().join("src/spoken.rs")).unwrap();
    for file in std::fs::read_dir(folder().join("src/pages")).unwrap() {
        source += &std::fs::read_to_string(file.unwrap().path()).unwrap();
    }
    let is_said = |name: &str| {
        source.match_indices(&format!("::{name}")).any(|(at, found)| {
            let next = source[at + found.len()..].chars().next();
            next.is_some_and(|next| !next.is_ascii_alphanumeric() && next != '_')
        })
    };
    let unsaid: Vec<_> = kiosk_ui::catalogue().map(|(name, _)| name).filter(|name| !is_said(name)).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
}

#[test]
fn every_screen_has_something_to_say_in_every_language() {
    for (name, scene) in scenes::all() {
        let mut said = HashSet::new();
        for language in LANGUAGES {
            let look = Look { language, ..scene.look };
            let spoken = kiosk_ui::spoken(&Screen { look, ..scene.clone() }, Listeners::Patient);
            assert!(spoken.len() > 5 && !spoken.contains("{}") && !spoken.contains('\n'), "{name}: {spoken}");
            said.insert(spoken);
        }
        assert_eq!(said.len(), LANGUAGES.len(), "{name} says the same in two languages");
    }
}

fn scene(wanted: &str) -> Screen {
    scenes::all().into_iter().find(|(name, _)| *name == wanted).unwrap().1
}

#[test]
fn the_number_is_spoken_into_headphones_with_where_to_wait_and_what_to_do() {
    let spoken =
        "Số của bạn. A, 0, 4, 2. Còn 5 người trước. Nội tổng quát. Mời đến chờ tại Phòng 101, tầng 1. Mời lấy phiếu.";
    let take = scene("number-take");
    assert_eq!(kiosk_ui::spoken(&take, Listeners::Patient), spoken);
    assert_eq!(kiosk_ui::spoken(&take, Listeners::AnybodyAsAsked), spoken);
}

#[test]
fn over_a_loudspeaker_no_ticket_number_is_spoken_that_nobody_asked_for() {
    for (name, scene) in scenes::all() {
        for language in LANGUAGES {
            let screen = Screen { look: Look { language, ..scene.look }, ..scene.clone() };
            let spoken = kiosk_ui::spoken(&screen, Listeners::Anybody);
            for number in ["042", "0, 4, 2", "K-007", "118", "9999", "9, 9, 9"] {
                assert!(!spoken.contains(number), "{name}: {spoken}");
            }
        }
    }
    let tickets = FocusWords::of(&listened_to(scene("choose-ticket")), Listeners::Anybody);
    assert_eq!(tickets.of_control("A-042 · Nội").as_deref(), Some(" · Nội"));
    let alone = FocusWords::of(&listened_to(scene("choose-ticket")), Listeners::Patient);
    assert_eq!(alone.of_control("A-042 · Nội").as_deref(), Some("A-042 · Nội"));
}

#[test]
fn nothing_of_a_person_is_spoken_to_anybody_at_all() {
    for (name, scene) in scenes::all() {
        for listeners in [Listeners::Anybody, Listeners::AnybodyAsAsked, Listeners::Patient] {
            let spoken = kiosk_ui::spoken(&scene, listeners).to_uppercase();
            for personal in ["MẪU", "DƯƠNG", "NGUYỄN", "001", "0 0 1", "9 9 9", "*"] {
                assert!(!spoken.replace("BỆNH VIỆN ĐA KHOA MẪU", "").contains(personal), "{name}: {spoken}");
            }
        }
    }
}

#[test]
fn a_voice_tells_of_controls_when_it_was_asked_for_and_on_the_welcome_screen() {
    let rule = |screen: &Screen, listeners| FocusWords::of(screen, listeners);
    let (welcome, typing) = (scenes::welcome(), scene("type-number-typed"));
    assert_eq!(rule(&welcome, Listeners::Anybody).of_control("Đọc to").as_deref(), Some("Đọc to"));
    assert_eq!(rule(&typing, Listeners::Patient).of_control("7"), None, "nobody has asked for a voice");
    let typing = listened_to(typing);
    assert_eq!(rule(&typing, Listeners::Anybody).of_control("7"), None, "who stands near would hear the number");
    assert_eq!(rule(&typing, Listeners::Anybody).of_control("Tiếp tục").as_deref(), Some("Tiếp tục"));
    assert_eq!(rule(&typing, Listeners::Patient).of_control("7").as_deref(), Some("7"));
}

fn listened_to(screen: Screen) -> Screen {
    Screen { look: Look { guidance: Guidance::Spoken, ..screen.look }, ..screen }
}
