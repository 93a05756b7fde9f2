//! The database goes away and comes back: patients get numbers all the same, and none is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

#[path = "../../queue/store/tests/both/postgres_server.rs"]
mod postgres_server;

use std::fs;

use e2e_tests::account::Account;
use e2e_tests::database::numbers;
use e2e_tests::{Hospital, card, eventually};
use postgres_server::Server;
use rusqlite::Connection;

#[test]
fn a_locked_database_makes_the_kiosk_issue_by_itself_and_an_open_one_takes_it_in() {
    let hospital = Hospital::without_display().unwrap();
    hospital.owns_a_series().unwrap();
    let database = hospital.stack.database();
    let other = Connection::open(&database).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (screen, number) = hospital.takes_number(&card(1)).unwrap();
    assert_eq!((screen.as_str(), number.as_str()), ("number-take", "TA-001"));
    assert_eq!(numbers(&database, "waiting").unwrap(), [""; 0]);
    hospital.leaves().unwrap();

    other.execute_batch("ROLLBACK").unwrap();
    eventually("it to wait", || Ok(numbers(&database, "waiting")? == ["TA-001"])).unwrap();
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(2)).unwrap(), ("number-take".into(), "A-001".into()));
    Account::default().balance(&hospital).unwrap();
}

#[test]
fn a_database_that_was_moved_away_and_put_back_has_what_came_meanwhile() {
    let mut hospital = Hospital::without_display().unwrap();
    assert_eq!(hospital.takes_number(&card(1)).unwrap().1, "A-001");
    hospital.leaves().unwrap();
    let database = hospital.stack.database();
    let away = database.with_file_name("elsewhere.db");
    fs::rename(&database, &away).unwrap();
    hospital.sees(&["welcome"]).unwrap();
    let (_, number) = hospital.takes_number(&card(2)).unwrap();
    hospital.leaves().unwrap();

    fs::rename(&away, &database).unwrap();
    hospital.stack.restart_service().unwrap();
    let waiting = || Ok(numbers(&database, "waiting")? == ["A-001", number.as_str()]);
    eventually("both to wait", waiting).unwrap();
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(3)).unwrap().0, "number-take");
    Account::default().balance(&hospital).unwrap();
}

#[test]
fn postgresql_stops_and_starts_and_no_number_is_lost_or_doubled() {
    let mut server = Server::start();
    let database = server.database();
    let hospital = Hospital::on_postgres(&server.text(&database)).unwrap();
    hospital.owns_a_series().unwrap();
    assert_eq!(hospital.takes_number(&card(1)).unwrap(), ("number-take".into(), "A-001".into()));
    hospital.leaves().unwrap();

    server.stop();
    assert_eq!(hospital.takes_number(&card(2)).unwrap(), ("number-take".into(), "TA-001".into()));
    hospital.leaves().unwrap();
    server.start_again();
    let waiting = "SELECT count(*) FROM ticket WHERE state = 'waiting'";
    eventually("both to wait", || Ok(server.number(&database, waiting) == 2)).unwrap();
    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(3)).unwrap(), ("number-take".into(), "A-002".into()));
    hospital.settles().unwrap();
    assert_eq!(server.number(&database, "SELECT count(*) FROM ticket"), 3);
    assert_eq!(server.number(&database, waiting), 3);
    assert_eq!(hospital.stack.call_somebody().unwrap().number.to_string(), "A-001");
}
