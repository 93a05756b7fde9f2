//! The pages people read: paths, tests, arrows and words on screen, real and planted.

use xtask::policy::committed::Committed;
use xtask::policy::pages::{arrows_table, citations, messages, paths, screen_words};
use xtask::policy::table::{Nature, ROWS, Row};

use super::committed::{real_files, tracked};
use super::{assert_none, said};

fn page(path: &str, text: &str) -> Committed {
    tracked(path, text.as_bytes())
}

#[test]
fn every_path_on_a_page_is_there() {
    assert_none(&paths::check(&real_files()));
}

#[test]
fn a_path_that_is_not_there_is_named_with_its_line() {
    let text = "See `hal/src/link.rs` and `hal/`,\n`hal/src/gone.rs::Gone` and [this](docs/gone.md#place).\n\
                <img src=\"gone/a.png\" width=\"9\">\n\
                `target/demo`, `/dev/ttyACM0`, `POST /v1/tickets`, <https://example.vn/a>\n\
                ```\n`in/an/example`\n```\n";
    let inner = "`src/of_this_crate.rs`, [a page](../README.md), [another](../gone.md)";
    let files = [page("README.md", text), page("hal/README.md", inner), page("hal/src/link.rs", "")];
    let expected = [
        "README.md:2: names docs/gone.md, which git does not track",
        "README.md:2: names hal/src/gone.rs, which git does not track",
        "README.md:3: names gone/a.png, which git does not track",
        "hal/README.md:1: names gone.md, which git does not track",
    ];
    assert_eq!(said(&paths::check(&files)), expected);
}

#[test]
fn everything_cited_from_a_file_is_in_it_and_every_invariant_has_its_test() {
    let files = real_files();
    assert_none(&citations::check(&files));
    let cited = files.iter().find(|file| file.path == "ARCHITECTURE.md").unwrap();
    let cited = String::from_utf8_lossy(&cited.content).matches(".rs::").count();
    assert!(cited > 60, "ARCHITECTURE.md cites only {cited} places: the search is broken");
}

#[test]
fn a_claim_on_security_without_its_test_is_named() {
    let code = "#[test]\nfn it_holds() {}\nfn plain() {}\n";
    let text = "## What a thief has\n\n| claim | shown by |\n|---|---|\n| it holds | `hal/a.rs::it_holds` |\n\
                | it helps | `hal/a.rs::plain` |\n| trust us | trust |\n| the lid | not by a test of its own |\n\
                | read | `hal/README.md` has them |\n";
    let expected = [
        "docs/security.md:6: cites plain of hal/a.rs as a test, which it is not",
        "docs/security.md:7: states a claim without the test that shows it: cite path.rs::name",
    ];
    assert_eq!(said(&citations::check(&[page("docs/security.md", text), page("hal/a.rs", code)])), expected);
}

#[test]
fn a_cited_name_that_is_nowhere_and_an_invariant_without_its_test_are_named() {
    let code = "pub fn open() {}\n// fn only_talked_about()\n#[test]\n/// Why.\nfn it_opens() {}\n\
                #[tokio::test(flavor = \"multi_thread\")]\nasync fn it_waits() {}\n";
    let text = "`hal/a.rs::open`, `hal/a.rs::close`\n`hal/a.rs::only_talked_about`, `hal/b.rs::open`\n## Invariants\n\n\
                | what holds | held by |\n|---|---|\n| it opens | `hal/a.rs::it_opens`, `hal/a.rs::it_waits` |\n\
                | it closes | `hal/a.rs::open` |\n| it stays | trust |\n";
    let expected = [
        "ARCHITECTURE.md:1: cites close, which hal/a.rs does not have",
        "ARCHITECTURE.md:2: cites only_talked_about, which hal/a.rs does not have",
        "ARCHITECTURE.md:2: cites hal/b.rs, which git does not track",
        "ARCHITECTURE.md:8: cites open of hal/a.rs as a test, which it is not",
        "ARCHITECTURE.md:9: states an invariant without the test that holds it: cite path.rs::name",
    ];
    assert_eq!(said(&citations::check(&[page("ARCHITECTURE.md", text), page("hal/a.rs", code)])), expected);
}

