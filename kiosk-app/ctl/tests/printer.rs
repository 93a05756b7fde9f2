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
    assert_eq!(drawn["width_dots"], 576);
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

/// Runs `ticket encode` with further arguments and gives what it says.
fn encoded(folder: &Path, ticket: &str, arguments: &[&str]) -> Result<Value, Box<dyn Error>> {
    let out = folder.join("ticket.escpos").to_string_lossy().into_owned();
    let output = kioskctl(&[&["ticket", "encode", ticket, "--out", &out], arguments].concat())?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    line(&output)
}

#[test]
fn the_reference_ticket_keeps_its_budgets_on_usb_and_on_a_serial_line() -> Checked {
    let folder = tempfile::tempdir()?;
    let sample = folder.path().join("sample.json");
    std::fs::write(&sample, SAMPLE)?;
    let sample = sample.to_string_lossy().into_owned();
    let bytes = |arguments: &[&str]| encoded(folder.path(), &sample, arguments).map(|said| said["bytes"].as_u64());
    let limit = |most: u64| move |bytes: Option<u64>| bytes.is_some_and(|bytes| bytes <= most);
    assert!(limit(29_000)(bytes(&["--profile", "unknown-80mm", "--link", "usb"])?));
    assert!(limit(5_000)(bytes(&["--profile", "epson-80mm", "--link", "serial"])?));
    assert!(limit(400)(bytes(&["--profile", "epson-80mm", "--pages", "30/31", "--link", "serial"])?));
    Ok(())
}

#[test]
fn pages_that_were_read_on_paper_are_kept_and_used() -> Checked {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path(), "NGUYỄN VĂN MẪU")?;
    let proven = folder.path().join("printer.toml").to_string_lossy().into_owned();
    let kept = kioskctl(&["printer", "selftest", "--profile", "bixolon-80mm", "--chosen", "2", "--store", &proven])?;
    assert_eq!(line(&kept)?, json!({ "ok": true, "profile": "bixolon-80mm", "pages": "49/50" }));
    encoded(folder.path(), &ticket, &["--proven", &proven, "--link", "serial"])?;
    let bytes = std::fs::read(folder.path().join("ticket.escpos"))?;
    assert!(bytes.windows(3).any(|window| window == [0x1B, b't', 50]), "page 50 is selected");
    let none = kioskctl(&["printer", "selftest", "--chosen", "99", "--store", &proven])?;
    assert!(!none.status.success());
    Ok(())
}

#[test]
fn the_self_test_is_printed() -> Checked {
    with_printer(|shared, link| {
        let said = line(&kioskctl(&["printer", "selftest", "--link", link])?)?;
        assert_eq!(said["rows"][0], json!({ "row": 1, "pages": "30/31" }));
        shared.with(VirtualPrinter::paper_out);
        assert!(!kioskctl(&["printer", "selftest", "--link", link])?.status.success());
        Ok(())
    })
}

#[test]
fn an_unknown_profile_and_a_file_that_cannot_be_written_end_in_failure() -> Checked {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path(), "NGUYỄN VĂN MẪU")?;
    for arguments in [
        &["--profile", "sundial", "--out", "/dev/null"][..],
        &["--out", "/nowhere/ticket.escpos"],
        &["--out", "/dev/null", "--stock", "/dev/null", "--profile", "unknown-80mm", "--link", "serial"],
        &["--out", "/dev/null", "--logo", &ticket],
    ] {
        let output = kioskctl(&[&["ticket", "encode", &ticket], arguments].concat())?;
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
    }
    Ok(())
}

/// The reference ticket as facts, without the layout that is not followed.
const SAMPLE: &str = r#"{
  "schema": "ticket-sample/1",
  "paper": { "width_mm": 80, "printable_dots": 576, "dpi": 203 },
  "data": {
    "hospital": "BỆNH VIỆN ĐA KHOA TỈNH HƯƠNG SƠN",
    "address": "Số 12 Nguyễn Huệ, P. Vĩnh Ninh – ĐT: 1900 0000",
    "title": "PHIẾU SỐ THỨ TỰ",
    "department": "KHOA KHÁM BỆNH",
    "clinic": "Phòng khám Nội Tim mạch",
    "room": "Phòng 205 – Tầng 2 – Khu B",
    "number": "A-0123",
    "patient_name": "NGUYỄN THỊ THUỲ DƯƠNG",
    "patient_year": 1949,
    "priority": "ƯU TIÊN: Người cao tuổi",
    "issued_at": "2026-11-23T07:42:10+07:00",
    "issued_at_text": "07:42 – Thứ Hai, 23/11/2026",
    "people_ahead": 17,
    "wait_text": "Dự kiến chờ: khoảng 35 phút",
    "qr": "https://kham.example.vn/t/7K3M9QXW2C",
    "footer": ["Vui lòng giữ phiếu và theo dõi màn hình gọi số.", "Quá lượt gọi, xin liên hệ quầy hướng dẫn.",
      "Quét mã để xem số đang gọi."]
  }
}"#;
