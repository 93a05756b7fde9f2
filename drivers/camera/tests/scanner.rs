//! The shipped driver on the virtual camera: a scanner like any other.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use device_sim::camera::{Approach, VirtualCamera, VirtualFrames};
use kiosk_hal::contract::scanner::{self, Manner, ScannerBench};
use kiosk_hal::fault::Fault;
use kiosk_hal::scanner::{ScanError, Scanner};
use qr_camera::{CameraScanner, GONE_AFTER, STALLED_AFTER};

const CARD: &str = "001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1 Đường Thử Nghiệm|22042021";

struct Bench {
    scanner: CameraScanner<VirtualFrames>,
    camera: VirtualCamera,
}

fn bench() -> Bench {
    let camera = VirtualCamera::new();
    Bench { scanner: CameraScanner::new(camera.source()), camera }
}

impl ScannerBench for Bench {
    type Scanner = CameraScanner<VirtualFrames>;

    fn scanner(&mut self) -> &mut Self::Scanner {
        &mut self.scanner
    }

    fn present(&mut self, payload: &[u8], manner: Manner) {
        let approach = match manner {
            Manner::AtOnce => Approach::AtOnce,
            Manner::Split => Approach::HalfFirst,
            Manner::Slow => Approach::BlurredFirst,
            Manner::Noisy => Approach::NoiseFirst,
        };
        self.camera.present(payload, approach);
    }

    fn present_two(&mut self, first: &[u8], second: &[u8]) {
        self.camera.present_all(&[first, second], Approach::AtOnce);
    }

    fn present_overlong(&mut self, bytes: usize) {
        self.camera.present(&b"9".repeat(bytes), Approach::AtOnce);
    }

    fn unplug(&mut self) {
        self.camera.unplug();
    }
}

impl Bench {
    fn next(&mut self, within: Duration) -> Result<Option<Vec<u8>>, ScanError> {
        let until = self.scanner.now() + within;
        Ok(self.scanner.next_scan(until)?.map(|scan| scan.as_bytes().to_vec()))
    }
}

#[test]
fn the_driver_on_a_virtual_camera_is_a_scanner() {
    scanner::holds(&mut bench());
}

#[test]
fn a_code_that_stays_in_view_is_one_scan_and_held_up_again_another() {
    let mut bench = bench();
    for _ in 0..4 {
        bench.camera.present(CARD.as_bytes(), Approach::AtOnce);
    }
    assert_eq!(bench.next(Duration::from_secs(1)).unwrap().unwrap(), CARD.as_bytes());
    assert_eq!(bench.next(GONE_AFTER).unwrap(), None);
    assert_eq!(bench.next(GONE_AFTER).unwrap(), None);
    bench.camera.present(CARD.as_bytes(), Approach::AtOnce);
    assert_eq!(bench.next(Duration::from_secs(1)).unwrap().unwrap(), CARD.as_bytes());
}

#[test]
fn a_camera_that_sends_nothing_is_off_line_and_reads_on_when_it_works_again() {
    let mut bench = bench();
    bench.camera.stall();
    let fault = bench.next(2 * STALLED_AFTER).unwrap_err().fault();
    assert_eq!(fault, Some(Fault::Offline));
    bench.camera.recover();
    bench.camera.present(CARD.as_bytes(), Approach::AtOnce);
    assert!(bench.next(Duration::from_secs(1)).unwrap().is_some());
}

#[test]
fn a_frozen_picture_is_one_scan_for_ever() {
    let mut bench = bench();
    bench.camera.present(CARD.as_bytes(), Approach::AtOnce);
    assert!(bench.next(Duration::from_secs(1)).unwrap().is_some());
    bench.camera.freeze();
    assert_eq!(bench.next(2 * GONE_AFTER).unwrap(), None);
}

#[test]
fn black_frames_are_no_code_and_no_fault() {
    let mut bench = bench();
    bench.camera.go_black();
    assert_eq!(bench.next(Duration::from_secs(2)).unwrap(), None);
}

#[test]
fn a_camera_that_is_plugged_in_again_reads_on() {
    let mut bench = bench();
    bench.camera.unplug();
    assert_eq!(bench.next(Duration::from_secs(1)).unwrap_err().fault(), Some(Fault::NoDevice));
    bench.camera.replug();
    bench.scanner = CameraScanner::new(bench.camera.source());
    bench.camera.present(CARD.as_bytes(), Approach::AtOnce);
    assert!(bench.next(Duration::from_secs(1)).unwrap().is_some());
}

#[test]
fn image_files_are_replayed_through_the_same_code() {
    let folder = tempfile::tempdir().unwrap();
    let code = qrcodegen::QrCode::encode_binary(CARD.as_bytes(), qrcodegen::QrCodeEcc::Medium).unwrap();
    let picture = image::GrayImage::from_fn(320, 320, |x, y| {
        let at = |place: u32| place as i32 / 5 - 5;
        image::Luma([if code.get_module(at(x), at(y)) { 20 } else { 230 }])
    });
    let files = [folder.path().join("card.png"), folder.path().join("card.jpg")];
    for file in &files {
        picture.save(file).unwrap();
    }
    let mut bench = bench();
    bench.camera.replay(&files).unwrap();
    assert_eq!(bench.next(Duration::from_secs(1)).unwrap().unwrap(), CARD.as_bytes());
    let missing = bench.camera.replay(&[folder.path().join("none.png")]).unwrap_err();
    assert!(missing.to_string().ends_with("none.png cannot be replayed"), "{missing}");
}
