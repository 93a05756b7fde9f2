//! The port's contract on the virtual printer: in memory, and on a pty opened like any serial line.

use std::time::{Duration, Instant};

use device_links::LinkAddress;
use device_sim::memory::MemoryLink;
use device_sim::printer::{Paper, PrinterModel, VirtualPrinter};
use device_sim::pty::PtyMount;
use device_sim::wire::Shared;
use kiosk_hal::contract::printer::{self, PrinterBench};
use kiosk_hal::link::ByteLink;
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::session::EscPosPrinter;

/// The driver under test, the printer it talks to, and how time passes between them.
struct Bench<L> {
    printer: EscPosPrinter<L>,
    shared: Shared<VirtualPrinter>,
    rest: fn(&mut Self),
    unplug: Box<dyn FnMut()>,
}

impl<L: ByteLink> PrinterBench for Bench<L> {
    type Printer = EscPosPrinter<L>;

    fn printer(&mut self) -> &mut EscPosPrinter<L> {
        &mut self.printer
    }

    fn take_out_paper(&mut self) {
        self.shared.with(VirtualPrinter::paper_out);
    }

    fn leave_half_a_ticket_of_paper(&mut self) {
        self.shared.with(|printer| printer.paper_left_mm(30));
    }

    fn load_paper(&mut self) {
        self.shared.with(VirtualPrinter::load_paper);
    }

    fn open_cover(&mut self) {
        self.shared.with(VirtualPrinter::open_cover);
    }

    fn close_cover(&mut self) {
        self.shared.with(VirtualPrinter::close_cover);
    }

    fn unplug(&mut self) {
        (self.unplug)();
    }

    fn take_printed_pieces(&mut self) -> usize {
        (self.rest)(self);
        self.shared.with(VirtualPrinter::take_papers).iter().filter(|paper| Paper::has_ink(paper)).count()
    }
}

/// Fast paper, so that real time on the pty stays short.
fn model() -> PrinterModel {
    PrinterModel { paper_mm_per_s: 600, cut_ms: 20, ..PrinterModel::usb() }
}

#[test]
fn the_driver_keeps_the_contract_in_memory() {
    let shared = Shared::new(VirtualPrinter::new(model()));
    let printer = EscPosPrinter::new(MemoryLink::new(shared.clone()), Profile::epson_80_mm(Wire::Fast));
    let plug = shared.clone();
    let rest = |bench: &mut Bench<MemoryLink<VirtualPrinter>>| bench.printer.link_mut().idle(Duration::from_secs(2));
    printer::holds(&mut Bench { printer, shared, rest, unplug: Box::new(move || plug.with(VirtualPrinter::unplug)) });
}

/// Longest a pty's printer is waited for to come to rest.
const REST_MAX: Duration = Duration::from_secs(5);

#[test]
fn the_driver_keeps_the_contract_on_a_pty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("printer");
    let shared = Shared::new(VirtualPrinter::new(model()));
    let mount = PtyMount::new(shared.clone(), &path).unwrap();
    let address: LinkAddress = format!("serial:{}@115200", path.display()).parse().unwrap();
    let link = device_links::open(&address).unwrap();
    let printer = EscPosPrinter::new(link, Profile::epson_80_mm(Wire::Serial { baud: 115_200 }));
    let rest = |bench: &mut Bench<Box<dyn ByteLink>>| {
        let until = Instant::now() + REST_MAX;
        while bench.shared.with(|it| it.status().working) {
            assert!(Instant::now() < until, "the printer comes to rest");
            std::thread::yield_now();
        }
    };
    printer::holds(&mut Bench { printer, shared, rest, unplug: Box::new(move || mount.unplug()) });
}
