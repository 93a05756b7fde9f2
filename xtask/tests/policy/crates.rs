//! Arrows, Slint, licences and the minimum Rust version.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::semver::Version;
use xtask::policy::graph::{self, Crate, Foreign, Need, Use};
use xtask::policy::table::{END_TO_END, Nature, ROWS, Row};
use xtask::policy::workspace::{metadata, shipped_tree};
use xtask::policy::{arrows, licence, msrv};

use super::{assert_none, file, real_sources, said};

fn real_crates() -> Vec<Crate> {
    graph::crates(&metadata().unwrap())
}

/// All crates of the table, with nothing below them and the licence that fits.
fn empty_workspace() -> Vec<Crate> {
    ROWS.iter().map(|row| row.name).chain([END_TO_END]).map(empty_crate).collect()
}

fn empty_crate(name: &str) -> Crate {
    Crate {
        name: name.to_owned(),
        folder: format!("folder-of/{name}"),
        licence: Some(licence::WITHOUT_SLINT.to_owned()),
        rust_version: Some(msrv::RUST_VERSION),
        needs: Vec::new(),
        linked: BTreeMap::new(),
    }
}

fn with_need(from: &str, to: &str, used: Use) -> Vec<Crate> {
    let mut crates = empty_workspace();
    let one = crates.iter_mut().find(|one| one.name == from).unwrap();
    one.needs.push(Need { name: to.to_owned(), used });
    crates
}

fn linking_slint(name: &str) -> Vec<Crate> {
    let mut crates = empty_workspace();
    let one = crates.iter_mut().find(|one| one.name == name).unwrap();
    one.linked.insert("slint".to_owned(), vec!["kiosk-screen".to_owned(), "slint".to_owned()]);
    crates
}

#[test]
fn no_crate_names_another_outside_its_row() {
    assert_none(&arrows::check(ROWS, &real_crates()));
}

#[test]
fn a_driver_that_knows_the_queue_is_refused() {
    let complaints = arrows::check(ROWS, &with_need("qr-scanner", "queue-protocol", Use::Shipped));
    let expected = "folder-of/qr-scanner: may not depend on queue-protocol: see ARCHITECTURE.md, Arrows";
    assert_eq!(said(&complaints), [expected]);
}

#[test]
fn a_simulator_that_borrows_the_drivers_code_is_refused_even_in_tests() {
    let complaints = arrows::check(ROWS, &with_need("device-sim", "thermal-printer-escpos", Use::Tests));
    let expected = "folder-of/device-sim: may not depend, even in its tests, on thermal-printer-escpos: \
                    see ARCHITECTURE.md, Arrows";
    assert_eq!(said(&complaints), [expected]);
}

#[test]
fn a_driver_may_use_the_simulator_in_tests_only() {
    assert_none(&arrows::check(ROWS, &with_need("qr-scanner", "device-sim", Use::Tests)));
    let shipped = arrows::check(ROWS, &with_need("qr-scanner", "device-sim", Use::Shipped));
    assert_eq!(said(&shipped), ["folder-of/qr-scanner: may not depend on device-sim: see ARCHITECTURE.md, Arrows"]);
}

#[test]
fn nobody_names_the_end_to_end_tests() {
    for row in ROWS {
        let complaints = arrows::check(ROWS, &with_need(row.name, END_TO_END, Use::Tests));
        assert_eq!(complaints.len(), 1, "{} may name {END_TO_END}", row.name);
    }
}

#[test]
fn a_crate_without_a_row_and_a_row_without_a_crate_are_named() {
    let mut crates = empty_workspace();
    crates.retain(|one| one.name != "kiosk-flash");
    crates.push(empty_crate("newcomer"));
    let expected = [
        "xtask/src/policy/table.rs: has a row for kiosk-flash, which is no crate of the workspace",
        "folder-of/newcomer: newcomer has no row in xtask/src/policy/table.rs: add one, and its arrows to \
         ARCHITECTURE.md",
    ];
    assert_eq!(said(&arrows::check(ROWS, &crates)), expected);
}

#[test]
fn only_device_links_names_serialport() {
    assert_none(&arrows::check(ROWS, &with_need("device-links", "serialport", Use::Shipped)));
    let complaints = arrows::check(ROWS, &with_need("kioskctl", "serialport", Use::Shipped));
    assert_eq!(said(&complaints), ["folder-of/kioskctl: may not name serialport: only device-links opens a device"]);
}

#[test]
fn no_crate_names_a_module_that_is_closed_to_it() {
    assert_none(&arrows::check_modules(&real_sources()));
}

