//! No `if sim` between the wire and the screen.

use xtask::policy::simulation;

use super::{assert_none, file, real_sources, said};

fn check_driver(text: &str) -> Vec<String> {
    said(&simulation::check(&[file("drivers/scanner", "qr-scanner", "src/planted.rs", text)]))
}

#[test]
fn nothing_shipped_asks_whether_it_is_simulated() {
    assert_none(&simulation::check(&real_sources()));
}

#[test]
fn a_driver_that_asks_is_found_however_it_asks() {
    let complaint = "drivers/scanner/src/planted.rs:1: asks whether it is being simulated: \
                     a virtual device sits on the wire (device-sim), never in here";
    for asking in [
        "#[cfg(feature = \"sim\")] fn open() {}",
        "#[cfg(not(feature = \"device-sim\"))] fn open() {}",
        "fn open() { if cfg!(sim) { quick() } }",
        "fn open(config: C) { if config.is_sim { quick() } }",
        "fn open(config: C) { match (config.simulated) { true => 1, false => 2 } }",
        "fn open(link: L) { if let SimLink(wire) = link { quick(wire) } }",
    ] {
        assert_eq!(check_driver(asking), [complaint], "{asking}");
    }
}

#[test]
fn similar_words_tests_and_the_simulator_itself_are_free() {
    assert_eq!(check_driver("fn f(a: bool) { if simple_frame(a) && similar(a) { simplify() } }"), Vec::<String>::new());
    assert_eq!(check_driver("#[cfg(test)]\nmod tests { fn f() { if sim() {} } }"), Vec::<String>::new());
    let own = file("drivers/sim", "device-sim", "src/lib.rs", "fn f(sim: bool) { if sim {} }");
    assert_none(&simulation::check(&[own]));
}
