//! `kioskctl camera decode` over files of every kind: one JSON line each, in order, and what is a code is read.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::Value;

type Checked = Result<(), Box<dyn Error>>;

const CARD: &str = "001190999906||Nguyễn Thị Mẫu Ỷ|14051990|Nữ|Số 1 Đường Thử Nghiệm, Hà Nội|22042021";
const SIDE: usize = 420;
const MODULE: f32 = 5.0;
const DARK: u8 = 30;
const LIGHT: u8 = 220;

/// How a code lies in a picture.
#[derive(Clone, Copy, Default)]
struct Lying {
    degrees: f32,
    mirrored: bool,
    inverted: bool,
}

fn decoded(files: &[PathBuf]) -> Result<(Option<i32>, Vec<Value>), Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kioskctl"));
    let output = command.args(["camera", "decode"]).args(files).output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok((output.status.code(), text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?))
}

/// A picture of one code in its middle.
fn picture(text: &str, lying: Lying) -> Result<Vec<u8>, Box<dyn Error>> {
    let code = QrCode::encode_binary(text.as_bytes(), QrCodeEcc::Medium)?;
    let (sin, cos) = lying.degrees.to_radians().sin_cos();
    let middle = SIDE as f32 / 2.0;
    let pixel = |at: usize| {
        let (x, y) = ((at % SIDE) as f32 + 0.5 - middle, (at / SIDE) as f32 + 0.5 - middle);
        let (along, aside) = (x * cos + y * sin, y * cos - x * sin);
        let along = if lying.mirrored { -along } else { along };
        let module = |place: f32| (place / MODULE + code.size() as f32 / 2.0).floor() as i32;
        if code.get_module(module(along), module(aside)) != lying.inverted { DARK } else { LIGHT }
    };
    Ok((0..SIDE * SIDE).map(pixel).collect())
}

fn write_pgm(path: &Path, width: usize, pixels: &[u8]) -> std::io::Result<()> {
    let head = format!("P5\n{width} {}\n255\n", pixels.len() / width);
    fs::write(path, [head.as_bytes(), pixels].concat())
}

