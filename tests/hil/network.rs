//! The machine's network, changed in place: what reaches the queue service stays, and what does not is put back, after a
//! power cut too.

use anyhow::{Result, ensure};

use crate::inside::Shell;
use crate::machine::{BOOT_LIMIT, Machine, SCREEN_LIMIT, wait};
use crate::screen::WELCOME;
use crate::visit::{reported, take_number};
use crate::wires::{Becomes, Wires};
use crate::{Bench, say};

/// An address in the network that QEMU makes, and the one its DHCP gives.
const FIXED: &str = "10.0.2.77";
const GIVEN: &str = "10.0.2.15";
/// In no network (RFC 5737): the queue service is not reached from it.
const NOWHERE: &str = "192.0.2.5";
/// The patient.
const SERIAL: u8 = 50;
/// What a change that was put back ends with.
const NOT_WELL: i32 = 3;

/// Sets a fixed address, one that reaches nothing, one whose end the power cuts off, and DHCP again.
///
/// # Errors
/// Anything did not go as it must.
pub fn run(bench: &Bench) -> Result<()> {
    let folder = tempfile::tempdir_in(&bench.out)?;
    let wires = Wires::start(folder.path())?;
    let disk = wires.flash(&bench.image, folder.path(), Becomes::Kiosk)?;
    let (machine, mut shell) = up(bench, &disk, &wires)?;
    reported(&wires)?;
    has(&mut shell, GIVEN)?;

    let said = shell.run(&set(&format!("static --on wired --address {FIXED}/24 --gateway 10.0.2.2")))?;
    ensure!(said.contains("reached"), "{said}");
    has(&mut shell, FIXED)?;
    say("    a fixed address reaches the queue service, and stays");

    let (said, status) = shell.try_run(&set(&format!("static --on wired --address {NOWHERE}/24")))?;
    ensure!(status == NOT_WELL && said.contains("not_reached_put_back"), "exit status {status}: {said}");
    has(&mut shell, FIXED)?;
    say("    an address that does not reach it is put back");

    shell.run(&format!("{} >/dev/null 2>&1 & :", set(&format!("static --on wired --address {NOWHERE}/24"))))?;
    has(&mut shell, NOWHERE)?;
    drop(shell);
    machine.power_cut();
    let (mut machine, mut shell) = up(bench, &disk, &wires)?;
    has(&mut shell, FIXED)?;
    say("    the power was cut before anybody knew: the next boot puts it back");

    let said = shell.run(&set("dhcp --on wired"))?;
    ensure!(said.contains("reached"), "{said}");
    has(&mut shell, GIVEN)?;
    take_number(bench, &mut machine, &wires, SERIAL, "network")?;
    say("    the network gives the address again");
    machine.keep_journal("network")
}

fn up<'w>(bench: &Bench, disk: &std::path::Path, wires: &'w Wires) -> Result<(Machine<'w>, Shell)> {
    let mut machine = Machine::start(bench, disk, wires, None)?;
    machine.sees(&[WELCOME], BOOT_LIMIT)?;
    let shell = machine.shell()?;
    Ok((machine, shell))
}

fn set(what: &str) -> String {
    format!("kioskctl network set {what}")
}

/// Waits until `address` is the machine's, and the only one of those that are set here.
fn has(shell: &mut Shell, address: &str) -> Result<()> {
    wait(&format!("the machine to have the address {address}"), SCREEN_LIMIT, || {
        let table = shell.run("cat /proc/net/fib_trie")?;
        let mine: Vec<&str> = [FIXED, GIVEN, NOWHERE].into_iter().filter(|one| table.contains(one)).collect();
        Ok((mine == [address]).then_some(()))
    })
}
