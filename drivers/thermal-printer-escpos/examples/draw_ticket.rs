//! Draws an invented ticket into a PNG: `cargo run -p thermal-printer-escpos --example draw_ticket -- ticket.png`.
//!
//! Further words change it: `58` = 58 mm paper, `reprint`, `offline` = with the notice of a number issued without
//! network, `zh` = in Chinese.

use std::fs::File;
use std::io::BufWriter;

use kiosk_hal::printer::{Edition, TicketFace};
use thermal_printer_escpos::ticket::{self, Layout, PaperWidth};

#[path = "../tests/sample/mod.rs"]
mod sample;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "ticket.png".to_owned());
    let words: Vec<String> = arguments.collect();
    let says = |word: &str| words.iter().any(|said| said == word);
    let mut face = if says("zh") { chinese() } else { sample::face() };
    if says("reprint") {
        face.edition = Edition::Reprint;
    }
    if says("offline") {
        face.notice = "SỐ TẠM CẤP KHI MẤT MẠNG".into();
    }
    let paper = if says("58") { PaperWidth::Mm58 } else { PaperWidth::Mm80 };
    let sheet = ticket::compose(&face, &Layout { paper, ..Layout::default() })?;
    let canvas = sheet.canvas();
    let file = BufWriter::new(File::create(path)?);
    let mut picture = png::Encoder::new(file, canvas.width_dots(), canvas.height_dots());
    picture.set_color(png::ColorType::Grayscale);
    picture.set_depth(png::BitDepth::One);
    let white_on_one: Vec<u8> = canvas.packed().iter().map(|bits| !bits).collect();
    picture.write_header()?.write_image_data(&white_on_one)?;
    Ok(())
}

fn chinese() -> TicketFace {
    let mut face = sample::face();
    face.title = "排队号票".into();
    face.department = "心血管内科门诊部".into();
    face.service = "Phòng khám Nội Tim mạch".into();
    face.place = "205 诊室 – 2 楼 – B 区".into();
    face.patient = "TRẦN MẪU (1949)".into();
    face.priority = "优先：老年人".into();
    face.ahead = "前面等候人数：17".into();
    face.wait = "预计等候约 35 分钟".into();
    face.issued_at = "07:42 – 星期一 23/11/2026".into();
    face.footer =
        vec!["请保留此票，注意屏幕叫号。".into(), "过号请到服务台。".into(), "扫描二维码查看当前叫号。".into()];
    face
}
