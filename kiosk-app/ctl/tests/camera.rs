//! `kioskctl camera decode` as a technician runs it.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Output};

use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::Value;

type Checked = Result<(), Box<dyn Error>>;

const CARD: &str = "001090999901||Nguyễn Văn Mẫu|14051990|Nam|Số 1 Đường Thử Nghiệm|22042021";

fn decode(files: &[&Path]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_kioskctl")).args(["camera", "decode"]).args(files).output()
}

fn lines(output: &Output) -> Result<Vec<Value>, serde_json::Error> {
    String::from_utf8_lossy(&output.stdout).lines().map(serde_json::from_str).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// A picture of a code as a binary PGM.
fn write_code(path: &Path) -> Checked {
    let code = QrCode::encode_binary(CARD.as_bytes(), QrCodeEcc::Medium)?;
    let side = (code.size() as usize + 8) * 4;
    let mut bytes = format!("P5\n{side} {side}\n255\n").into_bytes();
    let module = |place: usize| (place / 4) as i32 - 4;
    bytes.extend(
        (0..side * side).map(|at| if code.get_module(module(at % side), module(at / side)) { 20 } else { 230 }),
    );
    Ok(std::fs::write(path, bytes)?)
}

#[test]
fn each_file_is_a_line_and_one_that_is_no_picture_stops_none() -> Checked {
    let folder = tempfile::tempdir()?;
    let (code, text, none) = (folder.path().join("a.pgm"), folder.path().join("b.png"), folder.path().join("c.png"));
    write_code(&code)?;
    std::fs::write(&text, "no picture")?;
    let output = decode(&[&code, &text, &none, &code])?;
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output)?;
    assert_eq!(lines.len(), 4);
    for line in [&lines[0], &lines[3]] {
        assert_eq!(line["file"].as_str(), code.to_str());
        assert_eq!(line["payloads_hex"], serde_json::json!([hex(CARD)]));
        assert!(line["ms"].is_number() && line["error"].is_null(), "{line}");
    }
    assert_eq!(lines[1]["error"], "expected a PNG, JPEG or binary PGM file");
    assert!(lines[2]["error"].as_str().is_some_and(|error| error.starts_with("opening the file: No such file")));
    assert_eq!(lines[1]["payloads_hex"], serde_json::json!([]));
    Ok(())
}

#[test]
fn a_picture_without_a_code_is_no_error() -> Checked {
    let folder = tempfile::tempdir()?;
    let blank = folder.path().join("blank.pgm");
    std::fs::write(&blank, [b"P5 40 40 255\n".as_slice(), &[200; 1_600]].concat())?;
    let output = decode(&[&blank])?;
    assert!(output.status.success());
    assert_eq!(lines(&output)?[0]["payloads_hex"], serde_json::json!([]));
    Ok(())
}

#[test]
fn a_missing_camera_is_named_with_a_hint() -> Checked {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kioskctl"));
    let output = command.args(["camera", "listen", "--camera", "camera:/dev/no-such-camera"]).output()?;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr)?;
    assert!(text.starts_with("kioskctl: opening the camera: camera:/dev/no-such-camera: no such camera: No such file"));
    assert!(text.contains("hint: check the cable"), "{text}");
    Ok(())
}
