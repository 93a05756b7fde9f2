//! What the pages of the service mode say: the menus, and answers as lines.

use kiosk_ui::{ServiceLine, ServiceTone};
use serde_json::Value;

/// Newest lines of the log that a page shows.
pub const LOG_LINES: u16 = 40;

/// The buttons of the main page, in their order.
pub const MENU: &[(&str, &str)] = &[
    ("status", "Thiết bị"),
    ("print", "In thử"),
    ("scan", "Quét thử"),
    ("card", "Đầu đọc thẻ"),
    ("sound", "Âm thanh"),
    ("service", "Máy chủ"),
    ("grid", "Màn cảm ứng"),
    ("calibrate", "Chỉnh cảm ứng"),
    ("colours", "Điểm ảnh"),
    ("network", "Mạng"),
    ("enrol", "Ghi danh"),
    ("counters", "Bộ đếm"),
    ("logs", "Nhật ký"),
    ("update", "Cập nhật"),
    ("reboot", "Khởi động lại"),
];
/// The buttons of a page that asks once more.
pub const CONFIRM_REBOOT: &[(&str, &str)] = &[("menu", "Không"), ("reboot-yes", "Khởi động lại ngay")];
/// The buttons below the network.
pub const NETWORK: &[(&str, &str)] = &[
    ("dhcp-wired", "Dây: tự động"),
    ("static-wired", "Dây: cố định"),
    ("wifi", "Wi-Fi"),
    ("dhcp-wireless", "Wi-Fi: tự động"),
    ("static-wireless", "Wi-Fi: cố định"),
    ("menu", "Trở lại"),
];
/// The buttons below the volume.
pub const SOUND: &[(&str, &str)] = &[
    ("sound-test", "Thử âm thanh"),
    ("volume-20", "20 %"),
    ("volume-40", "40 %"),
    ("volume-60", "60 %"),
    ("volume-80", "80 %"),
    ("volume-100", "100 %"),
    ("volume-configured", "Theo cấu hình"),
    ("menu", "Trở lại"),
];
/// The buttons below a change that was put back.
pub const PUT_BACK: &[(&str, &str)] = &[("network", "Trở lại"), ("keep-network", "Vẫn giữ thay đổi")];

/// An answer as lines: first whether it is well, then what is in it.
pub fn lines(answer: &Value) -> Vec<ServiceLine> {
    let mut lines = Vec::new();
    match answer["ok"].as_bool() {
        Some(true) => lines.push(ServiceLine { text: "Tốt".into(), detail: String::new(), tone: ServiceTone::Good }),
        Some(false) => {
            let why = [&answer["error"], &answer["fault"]].into_iter().find_map(Value::as_str).unwrap_or_default();
            lines.push(ServiceLine { text: "Có lỗi".into(), detail: why.to_owned(), tone: ServiceTone::Bad });
        }
        None => {}
    }
    for device in answer["devices"].as_array().into_iter().flatten() {
        lines.push(device_line(device));
    }
    for line in answer["lines"].as_array().into_iter().flatten() {
        lines.push(plain(line.as_str().unwrap_or_default(), ""));
    }
    lines.extend(answer["interfaces"].as_array().into_iter().flatten().map(interface_line));
    for reader in answer["readers"].as_array().into_iter().flatten() {
        let word = |key: &str| reader[key].as_str().unwrap_or("–");
        lines.push(plain(word("name"), word("media")));
    }
    let told = ["ok", "error", "fault", "devices", "lines", "interfaces", "readers"];
    for (key, value) in answer.as_object().into_iter().flatten().filter(|(key, _)| !told.contains(&key.as_str())) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.push(plain(key, &value));
    }
    lines
}

fn device_line(device: &Value) -> ServiceLine {
    let word = |key: &str| device[key].as_str().unwrap_or_default();
    let paper = device["paper"].as_str().map(|paper| format!(", paper {paper}")).unwrap_or_default();
    let text = format!("{}: {}{paper}", word("device"), word("state"));
    let tone = if device["fault"].is_null() { ServiceTone::Good } else { ServiceTone::Bad };
    ServiceLine { text, detail: word("fix").to_owned(), tone }
}

/// Name and state, then every address and the hardware's own.
fn interface_line(interface: &Value) -> ServiceLine {
    let word = |key: &str| interface[key].as_str().unwrap_or("–");
    let addresses = interface["addresses"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut detail: Vec<&str> = addresses.collect();
    detail.push(word("address"));
    plain(&format!("{}: {}", word("name"), word("state")), &detail.join("  "))
}

/// A line that is neither good news nor bad.
pub fn plain(text: &str, detail: &str) -> ServiceLine {
    ServiceLine { text: text.to_owned(), detail: detail.to_owned(), tone: ServiceTone::Plain }
}

/// One line that says how something ended.
pub fn ended(outcome: Result<String, String>) -> ServiceLine {
    let (text, detail, tone) = match outcome {
        Ok(detail) => ("Tốt", detail, ServiceTone::Good),
        Err(detail) => ("Không đổi", detail, ServiceTone::Bad),
    };
    ServiceLine { text: text.to_owned(), detail, tone }
}