fn write_png(path: &Path, width: usize, depth: png::BitDepth, colour: png::ColorType, bytes: &[u8]) -> Checked {
    let row = width * colour.samples() * depth as usize / 8;
    let mut encoder = png::Encoder::new(fs::File::create(path)?, width as u32, (bytes.len() / row) as u32);
    encoder.set_depth(depth);
    encoder.set_color(colour);
    Ok(encoder.write_header()?.write_image_data(bytes)?)
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_code_is_read_at_any_angle_mirrored_and_inverted() -> Checked {
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    let mut add = |lying: Lying| -> Checked {
        let path = folder.path().join(format!("{:03}.pgm", files.len()));
        write_pgm(&path, SIDE, &picture(CARD, lying)?)?;
        files.push(path);
        Ok(())
    };
    for degrees in (0..360).step_by(15) {
        add(Lying { degrees: degrees as f32, ..Lying::default() })?;
    }
    for degrees in (7..360).step_by(90) {
        add(Lying { degrees: degrees as f32, mirrored: true, ..Lying::default() })?;
        add(Lying { degrees: degrees as f32, inverted: true, ..Lying::default() })?;
        add(Lying { degrees: degrees as f32, mirrored: true, inverted: true })?;
    }
    let (status, lines) = decoded(&files)?;
    assert_eq!((status, lines.len()), (Some(0), files.len()));
    for (line, file) in lines.iter().zip(&files) {
        assert_eq!(line["file"].as_str(), file.to_str());
        assert_eq!(line["payloads_hex"], serde_json::json!([hex(CARD)]), "{}", file.display());
    }
    Ok(())
}

#[test]
fn every_kind_of_png_is_the_same_picture() -> Checked {
    let folder = tempfile::tempdir()?;
    let grey = picture(CARD, Lying::default())?;
    let deep: Vec<u8> = grey.iter().flat_map(|level| [*level, 0x5a]).collect();
    // Dark is opaque and light is nothing at all, on a colour that would hide both.
    let clear: Vec<u8> = grey.iter().flat_map(|level| [0, 0, 0, if *level == DARK { 255 } else { 0 }]).collect();
    let colours: Vec<u8> = grey.iter().flat_map(|level| [*level, *level / 2 + 40, *level]).collect();
    let (eight, sixteen) = (png::BitDepth::Eight, png::BitDepth::Sixteen);
    let path = |name: &str| folder.path().join(name);
    write_png(&path("grey.png"), SIDE, eight, png::ColorType::Grayscale, &grey)?;
    write_png(&path("deep.png"), SIDE, sixteen, png::ColorType::Grayscale, &deep)?;
    write_png(&path("clear.png"), SIDE, eight, png::ColorType::Rgba, &clear)?;
    write_png(&path("colours.png"), SIDE, eight, png::ColorType::Rgb, &colours)?;
    let files = ["grey.png", "deep.png", "clear.png", "colours.png"].map(path);
    let (status, lines) = decoded(&files)?;
    assert_eq!((status, lines.len()), (Some(0), files.len()));
    assert!(lines.iter().all(|line| line["payloads_hex"] == serde_json::json!([hex(CARD)])), "{lines:?}");
    Ok(())
}

#[test]
fn several_codes_are_given_from_left_to_right() -> Checked {
    let folder = tempfile::tempdir()?;
    let texts = ["mot 1", "hai 22", "ba 333"];
    let each = texts.map(|text| picture(text, Lying::default()));
    let [one, two, three] = each;
    let (one, two, three) = (one?, two?, three?);
    let rows = one.chunks(SIDE).zip(two.chunks(SIDE)).zip(three.chunks(SIDE));
    let side_by_side: Vec<u8> = rows.flat_map(|((one, two), three)| [one, two, three].concat()).collect();
    let path = folder.path().join("three.pgm");
    write_pgm(&path, 3 * SIDE, &side_by_side)?;
    let (status, lines) = decoded(&[path])?;
    assert_eq!(status, Some(0));
    assert_eq!(lines[0]["payloads_hex"], serde_json::json!(texts.map(hex)));
    Ok(())
}

#[test]
fn what_is_no_picture_is_one_line_with_an_error_and_status_1() -> Checked {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    write_png(&path("whole.png"), SIDE, png::BitDepth::Eight, png::ColorType::Grayscale, &vec![200; SIDE * SIDE])?;
    let whole = fs::read(path("whole.png"))?;
    let huge = [whole.get(..16).unwrap_or_default(), &[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff], &whole[24..]];
    let no_pictures: [(&str, &[u8]); 14] = [
        ("empty", b""),
        ("text.png", b"no picture"),
        ("cut.png", whole.get(..60).unwrap_or_default()),
        ("head.png", whole.get(..8).unwrap_or_default()),
        ("huge.png", &huge.concat()),
        ("cut.jpg", b"\xff\xd8\xff\xe0"),
        ("huge.pgm", b"P5 99999 99999 255\n"),
        ("short.pgm", b"P5 9 9 255\n12"),
        ("deep.pgm", b"P5 2 2 65535\n12345678"),
        ("plain.pgm", b"P2 2 2 255 1 2 3 4"),
        ("x.bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0"),
        ("x.gif", b"GIF89a\x01\0\x01\0\0\0\0;"),
        ("x.webp", b"RIFF\x24\0\0\0WEBPVP8 "),
        ("x.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
    ];
    let mut files = vec![path("missing.png"), folder.path().to_owned()];
    for (name, bytes) in no_pictures {
        fs::write(path(name), bytes)?;
        files.push(path(name));
    }
    let (status, lines) = decoded(&files)?;
    assert_eq!((status, lines.len()), (Some(1), files.len()));
    for (line, file) in lines.iter().zip(&files) {
        assert_eq!(line["file"].as_str(), file.to_str());
        assert!(line["error"].is_string() && line["payloads_hex"] == serde_json::json!([]), "{line}");
        assert!(line["ms"].is_number(), "{line}");
    }
    Ok(())
}

#[test]
fn the_smallest_pictures_are_pictures_without_a_code() -> Checked {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    for (name, side) in [("1.pgm", 1), ("2.pgm", 2), ("20.pgm", 20), ("21.pgm", 21)] {
        write_pgm(&path(name), side, &vec![0; side * side])?;
    }
    write_png(&path("1.png"), 1, png::BitDepth::Eight, png::ColorType::Grayscale, &[0])?;
    let files = ["1.pgm", "2.pgm", "20.pgm", "21.pgm", "1.png"].map(path);
    let (status, lines) = decoded(&files)?;
    assert_eq!((status, lines.len()), (Some(0), files.len()));
    assert!(lines.iter().all(|line| line["payloads_hex"] == serde_json::json!([]) && line["error"].is_null()));
    Ok(())
}
