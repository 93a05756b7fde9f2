//! The clock and I/O ban in pure crates; the environment everywhere.

use xtask::policy::source::SourceFile;
use xtask::policy::table::{Nature, ROWS};
use xtask::policy::workspace::{members, text};
use xtask::policy::{environment, purity};

use super::{assert_none, file, hal_file, real_sources, said};

fn is_pure(name: &str) -> bool {
    ROWS.iter().any(|row| row.name == name && row.nature == Nature::Pure)
}

fn check_one(text: &str) -> Vec<String> {
    said(&purity::check(&[hal_file(text)]))
}

#[test]
fn pure_crates_read_no_clock_and_do_no_io() {
    let pure: Vec<SourceFile> = real_sources().into_iter().filter(|file| is_pure(&file.owner)).collect();
    assert!(pure.len() > 10, "found only {} files of pure crates", pure.len());
    assert_none(&purity::check(&pure));
}

#[test]
fn a_clock_is_found_however_it_is_named() {
    let clock = "hal/src/planted.rs:1: names std::time::Instant in a pure crate: take the time as an argument";
    assert_eq!(check_one("use std::time::{Duration, Instant};"), [clock]);
    assert_eq!(check_one("use std::{fmt, time::{self, Instant as Clock}};"), [clock]);
    assert_eq!(check_one("struct Seen(std::time::Instant);"), [clock]);
    let called = "hal/src/planted.rs:2: names Instant::now in a pure crate: take the time as an argument";
    assert_eq!(check_one("fn now() {\n    trace(format!(\"{:?}\", Instant::now()));\n}"), [called]);
}

#[test]
fn files_sleep_environment_chance_and_printing_are_found() {
    let planted = "fn all() {\n thread::sleep(D);\n std::env::var(\"A\");\n std::fs::read(P);\n std::net::lookup();\n \
                   std::process::exit(1);\n rand::random();\n TimeZone::system();\n println!(\"x\");\n}";
    let expected = [
        "hal/src/planted.rs:2: names thread::sleep in a pure crate: return a deadline",
        "hal/src/planted.rs:3: names std::env::var in a pure crate: take the setting as an argument",
        "hal/src/planted.rs:4: names std::fs::read in a pure crate: return an effect, and let the program around it do the I/O",
        "hal/src/planted.rs:5: names std::net::lookup in a pure crate: return an effect, and let the program around it do the I/O",
        "hal/src/planted.rs:6: names std::process::exit in a pure crate: return an effect, and let the program around it do the I/O",
        "hal/src/planted.rs:7: names rand::random in a pure crate: take the id or the seed as an argument",
        "hal/src/planted.rs:8: names TimeZone::system in a pure crate: take the time zone as an argument",
        "hal/src/planted.rs:9: calls println!, but a pure crate prints nothing: return a value",
    ];
    assert_eq!(check_one(planted), expected);
}

#[test]
fn tests_comments_and_text_of_a_pure_crate_are_free() {
    let free = "/// Not `Instant::now()`.\nconst WORD: &str = \"std::fs::read\";\n\
                #[cfg(test)]\nmod tests { use std::time::Instant; fn f() { println!(\"x\"); } }\n\
                #[cfg(test)]\nuse std::fs::read;\n#[test]\nfn t() { std::env::var(\"A\"); }";
    assert_eq!(check_one(free), Vec::<String>::new());
    let shipped = "#[cfg(test)]\nmod tests {}\n#[cfg(not(test))]\nuse std::fs;";
    assert_eq!(check_one(shipped).len(), 1, "what is not a test is read on after one");
}

#[test]
fn each_pure_crate_bans_the_clock_in_its_clippy_toml() {
    let root = text("clippy.toml").unwrap().unwrap();
    for one in members().unwrap().iter().filter(|one| is_pure(&one.name)) {
        let own = text(&format!("{}/clippy.toml", one.folder)).unwrap();
        assert_none(&purity::check_clippy_toml(&root, &one.folder, own.as_deref()));
    }
}

#[test]
fn a_clippy_toml_that_is_missing_or_forgets_something_is_named() {
    let root = "allow-unwrap-in-tests = true\n";
    let missing = purity::check_clippy_toml(root, "hal", None);
    let expected = "hal/clippy.toml: is missing: a pure crate bans the clock there; copy it from another pure crate";
    assert_eq!(said(&missing), [expected]);

    let own = "disallowed-methods = [\"std::time::Instant::now\", \"std::time::SystemTime::now\", \
               { path = \"std::env::var\" }, { path = \"std::env::var_os\" }]";
    let expected = [
        "hal/clippy.toml: must repeat `allow-unwrap-in-tests = true` of the root's clippy.toml, which it replaces",
        "hal/clippy.toml: must list std::thread::sleep in disallowed-methods, with what to do instead",
    ];
    assert_eq!(said(&purity::check_clippy_toml(root, "hal", Some(own))), expected);
}

#[test]
fn only_a_main_reads_the_environment() {
    assert_none(&environment::check(&real_sources()));
}

#[test]
fn a_library_that_reads_the_environment_is_named() {
    let text = "use std::env;\nfn home() { std::env::var(\"HOME\"); }";
    let files = [
        file("queue/client", "queue-client", "src/lib.rs", text),
        file("queue/client", "queue-client", "src/main.rs", text),
        file("queue/client", "queue-client", "build.rs", text),
        file("queue/client", "queue-client", "tests/story.rs", text),
        file("xtask", "xtask", "src/lib.rs", text),
    ];
    let expected = [
        "queue/client/src/lib.rs:1: names std::env: only a main.rs reads the environment and passes it on",
        "queue/client/src/lib.rs:2: names std::env::var: only a main.rs reads the environment and passes it on",
    ];
    assert_eq!(said(&environment::check(&files)), expected);
}
