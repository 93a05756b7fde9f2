//! Stores a ticket's shared pictures in a virtual printer, then prints it over a slow line in a few hundred bytes.
//!
//! `cargo run -p thermal-printer-escpos --example encode_for_serial -- paper.png` leaves a picture of the paper.

use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::{PrinterModel, VirtualPrinter};
use device_sim::wire::Shared;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{Edition, TicketFace};
use thermal_printer_escpos::encode::means::TcvnPages;
use thermal_printer_escpos::encode::nv::{Stock, finite_pictures};
use thermal_printer_escpos::encode::{Job, Proof};
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::provision::provision;
use thermal_printer_escpos::ticket;

#[expect(clippy::print_stdout, reason = "an example talks to its reader")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Shared::new(VirtualPrinter::new(PrinterModel::serial(9_600)));
    let mut link = MemoryLink::new(device.clone());
    let epson = Profile::epson_80_mm(Wire::Serial { baud: 9_600 });
    // The virtual printer has these pages; a real one is asked by its self-test.
    let proven = epson.proven(TcvnPages { small: 30, capital: 31 });

    let sheet = ticket::compose(&face(), &epson.layout(None))?;
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

fn face() -> TicketFace {
    TicketFace {
        hospital: "BỆNH VIỆN ĐA KHOA TỈNH HƯƠNG SƠN".into(),
        address: "Số 12 Nguyễn Huệ, P. Vĩnh Ninh – ĐT: 1900 0000".into(),
        title: "PHIẾU SỐ THỨ TỰ".into(),
        number: "A-0123".into(),
        notice: String::new(),
        department: "KHOA KHÁM BỆNH".into(),
        service: "Phòng khám Nội Tim mạch".into(),
        place: "Phòng 205 – Tầng 2 – Khu B".into(),
        patient: "NGUYỄN THỊ THUỲ DƯƠNG (1949)".into(),
        priority: "ƯU TIÊN: Người cao tuổi".into(),
        ahead: "Số người chờ trước: 17".into(),
        wait: "Dự kiến chờ: khoảng 35 phút".into(),
        issued_at: "07:42 – Thứ Hai, 23/11/2026".into(),
        qr: "https://kham.example.vn/t/7K3M9QXW2C".into(),
        footer: vec!["Vui lòng giữ phiếu và theo dõi màn hình gọi số.".into()],
        edition: Edition::Original,
    }
}
