//! What a drive holds after it failed, at each point where a drive can fail.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::{self, Write};

use kiosk_flash::flash::{DriveState, FlashError, FlashFailed, HEAD_BYTES, Step, flash};
use kiosk_flash::image::Image;
use kiosk_flash::map::{BlockMap, Range};
use kiosk_flash::medium::Medium;
use tempfile::NamedTempFile;

const MEBIBYTE: usize = 1 << 20;
const IMAGE_BYTES: usize = 6 * MEBIBYTE + 4096;

/// How a drive is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Gone before this write, counted from 0.
    PulledOutAtWrite(usize),
    /// Gone before this read, counted from 0.
    PulledOutAtRead(usize),
    /// Says yes to writes and fails to flush.
    FlushFails,
    /// A bit at this byte never keeps its value.
    BadBit(u64),
    /// A stick that lies about its size: bytes behind the real one land at its start again.
    FakeSize(u64),
}

struct Stick {
    bytes: Vec<u8>,
    fault: Fault,
    writes: usize,
    reads: usize,
}

impl Stick {
    /// With an old system on it, which must never start half overwritten.
    fn new(fault: Fault) -> Self {
        Self { bytes: vec![0xEE; 8 * MEBIBYTE], fault, writes: 0, reads: 0 }
    }

    fn place(&self, at: u64) -> usize {
        let at = if let Fault::FakeSize(real) = self.fault { at % real } else { at };
        usize::try_from(at).unwrap()
    }

    fn starts_nothing(&self) -> bool {
        self.bytes[..usize::try_from(HEAD_BYTES).unwrap()].iter().all(|byte| *byte == 0)
    }
}

impl Medium for Stick {
    fn size_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        if self.fault == Fault::PulledOutAtWrite(self.writes) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        self.writes += 1;
        let start = self.place(at);
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        if let Fault::BadBit(bad) = self.fault {
            self.bytes[usize::try_from(bad).unwrap()] ^= 1;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.fault == Fault::FlushFails { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
    }

    fn read_back_at(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        if self.fault == Fault::PulledOutAtRead(self.reads) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        self.reads += 1;
        let start = self.place(at);
        bytes.copy_from_slice(&self.bytes[start..start + bytes.len()]);
        Ok(())
    }
}

/// No two of its mebibytes are alike.
fn content() -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..IMAGE_BYTES).map(|_| next()).collect()
}

