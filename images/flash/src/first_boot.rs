//! The first boot of a written drive: provisioning becomes the files that the programs of the machine read.
//!
//! [`files`] is the plan and does nothing; [`apply`] writes it. A power cut in the middle costs nothing: the provisioning
//! is removed last, and the next boot writes the same files again.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::provision::{BYTES_MAX, Devices, FILE, FOLDER, ProvisionError, Provisioning, Wifi};

/// Where the settings of a machine are, below its root.
pub const SETTINGS: &str = "var/lib/tiep-don";
/// Where iwd keeps the wireless networks it knows.
const NETWORKS: &str = "var/lib/iwd";
/// Where the kiosk's journal is.
const STATE: &str = "/var/lib/kiosk";
/// Where kiosk-enrol.service puts the kiosk's key (images/units).
const KEY: &str = "/var/lib/kiosk/queue.key";
/// The key of the marks of persons, in [`SETTINGS`].
const PERSON_KEY: &str = "person.key";
/// The same, as the kiosk's program finds it.
const PERSON_KEY_FILE: &str = "/var/lib/tiep-don/person.key";
/// The certificate of the hospital's CA, in [`SETTINGS`].
const CA: &str = "ca.pem";
/// The same, as programs find it.
const CA_FILE: &str = "/var/lib/tiep-don/ca.pem";
/// A folder of certificates of those who issue identity cards, one in each file, in [`SETTINGS`].
const ANCHORS: &str = "anchors";
/// The same, as the kiosk's program finds it.
const ANCHORS_FOLDER: &str = "/var/lib/tiep-don/anchors";
/// What each certificate in PEM begins with.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
/// What a kiosk is wired with when nobody said so.
const USUAL_SCANNER: &str = "serial:/dev/ttyACM0@9600";
const USUAL_PRINTER: &str = "usblp:/dev/usb/lp0";
/// In place of a reader's name: the first there is.
const ANY_READER: &str = "any";
const USUAL_PROFILE: &str = "epson-80mm";

/// Who may read a file besides root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Everybody.
    All,
    /// The kiosk's program.
    Kiosk,
    /// Nobody.
    Nobody,
}

/// One file of the machine's own.
#[derive(PartialEq, Eq)]
pub struct Setting {
    /// Below the root of the machine.
    pub path: PathBuf,
    /// May hold a secret.
    pub text: Zeroizing<String>,
    pub readers: Readers,
}

/// Why a machine is not set up. No message holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum FirstBootError {
    #[error("the provisioning cannot be used")]
    Provisioning(#[from] ProvisionError),
    #[error("cannot write the settings as TOML")]
    Toml(#[from] toml::ser::Error),
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("there is no group kiosk on this machine")]
    NoGroup,
}

/// What [`apply`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// New provisioning, which is in force from here on.
    New,
    /// None: the machine keeps what it has.
    None,
}

/// Applies the provisioning on the system partition, if there is any, and removes it.
///
/// # Errors
/// [`FirstBootError`]; the provisioning stays, and the next boot tries again.
pub fn apply(system_partition: &Path, root: &Path) -> Result<Applied, FirstBootError> {
    let path = system_partition.join(FOLDER).join(FILE);
    let Some(text) = read(&path)? else { return Ok(Applied::None) };
    let provisioning = Provisioning::parse(&text)?;
    let anchors = root.join(SETTINGS).join(ANCHORS);
    empty(&anchors).map_err(|source| FirstBootError::Write { path: anchors, source })?;
    for setting in files(&provisioning)? {
        let path = root.join(&setting.path);
        write(&path, &setting, root).map_err(|source| match source {
            WriteError::Io(source) => FirstBootError::Write { path, source },
            WriteError::NoGroup => FirstBootError::NoGroup,
        })?;
    }
    discard(&path)?;
    Ok(Applied::New)
}

/// An empty folder that everybody can look into: what the provisioning before this one brought is gone.
fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o755))
}

/// Overwrites the provisioning at `path` and removes it: it holds secrets.
///
/// # Errors
/// It cannot be written or removed.
pub fn discard(path: &Path) -> Result<(), FirstBootError> {
    remove(path).map_err(|source| FirstBootError::Write { path: path.to_owned(), source })
}

