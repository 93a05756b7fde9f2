//! `kioskctl scanner listen` and `kioskctl devices` as a technician runs them.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};

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
    assert!(serde_json::from_slice::<Value>(&output.stdout)?["serial"].is_array());
    Ok(())
}
