//! What the machine is plugged into: a scanner, a printer and an identity card that are models, and the queue service with a display.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use device_sim::card::link::SharedCard;
use device_sim::card::vscard::VscardMount;
use device_sim::printer::{Paper, PrinterModel, VirtualPrinter};
use device_sim::scanner::{Delivery, VirtualScanner};
use device_sim::tcp::TcpMount;
use device_sim::wire::Shared;
use xtask::demo::binaries::{Binaries, workspace_root};
use xtask::demo::card_reader::ChipCard;
use xtask::demo::picture::Grey;
use xtask::demo::queue::KIOSK;
use xtask::demo::reading::largest_number;
use xtask::demo::stack::{self, Stack, ZONE};
use xtask::inner_cargo::cargo;

use crate::https::Updates;
use crate::machine::Plugs;
use crate::screen::Screens;

/// The printer's line speed; a USB adapter does not care.
const PRINTER_BAUD: u32 = 115_200;
/// The machine that QEMU runs on, as the virtual machine sees it.
const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

/// What a report has in a number's place, where it can be read.
pub const REPORT: &str = "T-000";

/// What a flashed machine is to the queue service.
#[derive(Debug, Clone, Copy)]
pub enum Becomes {
    Kiosk,
    Display,
}

/// What can be read on a paper.
#[derive(Debug)]
pub struct Slip {
    /// The largest number. A new machine's report has none or [`REPORT`], and a ticket that was cut off none or a wrong one.
    pub number: Option<String>,
    /// Its length.
    pub rows: usize,
}

/// Everything outside the machine.
pub struct Wires {
    pub scanner: Shared<VirtualScanner>,
    pub printer: Shared<VirtualPrinter>,
    /// A card for the machine's reader, not yet in it.
    pub card: SharedCard,
    /// The queue service and the waiting room's display.
    pub hospital: Stack,
    pub plugs: Plugs,
    /// The server of updates.
    pub updates: Updates,
    /// What its screens look like.
    pub screens: Screens,
    _mounts: (TcpMount, TcpMount, VscardMount),
}

impl Wires {
    /// Starts them in `folder`.
    ///
    /// # Errors
    /// A program or a port cannot be opened.
    pub fn start(folder: &Path) -> Result<Self> {
        let scanner = Shared::new(VirtualScanner::new(Delivery::AtOnce));
        let printer = Shared::new(VirtualPrinter::new(PrinterModel::serial(PRINTER_BAUD)));
        let mut hospital =
            Stack::without_screens(&folder.join("hospital"), &Binaries::build()?, stack::Screens::Virtual)?;
        hospital.add_card_reader()?;
        let reader = hospital.card_reader.as_mut().context("no card reader")?;
        // As a flashed machine, which is given no authority's certificate.
        reader.trust_nobody();
        let card = SharedCard::new(reader.made(ChipCard::Cccd)?);
        card.with(|card| card.pull_out());
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (at_scanner, at_printer) = (TcpMount::new(scanner.clone(), any)?, TcpMount::new(printer.clone(), any)?);
        let at_reader = VscardMount::new(card.clone(), any)?;
        let plugs = Plugs { scanner: at_scanner.addr(), printer: at_printer.addr(), card: at_reader.addr() };
        let mut screens = Screens::rehearse(&mut hospital)?;
        hospital.start_display()?;
        screens.rehearse_wall(&hospital)?;
        let updates = Updates::start(HOST.into())?;
        Ok(Self {
            scanner,
            printer,
            card,
            hospital,
            plugs,
            updates,
            screens,
            _mounts: (at_scanner, at_printer, at_reader),
        })
    }

