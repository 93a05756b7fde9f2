//! Draws an invented ticket into a PNG: `cargo run -p thermal-printer-escpos --example draw_ticket -- ticket.png`.
//!
//! With `reprint` as second argument it is marked as one.

use std::fs::File;
use std::io::BufWriter;

use embedded_graphics::prelude::OriginDimensions;
use kiosk_hal::printer::{Edition, TicketFace};
use thermal_printer_escpos::ticket;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "ticket.png".to_owned());
    let reprint = arguments.next().is_some_and(|word| word == "reprint");
    let canvas = ticket::draw(&face(if reprint { Edition::Reprint } else { Edition::Original }))?;
    let mut picture = png::Encoder::new(BufWriter::new(File::create(path)?), canvas.size().width, canvas.size().height);
    picture.set_color(png::ColorType::Grayscale);
    picture.set_depth(png::BitDepth::One);
    let white_on_one: Vec<u8> = canvas.packed().iter().map(|bits| !bits).collect();
    picture.write_header()?.write_image_data(&white_on_one)?;
    Ok(())
}

fn face(edition: Edition) -> TicketFace {
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
        footer: vec![
            "Vui lòng giữ phiếu và theo dõi màn hình gọi số.".into(),
            "Quá lượt gọi, xin liên hệ quầy hướng dẫn.".into(),
            "Quét mã để xem số đang gọi.".into(),
        ],
        edition,
    }
}