/// Gives the machine the name it was provisioned with. Nothing when it has none.
///
/// # Errors
/// The name cannot be read or is not taken.
pub fn name_machine(root: &Path) -> Result<(), FirstBootError> {
    let path = root.join(SETTINGS).join("hostname");
    let Some(name) = read(&path)? else { return Ok(()) };
    let kernel = root.join("proc/sys/kernel/hostname");
    fs::write(&kernel, name.trim()).map_err(|source| FirstBootError::Write { path: kernel, source })
}

/// The files a machine of this provisioning has.
///
/// # Errors
/// A value that TOML cannot hold; there is none.
pub fn files(provisioning: &Provisioning) -> Result<Vec<Setting>, FirstBootError> {
    let own = |name: &str, text: String, readers| Setting {
        path: Path::new(SETTINGS).join(name),
        text: Zeroizing::new(text),
        readers,
    };
    // Units put it among the arguments of programs that ask the queue service.
    let ca = provisioning.ca.as_ref().map(|_| format!("CA_OPTIONS=--ca-file {CA_FILE}\n")).unwrap_or_default();
    let mut files = vec![
        own("hostname", format!("{}\n", device(provisioning)), Readers::All),
        own("kiosk.toml", toml::to_string(&KioskToml::of(provisioning))?, Readers::Kiosk),
        own("enrolment-code", provisioning.enrolment_code.clone().into(), Readers::Nobody),
        own(
            "enrol.env",
            format!("QUEUE_URL={}\nDEVICE={}\n{ca}", provisioning.service, device(provisioning)),
            Readers::All,
        ),
    ];
    files.extend(provisioning.ca.iter().map(|pem| own(CA, format!("{}\n", pem.trim()), Readers::All)));
    if let Some(zone) = &provisioning.zone {
        let text = format!("QUEUE_URL={}\nZONE={zone}\nVOICE=vi\n{ca}", provisioning.service);
        files.push(own("display.env", text, Readers::All));
    }
    files.extend(anchors(provisioning).map(|(number, pem)| own(&format!("{ANCHORS}/{number}.pem"), pem, Readers::All)));
    files.extend(provisioning.person_key.iter().map(|key| own(PERSON_KEY, key.clone().into(), Readers::Kiosk)));
    files.extend(provisioning.wifi.iter().map(network));
    files.push(own("provisioned.toml", toml::to_string(&Provisioned::of(provisioning))?, Readers::All));
    Ok(files)
}

/// Each certificate of those who issue identity cards, and its place among them.
fn anchors(provisioning: &Provisioning) -> impl Iterator<Item = (usize, String)> {
    let each = provisioning.card_anchors.iter().flat_map(|text| text.split(CERTIFICATE).skip(1));
    (1..).zip(each.map(|rest| format!("{CERTIFICATE}{}\n", rest.trim_end())))
}

/// What the machine is called in the network and in the queue service.
fn device(provisioning: &Provisioning) -> String {
    provisioning.kiosk.to_ascii_lowercase()
}

/// `kiosk.toml`, as `kiosk-app` reads it.
#[derive(Serialize)]
struct KioskToml<'a> {
    kiosk: String,
    state_dir: &'a str,
    screen: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    updates: Option<&'a str>,
    scanner: Scanner<'a>,
    printer: Printer<'a>,
    queue: Queue<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Card<'a>>,
}

#[derive(Serialize)]
struct Scanner<'a> {
    link: &'a str,
}

#[derive(Serialize)]
struct Printer<'a> {
    link: &'a str,
    profile: &'a str,
}

#[derive(Serialize)]
struct Queue<'a> {
    url: &'a str,
    key_file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_key_file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<&'a str>,
}

#[derive(Serialize)]
struct Card<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reader: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anchors: Option<&'a str>,
}

impl<'a> KioskToml<'a> {
    fn of(provisioning: &'a Provisioning) -> Self {
        let devices = provisioning.devices.as_ref();
        let reader = devices.and_then(|devices| devices.card_reader.as_deref());
        let or = |value: fn(&Devices) -> &String, usual: &'a str| devices.map_or(usual, |devices| value(devices));
        Self {
            kiosk: device(provisioning),
            state_dir: STATE,
            screen: "device",
            updates: provisioning.updates.as_deref(),
            scanner: Scanner { link: or(|devices| &devices.scanner, USUAL_SCANNER) },
            printer: Printer {
                link: or(|devices| &devices.printer, USUAL_PRINTER),
                profile: or(|devices| &devices.printer_profile, USUAL_PROFILE),
            },
            queue: Queue {
                url: &provisioning.service,
                key_file: KEY,
                person_key_file: provisioning.person_key.as_ref().map(|_| PERSON_KEY_FILE),
                ca_file: provisioning.ca.as_ref().map(|_| CA_FILE),
            },
            card: reader.map(|name| Card {
                reader: Some(name).filter(|name| *name != ANY_READER),
                anchors: provisioning.card_anchors.as_ref().map(|_| ANCHORS_FOLDER),
            }),
        }
    }
}

