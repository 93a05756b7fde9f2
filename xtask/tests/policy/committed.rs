//! What git tracks: no large file, no foreign binary, nobody's number.

use xtask::policy::committed::{self, Committed};
use xtask::policy::workspace;

use super::{assert_none, said};

pub fn tracked(path: &str, content: &[u8]) -> Committed {
    Committed { path: path.to_owned(), content: content.to_vec() }
}

pub fn real_files() -> Vec<Committed> {
    let files = workspace::committed().unwrap();
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "git lists no Cargo.toml");
    files
}

#[test]
fn only_text_pictures_and_fonts_are_committed() {
    assert_none(&committed::check(&real_files()));
}

#[test]
fn a_large_file_and_a_foreign_binary_are_named() {
    let files = [
        tracked("tests/long.txt", &b"a".repeat(1024 * 1024 + 1)),
        tracked("drivers/scanner/tests/frame.bin", b"\x02\x00\x03"),
        tracked("tests/not-really.png", b"GIF89a\x00"),
        tracked("tests/real.png", b"\x89PNG\r\n\x1a\n\x00"),
        tracked("kiosk-app/ui/fonts/NotoSans-Bold.ttf", b"\x00\x01\x00\x00"),
        tracked("kiosk-app/ui/fonts/Comic.ttf", b"\x00\x01\x00\x00"),
    ];
    let binary = "is a binary file, but only PNG pictures and the listed fonts are committed: write bytes as hex text";
    let expected = [
        "tests/long.txt: has 1048577 bytes, more than 1048576: every clone pays for it for ever; leave it out"
            .to_owned(),
        format!("drivers/scanner/tests/frame.bin: {binary}"),
        format!("tests/not-really.png: {binary}"),
        format!("kiosk-app/ui/fonts/Comic.ttf: {binary}"),
    ];
    assert_eq!(said(&committed::check(&files)), expected);
}

#[test]
fn nobodys_number_is_committed() {
    assert_none(&committed::check_citizen_numbers(&real_files()));
}

#[test]
fn a_number_that_could_be_a_persons_is_named() {
    // Put together here, so that this file has no such number in it.
    let possible = format!("{}{}", "001190", "123456");
    let text = format!("Số 001190999901 là bịa.\nSố {possible}|x\nid 0190-{possible}, 000000000001, {possible}7\n");
    let complaints = committed::check_citizen_numbers(&[tracked("docs/sample.md", text.as_bytes())]);
    let expected =
        "docs/sample.md:2: has a number that could be a real person's: use one whose serial begins with 9999";
    assert_eq!(said(&complaints), [expected]);
}
