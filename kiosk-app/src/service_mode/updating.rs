//! The page "Cập nhật": what runs, which updates are there, and what became of one.

use kiosk_ui::{ServiceLine, ServiceTone};
use serde_json::Value;

use super::pages::plain;
use crate::technician::{NOT_HERE, UpdateSource};

/// Above everything that is said of updates.
pub const TITLE: &str = "Cập nhật";
/// Before the place of an update in the identifier of its button.
pub const INSTALL: &str = "install-";
/// The buttons of updates that can be installed, in their order: most updates that the page offers.
const CHOICES: [(&str, &str); 6] = [
    ("install-1", "Cài đặt 1"),
    ("install-2", "Cài đặt 2"),
    ("install-3", "Cài đặt 3"),
    ("install-4", "Cài đặt 4"),
    ("install-5", "Cài đặt 5"),
    ("install-6", "Cài đặt 6"),
];
const AGAIN: (&str, &str) = ("update", "Tìm lại");
const RESTART: (&str, &str) = ("reboot", "Khởi động lại");
const BACK: (&str, &str) = ("menu", "Trở lại");
/// From here on RAUC writes; before it looks at the bundle.
const WRITING_FROM_PERCENT: u64 = 80;

/// Lines, buttons, and what the buttons install, in their order.
pub struct Page {
    pub lines: Vec<ServiceLine>,
    pub buttons: Vec<(&'static str, &'static str)>,
    pub offered: Vec<UpdateSource>,
}

/// What was found.
pub fn found(looked: &Value) -> Page {
    let mut page = Page { lines: Vec::new(), buttons: Vec::new(), offered: Vec::new() };
    if looked["ok"] != true {
        page.lines.push(refused(looked));
        page.buttons.extend([AGAIN, BACK]);
        return page;
    }
    page.lines.extend(standing(looked));
    let sticks = looked["sticks"].as_array().map(Vec::as_slice).unwrap_or_default();
    sticks.iter().for_each(|stick| page.stick(stick));
    if let Some(address) = looked["address"].as_str() {
        page.offer(address, "từ mạng", ServiceTone::Plain, UpdateSource::InstallAddress {});
    }
    if page.offered.is_empty() {
        page.lines
            .push(plain("Không có bản cập nhật", "Chép tệp .raucb vào USB (không vào thư mục nào), cắm USB, tìm lại"));
    }
    page.buttons.extend(CHOICES.iter().take(page.offered.len()));
    page.buttons.push(AGAIN);
    if looked["update"] == "restart_needed" {
        page.buttons.push(RESTART);
    }
    page.buttons.push(BACK);
    page
}

/// How far an installation is, or how it ended.
pub fn progress(told: &Value) -> Page {
    let (lines, buttons) = match told["update"].as_str() {
        Some("installing") => {
            let percent = told["percent"].as_u64().unwrap_or_default();
            let doing = if percent < WRITING_FROM_PERCENT { "Đang kiểm tra" } else { "Đang ghi" };
            let safe = "Đừng rút USB. Nếu mất điện, máy chạy lại bản cũ.";
            (vec![plain(&format!("{doing}: {percent} %"), safe)], vec![BACK])
        }
        _ if told["ok"] == true => {
            let version = told["installed"].as_str().unwrap_or_default();
            (vec![waiting(version)], vec![RESTART, BACK])
        }
        _ => (vec![refused(told)], vec![AGAIN, BACK]),
    };
    Page { lines, buttons, offered: Vec::new() }
}

impl Page {
    fn stick(&mut self, stick: &Value) {
        let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let named = format!("USB {} {}", word(stick, "stick"), word(stick, "label"));
        if !stick["error"].is_null() {
            let line = refused(stick);
            self.lines.push(ServiceLine { text: format!("{}: {}", named.trim(), line.text), ..line });
        }
        for bundle in stick["bundles"].as_array().into_iter().flatten() {
            let name = word(bundle, "bundle");
            if !bundle["error"].is_null() {
                let line = refused(bundle);
                self.lines.push(ServiceLine { text: format!("{name}: {}", line.text), ..line });
                continue;
            }
            let (age, tone) = match bundle["age"].as_str() {
                Some("newer") => ("mới hơn", ServiceTone::Good),
                Some("older") => ("cũ hơn", ServiceTone::Plain),
                Some("same") => ("đang chạy bản này", ServiceTone::Plain),
                _ => ("", ServiceTone::Plain),
            };
            let detail = format!("{} {age}, {}", word(bundle, "version"), named.trim());
            self.offer(
                &name,
                &detail,
                tone,
                UpdateSource::InstallStick { stick: word(stick, "stick"), bundle: name.clone() },
            );
        }
    }

