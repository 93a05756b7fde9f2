//! Which slot boots: `images/boot/choose-slot.cfg`, run as it is. It holds only words that GRUB and sh share.

use std::process::{Command, Stdio};

use crate::definition;

/// The boot environment, and which slots hold a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Environment {
    order: &'static str,
    ok: [bool; 2],
    tries: [u8; 2],
    last: &'static str,
    kernel: [bool; 2],
}

const SLOTS: [&str; 2] = ["A", "B"];
/// Boots a slot gets before it is confirmed.
const TRIES_MAX: u8 = 3;

fn place(slot: &str) -> usize {
    SLOTS.iter().position(|one| *one == slot).unwrap()
}

/// Both slots are fine and confirmed.
const FINE: Environment = Environment { order: "A B", ok: [true; 2], tries: [0; 2], last: "A", kernel: [true; 2] };

/// What boots, and the environment afterwards, for each of `environments`: one sh runs them all.
fn boot_all(environments: &[Environment]) -> Vec<(String, Environment)> {
    let flag = |is: bool| if is { "1" } else { "0" };
    let file = definition("boot/choose-slot.cfg");
    let mut script = String::new();
    for Environment { order, ok, tries, last, kernel } in environments {
        script += &format!(
            "ORDER='{order}' A_OK={} B_OK={} A_TRY={} B_TRY={} LAST={last} HAVE_A={} HAVE_B={}\n. '{}'\n\
             echo \"$SLOT,$A_TRY,$B_TRY,$LAST\"\n",
            flag(ok[0]),
            flag(ok[1]),
            tries[0],
            tries[1],
            flag(kernel[0]),
            flag(kernel[1]),
            file.display(),
        );
    }
    let mut sh = Command::new("sh").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = sh.stdin.take().unwrap();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut input, script.as_bytes()));
    let output = sh.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), environments.len(), "sh printed something else:\n{text}");
    let after = |(line, before): (&str, &Environment)| {
        let words: Vec<&str> = line.split(',').collect();
        let last = SLOTS.iter().find(|slot| **slot == words[3]).copied().unwrap_or_default();
        let tries = [words[1].parse().unwrap(), words[2].parse().unwrap()];
        (words[0].to_owned(), Environment { tries, last, ..before.clone() })
    };
    text.lines().zip(environments).map(after).collect()
}

fn boot(environment: &Environment) -> (String, Environment) {
    boot_all(std::slice::from_ref(environment)).remove(0)
}

/// The slots that boot one after another while none is ever confirmed.
fn boots(mut environment: Environment, count: usize) -> String {
    let mut slots = String::new();
    for _ in 0..count {
        let (slot, after) = boot(&environment);
        slots += &slot;
        environment = after;
    }
    slots
}

/// Every environment there can be.
fn every_environment() -> Vec<Environment> {
    let bits = |from: u32, at: u32| [from >> at & 1 == 1, from >> (at + 1) & 1 == 1];
    let mut all = Vec::new();
    for order in ["A B", "B A", "A", "B"] {
        for last in ["", "A", "B"] {
            for both in 0..16_u8 {
                let tries = [both % 4, both / 4];
                all.extend((0..16).map(|flags| Environment {
                    order,
                    ok: bits(flags, 0),
                    tries,
                    last,
                    kernel: bits(flags, 2),
                }));
            }
        }
    }
    all
}

#[test]
fn a_confirmed_slot_boots_and_is_counted() {
    let (slot, after) = boot(&FINE);
    assert_eq!((slot.as_str(), after.tries, after.last), ("A", [1, 0], "A"));
}

#[test]
fn an_update_that_is_never_confirmed_gets_three_boots_and_then_the_old_slot() {
    let updated = Environment { order: "B A", ..FINE };
    assert_eq!(boots(updated, 4), "BBBA");
}

#[test]
fn when_no_slot_is_ever_confirmed_a_broken_one_never_boots_again_and_again() {
    let exhausted = Environment { order: "B A", tries: [TRIES_MAX; 2], last: "B", ..FINE };
    assert_eq!(boots(exhausted, 6), "ABABAB");
}

#[test]
fn a_slot_that_rauc_declared_bad_does_not_boot_while_the_other_is_ok() {
    let bad = Environment { order: "B A", ok: [true, false], ..FINE };
    assert_eq!(boots(bad, 5), "AAAAA");
}

#[test]
fn a_slot_whose_kernel_cannot_be_read_is_passed_over() {
    let half_written = Environment { order: "B A", kernel: [true, false], ..FINE };
    assert_eq!(boot(&half_written).0, "A");
    let only_bad = Environment { ok: [true, false], kernel: [false, true], ..FINE };
    assert_eq!(boot(&only_bad).0, "B");
}

#[test]
fn in_every_environment_the_choice_keeps_its_promises() {
    let environments = every_environment();
    for (environment, (slot, after)) in environments.iter().zip(boot_all(&environments)) {
        let known: Vec<usize> = environment.order.split(' ').map(place).collect();
        let bootable: Vec<usize> = known.iter().copied().filter(|slot| environment.kernel[*slot]).collect();
        let good: Vec<usize> = bootable.iter().copied().filter(|slot| environment.ok[*slot]).collect();
        let what = format!("{environment:?} boots {slot:?}");
        if bootable.is_empty() {
            // Nothing can be started; grub.cfg waits and restarts.
            continue;
        }
        let chosen = place(&slot);
        assert!(bootable.contains(&chosen), "{what}, which has no kernel or is not in the order");
        assert!(good.is_empty() || good.contains(&chosen), "{what}, which is not OK, and another is");
        let untried = good.iter().any(|slot| environment.tries[*slot] < TRIES_MAX);
        assert!(!untried || environment.tries[chosen] < TRIES_MAX, "{what}, and another has tries left");
        let others = if good.is_empty() { bootable.len() } else { good.len() };
        assert!(untried || others < 2 || slot != environment.last, "{what} again, and there is another");
        assert_eq!(after.last, slot, "{what}");
        assert_eq!(after.tries[chosen], (environment.tries[chosen] + 1).min(TRIES_MAX), "{what}");
        assert_eq!(after.tries[1 - chosen], environment.tries[1 - chosen], "{what}");
    }
}

#[test]
fn the_boot_loader_reads_and_keeps_what_the_choice_needs() {
    let text = std::fs::read_to_string(definition("boot/grub.cfg")).unwrap();
    let line = |word: &str| text.lines().find(|line| line.starts_with(word)).unwrap();
    for name in ["ORDER", "A_OK", "A_TRY", "B_OK", "B_TRY", "LAST"] {
        assert!(line("load_env").split(' ').any(|word| word == name), "load_env leaves out {name}");
    }
    for name in ["A_TRY", "B_TRY", "LAST"] {
        assert!(line("save_env").split(' ').any(|word| word == name), "save_env leaves out {name}");
    }
    let chosen = text.find("choose-slot.cfg").unwrap();
    assert!(chosen < text.find("save_env").unwrap() && text.find("save_env").unwrap() < text.find("linux \"").unwrap());
}
