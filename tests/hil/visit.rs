//! A patient's visit on the whole machine, and what happens when its devices are unplugged.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use device_sim::card::VirtualCard;
use e2e_tests::card;
use xtask::demo::headless::SAMPLE_CARD;
use xtask::demo::reading::largest_number;
use xtask::demo::touchscreen::FIRST_TILE;

use crate::machine::{BOOT_LIMIT, Machine, SCREEN_LIMIT, wait};
use crate::qemu::{Panel, Usb};
use crate::screen::{AGREE, CHIP_READ, CONSENT, INSERT, NOT_ME, READ_CHIP, SERVICES_BY_CHIP};
use crate::screen::{NO_PRINTER, NO_SCANNER, NUMBER, SERVICES, WALL, WELCOME};
use crate::wires::{Becomes, Wires};
use crate::{Bench, exposure, say};

/// Boots, and takes one number from the card to the waiting room.
///
/// # Errors
/// Anything did not go as it must.
pub fn visit(bench: &Bench) -> Result<()> {
    let folder = tempfile::tempdir_in(&bench.out)?;
    let wires = Wires::start(folder.path())?;
    let disk = wires.flash(&bench.image, folder.path(), Becomes::Kiosk)?;
    let mut machine = Machine::start(bench, &disk, &wires, None)?;
    let started = Instant::now();
    machine.sees(&[WELCOME], BOOT_LIMIT)?;
    say(&format!("    welcome after {} s", started.elapsed().as_secs()));
    machine.keep_picture("visit-1-welcome")?;
    reported(&wires)?;
    wires.last_paper(&bench.out.join("visit-0-report.png"))?;
    say("    enrolled with a code of one use, and reported on paper");
    take_number(bench, &mut machine, &wires, 1, "visit")?;
    read_chip(&mut machine, &wires)?;
    machine.journal_says("Finished kiosk-good@", SCREEN_LIMIT)?;
    exposure::closed(&mut machine.shell()?)?;
    machine.keep_journal("visit")?;
    Ok(())
}

/// Waits for the paper that a new machine prints once.
///
/// # Errors
/// It does not come.
pub fn reported(wires: &Wires) -> Result<()> {
    wait("the report of the new machine", SCREEN_LIMIT, || Ok(wires.has_report()?.then_some(())))
}

/// A patient whose chip is read in the machine's own reader, and who leaves without a number.
fn read_chip(machine: &mut Machine<'_>, wires: &Wires) -> Result<()> {
    wires.scanner.with(|scanner| scanner.present(SAMPLE_CARD.as_bytes()));
    machine.sees(&[SERVICES], SCREEN_LIMIT)?;
    machine.touch(READ_CHIP)?;
    machine.sees(&[CONSENT], SCREEN_LIMIT)?;
    machine.touch(AGREE)?;
    machine.sees(&[INSERT], SCREEN_LIMIT)?;
    wires.card.with(VirtualCard::insert);
    machine.journal_says(CHIP_READ, SCREEN_LIMIT)?;
    machine.sees(&[SERVICES_BY_CHIP], SCREEN_LIMIT)?;
    machine.keep_picture("visit-6-chip")?;
    wires.card.with(VirtualCard::pull_out);
    machine.touch(NOT_ME)?;
    machine.sees(&[WELCOME], SCREEN_LIMIT)?;
    say("    the chip of a card was read in the USB reader");
    Ok(())
}

/// Unplugs the printer and the scanner, each while the machine waits, and plugs it in again.
///
/// # Errors
/// The machine does not say that a device is gone, or does not find it again.
pub fn replug(bench: &Bench) -> Result<()> {
    let folder = tempfile::tempdir_in(&bench.out)?;
    let wires = Wires::start(folder.path())?;
    let disk = wires.flash(&bench.image, folder.path(), Becomes::Kiosk)?;
    let mut machine = Machine::start(bench, &disk, &wires, None)?;
    machine.sees(&[WELCOME], BOOT_LIMIT)?;
    reported(&wires)?;
    for (serial, device, gone) in [(10, "scanner", NO_SCANNER), (11, "printer", NO_PRINTER)] {
        machine.unplug(device)?;
        machine.sees(&[gone], SCREEN_LIMIT)?;
        machine.keep_picture(&format!("replug-{device}-gone"))?;
        machine.plug(device)?;
        machine.sees(&[WELCOME], SCREEN_LIMIT)?;
        take_number(bench, &mut machine, &wires, serial, &format!("replug-{device}"))?;
        say(&format!("    the {device} was found again"));
    }
    machine.keep_journal("replug")
}

/// Scan, touch, paper, call, board: the same number in each place.
pub fn take_number(bench: &Bench, machine: &mut Machine<'_>, wires: &Wires, serial: u8, name: &str) -> Result<()> {
    wires.scanner.with(|scanner| scanner.present(&card(serial)));
    machine.sees(&[SERVICES], SCREEN_LIMIT)?;
    machine.keep_picture(&format!("{name}-2-choose-service"))?;
    machine.touch(FIRST_TILE)?;
    let (_, picture) = machine.sees(&[NUMBER], SCREEN_LIMIT)?;
    machine.keep_picture(&format!("{name}-3-number"))?;
    let shown = largest_number(&picture).context("no number on the panel")?;
    let paper = wires.last_paper(&bench.out.join(format!("{name}-4-ticket.png")))?;
    ensure!(paper.as_ref() == Some(&shown), "the panel shows {shown} and the paper {paper:?}");
    let call = wires.hospital.call_somebody()?;
    ensure!(call.number.to_string() == shown, "the panel shows {shown}, and {} was called", call.number);
    on_display(wires, &shown, &bench.out.join(format!("{name}-5-display.png")))?;
    say(&format!("    {shown}: the same on the panel, on paper, called and on the display"));
    // By itself: a touch now might be one on the welcome screen.
    machine.sees(&[WELCOME], SCREEN_LIMIT)?;
    Ok(())
}

fn on_display(wires: &Wires, number: &str, keep: &Path) -> Result<()> {
    let shows = |frame: &xtask::demo::touchscreen::Frame| largest_number(&frame.grey()).as_deref() == Some(number);
    wires.hospital.display_screen().wait_for(&["board"], SCREEN_LIMIT, shows)?.save(keep)
}

/// Boots the display's image, beside the kiosk's, to the wall with the number that was called last.
///
/// # Errors
/// It shows something else.
pub fn display(bench: &Bench) -> Result<()> {
    let folder = tempfile::tempdir_in(&bench.out)?;
    let wires = Wires::start(folder.path())?;
    let disk = wires.flash(&bench.image.with_file_name("display"), folder.path(), Becomes::Display)?;
    let mut machine = Machine::with_panel(Panel::Wide, bench, &disk, &wires, Usb::Nothing)?;
    // A wall that is not yet connected looks much the same.
    let shown = wait("a number on the wall", BOOT_LIMIT, || {
        let (_, picture) = machine.sees(&[WALL], BOOT_LIMIT)?;
        Ok(largest_number(&picture))
    })?;
    machine.keep_picture("display")?;
    machine.journal_says("Finished kiosk-good@", SCREEN_LIMIT)?;
    say(&format!("    the waiting room's machine shows {shown}"));
    Ok(())
}
