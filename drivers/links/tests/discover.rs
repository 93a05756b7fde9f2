//! Which serial lines a technician is shown.

use std::error::Error;
use std::fs;
use std::os::unix::fs::symlink;

use device_links::{SerialCandidate, serial_candidates};

#[test]
fn usb_lines_are_listed_with_their_lasting_names() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let dev = fs::canonicalize(folder.path())?;
    for name in ["ttyACM0", "ttyUSB3", "ttyS0", "null"] {
        fs::write(dev.join(name), "")?;
    }
    let lasting = dev.join("serial/by-id/usb-Example_Scanner_0001-if00");
    fs::create_dir_all(dev.join("serial/by-id"))?;
    symlink("../../ttyACM0", &lasting)?;
    symlink("../../ttyACM9", dev.join("serial/by-id/usb-Unplugged"))?;

    let named = SerialCandidate { path: dev.join("ttyACM0"), by_id: Some(lasting) };
    let nameless = SerialCandidate { path: dev.join("ttyUSB3"), by_id: None };
    assert_eq!(serial_candidates(&dev)?, [named, nameless]);
    Ok(())
}

#[test]
fn a_machine_without_usb_lines_has_none() -> Result<(), Box<dyn Error>> {
    assert_eq!(serial_candidates(tempfile::tempdir()?.path())?, []);
    Ok(())
}
