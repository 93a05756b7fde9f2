//! Prints an invented ticket on a virtual printer, then once more while the paper ends in the middle.
//!
//! `cargo run -p thermal-printer-escpos --example print_on_virtual_printer -- paper.png` leaves a picture of the paper.

use device_sim::memory::MemoryLink;
use device_sim::printer::{PrinterModel, VirtualPrinter};
use device_sim::wire::Shared;
use kiosk_hal::printer::{Edition, JobId, TicketFace, TicketPrinter};
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::session::EscPosPrinter;

#[expect(clippy::print_stdout, reason = "an example talks to its reader")]
fn main() -> std::io::Result<()> {
    let device = Shared::new(VirtualPrinter::new(PrinterModel::serial(115_200)));
    let link = MemoryLink::new(device.clone());
    let mut printer = EscPosPrinter::new(link, Profile::epson_80_mm(Wire::Serial { baud: 115_200 }));

    println!("status: {:?}", printer.status());
    println!("ticket: {:?}", printer.print(JobId([1; 16]), &face()));
    println!("seen:   {:?}", printer.last_report());
    if let (Some(path), Some(paper)) = (std::env::args().nth(1), device.with(|it| it.papers()).first()) {
        std::fs::write(path, paper.to_png())?;
    }

    device.with(|it| it.paper_left_mm(40));
    println!("40 mm of paper: {:?}", printer.print(JobId([2; 16]), &face()));
    device.with(VirtualPrinter::load_paper);
    println!("paper loaded: {:?}", printer.print(JobId([3; 16]), &face()));
    Ok(())
}

fn face() -> TicketFace {
    TicketFace {
        hospital: "BỆNH VIỆN ĐA KHOA TỈNH HƯƠNG SƠN".into(),
        address: String::new(),
        title: "PHIẾU SỐ THỨ TỰ".into(),
        number: "B-017".into(),
        notice: String::new(),
        department: String::new(),
        service: "Khám Mắt".into(),
        place: "Phòng 112 – Tầng 1".into(),
        patient: "CÔNG TẰNG TÔN NỮ NGUYỄN PHƯỚC HUYỀN TRÂN DIỄM PHƯƠNG".into(),
        priority: String::new(),
        ahead: "Số người chờ trước: 4".into(),
        wait: String::new(),
        issued_at: "08:05 – Thứ Hai, 23/11/2026".into(),
        qr: String::new(),
        footer: vec!["Vui lòng giữ phiếu và theo dõi màn hình gọi số.".into()],
        edition: Edition::Original,
    }
}
