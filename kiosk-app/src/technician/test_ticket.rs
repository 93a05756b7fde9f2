//! The ticket of a self-test.

use kiosk_hal::printer::{Edition, TicketFace};

/// Large letters, all tone marks, and that it is no number.
pub fn face(kiosk: &str) -> TicketFace {
    TicketFace {
        hospital: "PHIẾU THỬ MÁY IN".into(),
        address: String::new(),
        title: "KHÔNG PHẢI SỐ THỨ TỰ".into(),
        number: "T-000".into(),
        notice: String::new(),
        department: String::new(),
        service: "ắằẳẵặ ấầẩẫậ ếềểễệ ốồổỗộ ớờởỡợ ứừửữự ỳýỷỹỵ đ".into(),
        place: format!("Ki-ốt {kiosk}"),
        patient: String::new(),
        priority: String::new(),
        ahead: String::new(),
        wait: String::new(),
        issued_at: String::new(),
        qr: "https://kiosk.example/selftest".into(),
        footer: vec!["Chữ rõ, không mất dấu, cắt thẳng: máy in tốt.".into()],
        edition: Edition::Original,
    }
}
