//! Damaged frames and files: no panic, no hang, no payload that was not there. The long run of the same is
//! `cargo run --release -p qr-camera --example spoilt -- 100000`.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "corpus/mod.rs"]
mod corpus;

use std::io::Cursor;

use corpus::{Class, specimen, spoil};
use image::{GrayImage, ImageFormat};
use kiosk_hal::frame::GreyFrame;
use qr_camera::picture::{self, PictureError};
use qr_camera::{LIVE_WORK_MAX, Reader, read_still};

#[test]
fn damaged_frames_end_within_their_work() {
    let wholes = spoil::whole_frames();
    let mut reader = Reader::new();
    for number in 0..200 {
        let outcome = reader.read(&spoil::frame(&wholes, number));
        assert!(outcome.work <= LIVE_WORK_MAX);
    }
}

#[test]
fn frames_of_any_size_are_read() {
    for (width, height) in [(0, 0), (0, 40), (1, 1), (20, 640), (21, 21), (22, 23), (23, 900), (641, 33)] {
        for level in [0, 128, 255] {
            let frame = GreyFrame::new(width, height, vec![level; width * height]).unwrap();
            assert!(read_still(&frame).codes.is_empty());
        }
    }
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let frame = specimen(Class::Plain, 30_001).frame;
    let picture = GrayImage::from_raw(frame.width() as u32, frame.height() as u32, frame.pixels().to_vec()).unwrap();
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

#[test]
fn damaged_files_are_pictures_or_errors() {
    let mut pgm = b"P5\n# drawn\n640 480\n255\n".to_vec();
    pgm.extend(specimen(Class::Plain, 30_001).frame.pixels());
    for whole in [encoded(ImageFormat::Png), encoded(ImageFormat::Jpeg), pgm] {
        assert_eq!(picture::grey(&whole).unwrap().width(), 640);
        for number in 0..60 {
            let _ = picture::grey(&spoil::file(&whole, number));
        }
    }
}

#[test]
fn a_small_file_cannot_ask_for_much_memory() {
    let mut header = encoded(ImageFormat::Png)[..33].to_vec();
    header[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    assert!(picture::grey(&header).is_err());
    let pgm = picture::grey(b"P5 20000 20000 255 ").unwrap_err();
    assert!(matches!(pgm, PictureError::TooLarge { width: 20_000, height: 20_000 }), "{pgm}");
    let text = picture::grey(b"no picture").unwrap_err();
    assert_eq!(text.to_string(), "expected a PNG, JPEG or binary PGM file");
}

#[test]
fn transparent_places_are_white() {
    let picture = image::RgbaImage::from_pixel(30, 30, image::Rgba([0, 0, 0, 0]));
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    assert!(picture::grey(&bytes).unwrap().pixels().iter().all(|pixel| *pixel == 255));
}
