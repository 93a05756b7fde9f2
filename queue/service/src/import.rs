//! A clinic out of a file into a database: settings and accounts; and a small clinic that is ready to be tried.

use std::fs::{DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use queue_core::{Clinic, ClinicValues};
use queue_protocol::model::{Device, DeviceId, DeviceRole, RoomId, Staff};
use queue_protocol::v1::ChangeClinic;
use queue_service::{Config, ListFile, Lists, hash_password, new_device, new_password, new_request};
use queue_store::{NewStaffRow, Store, settings_of, values_of};

use crate::on_machine::{Place, by};

/// What `new-clinic` makes.
const NEW_CLINIC: &str = include_str!("../clinic.new.toml");

#[derive(Args)]
pub struct ImportArguments {
    #[command(flatten)]
    place: Place,
    /// The file: what --config reads, and [[staff]] entries with user, role and rooms. Without it, what the lists do not
    /// say stays as it is in the database.
    #[arg(long)]
    file: Option<PathBuf>,
    #[command(flatten)]
    lists: ListArguments,
    /// Says what would be done, and does nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Tables, as a spreadsheet saves them. Each takes the place of all that the clinic has of its kind.
#[derive(Args)]
#[group(multiple = true)]
struct ListArguments {
    /// A CSV file of waiting areas: id, name.
    #[arg(long)]
    zones: Option<PathBuf>,
    /// A CSV file of services: id, name, place, series, zone; and hours, quota, return_after_calls, appointment_minutes.
    #[arg(long)]
    services: Option<PathBuf>,
    /// A CSV file of rooms: id, name, zone, services (ids with spaces between).
    #[arg(long)]
    rooms: Option<PathBuf>,
    /// A CSV file of accounts: user, role, rooms (ids with spaces between).
    #[arg(long)]
    staff: Option<PathBuf>,
}

#[derive(Args)]
pub struct NewClinicArguments {
    /// The folder to make.
    folder: PathBuf,
}

/// Whether something is to be done, or told only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Do,
    Tell,
}

impl ImportArguments {
    /// Everything is read and checked before anything is written.
    pub fn run(&self) -> anyhow::Result<()> {
        let mode = if self.dry_run { Mode::Tell } else { Mode::Do };
        let lists = self.lists.read()?;
        let (base, accounts) = self.base(&lists)?;
        let (clinic, listed) = lists.apply(base)?;
        let staff = if lists.staff.is_some() { listed } else { accounts };
        say(&import(&self.place, clinic, staff, mode)?)
    }

    /// What the lists are put into: the file's clinic and accounts, or the clinic that is in force.
    fn base(&self, lists: &Lists) -> anyhow::Result<(ClinicValues, Vec<Staff>)> {
        if let Some(file) = &self.file {
            let name = file.display();
            let text = std::fs::read_to_string(file).with_context(|| format!("file {name}"))?;
            let config = Config::parse(&text).with_context(|| format!("file {name}"))?;
            return Ok((config.clinic.values().clone(), config.staff));
        }
        anyhow::ensure!(*lists != Lists::default(), "expected --file, --zones, --services, --rooms or --staff");
        let in_force = if self.place.is_missing() { None } else { self.place.open()?.settings()? };
        let in_force = in_force.context("the database has no clinic yet: expected --file too")?;
        Ok((values_of(&in_force.settings).context("the clinic in force")?, Vec::new()))
    }
}

impl ListArguments {
    fn read(&self) -> anyhow::Result<Lists> {
        let read = |path: &Option<PathBuf>| -> anyhow::Result<Option<ListFile>> {
            let Some(path) = path else { return Ok(None) };
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).with_context(|| format!("file {name}"))?;
            Ok(Some(ListFile { name, text }))
        };
        Ok(Lists {
            zones: read(&self.zones)?,
            services: read(&self.services)?,
            rooms: read(&self.rooms)?,
            staff: read(&self.staff)?,
        })
    }
}

