//! Every lever at every command: each reading ends in a value, and the value says what happened.

use std::time::Duration;

use chip_card::{ChipChecks, IntegrityVerdict, Lengths, Trust};
use device_sim::card::levers::{Mishap, Planned};
use device_sim::card::person::Person;
use device_sim::card::plan::CardPlan;

use crate::table::{NotRead, can_of, card, in_memory, read_all, today};

/// Far more than a reading of a card without a portrait takes.
const COMMANDS_MAX: usize = 60;

/// What became of one reading per command at which the mishap came, until one came too late to matter.
fn at_every_command(mishap: Mishap) -> Vec<Result<(), NotRead>> {
    at_commands(mishap, (1..COMMANDS_MAX).collect())
}

fn at_commands(mishap: Mishap, commands: Vec<usize>) -> Vec<Result<(), NotRead>> {
    let plan = CardPlan { photo_bytes: 0, ..CardPlan::cccd(Person::sample(), 21) };
    let keys = can_of(&plan.person);
    let shared = card(plan);
    let mut outcomes = Vec::new();
    for at in commands {
        shared.with(|it| {
            it.insert();
            it.plan_mishap(Planned { at, mishap });
        });
        let mut link = in_memory(&shared);
        let outcome = read_all(&mut link, &keys, &Trust::new(today()), ChipChecks::All, Lengths::Short);
        if shared.with(|it| it.work().commands) < at {
            return outcomes;
        }
        outcomes.push(outcome.map(|document| {
            assert_ne!(document.integrity.verdict(), IntegrityVerdict::Changed, "{mishap:?} at {at}");
        }));
    }
    outcomes
}

#[test]
fn a_card_pulled_out_at_any_command_is_a_removed_card() {
    let outcomes = at_every_command(Mishap::PullOut);
    assert!(outcomes.len() > 20, "{}", outcomes.len());
    for (at, outcome) in outcomes.iter().enumerate() {
        let removed = outcome.as_ref().is_err_and(NotRead::card_removed);
        assert!(removed, "command {}: {outcome:?}", at + 1);
    }
}

#[test]
fn an_answer_that_is_later_than_the_reader_waits_ends_the_reading_as_offline() {
    for (at, outcome) in at_every_command(Mishap::Late(Duration::from_secs(3_600))).iter().enumerate() {
        let offline = outcome.as_ref().is_err_and(NotRead::is_offline);
        assert!(offline, "command {}: {outcome:?}", at + 1);
    }
}

#[test]
fn an_answer_that_is_late_but_in_time_changes_nothing() {
    let outcomes = at_every_command(Mishap::Late(Duration::from_secs(2)));
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

#[test]
fn short_refused_and_damaged_answers_end_in_a_value_and_never_in_changed_data() {
    let mishaps = [
        Mishap::Cut(0),
        Mishap::Cut(1),
        Mishap::Cut(2),
        Mishap::Cut(20),
        Mishap::WrongBit,
        Mishap::Status(0x6F00),
        Mishap::Status(0x6982),
        Mishap::Status(0x6A82),
        Mishap::Status(0x6300),
        Mishap::Status(0x6100),
        Mishap::Status(0x6CFF),
        Mishap::Status(0x9000),
    ];
    // Each at every fourth command, and all together at every command.
    for (kind, mishap) in mishaps.into_iter().enumerate() {
        for outcome in at_commands(mishap, (1 + kind % 4..COMMANDS_MAX).step_by(4).collect()) {
            let removed = outcome.as_ref().is_err_and(NotRead::card_removed);
            assert!(!removed, "{mishap:?}: {outcome:?}");
        }
    }
}
