//! Enrolment: a one-time code of the queue service becomes this kiosk's key.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;
use queue_client::{ClientError, Credentials, Deadlines, KeyFile, QueueClient};
use serde_json::json;
use zeroize::Zeroizing;

/// Exit status when the service knows the code for no good: only another code helps.
const CODE_REFUSED: u8 = 3;
/// Longest code that is read from a file, in bytes. A code has nine characters.
const CODE_BYTES_MAX: u64 = 64;
/// One attempt: whether a lost one has used the code up is not known, so nothing is sent twice.
const DEADLINES: Deadlines =
    Deadlines { connect: Duration::from_secs(5), attempt: Duration::from_secs(10), total: Duration::from_secs(10) };

#[derive(Args)]
pub struct Enrol {
    /// Address of the queue service, such as http://queue.example:7070
    #[arg(long)]
    service: String,
    /// The code, such as 7KQM-2RTX
    #[arg(long, required_unless_present = "code_file", conflicts_with = "code_file")]
    code: Option<String>,
    /// A file with the code and nothing else, so that no list of processes shows it
    #[arg(long)]
    code_file: Option<PathBuf>,
    /// Where the key goes, readable by the user that runs this and by nobody else: `queue.key_file` of kiosk.toml
    #[arg(long, default_value = "/var/lib/kiosk/queue.key")]
    to: PathBuf,
    /// The kiosk's id in the queue service; a code for any other is refused
    #[arg(long)]
    kiosk: Option<String>,
    /// The certificate of the CA that an https service is trusted by, in PEM
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// Print JSON; there is no other format
    #[arg(long)]
    json: bool,
}

pub fn run(enrol: &Enrol, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let code = match (&enrol.code, &enrol.code_file) {
        (Some(code), _) => Zeroizing::new(code.clone()),
        (None, Some(file)) => code_in(file)?,
        (None, None) => Zeroizing::new(String::new()),
    };
    let credentials = Credentials::read(None, enrol.ca_file.as_deref())?;
    let client = QueueClient::with_credentials(&enrol.service, DEADLINES, credentials)?;
    let place = KeyFile::prepare(&enrol.to).context("the code is not used")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting tokio")?;
    let enrolled = match runtime.block_on(client.enrol(code.trim())) {
        Ok(enrolled) => enrolled,
        Err(ClientError::Problem(problem)) if matches!(problem.status, 401 | 422) => {
            writeln!(out, "{}", json!({ "ok": false, "error": problem.detail }))?;
            return Ok(ExitCode::from(CODE_REFUSED));
        }
        Err(error) => return Err(error).context("enrolling: the code may be used up"),
    };
    let (device, key) = (&enrolled.device, Zeroizing::new(enrolled.key));
    let meant = enrol.kiosk.as_deref().is_none_or(|kiosk| kiosk == device.id.as_str());
    let (id, role) = (device.id.to_string(), device.role.to_string());
    ensure!(role == "kiosk" && meant, "the code, which is used up, was for {role} {id}: make one for this kiosk");
    place.keep(&key)?;
    writeln!(out, "{}", json!({ "ok": true, "kiosk": id, "key_file": enrol.to }))?;
    Ok(ExitCode::SUCCESS)
}

fn code_in(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let mut code = Zeroizing::new(String::new());
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    file.take(CODE_BYTES_MAX).read_to_string(&mut code).with_context(|| format!("reading {}", path.display()))?;
    Ok(code)
}
