//! `kiosk-flash pack`.

use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result};
use clap::Args;
use kiosk_flash::manifest::signature_path;
use kiosk_flash::pack::{self, Release};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A raw disk image. What its file leaves out as holes is never written to a drive.
    disk: PathBuf,
    /// What it makes of a machine, for example kiosk or display.
    #[arg(long, value_parser = word)]
    product: String,
    /// Which machines start from it, for example x86_64.
    #[arg(long, value_parser = word)]
    machine: String,
    /// For example 2026.11.0.
    #[arg(long, value_parser = word)]
    version: String,
    /// Where the release goes.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// An unencrypted minisign secret key. Without it, sign the manifest with minisign.
    #[arg(long, value_name = "FILE")]
    sign_with: Option<PathBuf>,
    /// 1 is fast, 22 is small.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(i32).range(1..=22))]
    level: i32,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let threads = thread::available_parallelism().ok().and_then(|threads| u32::try_from(threads.get()).ok());
    let release = Release {
        disk: &arguments.disk,
        product: &arguments.product,
        machine: &arguments.machine,
        version: &arguments.version,
        zstd_level: arguments.level,
        threads: threads.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN),
    };
    let manifest = pack::pack(&release, &arguments.out)?;
    let said = match &arguments.sign_with {
        Some(key) => format!("{}\n{}\n", manifest.display(), pack::sign(&manifest, key)?.display()),
        None => format!(
            "{}\nNOT SIGNED: no flasher takes it before {} is there (minisign -Sm {})\n",
            manifest.display(),
            signature_path(&manifest).display(),
            manifest.display()
        ),
    };
    io::stdout().write_all(said.as_bytes()).context("cannot say what was made")
}

/// Part of a file name.
fn word(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.len() <= 64 && !text.starts_with('.');
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+".contains(&byte));
    if fits && plain { Ok(text.to_owned()) } else { Err("expected 1 to 64 letters, digits, dots, _ and +".to_owned()) }
}