#[test]
fn the_arrows_on_the_page_are_the_arrows_that_are_checked() {
    assert_none(&arrows_table::check(&real_files(), ROWS));
}

#[test]
fn an_arrow_that_is_only_on_the_page_or_only_in_the_table_is_shown() {
    let rows = [
        Row { name: "hal", nature: Nature::Pure, may_name: &[], tests_may_name: &[] },
        Row { name: "lamp", nature: Nature::Plain, may_name: &["hal"], tests_may_name: &["sim"] },
        Row { name: "wall", nature: Nature::Slint, may_name: &["hal", "lamp"], tests_may_name: &[] },
    ];
    let text = "| `wall` | pure | outside the section | nothing |\n## Arrows\n| crate | kind | may name | tests |\n\
                |---|---|---|---|\n| `hal` | pure | nothing | nothing |\n| `lamp` | plain | hal, wall | sim |\n\
                | `moon` | plain | nothing | nothing |\n";
    let expected = [
        "ARCHITECTURE.md: has arrows of moon, which table.rs has not",
        "ARCHITECTURE.md: under Arrows: expected | `lamp` | plain | hal | sim |, got | `lamp` | plain | hal, wall | sim |",
        "ARCHITECTURE.md: under Arrows: expected | `wall` | Slint | hal, lamp | nothing |, got no row",
    ];
    assert_eq!(said(&arrows_table::check(&[page("ARCHITECTURE.md", text)], &rows)), expected);
}

#[test]
fn what_a_page_quotes_from_a_screen_stands_there() {
    let files = real_files();
    assert_none(&screen_words::check(&files));
    let quotes =
        |file: &&Committed| file.path.starts_with("docs/") && file.content.windows(3).any(|at| at == "“".as_bytes());
    assert!(files.iter().filter(quotes).count() >= 2, "no page quotes a screen: the search is broken");
}

#[test]
fn words_that_a_screen_does_not_say_are_named() {
    let screen = page("kiosk-app/ui/ui/a.slint", "text: @tr(\"Đưa thẻ\\nvào khe quét\");");
    let files = [screen, page("docs/words.md", "“Đưa thẻ vào khe quét”, then\n“Rút thẻ ra”\n")];
    let expected = ["docs/words.md:2: quotes “Rút thẻ ra”, which is on no screen and no ticket"];
    assert_eq!(said(&screen_words::check(&files)), expected);
}

#[test]
fn the_guide_lists_every_message_and_no_other() {
    assert_none(&messages::check(&real_files()));
}

#[test]
fn a_message_the_guide_lacks_and_one_that_nothing_says_are_named() {
    let guide = "## Write an image\n| it says | do |\n| `signed with … key` | a |\n| `wrong words` | b |\n\
                 ## What the kiosk asks for\n| it says | do |\n| `Đóng nắp` | a |\n| `Chờ` | b |\n\
                 ## Notices on the welcome screen\n| notice | do |\n| “Hết giấy.” | a |\n";
    let states =
        "pub const fn fix(a: A) -> &'static str {\n    A => \"Đóng nắp\",\n    B => \"Xem nhật ký\",\n}\nx \"y\"\n";
    let words =
        "    NO_PRINTER {\n        vi: \"Hết giấy.\",\n    }\n    NO_SERVICE { vi: \"Mất mạng.\", en: \"x\" }\n";
    let files = [
        page("docs/technician.md", guide),
        page("kiosk-app/src/states.rs", states),
        page("kiosk-app/ui/src/words/screen.rs", words),
        page("images/flash/src/a.rs", "\"not signed with the key {key}\""),
    ];
    let expected = [
        "docs/technician.md: under What the kiosk asks for: does not list \"Xem nhật ký\"",
        "docs/technician.md: under What the kiosk asks for: nothing says \"Chờ\"",
        "docs/technician.md: under Notices on the welcome screen: does not list \"Mất mạng.\"",
        "docs/technician.md: under Write an image: kiosk-flash never says \"wrong words\"",
    ];
    assert_eq!(said(&messages::check(&files)), expected);
}
