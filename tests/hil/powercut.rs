//! The power goes at random moments of updates and of visits: each boot ends at the welcome screen, every number was shown
//! to its patient or is taken back, and no number is given twice.

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use e2e_tests::card;
use e2e_tests::database::{StoredTicket, tickets};
use xtask::demo::touchscreen::FIRST_TILE;

use crate::inside::Shell;
use crate::machine::{BOOT_LIMIT, Machine, SCREEN_LIMIT, wait};
use crate::screen::{SERVICES, WELCOME};
use crate::update::{STICK, mount_stick, stick_of};
use crate::visit::reported;
use crate::wires::{Becomes, REPORT, Slip, Wires};
use crate::{Bench, say};

/// Patients there are cards of.
const PATIENTS: u32 = 100;
/// A cut comes at most this long after the touch or the start of the update: longer than a ticket, and than an install.
const VISIT_MS: u64 = 20_000;
const UPDATE_MS: u64 = 60_000;
/// Papers that are no tickets: the report of a new machine, twice if the power goes before it is noted.
const REPORTS_MAX: u32 = 2;
/// What the machine's journal of requests says of a number that was on the screen.
const SHOWN: &str = " shown";

/// What the kiosk's program says when it hears the scanner.
const SCANNER_IS_UP: &str = "scanner online";

/// What the machine does when its power goes.
#[derive(Debug, Clone, Copy)]
enum Work {
    Visit,
    Update,
    VisitDuringUpdate,
    Boot,
}

/// Cuts the power `rounds` times.
///
/// # Errors
/// A boot did not end at the welcome screen, or a number is lost or doubled.
pub fn run(bench: &Bench, rounds: u32, seed: u64) -> Result<()> {
    let folder = tempfile::tempdir_in(&bench.out)?;
    cuts(bench, folder.path(), rounds, seed)
        .map_err(|error| error.context(format!("the disk as the power left it: {}", folder.keep().display())))
}

fn cuts(bench: &Bench, folder: &Path, rounds: u32, seed: u64) -> Result<()> {
    let wires = Wires::start(folder)?;
    let disk = wires.flash(&bench.image, folder, Becomes::Kiosk)?;
    let stick = stick_of(bench, folder, &[("good", crate::update::bundle_of(&bench.image)?)])?;
    let mut random = Random(seed);
    // The rehearsal's number was shown.
    let mut shown = tickets(&wires.hospital.database())?.into_iter().map(|ticket| ticket.request).collect();
    let mut numbers = 0;
    for round in 1..=rounds {
        let mut machine = Machine::start(bench, &disk, &wires, Some(&stick))?;
        let started = Instant::now();
        let work = random.work();
        if matches!(work, Work::Boot) && round > 1 {
            thread::sleep(random.wait(UPDATE_MS));
            machine.power_cut();
            say(&format!("    {round}: cut {} s after power on", started.elapsed().as_secs()));
            continue;
        }
        let slot = comes_up(&mut machine, &wires, &mut shown, round - 1)?;
        reported(&wires)?;
        let booted = started.elapsed();
        let after = works(&mut machine, &wires, work, round, &mut random)?;
        machine.power_cut();
        numbers = tickets(&wires.hospital.database())?.len();
        let (boot_s, after_ms) = (booted.as_secs(), after.as_millis());
        say(&format!("    {round}: slot {slot} up in {boot_s} s, cut {after_ms} ms into {work:?}; {numbers} numbers"));
    }
    let mut machine = Machine::start(bench, &disk, &wires, Some(&stick))?;
    comes_up(&mut machine, &wires, &mut shown, rounds)?;
    machine.keep_picture("powercut")?;
    machine.keep_journal("powercut")?;
    say(&format!("    {rounds} power cuts (seed {seed}), {numbers} numbers: none lost, none doubled"));
    Ok(())
}

/// Waits for the welcome screen, and for what the last of `cuts` left to be taken back; the slot.
fn comes_up(machine: &mut Machine<'_>, wires: &Wires, shown: &mut BTreeSet<String>, cuts: u32) -> Result<String> {
    machine.sees(&[WELCOME], BOOT_LIMIT)?;
    let mut shell = machine.shell()?;
    let journal = shell.try_run("cat /run/hil-requests")?.0;
    shown.extend(journal.lines().filter_map(|line| line.trim().strip_suffix(SHOWN)).map(str::to_owned));
    let database = wires.hospital.database();
    let unseen = |ticket: &StoredTicket| ticket.state != "voided" && !shown.contains(&ticket.request);
    wait("every number nobody saw to be taken back", SCREEN_LIMIT, || {
        Ok((!tickets(&database)?.iter().any(unseen)).then_some(()))
    })?;
    let all = tickets(&database)?;
    let void = all.iter().find(|ticket| ticket.state == "voided" && shown.contains(&ticket.request));
    ensure!(void.is_none(), "a number that was shown is void: {void:?}");
    let distinct: BTreeSet<&str> = all.iter().map(|ticket| ticket.number.as_str()).collect();
    ensure!(distinct.len() == all.len(), "a number is there twice: {all:?}");
    papers_are_true(&wires.papers()?, &all, cuts)?;
    slot(&mut shell)
}