    /// Writes the image in `image` to a disk file, provisioned for these wires, as a technician does.
    ///
    /// # Errors
    /// kiosk-flash failed; it has said why.
    pub fn flash(&self, image: &Path, folder: &Path, becomes: Becomes) -> Result<PathBuf> {
        let disk = folder.join("disk.img");
        self.write(&image.join("disk.raw"), &disk, becomes)?;
        // A machine's disk is larger than the image: the data partition grows into it at the first boot.
        let file = std::fs::File::options().write(true).open(&disk)?;
        file.set_len(file.metadata()?.len() + (1 << 30))?;
        Ok(disk)
    }

    /// Writes a raw image to the file `to`, provisioned for these wires.
    ///
    /// # Errors
    /// kiosk-flash failed; it has said why.
    pub fn write(&self, image: &Path, to: &Path, becomes: Becomes) -> Result<()> {
        let provisioning = to.with_extension("toml");
        let (device, role) = match becomes {
            Becomes::Kiosk => (KIOSK, "kiosk"),
            // Beside the display that is a program on this machine.
            Becomes::Display => ("wall-2", "display"),
        };
        let code = self.hospital.enrolment_code(device, role)?;
        // The rehearsal's kiosk has the same one, and offers what it is for.
        let own = match becomes {
            Becomes::Kiosk => {
                let person_key = std::fs::read_to_string(self.hospital.person_key())?;
                format!("person_key = \"{person_key}\"\n{}", self.updates.provisioning(HOST.into()))
            }
            Becomes::Display => String::new(),
        };
        std::fs::write(&provisioning, self.provisioning(device, &code, &own))?;
        let mut command = cargo();
        command.args(["run", "--locked", "--quiet", "--package", "kiosk-flash", "--bin", "kiosk-flash", "--", "write"]);
        command.arg(image).args(["--unsigned", "--yes"]);
        command.arg("--to-file").arg(to).arg("--provisioning").arg(&provisioning);
        let status = command.current_dir(workspace_root()).stdout(Stdio::null()).status()?;
        ensure!(status.success(), "kiosk-flash ended with {status}");
        Ok(())
    }

    fn provisioning(&self, device: &str, code: &str, own: &str) -> String {
        let line = |name: &str, speed: u32| {
            format!("serial:/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{name}-if00-port0@{speed}")
        };
        format!(
            "format = 1\nhospital = \"Bệnh viện Mẫu\"\nkiosk = \"{device}\"\nservice = \"http://{HOST}:{port}\"\n\
             enrolment_code = \"{code}\"\nlanguage = \"vi\"\nzone = \"{ZONE}\"\n{own}\n[devices]\nscanner = \"{scanner}\"\n\
             printer = \"{printer}\"\nprinter_profile = \"epson-80mm\"\ncard_reader = \"any\"\n",
            port = self.hospital.network.addr().port(),
            scanner = line("scanner", 9_600),
            printer = line("printer", PRINTER_BAUD),
        )
    }

    /// The papers that came out, oldest first.
    ///
    /// # Errors
    /// A paper is no picture.
    pub fn papers(&self) -> Result<Vec<Slip>> {
        let papers = self.printer.with(|printer| printer.papers());
        let slip = |paper: &Paper| {
            Ok(Slip { number: largest_number(&Grey::of_png(&paper.to_png())?), rows: paper.rows().len() })
        };
        papers.iter().map(slip).collect()
    }

    /// Whether a new machine has printed its report: a paper that is no number.
    ///
    /// # Errors
    /// A paper is no picture.
    pub fn has_report(&self) -> Result<bool> {
        Ok(self.papers()?.iter().any(|slip| slip.number.as_deref().is_none_or(|number| number == REPORT)))
    }

    /// The number on the last paper that came out.
    ///
    /// # Errors
    /// None came out, or it is no picture.
    pub fn last_paper(&self, keep: &Path) -> Result<Option<String>> {
        let png = self.printer.with(|printer| printer.papers().last().map(Paper::to_png));
        let png = png.context("no paper came out")?;
        std::fs::write(keep, &png)?;
        Ok(largest_number(&Grey::of_png(&png)?))
    }
}
