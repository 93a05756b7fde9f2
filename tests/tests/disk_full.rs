//! A full disk, first the service's, then the kiosk's: nobody gets a number that is not kept, and with space again all
//! goes on.
//!
//! The disks are real and small: the test starts itself again in a mount namespace of its own (`unshare -Urm`), where the
//! folder for temporary files is a tmpfs of a few megabytes. That needs no root and is gone with the process.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use e2e_tests::account::Account;
use e2e_tests::database::{numbers, tickets};
use e2e_tests::{Hospital, card, eventually};
use queue_protocol::model::ServiceId;
use xtask::demo::queue::fresh_request;

/// Set where the small disk is.
const INSIDE: &str = "TIEP_DON_SMALL_DISK";

/// Of the disk that the whole run is on.
const DISK: &str = "size=24m";
/// Of the kiosk's own.
const KIOSK_DISK: &str = "size=2m";

/// Of a tmpfs, and of a line `<request id> requested` with the newline before and after it.
const BLOCK_BYTES: usize = 4_096;
const REQUEST_LINE_BYTES: usize = 48;

/// Most numbers that still fit into what the database has of the disk already.
const FIT_MAX: usize = 2_000;

#[test]
fn a_full_disk_gives_no_number_that_is_not_kept_and_space_brings_all_back() {
    if std::env::var_os(INSIDE).is_some() {
        return on_a_small_disk();
    }
    let folder = tempfile::Builder::new().prefix("td-").tempdir_in("/tmp").unwrap();
    let name = "a_full_disk_gives_no_number_that_is_not_kept_and_space_brings_all_back";
    let script = "mount -t tmpfs -o \"$1\" tmpfs \"$2\" && exec \"$3\" --exact --nocapture \"$4\"";
    let mut inside = Command::new("unshare");
    inside.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", DISK]).arg(folder.path());
    inside.arg(std::env::current_exe().unwrap()).arg(name).env("TMPDIR", folder.path()).env(INSIDE, "1");
    let status = inside.status().unwrap();
    assert!(status.success(), "in a mount namespace of its own: {status}");
}

fn on_a_small_disk() {
    let mut hospital = Hospital::without_display().unwrap();
    hospital.owns_a_series().unwrap();
    give_the_kiosk_a_disk(&mut hospital);
    let mut account = Account::default();
    assert_eq!(hospital.takes_number(&card(1)).unwrap(), ("number-take".into(), "A-001".into()));
    hospital.leaves().unwrap();

    the_services_disk_is_full(&hospital, &mut account);
    the_kiosks_disk_is_full(&mut hospital);

    hospital.sees(&["welcome"]).unwrap();
    assert_eq!(hospital.takes_number(&card(4)).unwrap().0, "number-take");
    account.balance(&hospital).unwrap();
}

/// The service says that it cannot write, so the kiosk issues from its own series, and hands the number over later.
fn the_services_disk_is_full(hospital: &Hospital, account: &mut Account) {
    let ballast = Ballast::fill(hospital.folder());
    let (queue, service) = (hospital.stack.queue(), ServiceId::new("mat").unwrap());
    // What the database's log has of the disk already can still be written.
    let fitted = (0..FIT_MAX).map_while(|_| queue.stored_ticket(fresh_request(), &service).ok()).inspect(|ticket| {
        account.saw(&ticket.number.to_string());
    });
    assert!(fitted.count() < FIT_MAX, "the disk is full, and the service writes on");
    let stored = tickets(&hospital.stack.database()).unwrap().len();
    let (screen, number) = hospital.takes_number(&card(2)).unwrap();
    assert_eq!((screen.as_str(), number.as_str()), ("number-take", "TA-001"));
    assert_eq!(tickets(&hospital.stack.database()).unwrap().len(), stored, "the service has kept none");
    hospital.leaves().unwrap();

    drop(ballast);
    let database = hospital.stack.database();
    let waits = || Ok(numbers(&database, "waiting")?.contains(&"TA-001".to_owned()));
    eventually("the kiosk's own number to wait", waits).unwrap();
}

/// The kiosk cannot keep the request, so it sends none.
fn the_kiosks_disk_is_full(hospital: &mut Hospital) {
    fill_the_journals_last_block(hospital);
    let stored = tickets(&hospital.stack.database()).unwrap();
    let ballast = Ballast::fill(&hospital.folder().join("state"));
    hospital.sees(&["welcome"]).unwrap();
    hospital.chooses(&card(3)).unwrap();
    hospital.sees(&["apology"]).unwrap();
    assert_eq!(tickets(&hospital.stack.database()).unwrap(), stored, "nothing was sent");
    drop(ballast);
    hospital.leaves().unwrap();
}

/// What the journal's last block has room for would be kept on the fullest disk. So the journal is made longer, by
/// numbers that were shown long ago, until no further line fits.
fn fill_the_journals_last_block(hospital: &mut Hospital) {
    hospital.settles().unwrap();
    hospital.stack.kill_kiosk();
    // At its start the kiosk keeps one line a number.
    let mut lines: Vec<String> = hospital.journal().into_iter().filter(|line| line.ends_with(" shown")).collect();
    let bytes = |lines: &[String]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
    while BLOCK_BYTES - bytes(&lines) % BLOCK_BYTES >= REQUEST_LINE_BYTES {
        lines.push(format!("{} shown", fresh_request()));
    }
    fs::write(hospital.stack.journal(), lines.join("\n") + "\n").unwrap();
    hospital.stack.start_kiosk().unwrap();
    hospital.sees(&["welcome"]).unwrap();
    let kept = usize::try_from(fs::metadata(hospital.stack.journal()).unwrap().len()).unwrap();
    assert!(BLOCK_BYTES - kept % BLOCK_BYTES < REQUEST_LINE_BYTES, "a line fits behind the {kept} bytes");
}

/// Puts the kiosk's state on a disk of its own.
fn give_the_kiosk_a_disk(hospital: &mut Hospital) {
    hospital.stack.kill_kiosk();
    let state = hospital.folder().join("state");
    let kept: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    let mut mount = Command::new("mount");
    assert!(mount.args(["-t", "tmpfs", "-o", KIOSK_DISK, "tmpfs"]).arg(&state).status().unwrap().success());
    for (path, bytes) in kept {
        fs::write(path, bytes).unwrap();
    }
    hospital.stack.start_kiosk().unwrap();
    hospital.sees(&["welcome"]).unwrap();
}

/// A file that takes all space there is. Gone when dropped.
struct Ballast(PathBuf);

impl Ballast {
    fn fill(folder: &Path) -> Self {
        let path = folder.join("ballast");
        let mut file = File::create(&path).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while file.write(&vec![0; size]).is_ok_and(|written| written > 0) {}
        }
        Self(path)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}