#[test]
fn a_visit_that_knows_the_queues_wire_is_named() {
    let text = "use queue_protocol::{model::Ticket, v1::IssueRequest};";
    let files = [
        file("kiosk-app/core", "kiosk-core", "src/session.rs", text),
        file("queue/client", "queue-client", "src/lib.rs", text),
    ];
    let expected = "kiosk-app/core/src/session.rs:1: names queue_protocol::v1::IssueRequest: \
                    a visit knows the queue's values, not its wire";
    assert_eq!(said(&arrows::check_modules(&files)), [expected]);
}

#[test]
fn the_table_breaks_none_of_its_own_promises() {
    assert_none(&arrows::check_table(ROWS));
}

#[test]
fn a_row_that_opens_a_way_round_is_found_in_the_table() {
    let mut rows: Vec<Row> = ROWS.to_vec();
    let screen = rows.iter_mut().find(|row| row.name == "kiosk-screen").unwrap();
    screen.may_name = &["kiosk-hal"];
    let expected = "xtask/src/policy/table.rs: lets queue-display reach kiosk-hal, in one step or several, \
                    which must stay impossible";
    assert_eq!(said(&arrows::check_table(&rows)), [expected]);
}

#[test]
fn slint_is_linked_only_where_something_is_drawn() {
    let crates = real_crates();
    assert_none(&arrows::check_slint(ROWS, &crates));
    let app = crates.iter().find(|one| one.name == "kiosk-app").unwrap();
    assert!(app.linked.keys().any(|name| arrows::is_slint(name)), "the walk below kiosk-app does not find Slint");
}

#[test]
fn slint_below_the_service_is_shown_with_the_way_there() {
    let complaints = arrows::check_slint(ROWS, &linking_slint("queue-service"));
    let expected = "folder-of/queue-service: may not link Slint, but does: queue-service → kiosk-screen → slint: \
                    see ARCHITECTURE.md, Arrows";
    assert_eq!(said(&complaints), [expected]);
}

#[test]
fn nothing_heavy_is_below_a_pure_crate() {
    for row in ROWS.iter().filter(|row| row.nature == Nature::Pure) {
        let tree = shipped_tree(row.name).unwrap();
        assert!(tree.contains(row.name), "the tree of {} does not even have itself: {tree:?}", row.name);
        assert_none(&arrows::check_pure_tree(row.name, &tree));
    }
}

#[test]
fn a_runtime_below_a_pure_crate_is_named() {
    let tree = BTreeSet::from(["kiosk-core", "thiserror", "tokio"].map(str::to_owned));
    let expected = "kiosk-app/core: is a pure crate and may not have `tokio` below it: see ARCHITECTURE.md, Arrows";
    assert_eq!(said(&arrows::check_pure_tree("kiosk-app/core", &tree)), [expected]);
}

#[test]
fn each_crate_states_the_licence_it_must() {
    assert_none(&licence::check(&real_crates()));
}

#[test]
fn a_crate_that_links_slint_must_be_gpl_and_no_other_may() {
    let mut crates = linking_slint("kiosk-ui");
    let store = crates.iter_mut().find(|one| one.name == "queue-store").unwrap();
    store.licence = Some(licence::WITH_SLINT.to_owned());
    let expected = [
        "folder-of/kiosk-ui: states the licence \"MIT OR Apache-2.0\", but must state \"GPL-3.0-only\", \
         as it links Slint",
        "folder-of/queue-store: states the licence \"GPL-3.0-only\", but must state \"MIT OR Apache-2.0\", \
         as it does not link Slint",
    ];
    assert_eq!(said(&licence::check(&crates)), expected);
}

#[test]
fn everything_builds_with_the_promised_rust() {
    let metadata = metadata().unwrap();
    let foreign = graph::foreign(&metadata);
    assert!(foreign.len() > 100, "found only {} packages", foreign.len());
    assert_none(&msrv::check(&graph::crates(&metadata), &foreign));
}

#[test]
fn a_dependency_that_needs_a_newer_rust_is_named() {
    let mut ours = empty_crate("kiosk-hal");
    ours.rust_version = None;
    let theirs = |name: &str, minor| Foreign {
        name: name.to_owned(),
        version: "2.0.1".to_owned(),
        rust_version: Some(Version::new(1, minor, 0)),
    };
    let expected = [
        "folder-of/kiosk-hal: states rust-version none, expected 1.94: write `rust-version.workspace = true`",
        "Cargo.lock: hasty 2.0.1 needs Rust 1.95, we promise 1.94: lock an older hasty \
         (cargo update -p hasty --precise …)",
    ];
    assert_eq!(said(&msrv::check(&[ours], &[theirs("patient", 94), theirs("hasty", 95)])), expected);
}