impl NewClinicArguments {
    pub fn run(&self) -> anyhow::Result<()> {
        let folder = &self.folder;
        let shown = folder.display();
        // Keys, passwords and the database: for its owner's eyes.
        DirBuilder::new().mode(0o700).create(folder).with_context(|| format!("folder {shown}"))?;
        let file = folder.join("clinic.toml");
        std::fs::write(&file, NEW_CLINIC).with_context(|| file.display().to_string())?;
        let place = Place::sqlite(folder.join("queue.db"));
        let Config { clinic, staff, .. } = Config::parse(NEW_CLINIC).context("the new clinic")?;
        let done = import(&place, clinic, staff, Mode::Do)?;
        let accounts = done.get(1..).unwrap_or_default();
        write_secret(&folder.join("passwords"), &accounts.join("\n"))?;
        let room = |id: &str| -> anyhow::Result<Option<RoomId>> { Ok(Some(RoomId::new(id)?)) };
        let devices = [
            ("k1", DeviceRole::Kiosk, None),
            ("p1", DeviceRole::Room, room("p1")?),
            ("p2", DeviceRole::Room, room("p2")?),
            ("tv", DeviceRole::Display, None),
        ];
        for (id, role, room) in devices {
            let (key, hash) = new_device()?;
            place.open()?.add_device(&Device { id: DeviceId::new(id)?, role, room }, hash, &by())?;
            write_secret(&folder.join(format!("{id}.key")), &key)?;
        }
        say(&[
            format!("{shown}/clinic.toml is the clinic, {shown}/queue.db its database."),
            format!(
                "{shown}/passwords has the first passwords; {shown}/k1.key, p1.key, p2.key and tv.key are the keys"
            ),
            "of a kiosk, of two rooms and of a display.".to_owned(),
            format!("queue-service --config {shown}/clinic.toml --database {shown}/queue.db serves it."),
        ])
    }
}

/// Puts a clinic and accounts into the database; a line for each part that tells what was done. What is there already
/// and the same is left as it is.
fn import(place: &Place, clinic: Clinic, staff: Vec<Staff>, mode: Mode) -> anyhow::Result<Vec<String>> {
    if mode == Mode::Tell && place.is_missing() {
        let accounts = staff.iter().map(|staff| format!("account {}: would be opened", staff.user));
        return Ok(std::iter::once("settings: would be the first".to_owned()).chain(accounts).collect());
    }
    let mut lines = vec![format!("settings: {}", import_settings(place, clinic, mode)?)];
    let known = place.open()?.staff()?;
    for staff in staff {
        let done = match known.iter().find(|known| known.staff.user == staff.user) {
            Some(known) if known.closed_at.is_some() => "closed; left as it is".to_owned(),
            Some(known) if known.staff == staff => "unchanged".to_owned(),
            Some(known) => format!("has {} and is left so, the file has {}", shown(&known.staff), shown(&staff)),
            None if mode == Mode::Tell => "would be opened".to_owned(),
            None => open_account(place, staff.clone())?,
        };
        lines.push(format!("account {}: {done}", staff.user));
    }
    Ok(lines)
}

fn shown(staff: &Staff) -> String {
    let rooms: Vec<&str> = staff.rooms.iter().map(RoomId::as_str).collect();
    format!("role {} and rooms [{}]", staff.role, rooms.join(", "))
}

fn open_account(place: &Place, staff: Staff) -> anyhow::Result<String> {
    let password = new_password()?;
    place.open()?.add_staff(&NewStaffRow { staff, password: hash_password(&password)? }, &by())?;
    Ok(format!("opened, first password {password}"))
}

fn import_settings(place: &Place, clinic: Clinic, mode: Mode) -> anyhow::Result<String> {
    let settings = settings_of(clinic.values());
    let was_missing = place.is_missing();
    let store =
        place.store(Arc::new(clinic)).context("is a service running on it? Then use its administration page")?;
    let runtime = tokio::runtime::Runtime::new().context("async runtime")?;
    let in_force = runtime.block_on(store.clinic_version())?;
    if in_force.settings == settings {
        return Ok(if was_missing { "the first" } else { "unchanged" }.to_owned());
    }
    if mode == Mode::Tell {
        return Ok(format!("would be version {}", in_force.version + 1));
    }
    let asked = ChangeClinic { request: new_request()?, base: in_force.version, settings };
    let by = by();
    let changed = runtime.block_on(Store::change_clinic(&store, asked, by.actor, by.at))?;
    Ok(format!("version {}", changed.version))
}

/// Writes a file that is not there, for its owner's eyes only.
fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = File::options().create_new(true).write(true).mode(0o600).open(path)?;
        writeln!(file, "{text}")?;
        file.sync_all()
    };
    write().with_context(|| path.display().to_string())
}

fn say(lines: &[String]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{line}")).context("standard output")
}
