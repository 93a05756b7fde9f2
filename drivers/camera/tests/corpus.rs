//! A share of the drawn corpus: how much of each class must be read, that nothing wrong is, and what it may cost.
//!
//! The same seeds give the same frames and the same work on every machine; `cargo xtask bench scan` runs all of it.

#[path = "corpus/mod.rs"]
mod corpus;

use corpus::{Class, specimen};
use qr_camera::{LIVE_WORK_MAX, Outcome, Reader, STILL_WORK_MAX, read_still};

/// Frames of each class.
const FRAMES: usize = 3;

/// Numbers that are no part of the bench's frames. Odd ones are small and soon drawn.
const FIRST: u64 = 10_001;

/// Codes read of those there are; panics at a payload that is in no code.
fn read(class: Class, mut read: impl FnMut(&kiosk_hal::frame::GreyFrame) -> Outcome) -> (usize, usize) {
    let (mut right, mut all) = (0, 0);
    for number in (FIRST..).step_by(2).take(FRAMES) {
        let of = specimen(class, number);
        let outcome = read(&of.frame);
        for code in &outcome.codes {
            assert!(of.payloads.iter().any(|payload| payload == code.as_bytes()), "{} {number}: wrong", class.name());
        }
        all += of.payloads.len();
        right +=
            of.payloads.iter().filter(|payload| outcome.codes.iter().any(|code| code.as_bytes() == **payload)).count();
    }
    (right, all)
}

/// What must be read of the still frames of a class, in per cent.
const fn floor_percent(class: Class) -> usize {
    match class {
        Class::Plain | Class::Dense | Class::Tilted | Class::Inverted | Class::Several => 100,
        Class::Motion | Class::Noise | Class::Glare | Class::Jpeg => 66,
        Class::Defocus | Class::LowContrast | Class::Curved => 33,
        Class::Negative => 0,
    }
}

fn stills_are_read(classes: &[Class]) {
    for class in classes {
        let (right, all) = read(*class, |frame| {
            let outcome = read_still(frame);
            assert!(outcome.work <= STILL_WORK_MAX);
            outcome
        });
        assert!(100 * right >= all * floor_percent(*class), "{}: read {right} of {all}", class.name());
    }
}

#[test]
fn clear_codes_are_read_from_stills() {
    stills_are_read(&[Class::Plain, Class::Dense, Class::Tilted, Class::Inverted, Class::Several]);
}

#[test]
fn most_spoilt_codes_are_read_from_stills() {
    stills_are_read(&[Class::Motion, Class::Noise, Class::Glare, Class::Jpeg]);
}

#[test]
fn many_badly_spoilt_codes_are_read_from_stills() {
    stills_are_read(&[Class::Defocus, Class::LowContrast, Class::Curved]);
}

#[test]
fn frames_without_a_code_give_none() {
    stills_are_read(&[Class::Negative]);
}

#[test]
fn a_live_frame_of_any_class_stays_within_its_work() {
    let mut reader = Reader::new();
    let (mut right, mut all) = (0, 0);
    for class in Class::ALL {
        let (read, there) = read(class, |frame| {
            let outcome = reader.read(frame);
            assert!(outcome.work <= LIVE_WORK_MAX, "{}: {}", class.name(), outcome.work);
            outcome
        });
        right += read;
        all += there;
    }
    assert!(100 * right >= 66 * all, "read {right} of {all} live");
}
