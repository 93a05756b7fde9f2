//! The invented ticket every test prints.

use kiosk_hal::printer::{Edition, TicketFace};

pub fn face() -> TicketFace {
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
        edition: Edition::Original,
    }
}