/// Every paper that is no report and not cut off carries a number that was given and is not taken back.
fn papers_are_true(papers: &[Slip], all: &[StoredTicket], cuts: u32) -> Result<()> {
    let given = |slip: &Slip| all.iter().find(|ticket| Some(&ticket.number) == slip.number.as_ref());
    let whole = papers.iter().filter(|slip| given(slip).is_some()).map(|slip| slip.rows).min();
    let mut others = 0;
    for slip in papers {
        match (given(slip), slip.number.as_deref()) {
            (Some(ticket), _) => ensure!(ticket.state != "voided", "on paper is a number that is void: {ticket:?}"),
            (None, None | Some(REPORT)) => others += 1,
            // The upper part of a number may read as another one.
            (None, Some(_)) if whole.is_some_and(|rows| slip.rows < rows) => others += 1,
            (None, Some(number)) => bail!("on a whole paper is {number}, which was never given"),
        }
    }
    ensure!(others <= REPORTS_MAX + cuts, "{others} papers have no number that was given, after {cuts} power cuts");
    Ok(())
}

fn slot(shell: &mut Shell) -> Result<String> {
    let booted = shell.run("grep -o 'rauc.slot=.' /proc/cmdline")?;
    Ok(booted.chars().last().map(String::from).unwrap_or_default())
}

/// Gives the machine work, and returns when its power is to be cut; how far into the work that is.
fn works(machine: &mut Machine<'_>, wires: &Wires, work: Work, round: u32, random: &mut Random) -> Result<Duration> {
    if matches!(work, Work::Update | Work::VisitDuringUpdate) {
        let mut shell = machine.shell()?;
        mount_stick(&mut shell)?;
        shell.run(&format!("rauc install {STICK}/good.raucb >/dev/null 2>&1 & :"))?;
    }
    let started = Instant::now();
    let limit_ms = if matches!(work, Work::Update) { UPDATE_MS } else { VISIT_MS };
    if !matches!(work, Work::Update) {
        let serial = u8::try_from(round % PATIENTS).unwrap_or_default();
        // Nobody hears a card before that: its patient holds it up again.
        machine.journal_says(SCANNER_IS_UP, SCREEN_LIMIT)?;
        wires.scanner.with(|scanner| scanner.present(&card(serial)));
        machine.sees(&[SERVICES], SCREEN_LIMIT)?;
        machine.touch(FIRST_TILE)?;
    }
    // Not a wait for something to happen: it is where in the work the power goes.
    thread::sleep(random.wait(limit_ms));
    Ok(started.elapsed())
}

/// The same moments for the same seed: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    const fn wait(&mut self, limit_ms: u64) -> Duration {
        Duration::from_millis(self.next() % limit_ms)
    }

    const fn work(&mut self) -> Work {
        match self.next() % 6 {
            0 | 1 => Work::Update,
            2 => Work::VisitDuringUpdate,
            3 => Work::Boot,
            _ => Work::Visit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: usize = 900;

    fn stored(number: &str, state: &str) -> StoredTicket {
        StoredTicket { number: number.into(), state: state.into(), request: String::new() }
    }

    fn slip(number: Option<&str>, rows: usize) -> Slip {
        Slip { number: number.map(str::to_owned), rows }
    }

    #[test]
    fn a_whole_paper_carries_a_number_that_was_given_and_is_not_void() {
        let all = [stored("A-001", "waiting"), stored("A-002", "voided")];
        let check = |slips: &[Slip]| papers_are_true(slips, &all, 1).map_err(|error| error.to_string());
        let good = || slip(Some("A-001"), WHOLE);
        check(&[slip(Some(REPORT), 700), good(), slip(Some("A-007"), WHOLE - 1), slip(None, 40)]).unwrap();
        let stranger = check(&[good(), slip(Some("A-003"), WHOLE)]).unwrap_err();
        assert_eq!(stranger, "on a whole paper is A-003, which was never given");
        assert!(check(&[good(), slip(Some("A-002"), WHOLE)]).unwrap_err().contains("void"));
        let many = check(&[slip(None, 40), slip(None, 40), slip(None, 40), slip(None, 40)]).unwrap_err();
        assert!(many.starts_with("4 papers"), "{many}");
    }
}
