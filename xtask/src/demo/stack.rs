//! A whole small hospital on one machine: the shipped programs on virtual devices.
//!
//! The demo and the end-to-end tests drive the same stack, so neither can drift from the other.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use device_sim::network::Network;
use device_sim::printer::{PrinterModel, VirtualPrinter};
use device_sim::pty::PtyMount;
use device_sim::scanner::{Delivery, VirtualScanner};
use device_sim::wire::Shared;
use queue_protocol::model::Call;
use queue_protocol::v1::CallNextReply;

use super::binaries::{Binaries, KioskMemory};
use super::card_reader::CardReader;
use super::clinic::{self, Room};
use super::enrolment;
use super::process::Process;
use super::queue::{DISPLAY as DISPLAY_DEVICE, KIOSK as KIOSK_DEVICE, Keys, Queue};
use super::touchscreen::Touchscreen;

/// How long a program may take until it is ready, on a slow and busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The zone whose display is started.
pub const ZONE: &str = "khu-b";
/// The scanner's line speed, the usual default of a module. It is on USB: a code comes in one piece, and a pause of this
/// machine never looks like the end of one.
const SCANNER_BAUD: u32 = 9_600;
/// The printer's line speed.
const PRINTER_BAUD: u32 = 115_200;

/// Where the kiosk and the display draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screens {
    /// On virtual touchscreens.
    Virtual,
    /// In windows of the desktop.
    Windows(Percents),
}

/// The size of each window in percent of the real screen; 100 = one screen pixel a design pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percents {
    /// Of the kiosk's 1080 x 1920.
    pub kiosk: u16,
    /// Of the display's 1920 x 1080.
    pub display: u16,
}

/// One of the two screens.
struct Panel {
    socket: &'static str,
    /// In pixels.
    size: &'static str,
    percent: fn(&Percents) -> u16,
}

const KIOSK: Panel = Panel { socket: "kiosk.screen", size: "1080x1920", percent: |percents| percents.kiosk };
const DISPLAY: Panel = Panel { socket: "display.screen", size: "1920x1080", percent: |percents| percents.display };

/// What the service is started with besides its address, and the kiosk told of it.
#[derive(Debug, Clone)]
struct Setup {
    /// `--database FILE` or `--postgres ADDRESS`.
    store: [OsString; 2],
    /// The clinic's file; without one the sample clinic is served.
    clinic: Option<PathBuf>,
    /// The CA by which the kiosk trusts the service; without one they speak plain HTTP.
    ca: Option<PathBuf>,
}

/// The running stack. Dropping it ends every program and removes the virtual devices.
pub struct Stack {
    dir: PathBuf,
    binaries: Binaries,
    screens: Screens,
    /// The scanner's hand side.
    pub scanner: Shared<VirtualScanner>,
    /// Unplugs the scanner.
    pub scanner_wire: PtyMount,
    /// The printer's levers and papers.
    pub printer: Shared<VirtualPrinter>,
    /// Unplugs the printer.
    pub printer_wire: PtyMount,
    /// The wire between the kiosk and the queue service.
    pub network: Network,
    /// The chip-card reader, where there is one.
    pub card_reader: Option<CardReader>,
    /// fontconfig's file for the kiosk, from its next start on; without one it finds this machine's own fonts.
    pub fontconfig: Option<PathBuf>,
    service_addr: SocketAddr,
    setup: Setup,
    keys: Keys,
    service: Option<Process>,
    kiosk: Option<Process>,
    display: Option<Process>,
}

impl Stack {
    /// Starts everything; returns when the service answers. Screens come up on their own.
    ///
    /// # Errors
    /// A program cannot be started, or is not ready in time; the error names its log in `dir`.
    pub fn start(dir: &Path, binaries: &Binaries, screens: Screens) -> Result<Self> {
        let mut stack = Self::without_screens(dir, binaries, screens)?;
        stack.start_kiosk()?;
        stack.start_display()?;
        Ok(stack)
    }

