//! The words on a ticket.

use kiosk_hal::printer::{Edition, TicketFace};
use queue_protocol::model::Ticket;
use vn_identity::Claim;

use crate::event::Offer;

/// The paper for `ticket`, in Vietnamese.
pub(crate) fn of(ticket: &Ticket, claim: &Claim, offer: &Offer) -> TicketFace {
    TicketFace {
        hospital: offer.hospital.clone(),
        address: offer.address.clone(),
        title: "PHIẾU SỐ THỨ TỰ".into(),
        number: ticket.number.to_string(),
        notice: String::new(),
        department: String::new(),
        service: ticket.service_name.clone(),
        place: ticket.place.clone(),
        patient: patient(claim),
        priority: String::new(),
        ahead: match ticket.ahead {
            0 => "Bạn là người tiếp theo".into(),
            ahead => format!("Số người chờ trước: {ahead}"),
        },
        wait: String::new(),
        issued_at: ticket.issued_at_local.clone(),
        qr: String::new(),
        footer: vec![
            "Vui lòng giữ phiếu và theo dõi màn hình gọi số.".into(),
            "Quá lượt gọi, xin liên hệ quầy hướng dẫn.".into(),
        ],
        edition: Edition::Original,
    }
}

/// Allocated once: a string that grows leaves copies of a name behind that nobody wipes.
fn patient(claim: &Claim) -> String {
    let (name, year) = (claim.name.as_str(), format!(" ({})", claim.birth.year));
    let mut patient = String::with_capacity(name.len() + year.len());
    patient.push_str(name);
    patient.push_str(&year);
    patient
}