fn file(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn write(stick: &mut Stick, map: &BlockMap) -> Result<Vec<Step>, FlashFailed> {
    let file = file(&content());
    let mut steps = Vec::new();
    let mut image = Image::open(file.path()).unwrap();
    flash(&mut image, map, stick, None, &mut |progress| {
        assert!(progress.done <= progress.total, "{progress:?}");
        if steps.last() != Some(&progress.step) {
            steps.push(progress.step);
        }
    })?;
    Ok(steps)
}

fn whole() -> BlockMap {
    BlockMap::whole(IMAGE_BYTES as u64).unwrap()
}

#[test]
fn a_good_stick_holds_the_image_and_keeps_what_is_behind_it() {
    let mut stick = Stick::new(Fault::None);
    let steps = write(&mut stick, &whole()).unwrap();
    assert_eq!(steps, [Step::Writing, Step::ReadingBack, Step::Finishing]);
    assert!(stick.bytes[..IMAGE_BYTES] == content());
    assert!(stick.bytes[IMAGE_BYTES..].iter().all(|byte| *byte == 0xEE));
}

#[test]
fn only_the_data_of_the_map_is_written_and_holes_in_the_head_are_empty() {
    let mut stick = Stick::new(Fault::None);
    let ranges = [(4096, 4096), (3 * MEBIBYTE - 512, 1024)];
    let ranges = ranges.map(|(start, bytes)| Range { start: start as u64, bytes: bytes as u64, sha256: None });
    write(&mut stick, &BlockMap::new(IMAGE_BYTES as u64, ranges.to_vec()).unwrap()).unwrap();
    let content = content();
    assert!(stick.bytes[4096..8192] == content[4096..8192]);
    assert!(stick.bytes[..4096].iter().chain(&stick.bytes[8192..MEBIBYTE]).all(|byte| *byte == 0));
    let inner = 3 * MEBIBYTE - 512..3 * MEBIBYTE + 512;
    assert!(stick.bytes[inner.clone()] == content[inner.clone()]);
    assert!(stick.bytes[MEBIBYTE..inner.start].iter().chain(&stick.bytes[inner.end..]).all(|byte| *byte == 0xEE));
}

#[test]
fn a_stick_pulled_out_at_any_write_or_read_starts_nothing() {
    let mut good = Stick::new(Fault::None);
    write(&mut good, &whole()).unwrap();
    assert!(good.writes > 7 && good.reads > 6, "{} {}", good.writes, good.reads);
    // The erasing write is write 0: without it nothing changed. The last write is the head itself.
    for at in 1..good.writes {
        let mut stick = Stick::new(Fault::PulledOutAtWrite(at));
        let failed = write(&mut stick, &whole()).unwrap_err();
        assert!(matches!(failed.source, FlashError::Write { .. }), "{failed:?}");
        assert_eq!(failed.drive, DriveState::NotBootable);
        assert!(stick.starts_nothing(), "write {at}");
    }
    // The last read compares the head, which is complete by then.
    for at in 0..good.reads - 1 {
        let mut stick = Stick::new(Fault::PulledOutAtRead(at));
        let failed = write(&mut stick, &whole()).unwrap_err();
        assert!(matches!(failed.source, FlashError::ReadBack { .. }), "{failed:?}");
        assert!(stick.starts_nothing(), "read {at}");
    }
}

#[test]
fn a_stick_that_does_not_flush_is_not_called_written() {
    let failed = write(&mut Stick::new(Fault::FlushFails), &whole()).unwrap_err();
    assert!(matches!(failed.source, FlashError::Flush { .. }), "{failed:?}");
}

#[test]
fn one_bad_bit_is_found_and_its_place_is_named() {
    let mut stick = Stick::new(Fault::BadBit(4 * MEBIBYTE as u64 + 77));
    let failed = write(&mut stick, &whole()).unwrap_err();
    let FlashError::Differs { at, bytes } = failed.source else { panic!("{failed:?}") };
    assert_eq!((at, bytes), (4 * MEBIBYTE as u64, MEBIBYTE as u64));
    assert!(stick.starts_nothing());
}

#[test]
fn a_stick_that_lies_about_its_size_is_found_out() {
    let mut stick = Stick::new(Fault::FakeSize(4 * MEBIBYTE as u64));
    let failed = write(&mut stick, &whole()).unwrap_err();
    assert!(matches!(failed.source, FlashError::Differs { .. }), "{failed:?}");
}

#[test]
fn a_stick_smaller_than_the_image_is_not_touched() {
    let mut stick = Stick::new(Fault::None);
    stick.bytes.truncate(MEBIBYTE);
    let failed = write(&mut stick, &whole()).unwrap_err();
    assert!(matches!(failed.source, FlashError::TooSmall { .. }), "{failed:?}");
    assert_eq!((failed.drive, stick.writes), (DriveState::Untouched, 0));
}

#[test]
fn an_image_that_its_map_does_not_describe_ends_with_nothing_that_starts() {
    for (image_bytes, expected) in [(IMAGE_BYTES - 512, "block map describes"), (IMAGE_BYTES + 512, "cut short")] {
        let mut stick = Stick::new(Fault::None);
        let failed = write(&mut stick, &BlockMap::whole(image_bytes as u64).unwrap()).unwrap_err();
        assert!(failed.source.to_string().contains(expected), "{}", failed.source);
        assert!(stick.starts_nothing());
    }
}
