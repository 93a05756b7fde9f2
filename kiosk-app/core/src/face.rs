//! The words on a ticket.

use kiosk_hal::printer::{Edition, TicketFace};
use queue_protocol::model::{PriorityGroup, Proof, ServiceOffer, Ticket};

use crate::event::Offer;
use crate::patient::Patient;
use crate::view::Mark;

const TITLE: &str = "PHIẾU SỐ THỨ TỰ";

/// The paper for `ticket`, in Vietnamese.
pub(crate) fn of(ticket: &Ticket, patient: &Patient, marks: &[Mark], offer: &Offer, edition: Edition) -> TicketFace {
    TicketFace {
        hospital: offer.hospital.clone(),
        address: offer.address.clone(),
        title: TITLE.into(),
        number: ticket.number.to_string(),
        notice: joined(marks, notice),
        department: String::new(),
        service: ticket.service_name.clone(),
        place: ticket.place.clone(),
        patient: patient.on_paper(),
        priority: joined(marks, priority),
        ahead: match edition {
            // It was true when the first paper was printed.
            Edition::Reprint => String::new(),
            // Who else waits is not known to a kiosk without the service.
            Edition::Original if ticket.standing.provisional => String::new(),
            Edition::Original => ahead(ticket.ahead),
        },
        wait: String::new(),
        issued_at: ticket.issued_at_local.clone(),
        qr: String::new(),
        footer: footer(),
        edition,
    }
}

/// A ticket of each kind the kiosk can print now, without a patient and a number of nobody: for a printer that keeps in
/// its own memory what many tickets share.
#[must_use]
pub fn specimens(offer: &Offer) -> Vec<TicketFace> {
    let specimen = |service: &ServiceOffer| TicketFace {
        hospital: offer.hospital.clone(),
        address: offer.address.clone(),
        title: TITLE.into(),
        number: "A-000".into(),
        notice: String::new(),
        department: String::new(),
        service: service.name.clone(),
        place: service.place.clone(),
        patient: String::new(),
        priority: String::new(),
        ahead: String::new(),
        wait: String::new(),
        issued_at: String::new(),
        qr: String::new(),
        footer: footer(),
        edition: Edition::Original,
    };
    offer.services.iter().map(specimen).collect()
}

fn footer() -> Vec<String> {
    vec!["Vui lòng giữ phiếu và theo dõi màn hình gọi số.".into(), "Quá lượt gọi, xin liên hệ quầy hướng dẫn.".into()]
}

fn ahead(people: u32) -> String {
    match people {
        0 => "Bạn là người tiếp theo".into(),
        people => format!("Số người chờ trước: {people}"),
    }
}

fn joined(marks: &[Mark], words: fn(Mark) -> Option<&'static str>) -> String {
    marks.iter().filter_map(|mark| words(*mark)).collect::<Vec<_>>().join(" · ")
}

const fn notice(mark: Mark) -> Option<&'static str> {
    match mark {
        Mark::Provisional => Some("SỐ TẠM CẤP KHI MẤT MẠNG"),
        Mark::IdentityToCheck => Some("CHƯA CÓ GIẤY TỜ: NHÂN VIÊN KIỂM TRA"),
        Mark::Appointment => Some("CÓ HẸN: NHÂN VIÊN KIỂM TRA"),
        Mark::Priority(_) => None,
    }
}

const fn priority(mark: Mark) -> Option<&'static str> {
    let Mark::Priority(claim) = mark else { return None };
    Some(match (claim.group, claim.proof) {
        (PriorityGroup::Emergency, Proof::Verified) => "CẤP CỨU",
        (PriorityGroup::Emergency, Proof::Declared) => "CẤP CỨU (KIỂM TRA)",
        (PriorityGroup::Under6, Proof::Verified) => "TRẺ DƯỚI 6 TUỔI",
        (PriorityGroup::Under6, Proof::Declared) => "TRẺ DƯỚI 6 TUỔI (KIỂM TRA)",
        (PriorityGroup::Pregnant, Proof::Verified) => "PHỤ NỮ CÓ THAI",
        (PriorityGroup::Pregnant, Proof::Declared) => "PHỤ NỮ CÓ THAI (KIỂM TRA)",
        (PriorityGroup::SevereDisability, Proof::Verified) => "KHUYẾT TẬT NẶNG",
        (PriorityGroup::SevereDisability, Proof::Declared) => "KHUYẾT TẬT NẶNG (KIỂM TRA)",
        (PriorityGroup::Aged75, Proof::Verified) => "TỪ 75 TUỔI",
        (PriorityGroup::Aged75, Proof::Declared) => "TỪ 75 TUỔI (KIỂM TRA)",
        (PriorityGroup::Merit, Proof::Verified) => "NGƯỜI CÓ CÔNG",
        (PriorityGroup::Merit, Proof::Declared) => "NGƯỜI CÓ CÔNG (KIỂM TRA)",
    })
}
