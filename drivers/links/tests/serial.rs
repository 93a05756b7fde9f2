//! The serial link on a real terminal: one side of a pty is the device, the other is opened like any serial line.

use std::error::Error;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use device_links::{Flow, OpenError, SerialAddress, SerialLink, clock};
use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ByteLink, LinkError};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

type Checked = Result<(), Box<dyn Error>>;

/// Far enough away never to be the reason for anything.
const SOON: Duration = Duration::from_secs(20);

/// The device's side and the address of the kiosk's side.
fn pty() -> Result<(OwnedFd, SerialAddress), Box<dyn Error>> {
    let device = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&device)?;
    unlockpt(&device)?;
    let path = PathBuf::from(ptsname(&device, Vec::new())?.into_string()?);
    Ok((device, SerialAddress { path, baud: 9_600, flow: Flow::RtsCts }))
}

fn read_exactly(link: &mut SerialLink, count: usize) -> Result<Vec<u8>, LinkError> {
    let until = clock::now() + SOON;
    let mut got = Vec::new();
    while got.len() < count {
        let mut chunk = [0; 64];
        let read = link.read(&mut chunk, until)?;
        got.extend_from_slice(&chunk[..read]);
    }
    Ok(got)
}

#[test]
fn every_byte_value_passes_unchanged_both_ways() -> Checked {
    let (device, address) = pty()?;
    let mut link = SerialLink::open(&address)?;
    let all: Vec<u8> = (0..=255).collect();

    rustix::io::write(&device, &all)?;
    assert_eq!(read_exactly(&mut link, all.len())?, all);

    link.write(&all, clock::now() + SOON)?;
    let mut back = [0; 256];
    assert_eq!(rustix::io::read(&device, &mut back)?, 256);
    assert_eq!(back[..], all[..]);
    Ok(())
}

#[test]
fn silence_ends_at_the_deadline() -> Checked {
    let (_device, address) = pty()?;
    let mut link = SerialLink::open(&address)?;
    let until = link.now() + Duration::from_millis(60);

    assert!(matches!(link.read(&mut [0; 8], until), Err(LinkError::TimedOut)));
    let late = link.now().saturating_since(until);
    assert!(link.now() >= until && late < SOON, "{late:?} late");
    Ok(())
}

#[test]
fn what_has_arrived_is_read_even_after_the_deadline() -> Checked {
    let (device, address) = pty()?;
    let mut link = SerialLink::open(&address)?;
    rustix::io::write(&device, b"x")?;
    read_exactly(&mut link, 1)?;
    rustix::io::write(&device, b"y")?;
    std::thread::yield_now();
    let mut byte = [0];
    let past = clock::now();
    // The kernel may hand the byte over a moment later; the deadline is in the past each time.
    let first = (0..100_000).find_map(|_| link.read(&mut byte, past).ok());
    assert_eq!((first, byte), (Some(1), *b"y"));
    Ok(())
}

#[test]
fn a_device_that_takes_nothing_fails_the_write_at_the_deadline_with_the_count() -> Checked {
    let (_device, address) = pty()?;
    let mut link = SerialLink::open(&address)?;
    let page = vec![b'.'; 1 << 20];
    let until = link.now() + Duration::from_millis(60);

    let failed = link.write(&page, until).expect_err("nobody reads");
    assert!(matches!(failed.cause, LinkError::TimedOut), "{failed:?}");
    assert!(failed.written > 0 && failed.written < page.len(), "{}", failed.written);
    assert!(link.now().saturating_since(until) < SOON);
    Ok(())
}

#[test]
fn an_unplugged_device_is_gone() -> Checked {
    let (device, address) = pty()?;
    let mut link = SerialLink::open(&address)?;
    drop(device);

    let until = link.now() + SOON;
    assert!(matches!(link.read(&mut [0; 8], until), Err(LinkError::Gone)));
    let failed = link.write(b"x", until).expect_err("nobody is there");
    assert!(matches!(failed.cause, LinkError::Gone), "{failed:?}");
    assert!(link.now() < until, "noticed at once");
    Ok(())
}

#[test]
fn unplugging_ends_a_wait() -> Checked {
    let (device, address) = pty()?;
    let mut link = SerialLink::open(&address)?;
    let until = link.now() + SOON;
    let reader = std::thread::spawn(move || (link.read(&mut [0; 8], until), link.now()));
    drop(device);
    let (outcome, ended) = reader.join().expect("the reader does not panic");
    assert!(matches!(outcome, Err(LinkError::Gone)), "{outcome:?}");
    assert!(ended < until);
    Ok(())
}

#[test]
fn a_line_is_held_by_one_program_and_free_after_it() -> Checked {
    let (_device, address) = pty()?;
    let first = SerialLink::open(&address)?;
    let second = SerialLink::open(&address).expect_err("held");
    assert!(matches!(second, OpenError::Busy { .. }), "{second:?}");
    assert_eq!(second.fault(), Fault::Busy);
    drop(first);
    SerialLink::open(&address)?;
    Ok(())
}

#[test]
fn what_arrived_before_opening_is_not_a_record_of_this_session() -> Checked {
    let (device, address) = pty()?;
    let mut earlier = SerialLink::open(&address)?;
    rustix::io::write(&device, b"stale")?;
    // One byte read proves that the kernel has brought the rest as far as it will.
    earlier.read(&mut [0], clock::now() + SOON)?;
    drop(earlier);
    let mut link = SerialLink::open(&address)?;
    rustix::io::write(&device, b"fresh")?;
    assert_eq!(read_exactly(&mut link, 5)?, b"fresh");
    Ok(())
}

#[test]
fn a_missing_device_and_a_plain_file_are_told_apart() -> Checked {
    let folder = tempfile::tempdir()?;
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "")?;
    let at = |path: PathBuf| SerialAddress { path, baud: 9_600, flow: Flow::Free };

    let missing = SerialLink::open(&at(folder.path().join("ttyACM0"))).expect_err("missing");
    assert!(matches!(missing, OpenError::NotFound { .. }), "{missing:?}");
    assert!(missing.hint().contains("cable"));
    let file = SerialLink::open(&at(plain)).expect_err("no terminal");
    assert!(matches!(file, OpenError::NotSerial { .. }), "{file:?}");
    Ok(())
}
