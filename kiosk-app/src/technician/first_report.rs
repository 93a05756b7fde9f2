//! The paper that a new kiosk prints once: how it and its devices are, and what is missing.

use std::collections::BTreeMap;

use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{Edition, FOOTER_LINES_MAX, TicketFace};

use crate::states::{Device, fix};

/// What the report tells.
#[derive(Debug)]
pub struct Found<'a> {
    /// The kiosk's own name.
    pub kiosk: &'a str,
    /// The queue service's address.
    pub service: &'a str,
    /// Whether the queue service takes connections.
    pub network: bool,
    /// The devices that are configured, each with what is wrong with it.
    pub devices: BTreeMap<Device, Option<Fault>>,
}

/// The report as a ticket that is no number. Vietnamese: it is read at the kiosk.
pub fn face(found: &Found<'_>) -> TicketFace {
    let Found { kiosk, service, network, devices } = found;
    let broken = devices.iter().filter_map(|(device, fault)| fault.map(|fault| (*device, fault)));
    let mut missing: Vec<String> =
        broken.map(|(device, fault)| format!("{}: {}", name(device), fix(device, fault))).collect();
    if !network && !missing.iter().any(|line| line.starts_with(name(Device::Queue))) {
        missing.push(format!("{}: {}", name(Device::Queue), fix(Device::Queue, Fault::Offline)));
    }
    let ready = missing.is_empty();
    missing.truncate(FOOTER_LINES_MAX);
    let states = devices
        .iter()
        .map(|(device, fault)| format!("{} {}", name(*device), if fault.is_none() { "tốt" } else { "LỖI" }));
    TicketFace {
        hospital: format!("KI-ỐT {}", kiosk.to_uppercase()),
        address: service.to_string(),
        title: "PHIẾU KIỂM TRA, KHÔNG PHẢI SỐ THỨ TỰ".into(),
        number: "T-000".into(),
        notice: if ready { "SẴN SÀNG" } else { "CHƯA SẴN SÀNG" }.into(),
        department: format!("Phiên bản {}", env!("CARGO_PKG_VERSION")),
        service: states.collect::<Vec<_>>().join(", "),
        place: if *network { "Mạng: tới được máy chủ" } else { "Mạng: không tới được máy chủ" }.into(),
        patient: String::new(),
        priority: String::new(),
        ahead: String::new(),
        wait: String::new(),
        issued_at: String::new(),
        qr: String::new(),
        footer: missing,
        edition: Edition::Original,
    }
}

const fn name(device: Device) -> &'static str {
    match device {
        Device::Scanner => "Máy quét",
        Device::Printer => "Máy in",
        Device::CardReader => "Đầu đọc thẻ",
        Device::Queue => "Máy chủ",
        Device::Voice => "Loa",
    }
}

#[cfg(test)]
mod tests {
    use thermal_printer_escpos::ticket::{Layout, PaperWidth, compose};

    use super::*;

    fn found(scanner: Option<Fault>, network: bool) -> TicketFace {
        let devices = BTreeMap::from([(Device::Scanner, scanner), (Device::Printer, None), (Device::Queue, None)]);
        face(&Found { kiosk: "k1", service: "http://queue.example:7070", network, devices })
    }

    #[test]
    fn a_kiosk_that_has_everything_is_ready_and_says_what_it_has() {
        let face = found(None, true);
        assert_eq!((face.notice.as_str(), face.footer.len()), ("SẴN SÀNG", 0));
        assert_eq!(face.service, "Máy quét tốt, Máy in tốt, Máy chủ tốt");
        assert!(face.department.contains(env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn each_thing_that_is_missing_is_named_with_what_to_do() {
        let face = found(Some(Fault::NoDevice), false);
        assert_eq!(face.notice, "CHƯA SẴN SÀNG");
        assert_eq!(face.footer.len(), 2, "{:?}", face.footer);
        assert!(face.footer[0].starts_with("Máy quét: Kiểm tra cáp"), "{:?}", face.footer);
        assert!(face.footer[1].starts_with("Máy chủ: Kiểm tra mạng"), "{:?}", face.footer);
    }

    #[test]
    fn the_report_fits_on_every_paper() {
        let all = [Device::Scanner, Device::Printer, Device::CardReader, Device::Queue];
        let devices = all.map(|device| (device, Some(Fault::HardwareError))).into();
        let face =
            face(&Found { kiosk: "k1", service: "https://queue.benh-vien-mau.example", network: false, devices });
        for paper in [PaperWidth::Mm58, PaperWidth::Mm80] {
            let layout = Layout { paper, ..Layout::default() };
            compose(&face, &layout).unwrap();
        }
    }
}
