use std::ffi::CStr;
use std::fs;

use device_links::{CameraAddress, CameraError, CameraLink, clock};
use kiosk_hal::frame::FrameSource as _;
use kiosk_hal::link::LinkError;
use kiosk_hal::scanner::{ScanError, Scanner as _};
use kiosk_hal::uptime::Uptime;
use qr_camera::CameraScanner;

use crate::{LIMIT, kept, wait_for};

/// Two devices: a webcam, and one whose frames come in several planes, as those of some boards do.
pub const SETTINGS: &CStr = c"n_devs=2 node_types=0x1,0x1 num_inputs=1,1 input_types=0,0 multiplanar=1,2";

const DRIVER: &str = "/sys/bus/platform/drivers/vivid";
const DEVICE: &str = "vivid.0";

/// Frames looked at of the webcam.
const FRAMES: usize = 5;

/// Grey levels that the bars of the test picture have at least between them.
const CONTRAST_MIN: u8 = 100;

pub fn try_everything() {
    let (webcam, planes) = (node("vivid-000-vid-cap"), node("vivid-001-vid-cap"));
    frames(&webcam);
    refused(&webcam, &planes);
    pulled_out(&webcam);
}

/// The camera of this name.
fn node(name: &str) -> CameraAddress {
    wait_for(name, || {
        let entries = fs::read_dir("/sys/class/video4linux").ok()?.flatten();
        let named = |folder: &fs::DirEntry| {
            fs::read_to_string(folder.path().join("name")).is_ok_and(|found| found.trim() == name)
        };
        let folder = entries.into_iter().find(named)?;
        let path = std::path::Path::new("/dev").join(folder.file_name());
        path.exists().then_some(CameraAddress { path })
    })
}

fn later() -> Uptime {
    clock::now() + LIMIT
}

fn frames(webcam: &CameraAddress) {
    let mut camera = CameraLink::open(webcam).unwrap();
    for _ in 0..FRAMES {
        let frame = camera.next_frame(later()).unwrap();
        assert_eq!((frame.width(), frame.height()), (1_280, 720));
        let row = frame.pixels().get(..frame.width()).unwrap();
        let (darkest, lightest) = (row.iter().min().unwrap(), row.iter().max().unwrap());
        assert!(lightest - darkest >= CONTRAST_MIN, "{darkest} to {lightest}: not the colour bars");
    }
    kept("a camera's frames come through its mapped buffers, at the size that was asked for");
    let mut scanner = CameraScanner::new(camera);
    let until = clock::now() + std::time::Duration::from_secs(2);
    assert!(scanner.next_scan(until).unwrap().is_none());
    kept("a camera that shows no code reads none");
}

fn refused(webcam: &CameraAddress, planes: &CameraAddress) {
    let first = CameraLink::open(webcam).unwrap();
    let error = CameraLink::open(webcam).unwrap_err();
    assert!(matches!(error, CameraError::Busy { .. }), "{error:?}");
    drop(first);
    kept("a second program is refused the camera, and then gets it");
    CameraLink::open(webcam).unwrap();
    let error = CameraLink::open(planes).unwrap_err();
    assert!(matches!(error, CameraError::NoCamera { .. }), "{error:?}");
    kept("a camera whose frames come in planes is refused by name");
}

fn pulled_out(webcam: &CameraAddress) {
    let mut scanner = CameraScanner::new(CameraLink::open(webcam).unwrap());
    assert!(scanner.next_scan(clock::now()).unwrap().is_none());
    fs::write(format!("{DRIVER}/unbind"), DEVICE).unwrap();
    let error = scanner.next_scan(later()).unwrap_err();
    assert!(matches!(error, ScanError::Link(LinkError::Gone)), "{error:?}");
    drop(scanner);
    kept("a camera that is pulled out is gone");
    let error = CameraLink::open(webcam).unwrap_err();
    assert!(matches!(error, CameraError::NotFound { .. }), "{error:?}");
    fs::write(format!("{DRIVER}/bind"), DEVICE).unwrap();
    frames(&node("vivid-000-vid-cap"));
    kept("plugged in again, it is read again");
}