    /// Starts the service and the virtual devices only.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn without_screens(dir: &Path, binaries: &Binaries, screens: Screens) -> Result<Self> {
        Self::on_store(dir, binaries, screens, ["--database".into(), dir.join("queue.db").into()])
    }

    /// As [`without_screens`](Self::without_screens), with the service on another store than its file below `dir`:
    /// `--postgres` and an address.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn on_store(dir: &Path, binaries: &Binaries, screens: Screens, store: [OsString; 2]) -> Result<Self> {
        fs::create_dir_all(dir.join("state")).with_context(|| format!("cannot use {}", dir.display()))?;
        let setup = Setup { store, clinic: None, ca: None };
        let (service, service_addr) = start_service(dir, binaries, "127.0.0.1:0", &setup)?;
        let keys = enrolment::enrol_all(dir, binaries, service_addr, &setup.store)?;
        let scanner = Shared::new(VirtualScanner::new(Delivery::AtOnce));
        let printer = Shared::new(VirtualPrinter::new(PrinterModel::serial(PRINTER_BAUD)));
        Ok(Self {
            scanner_wire: PtyMount::new(scanner.clone(), &dir.join("scanner.tty"))?,
            printer_wire: PtyMount::new(printer.clone(), &dir.join("printer.tty"))?,
            scanner,
            printer,
            network: Network::new(service_addr)?,
            card_reader: None,
            fontconfig: None,
            dir: dir.to_owned(),
            binaries: binaries.clone(),
            screens,
            service_addr,
            setup,
            keys,
            service: Some(service),
            kiosk: None,
            display: None,
        })
    }

    /// A code by which a further machine becomes the kiosk or the display; the key of the one before ends.
    ///
    /// # Errors
    /// The service's program makes none.
    pub fn enrolment_code(&self, device: &str, role: &str) -> Result<String> {
        Ok(enrolment::code(&self.dir, &self.binaries, &self.setup.store, device, role)?.trim().to_owned())
    }

    /// Gives the kiosk a chip-card reader from its next start on.
    ///
    /// # Errors
    /// The reader's service does not come up.
    pub fn add_card_reader(&mut self) -> Result<()> {
        self.card_reader = Some(CardReader::start(&self.dir)?);
        Ok(())
    }

    /// From their next starts on the service serves the file `clinic`, which has a `[tls]` section, and the kiosk trusts
    /// it by the certificate in `ca`.
    pub fn speak_tls(&mut self, clinic: &Path, ca: &Path) {
        self.setup.clinic = Some(clinic.to_owned());
        self.setup.ca = Some(ca.to_owned());
    }

    /// Where the queue service listens, without the virtual network before it.
    #[must_use]
    pub const fn service_addr(&self) -> SocketAddr {
        self.service_addr
    }

    /// Starts the kiosk, on the same journal as before.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_kiosk(&mut self) -> Result<()> {
        self.start_kiosk_with(Vec::new())
    }

    /// Starts the kiosk as a service manager does, which listens on `notify_socket` and expects a sign of progress within
    /// `watchdog`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_supervised_kiosk(&mut self, notify_socket: &Path, watchdog: Duration) -> Result<()> {
        let limit = PathBuf::from(watchdog.as_micros().to_string());
        self.start_kiosk_with(vec![("NOTIFY_SOCKET", notify_socket.to_owned()), ("WATCHDOG_USEC", limit)])
    }

    fn start_kiosk_with(&mut self, variables: Vec<(&'static str, PathBuf)>) -> Result<()> {
        let config = self.dir.join("kiosk.toml");
        fs::write(&config, self.kiosk_toml())?;
        // Recognises invented people on this machine alone.
        fs::write(self.person_key(), "5a".repeat(32))?;
        // Tests look into its memory, as root or as the same user.
        let open = self.binaries.kiosk_memory() == KioskMemory::CanBeOpened;
        let readable = open.then_some(OsStr::new("--readable-memory"));
        let arguments = readable.into_iter().chain([OsStr::new("--config"), config.as_os_str()]);
        let reader = self.card_reader.as_ref().map(|reader| ("PCSCLITE_CSOCK_NAME", reader.socket()));
        let fonts = self.fontconfig.clone().map(|file| ("FONTCONFIG_FILE", file));
        let variables = variables.into_iter().chain(reader).chain(fonts);
        self.kiosk = Some(self.program("kiosk-app", arguments, variables, "kiosk.log")?);
        Ok(())
    }

    /// The kiosk's process number, while it runs.
    #[must_use]
    pub fn kiosk_pid(&self) -> Option<u32> {
        self.kiosk.as_ref().map(Process::pid)
    }

    /// Ends the kiosk as a power cut does.
    pub fn kill_kiosk(&mut self) {
        self.kiosk = None;
    }

    /// Starts the waiting-room display.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_display(&mut self) -> Result<()> {
        let (url, screen) = (format!("http://{}", self.service_addr), self.screen(&DISPLAY));
        let key = enrolment::key_file(&self.dir, DISPLAY_DEVICE).display().to_string();
        let arguments = ["--url", &url, "--key-file", &key, "--zone", ZONE, "--screen", &screen].map(OsStr::new);
        self.display = Some(self.program("queue-display", arguments, None, "display.log")?);
        Ok(())
    }

    /// Ends the display.
    pub fn kill_display(&mut self) {
        self.display = None;
    }

    /// Ends the service as `kill -9` does.
    pub fn kill_service(&mut self) {
        self.service = None;
    }

    /// Starts the service again, on the same address and the same database.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn restart_service(&mut self) -> Result<()> {
        self.kill_service();
        let (service, _) = start_service(&self.dir, &self.binaries, &self.service_addr.to_string(), &self.setup)?;
        self.service = Some(service);
        Ok(())
    }

    /// The file with the key of the marks of persons; there once a kiosk was started.
    #[must_use]
    pub fn person_key(&self) -> PathBuf {
        self.dir.join("person.key")
    }

    /// The kiosk's touchscreen; only with [`Screens::Virtual`].
    #[must_use]
    pub fn kiosk_screen(&self) -> Touchscreen {
        Touchscreen::new(self.dir.join(KIOSK.socket))
    }

    /// The display's screen; only with [`Screens::Virtual`].
    #[must_use]
    pub fn display_screen(&self) -> Touchscreen {
        Touchscreen::new(self.dir.join(DISPLAY.socket))
    }

    /// The queue service, as a room or an administrator reaches it.
    #[must_use]
    pub fn queue(&self) -> Queue {
        Queue::new(self.service_addr, self.keys.clone())
    }

    /// The rooms that call to the display, in the clinic's order.
    ///
    /// # Errors
    /// The sample clinic cannot be read.
    pub fn rooms(&self) -> Result<Vec<Room>> {
        clinic::rooms(ZONE)
    }

    /// Presses *call next* in one room after another until one calls somebody.
    ///
    /// # Errors
    /// Nobody waits anywhere, or the service does not answer.
    pub fn call_somebody(&self) -> Result<Call> {
        for room in self.rooms()? {
            if let CallNextReply::Called { call } = self.queue().call_next(&room.id)? {
                return Ok(call);
            }
        }
        bail!("nobody waits in {ZONE}")
    }

    /// The service's database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.dir.join("queue.db")
    }

    /// Whether the kiosk's log has these words.
    #[must_use]
    pub fn kiosk_said(&self, words: &str) -> bool {
        fs::read_to_string(self.dir.join("kiosk.log")).is_ok_and(|log| log.contains(words))
    }

    /// The kiosk's journal of requests.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.dir.join("state/requests.journal")
    }

    /// Names the first program that was ended as a person ends it, such as by closing its window.
    ///
    /// # Errors
    /// A program has failed; the error ends with what it said last.
    pub fn ended(&mut self) -> Result<Option<&'static str>> {
        for process in [&mut self.service, &mut self.kiosk, &mut self.display].into_iter().flatten() {
            if let Some(name) = process.ended()? {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn kiosk_toml(&self) -> String {
        let (scheme, ca) = match &self.setup.ca {
            Some(ca) => ("https", format!("ca_file = {:?}\n", ca.display().to_string())),
            None => ("http", String::new()),
        };
        let card = self.card_reader.as_ref().map(|reader| {
            let anchors = reader.anchors().map(|folder| format!("anchors = {folder:?}\n")).unwrap_or_default();
            format!("\n[card]\n{anchors}")
        });
        // A test puts it there before it starts the kiosk again.
        let trust = self.dir.join("service-trust.toml");
        let trust = trust.exists().then(|| format!("service_trust = {:?}\n", trust.display().to_string()));
        format!(
            "kiosk = \"k1\"\nstate_dir = {state:?}\nscreen = {screen:?}\n{trust}\n\
             [scanner]\nlink = \"serial:{dir}/scanner.tty@{SCANNER_BAUD}\"\n\n\
             [printer]\nlink = \"serial:{dir}/printer.tty@{PRINTER_BAUD}\"\nprofile = \"epson-80mm\"\n\n\
             [queue]\nurl = \"{scheme}://{network}\"\nperson_key_file = \"{dir}/person.key\"\nkey_file = {key:?}\n{ca}{card}",
            card = card.unwrap_or_default(),
            trust = trust.unwrap_or_default(),
            state = self.dir.join("state").display().to_string(),
            screen = self.screen(&KIOSK),
            dir = self.dir.display(),
            network = self.network.addr(),
            key = enrolment::key_file(&self.dir, KIOSK_DEVICE).display().to_string(),
        )
    }

    fn program<'a>(
        &self,
        name: &'static str,
        arguments: impl IntoIterator<Item = &'a OsStr>,
        variables: impl IntoIterator<Item = (&'static str, PathBuf)>,
        log: &str,
    ) -> Result<Process> {
        Process::start(name, &self.binaries.path(name), arguments, variables, &self.dir.join(log))
    }

    fn screen(&self, panel: &Panel) -> String {
        match self.screens {
            Screens::Virtual => format!("virtual:{}/{}@{}", self.dir.display(), panel.socket, panel.size),
            Screens::Windows(percents) => {
                let percent = (panel.percent)(&percents);
                format!("window@{}.{:02}", percent / 100, percent % 100)
            }
        }
    }
}

fn start_service(dir: &Path, binaries: &Binaries, listen: &str, setup: &Setup) -> Result<(Process, SocketAddr)> {
    let ready = dir.join("service.ready");
    // A file from an earlier start would be taken for this one's.
    fs::remove_file(&ready).ok();
    let mut arguments: Vec<&OsStr> = setup.store.iter().map(OsString::as_os_str).collect();
    arguments.extend(["--listen", listen, "--ready-file"].map(OsStr::new));
    arguments.push(ready.as_os_str());
    if let Some(clinic) = &setup.clinic {
        arguments.extend([OsStr::new("--config"), clinic.as_os_str()]);
    }
    let mut service =
        Process::start("queue-service", &binaries.path("queue-service"), arguments, [], &dir.join("service.log"))?;
    let addr = service.wait_for_file(&ready, READY_WITHIN)?;
    let addr = addr.trim().parse().with_context(|| format!("queue-service said {addr:?} instead of its address"))?;
    Ok((service, addr))
}
