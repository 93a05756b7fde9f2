//! Service tokens, which open a kiosk's service mode in the hospital's name: made where the hospital keeps its key, held
//! up as a QR code. The kiosk's own side of the format is its program's.

use std::fs;
use std::io::{BufRead, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use qrcodegen::{QrCode, QrCodeEcc};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::json;
use zeroize::Zeroizing;

use crate::running::{self, Kiosk};

/// Longest token that is read, in bytes.
const TOKEN_BYTES_MAX: u64 = 2_048;
/// Longest file of a key, in bytes.
const KEY_BYTES_MAX: u64 = 1_024;
/// Modules of white around the symbol (ISO/IEC 18004).
const QUIET: i32 = 4;

#[derive(Subcommand)]
pub enum Command {
    /// Make the hospital's key pair; prints the public key, which `service_trust` of kiosk.toml names
    NewKey(NewKey),
    /// Sign a token for a technician
    Make(Make),
    /// Whether a token opens the running kiosk; reads it from standard input and does not use it up
    Check(Check),
}

#[derive(Args)]
pub struct NewKey {
    /// Where the private key goes, readable by the user that runs this and by nobody else
    #[arg(long)]
    to: PathBuf,
}

#[derive(Args)]
pub struct Make {
    /// The private key, as new-key has written it
    #[arg(long)]
    key: PathBuf,
    /// For whom; stands in the kiosk's log
    #[arg(long)]
    who: String,
    /// A kiosk's id, as often as needed; * = every kiosk of the hospital
    #[arg(long, required = true)]
    kiosk: Vec<String>,
    /// How long it holds from now on, at most 168
    #[arg(long, default_value_t = 8)]
    hours: u8,
    /// How often it opens each kiosk, at most 20
    #[arg(long, default_value_t = 3)]
    uses: u8,
    /// Writes the QR code as a picture (SVG)
    #[arg(long)]
    svg: Option<PathBuf>,
}

#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    kiosk: Kiosk,
}

pub fn run(command: &Command, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match command {
        Command::NewKey(new) => new_key(&new.to, out)?,
        Command::Make(make) => self::make(make, out)?,
        Command::Check(check) => {
            let mut token = String::new();
            input.take(TOKEN_BYTES_MAX).read_line(&mut token).context("reading the token")?;
            return running::ask_kiosk(&check.kiosk, &json!({ "ask": "check_token", "token": token.trim() }), out);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn new_key(to: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| anyhow!("no randomness"))?;
    let pair = Ed25519KeyPair::from_pkcs8(key.as_ref()).map_err(|_| anyhow!("the new key cannot be used"))?;
    // An older key is not written over: tokens it has signed would be lost.
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let file = file.as_mut().map_err(|error| anyhow!("writing {}: {error}", to.display()))?;
    let text = Zeroizing::new(format!("{}\n", hex(key.as_ref())));
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).context("writing the key")?;
    writeln!(out, "{}", json!({ "ok": true, "public_key": hex(pair.public_key().as_ref()) }))?;
    Ok(())
}

fn make(make: &Make, out: &mut impl Write) -> anyhow::Result<()> {
    ensure!((1..=168).contains(&make.hours), "a token holds 1 to 168 hours, not {}", make.hours);
    ensure!((1..=20).contains(&make.uses), "a token opens a kiosk 1 to 20 times, not {}", make.uses);
    let pair = key_in(&make.key)?;
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(|error| anyhow!("making an id: {error}"))?;
    let (id, from) = (hex(&id), Timestamp::now().as_second());
    let until = from + i64::from(make.hours) * 3_600;
    let payload = json!({
        "id": id, "who": make.who, "kiosks": make.kiosk, "from": from, "until": until, "uses": make.uses,
    });
    let text = format!("TDS1.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let token = format!("{text}.{}", URL_SAFE_NO_PAD.encode(pair.sign(text.as_bytes())));
    if let Some(path) = &make.svg {
        let code = QrCode::encode_text(&token, QrCodeEcc::Medium).context("the token is too long for a QR code")?;
        fs::write(path, svg(&code)).with_context(|| format!("writing {}", path.display()))?;
    }
    writeln!(out, "{}", json!({ "ok": true, "id": id, "until": until, "token": token }))?;
    Ok(())
}

fn key_in(path: &Path) -> anyhow::Result<Ed25519KeyPair> {
    let mut text = Zeroizing::new(String::new());
    let file = fs::File::open(path).with_context(|| format!("opening {}", path.display()))?;
    file.take(KEY_BYTES_MAX).read_to_string(&mut text).with_context(|| format!("reading {}", path.display()))?;
    let bytes = Zeroizing::new(bytes(text.trim()).with_context(|| format!("{} holds no key", path.display()))?);
    Ed25519KeyPair::from_pkcs8(&bytes).map_err(|_| anyhow!("{} holds no key", path.display()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let (pairs, []) = hex.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

/// Black squares on white, one unit a module.
fn svg(code: &QrCode) -> String {
    let side = code.size() + 2 * QUIET;
    let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let squares: String = dark
        .filter(|&(x, y)| code.get_module(x, y))
        .map(|(x, y)| format!("M{},{}h1v1h-1z", x + QUIET, y + QUIET))
        .collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{squares}\" fill=\"#000\"/></svg>\n"
    )
}