/// What a technician may read of a machine's provisioning: no secret.
#[derive(Serialize)]
struct Provisioned<'a> {
    hospital: &'a str,
    kiosk: &'a str,
    service: &'a str,
    language: crate::provision::Language,
}

impl<'a> Provisioned<'a> {
    fn of(provisioning: &'a Provisioning) -> Self {
        let Provisioning { hospital, kiosk, service, language, .. } = provisioning;
        Self { hospital, kiosk, service, language: *language }
    }
}

/// A wireless network as iwd keeps it: iwd.network(5). A name of other characters than these is written in hexadecimal.
pub(crate) fn network(wifi: &Wifi) -> Setting {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_ ".contains(&byte);
    let name = if wifi.ssid.bytes().all(plain) {
        format!("{}.psk", wifi.ssid)
    } else {
        let hex: String = wifi.ssid.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("={hex}.psk")
    };
    let secret = Zeroizing::new(String::from(wifi.passphrase.clone()));
    let key = if secret.len() == 64 { "PreSharedKey" } else { "Passphrase" };
    // A backslash begins an escape there.
    let text = format!("[Security]\n{key}={}\n", secret.replace('\\', "\\\\"));
    Setting { path: Path::new(NETWORKS).join(name), text: Zeroizing::new(text), readers: Readers::Nobody }
}

/// The wireless networks that the machine below `root` knows, each as its file below the root.
pub(crate) fn known_networks(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join(NETWORKS)).into_iter().flatten().flatten();
    let names = entries.map(|entry| Path::new(NETWORKS).join(entry.file_name()));
    let mut known: Vec<PathBuf> = names.filter(|path| path.extension().is_some_and(|kind| kind == "psk")).collect();
    known.sort_unstable();
    known
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, FirstBootError> {
    let refused = |source| FirstBootError::Read { path: path.to_owned(), source };
    let found = match fs::metadata(path) {
        Ok(metadata) => usize::try_from(metadata.len()).unwrap_or(usize::MAX),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(refused(source)),
    };
    if found > BYTES_MAX {
        return Err(ProvisionError::TooLong { found }.into());
    }
    fs::read_to_string(path).map(|text| Some(Zeroizing::new(text))).map_err(refused)
}

enum WriteError {
    Io(io::Error),
    NoGroup,
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The whole file or the one before it, whenever the power goes.
fn write(path: &Path, setting: &Setting, root: &Path) -> Result<(), WriteError> {
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    let (mode, group) = match setting.readers {
        Readers::All => (0o644, None),
        Readers::Kiosk => (0o640, Some(kiosk_group(root)?)),
        Readers::Nobody => (0o600, None),
    };
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(setting.text.as_bytes())?;
    if let Some(group) = group {
        std::os::unix::fs::fchown(&file, None, Some(group))?;
    }
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    Ok(File::open(folder)?.sync_all()?)
}

/// Writes a setting whose readers are no program's group: the whole file or the one before it, whenever the power goes.
pub(crate) fn put(setting: &Setting, root: &Path) -> io::Result<()> {
    match write(&root.join(&setting.path), setting, root) {
        Ok(()) => Ok(()),
        Err(WriteError::Io(error)) => Err(error),
        Err(WriteError::NoGroup) => Err(io::ErrorKind::NotFound.into()),
    }
}

/// The number of the group `kiosk` in the machine's own list of groups.
fn kiosk_group(root: &Path) -> Result<u32, WriteError> {
    let groups = fs::read_to_string(root.join("etc/group"))?;
    let number = |line: &str| line.strip_prefix("kiosk:")?.split(':').nth(1)?.parse().ok();
    groups.lines().find_map(number).ok_or(WriteError::NoGroup)
}

/// Overwrites before it removes: the file held secrets.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let bytes = usize::try_from(fs::metadata(path)?.len()).unwrap_or(BYTES_MAX);
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(&vec![b'\n'; bytes.min(BYTES_MAX)])?;
    file.sync_all()?;
    fs::remove_file(path)
}
