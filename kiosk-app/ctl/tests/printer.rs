//! `kioskctl ticket …` and `kioskctl printer …` as a technician runs them, on a virtual printer behind a pty.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Output};

use device_sim::printer::{PrinterModel, VirtualPrinter};
use device_sim::pty::PtyMount;
use device_sim::wire::Shared;
use serde_json::{Value, json};

type Checked = Result<(), Box<dyn Error>>;

fn kioskctl(arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    Ok(Command::new(env!("CARGO_BIN_EXE_kioskctl")).args(arguments).output()?)
}

fn line(output: &Output) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn ticket_in(folder: &Path, patient: &str) -> Result<String, Box<dyn Error>> {
    let path = folder.join("ticket.json");
    let fields = json!({ "hospital": "BỆNH VIỆN MẪU", "number": "A-042", "patient": patient, "footer": ["Cảm ơn."] });
    std::fs::write(&path, fields.to_string())?;
    Ok(path.to_string_lossy().into_owned())
}

/// Runs `act` with the address of a fast virtual printer.
fn with_printer(act: impl Fn(&Shared<VirtualPrinter>, &str) -> Checked) -> Checked {
    let folder = tempfile::tempdir()?;
    let model = PrinterModel { paper_mm_per_s: 600, cut_ms: 20, ..PrinterModel::usb() };
    let shared = Shared::new(VirtualPrinter::new(model));
    let mount = PtyMount::new(shared.clone(), &folder.path().join("printer"))?;
    act(&shared, &format!("serial:{}@115200", mount.path().display()))
}

#[test]
fn a_printed_ticket_is_confirmed() -> Checked {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path(), "NGUYỄN VĂN MẪU")?;
    with_printer(|shared, link| {
        let printed = line(&kioskctl(&["printer", "print", &ticket, "--link", link])?)?;
        assert_eq!((&printed["outcome"], &printed["fault"]), (&json!("confirmed"), &Value::Null));
        assert_eq!(shared.with(|printer| printer.papers().len()), 1);
        Ok(())
    })
}

#[test]
fn the_state_is_named_in_the_words_of_the_trade() -> Checked {
    with_printer(|shared, link| {
        let ready = line(&kioskctl(&["printer", "status", "--link", link])?)?;
        assert_eq!(
            ready,
            json!({ "ok": true, "device": "online", "paper": "full", "media": "unknown", "fault": null })
        );
        shared.with(VirtualPrinter::paper_out);
        let out = line(&kioskctl(&["printer", "status", "--link", link])?)?;
        assert_eq!(
            out,
            json!({ "ok": false, "device": "online", "paper": "out", "media": "unknown", "fault": "paper_out" })
        );
        Ok(())
    })
}

#[test]
fn no_paper_is_a_failed_ticket() -> Checked {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path(), "NGUYỄN VĂN MẪU")?;
    with_printer(|shared, link| {
        shared.with(VirtualPrinter::paper_out);
        let printed = line(&kioskctl(&["printer", "print", &ticket, "--link", link])?)?;
        assert_eq!(printed, json!({ "ok": false, "outcome": "failed", "fault": "paper_out" }));
        Ok(())
    })
}

#[test]
fn a_picture_and_bytes_come_without_a_printer() -> Checked {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path(), "NGUYỄN VĂN MẪU")?;
    let (png, bytes) = (folder.path().join("ticket.png"), folder.path().join("ticket.escpos"));
    let drawn = line(&kioskctl(&["ticket", "render", &ticket, "--png", &png.to_string_lossy()])?)?;
    assert_eq!((&drawn["width_dots"], &drawn["boxes"]), (&json!(576), &json!(0)));
    assert!(std::fs::read(&png)?.starts_with(b"\x89PNG"));
    let encoded = line(&kioskctl(&["ticket", "encode", &ticket, "--out", &bytes.to_string_lossy()])?)?;
    assert_eq!(encoded["bytes"], std::fs::metadata(&bytes)?.len());
    Ok(())
}

#[test]
fn a_refused_field_is_named_without_its_text() -> Checked {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path(), "NGUYỄN\u{1b}@")?;
    let png = folder.path().join("ticket.png");
    let output = kioskctl(&["ticket", "render", &ticket, "--png", &png.to_string_lossy()])?;
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("field patient refused") && said.contains("control character U+001B"), "{said}");
    assert!(!said.contains("NGUY"), "{said}");
    Ok(())
}

#[test]
fn a_file_that_is_no_ticket_is_refused_without_its_text() -> Checked {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ticket.json");
    std::fs::write(&path, r#"{ "number": "A-042", "footer": "NGUYEN VAN MAU" }"#)?;
    let output = kioskctl(&["ticket", "encode", &path.to_string_lossy(), "--out", "/dev/null"])?;
    let said = String::from_utf8(output.stderr)?;
    assert!(!output.status.success() && said.contains("line 1 column") && !said.contains("MAU"), "{said}");
    Ok(())
}
