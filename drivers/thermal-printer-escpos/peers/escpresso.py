#!/usr/bin/env python3
"""Has another interpreter of ESC/POS read the tickets of every printer family, and compares the dots.

The interpreter is `escpresso` (crates.io, MIT), a printer emulator with a window. Its parser is taken out of the source
that cargo has fetched and built without the window; nothing of it is kept. A ticket that travels as dots must give the
same inked rows as `kioskctl ticket render`; of the others, every part must be read and nothing be left over.

    peers/escpresso.py TICKET.json          from the crate's folder; prints a Markdown table, exit 1 on a difference
"""

import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

VERSION = "0.1.2"
CRATE = Path(__file__).resolve().parent.parent
WORKSPACE = CRATE.parent.parent
BUILD = WORKSPACE / "target" / "peers" / "escpresso"
MANIFEST = """[package]
name = "peer"
version = "0.0.0"
edition = "2021"
[workspace]
[dependencies]
anyhow = "1"
codepage-437 = "0.1"
encoding_rs = "0.8"
"""
# Where the window begins, and what only the window uses.
WINDOW = "#[derive(Clone)]\nstruct AppState"
OF_THE_WINDOW = r"use (eframe|qrcode|tokio|std::sync)::.*;\n"
MAIN = """
fn main() -> Result<()> {
    let mut printer = EscPosRenderer::new(false);
    printer.process_data(&std::fs::read(std::env::args().nth(1).unwrap())?)?;
    for element in printer.take_elements() {
        match element {
            ReceiptElement::RasterImage { data, bytes_per_line, alignment, .. } => {
                let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
                println!("raster {bytes_per_line} {alignment:?} {hex}");
            }
            ReceiptElement::Text { content, .. } => println!("text {content:?}"),
            ReceiptElement::QrCode { data, .. } => println!("qr {data}"),
            ReceiptElement::PaperCut { .. } => println!("cut"),
            _ => println!("other"),
        }
    }
    println!("left {}", printer.buffer.len());
    Ok(())
}
"""


def run(*command):
    done = subprocess.run([str(part) for part in command], cwd=WORKSPACE, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr}")
    return done.stdout


def build_peer():
    """Lets cargo fetch the source, and builds its parser."""
    run("cargo", "info", f"escpresso@{VERSION}", "--registry", "crates-io")
    home = Path(run("sh", "-c", "echo ${CARGO_HOME:-$HOME/.cargo}").strip())
    sources = list(home.glob(f"registry/src/*/escpresso-{VERSION}/src/main.rs"))
    source = sources[0].read_text()
    parser = re.sub(OF_THE_WINDOW, "", source[: source.index(WINDOW)])
    (BUILD / "src").mkdir(parents=True, exist_ok=True)
    (BUILD / "src" / "main.rs").write_text("#![allow(dead_code, unused)]\n" + parser + MAIN)
    (BUILD / "Cargo.toml").write_text(MANIFEST)
    run("cargo", "build", "--quiet", "--manifest-path", BUILD / "Cargo.toml", "--target-dir", BUILD / "target")
    return BUILD / "target" / "debug" / "peer"


def picture(path):
    """Rows of an 8-bit grey or 1-bit PNG without interlace, 1 = ink."""
    data, at, packed = path.read_bytes(), 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    assert colour == 0 and bits in (1, 8), (colour, bits)
    plain, stride = zlib.decompress(packed), (width * bits + 7) // 8
    rows, above = [], bytes(stride)
    for y in range(height):
        line = plain[y * (stride + 1) : (y + 1) * (stride + 1)]
        above = unfiltered(line[0], line[1:], above)
        if bits == 8:
            rows.append([int(value < 128) for value in above])
        else:
            rows.append([1 - (above[x // 8] >> (7 - x % 8) & 1) for x in range(width)])
    return rows


def unfiltered(kind, line, above):
    """PNG specification, section 9, for one byte a pixel."""
    out = bytearray()
    for at, value in enumerate(line):
        left, up, corner = (out[at - 1] if at else 0), above[at], (above[at - 1] if at else 0)
        nearest = min((left, up, corner), key=lambda near: abs(left + up - corner - near))
        out.append((value + (0, left, up, (left + up) // 2, nearest)[kind]) & 255)
    return bytes(out)


def drawn(lines, width):
    """The inked rows the interpreter saw, each in the middle of the paper."""
    rows = []
    for line in (line.split() for line in lines if line.startswith("raster")):
        stride, data = int(line[1]), bytes.fromhex(line[3])
        indent = [0] * ((width - 8 * stride) // 2)
        for y in range(len(data) // stride):
            row = data[y * stride : (y + 1) * stride]
            rows.append(indent + [byte >> (7 - bit) & 1 for byte in row for bit in range(8)] + indent)
    return [row for row in rows if any(row)]


def main(ticket):
    families = re.findall(r'name: "([\w-]+-\d\dmm)"', (CRATE / "src/profile/families.rs").read_text())
    kioskctl, peer = WORKSPACE / "target/debug/kioskctl", build_peer()
    run("cargo", "build", "--quiet", "-p", "kioskctl")
    print(f"| family | link | bytes | rows of dots | other parts | left over | escpresso {VERSION} |\n|---|---|---|---|---|---|---|")
    wrong = 0
    for family in families:
        png, job = BUILD / "ticket.png", BUILD / "ticket.bin"
        run(kioskctl, "ticket", "render", ticket, "--png", png, "--paper", family[-4:-2])
        canvas = picture(png)
        inked = [row for row in canvas if any(row)]
        for link in ("usb", "serial"):
            run(kioskctl, "ticket", "encode", ticket, "--profile", family, "--link", link, "--out", job)
            lines = run(peer, job).splitlines()
            rows, left = drawn(lines, len(canvas[0])), int(lines[-1].split()[1])
            others = sum(line.startswith(("text", "qr", "cut")) for line in lines)
            verdict = "the same dots" if rows == inked else "fewer dots than the picture" if len(rows) < len(inked) else "OTHER DOTS"
            wrong += verdict == "OTHER DOTS" or (link == "usb" and rows != inked)
            print(f"| {family} | {link} | {job.stat().st_size} | {len(rows)} of {len(inked)} | {others} | {left} | {verdict} |")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
