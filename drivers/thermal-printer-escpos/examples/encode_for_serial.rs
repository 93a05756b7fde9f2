//! Stores a ticket's shared pictures in a virtual printer, then prints it over a slow line in a few hundred bytes.
//!
//! `cargo run -p thermal-printer-escpos --example encode_for_serial -- paper.png` leaves a picture of the paper.

use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::{PrinterModel, VirtualPrinter};
use device_sim::wire::Shared;
use kiosk_hal::link::ByteLink;
use thermal_printer_escpos::encode::means::TcvnPages;
use thermal_printer_escpos::encode::nv::{Stock, finite_pictures};
use thermal_printer_escpos::encode::{Job, Proof};
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::provision::provision;
use thermal_printer_escpos::ticket;

#[path = "../tests/sample/mod.rs"]
mod sample;

#[expect(clippy::print_stdout, reason = "an example talks to its reader")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Shared::new(VirtualPrinter::new(PrinterModel::serial(9_600)));
    let mut link = MemoryLink::new(device.clone());
    let epson = Profile::epson_80_mm(Wire::Serial { baud: 9_600 });
    // The virtual printer has these pages; a real one is asked by its self-test.
    let proven = epson.proven(TcvnPages { small: 30, capital: 31 });

    let sheet = ticket::compose(&sample::face(), &epson.layout(None))?;
    let pictures: Vec<_> = finite_pictures(&sheet).collect();
    let stock = Stock::of(&pictures);
    println!("first start:  {:?}", provision(&mut link, &epson, &stock, &pictures)?);
    println!("second start: {:?}", provision(&mut link, &epson, &stock, &pictures)?);

    for (name, profile) in [("with names as dots", epson), ("with names as letters", proven)] {
        let proof = Proof::ProcessIds(1);
        let job = Job::encode(&sheet, &profile.means(), &stock, &[], profile.automatic_status, proof);
        let until = link.now() + profile.job_time_max(&job);
        link.write(&job.bytes(), until).map_err(|failed| failed.cause)?;
        link.idle(Duration::from_secs(3));
        println!("{name}: {} bytes, {:?} on the wire", job.len(), profile.wire_time(job.len()));
    }
    if let (Some(path), Some(paper)) = (std::env::args().nth(1), device.with(|it| it.papers()).last()) {
        std::fs::write(path, paper.to_png())?;
    }
    Ok(())
}