    /// Numbers an update, as its button is.
    fn offer(&mut self, name: &str, detail: &str, tone: ServiceTone, from: UpdateSource) {
        if self.offered.len() < CHOICES.len() {
            self.offered.push(from);
            let text = format!("{}. {name}", self.offered.len());
            self.lines.push(ServiceLine { text, detail: detail.to_owned(), tone });
        }
    }
}

/// What runs, and what waits or went wrong.
fn standing(looked: &Value) -> Vec<ServiceLine> {
    let word = |key: &str| looked["runs"][key].as_str().unwrap_or_default();
    let confirmed = if looked["runs"]["confirmed"] == true { "đã xác nhận" } else { "chưa xác nhận" };
    let mut lines =
        vec![plain(&format!("Đang chạy: {}", word("version")), &format!("khe {}, {confirmed}", word("slot")))];
    let version = looked["installed"].as_str().unwrap_or_default();
    match looked["update"].as_str() {
        Some("restart_needed") => lines.push(waiting(version)),
        Some("rolled_back") => {
            let detail = "Máy đã chạy lại bản cũ. Xem nhật ký, báo người làm bản cập nhật";
            lines.push(bad(&format!("Bản {version} không chạy được"), detail));
        }
        _ => {}
    }
    lines
}

fn waiting(version: &str) -> ServiceLine {
    let detail = "Khởi động lại máy để dùng".to_owned();
    ServiceLine { text: format!("Đã cài đặt {version}").trim().to_owned(), detail, tone: ServiceTone::Good }
}

fn bad(text: &str, detail: &str) -> ServiceLine {
    ServiceLine { text: text.to_owned(), detail: detail.to_owned(), tone: ServiceTone::Bad }
}

/// Why not, and what to do.
fn refused(answer: &Value) -> ServiceLine {
    let error = answer["error"].as_str().unwrap_or_default();
    let detail = answer["detail"].as_str().unwrap_or_default();
    let (text, fix) = match error {
        "busy" => ("Đang cài một bản khác", "Chờ cho xong"),
        "not_there" => ("Không còn ở đó", "Cắm lại USB, tìm lại"),
        "stick" => ("Không đọc được USB", "Dùng USB định dạng FAT32, exFAT hoặc ext4"),
        "stick_gone" => ("USB đã bị rút ra", "Cắm lại, rồi cài đặt lại"),
        "no_address" => ("Chưa có địa chỉ cập nhật", "Đặt updates = \"https://…\" trong kiosk.toml"),
        "no_connection" => ("Không tới được máy chủ cập nhật", "Kiểm tra mạng và địa chỉ updates"),
        "server_certificate" => {
            ("Không tin được máy chủ cập nhật", "Kiểm tra chứng chỉ, CA của bệnh viện và giờ của máy")
        }
        "not_on_server" => {
            ("Máy chủ không giao được bản này", "Kiểm tra địa chỉ updates; máy chủ phải cho tải từng phần")
        }
        "interrupted" => ("Tải bị đứt, hoặc tệp bị hỏng", "Cài đặt lại; nếu còn lỗi thì chép lại tệp lên máy chủ"),
        "signature" => ("Không phải của bệnh viện này (sai chữ ký)", "Lấy tệp từ người làm bản cập nhật"),
        "other_machine" => ("Của loại máy khác", "Lấy tệp cho loại máy này"),
        "damaged" => ("Tệp bị hỏng", "Chép lại tệp vào USB"),
        "too_slow" => ("Quá lâu, đã thôi chờ", "Khởi động lại máy, dùng USB khác"),
        "no_rauc" => ("RAUC không chạy", "Khởi động lại máy, xem nhật ký"),
        NOT_HERE => ("Máy này không có chương trình cập nhật", "Cập nhật theo hệ điều hành của máy"),
        _ => ("Không cài đặt được", if detail.is_empty() { "Xem nhật ký" } else { detail }),
    };
    bad(text, fix)
}
