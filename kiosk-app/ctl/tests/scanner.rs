//! `kioskctl scanner listen` and `kioskctl devices` as a technician runs them.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use device_sim::pty::PtyMount;
use device_sim::scanner::{Delivery, Make, Trigger, VirtualScanner, VirtualSsiScanner};
use device_sim::wire::{Device, Shared};
use serde_json::{Value, json};

type Checked = Result<(), Box<dyn Error>>;

const CARD: &str = "001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1 Đường Thử Nghiệm|22042021";

fn kioskctl(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kioskctl"));
    command.args(arguments);
    command
}

/// The first line printed for a card held up to a scanner behind a network server.
fn first_line(flags: &[&str]) -> Result<Value, Box<dyn Error>> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let link = format!("tcp:{}", server.local_addr()?);
    let mut child = kioskctl(&["scanner", "listen", "--link", &link, "--seconds", "20"])
        .args(flags)
        .stdout(Stdio::piped())
        .spawn()?;
    let (mut device, _) = server.accept()?;
    device.write_all(format!("{CARD}\r").as_bytes())?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no pipe")?).read_line(&mut line)?;
    child.kill()?;
    child.wait()?;
    Ok(serde_json::from_str(&line)?)
}

#[test]
fn a_scanner_that_leaves_ends_the_listening_with_its_reason() -> Checked {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let link = format!("tcp:{}", server.local_addr()?);
    let child = kioskctl(&["scanner", "listen", "--link", &link, "--seconds", "20"]).stderr(Stdio::piped()).spawn()?;
    drop(server.accept()?);
    let output = child.wait_with_output()?;
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr)?;
    assert_eq!(text, "kioskctl: reading the scanner: the scanner's line failed: the device is gone\n");
    Ok(())
}

#[test]
fn a_scan_is_printed_without_what_it_says() -> Checked {
    assert_eq!(first_line(&[])?, json!({ "ok": true, "kind": "cccd", "bytes": CARD.len() }));
    Ok(())
}

#[test]
fn a_scan_is_printed_whole_when_asked_for() -> Checked {
    let line = first_line(&["--show-personal"])?;
    assert_eq!(line["claim"]["full_name"], "Nguyễn Văn Mẫu");
    assert_eq!(line["payload"], CARD);
    Ok(())
}

#[test]
fn a_missing_device_is_named_with_its_cause_and_a_hint() -> Checked {
    let output = kioskctl(&["scanner", "listen", "--link", "serial:/dev/no-such-line@9600"]).output()?;
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr)?;
    assert!(
        text.starts_with("kioskctl: opening the scanner: serial:/dev/no-such-line@9600: no such device: No such file"),
        "{text}"
    );
    assert!(text.contains("hint: check cable and power"), "{text}");
    Ok(())
}

#[test]
fn a_wrong_address_is_explained() -> Checked {
    let output = kioskctl(&["scanner", "listen", "--link", "usb:1"]).output()?;
    assert!(String::from_utf8(output.stderr)?.contains("expected serial:PATH@BAUD, usblp:PATH or tcp:HOST:PORT"));
    Ok(())
}

#[test]
fn devices_are_listed_as_json() -> Checked {
    let output = kioskctl(&["devices"]).output()?;
    assert!(output.status.success());
    let found = serde_json::from_slice::<Value>(&output.stdout)?;
    assert!(["serial", "hid", "keyboards"].iter().all(|kind| found[kind].is_array()), "{found}");
    Ok(())
}

/// A virtual scanner on a pty, and the link to it.
struct OnPty {
    link: String,
    _mount: PtyMount,
    _folder: tempfile::TempDir,
}

fn on_pty<D: Device + 'static>(engine: &Shared<D>) -> Result<OnPty, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scanner");
    let mount = PtyMount::new(engine.clone(), &path)?;
    Ok(OnPty { link: format!("serial:{}@9600", path.display()), _mount: mount, _folder: folder })
}

/// Everything a command prints, as JSON.
fn printed(arguments: &[&str]) -> Result<Value, Box<dyn Error>> {
    let output = kioskctl(arguments).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[test]
fn the_engine_on_a_line_is_asked_for_its_family() -> Checked {
    let zebra = on_pty(&Shared::new(VirtualSsiScanner::new(Delivery::AtOnce)))?;
    let found = printed(&["scanner", "detect", "--link", &zebra.link, "--wait-ms", "20000"])?;
    assert_eq!(found, json!({ "family": "zebra-ssi", "answered": true }));
    let nobody = on_pty(&Shared::new(VirtualScanner::of(Make::Plain, Delivery::AtOnce)))?;
    let found = printed(&["scanner", "detect", "--link", &nobody.link])?;
    assert_eq!(found, json!({ "family": null, "answered": false }));
    Ok(())
}

#[test]
fn an_engine_in_command_mode_is_started_by_listen() -> Checked {
    let engine = Shared::new(VirtualSsiScanner::new(Delivery::AtOnce));
    engine.with(|engine| {
        engine.set_trigger(Trigger::Command);
        engine.present(CARD.as_bytes());
    });
    let zebra = on_pty(&engine)?;
    let mut child = kioskctl(&["scanner", "listen", "--link", &zebra.link, "--family", "zebra-ssi", "--start"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no pipe")?).read_line(&mut line)?;
    child.kill()?;
    child.wait()?;
    assert_eq!(serde_json::from_str::<Value>(&line)?, json!({ "ok": true, "kind": "cccd", "bytes": CARD.len() }));
    Ok(())
}

#[test]
fn the_mode_of_a_module_is_set_and_saved() -> Checked {
    let engine = Shared::new(VirtualScanner::of(Make::Gm65, Delivery::AtOnce));
    let module = on_pty(&engine)?;
    let set = printed(&["scanner", "set-mode", "--link", &module.link, "sensing"])?;
    assert_eq!(set, json!({ "ok": true }));
    assert_eq!(engine.with(|engine| (engine.mode_register().map(|mode| mode & 3), engine.saves())), (Some(3), 1));
    Ok(())
}

#[test]
fn a_family_that_is_named_by_its_link_is_no_family_of_a_line() -> Checked {
    let output = kioskctl(&["scanner", "listen", "--link", "serial:/dev/x@9600", "--family", "hid-pos"]).output()?;
    assert!(String::from_utf8(output.stderr)?.contains("named by their link"));
    Ok(())
}
