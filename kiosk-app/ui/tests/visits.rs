//! Whole visits at the real window, by the words on the controls, with the real session behind them.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod kiosk;
mod scenes;
mod visit;

use kiosk_core::event::{Event, HelpFailure, IssueFailure, Technician};
use queue_protocol::model::{RequestId, TicketState};
use slint::platform::Key;
use visit::{CARD, Visit, ticket};

#[test]
fn one_scan_and_one_touch() {
    let mut visit = Visit::new();
    visit.scan(CARD);
    assert_eq!(visit.sees("patient").as_deref(), Some("NGUYỄN V* MẪU"));
    visit.press("Nội tổng quát");
    assert_eq!(visit.sees("number").as_deref(), Some("A-042"));
    assert_eq!(visit.sees("paper").as_deref(), Some("Mời lấy phiếu"));
    visit.press("Tôi đã lấy phiếu");
    assert_eq!((visit.name(), visit.sees("number")), ("welcome", None));
}

#[test]
fn somebody_else_is_one_touch_away() {
    let mut visit = Visit::new();
    visit.scan(CARD);
    visit.press("Không phải tôi");
    assert_eq!((visit.name(), visit.sees("patient")), ("welcome", None));
}

#[test]
fn without_paper_the_number_is_written_down() {
    let mut visit = Visit::new();
    visit.no_paper();
    assert_eq!(visit.name(), "welcome-limited");
    visit.scan(CARD);
    visit.press("Nội tổng quát");
    assert_eq!(visit.name(), "number-write-down");
    assert_eq!(visit.sees("number").as_deref(), Some("A-042"));
    visit.press("Tôi đã ghi lại số");
    assert_eq!(visit.name(), "welcome-limited");
}

#[test]
fn every_failure_has_a_next_step_and_leads_back() {
    let failures = [IssueFailure::Unreachable, IssueFailure::Closed, IssueFailure::Exhausted, IssueFailure::TooEarly];
    let mut visit = Visit::new();
    for failure in failures {
        visit.answers.issue = Err(failure);
        visit.scan(CARD);
        visit.press("Nội tổng quát");
        assert_eq!(visit.name(), "apology", "{failure:?}");
        assert!(visit.sees("step").is_some() && visit.sees("number").is_none());
        visit.press("Tôi đã hiểu");
        assert_eq!(visit.name(), "welcome");
    }
}

#[test]
fn a_code_that_is_no_card_leads_to_the_card_or_to_typing() {
    let mut visit = Visit::new();
    visit.scan("https://example.org/menu");
    assert_eq!(visit.name(), "apology");
    visit.press("Nhập số thẻ");
    assert_eq!(visit.name(), "type-number");
}

#[test]
fn a_typed_number_leads_to_a_number() {
    let mut visit = Visit::new();
    visit.press("Lấy số khám bệnh");
    visit.press("Nhập số thẻ");
    for digit in ["0", "0", "1", "9"] {
        visit.press(digit);
    }
    visit.press("Xóa một số");
    visit.press("Tiếp tục");
    assert_eq!(visit.sees("lead").as_deref(), Some("Cần đủ 12 số hoặc 10 số."));
    for digit in "049999901".chars() {
        visit.press(&digit.to_string());
    }
    assert_eq!(visit.sees("typed").as_deref(), Some("Đã nhập 0 0 1 0 4 9 9 9 9 9 0 1"));
    visit.press("Tiếp tục");
    assert_eq!(visit.name(), "choose-service");
    visit.press("Nhi");
    assert_eq!(visit.name(), "number-take");
}

#[test]
fn without_a_card_there_is_a_number_too() {
    let mut visit = Visit::new();
    visit.press("Lấy số khám bệnh");
    visit.press("Không mang thẻ");
    visit.press("Nội tổng quát");
    assert!(visit.sees("to-check").is_some());
    visit.wait();
    assert_eq!(visit.name(), "welcome");
}

#[test]
fn a_lost_ticket_is_found_and_printed_again() {
    let mut visit = Visit::new();
    visit.answers.held = vec![ticket(RequestId::from_bytes([200; 16]), "A-007", Some(TicketState::Waiting))];
    visit.press("Tôi mất phiếu");
    assert_eq!(visit.name(), "present-card");
    visit.scan(CARD);
    assert_eq!((visit.name(), visit.sees("number").as_deref()), ("number-take", Some("A-007")));
}

#[test]
fn a_number_from_before_is_shown_and_printed_if_asked_for() {
    let mut visit = Visit::new();
    visit.answers.held = vec![ticket(RequestId::from_bytes([200; 16]), "A-007", Some(TicketState::Waiting))];
    visit.scan(CARD);
    visit.press("A-007 · Nội tổng quát");
    assert_eq!((visit.name(), visit.sees("number").as_deref()), ("number-held", Some("A-007")));
    visit.press("In lại phiếu");
    assert_eq!((visit.name(), visit.sees("number").as_deref()), ("number-take", Some("A-007")));
}

#[test]
fn a_missed_number_comes_back_into_the_line() {
    let mut visit = Visit::new();
    visit.answers.held = vec![ticket(RequestId::from_bytes([200; 16]), "A-007", Some(TicketState::Missed))];
    visit.scan(CARD);
    visit.press("A-007 · Nội tổng quát");
    assert_eq!(visit.sees("standing").as_deref(), Some("Đã gọi mà chưa thấy bạn"));
    visit.press("Cho tôi vào lại hàng chờ");
    assert_eq!(visit.sees("standing").as_deref(), Some("Bạn đã vào lại hàng chờ."));
}

#[test]
fn who_goes_first_says_so() {
    let mut visit = Visit::new();
    visit.scan(CARD);
    visit.press("Tôi được ưu tiên");
    visit.press("Phụ nữ có thai");
    visit.press("Xong");
    assert_eq!(visit.name(), "choose-service");
    visit.press("Nội tổng quát");
    assert_eq!(visit.sees("priority").as_deref(), Some("Ưu tiên: Phụ nữ có thai (nhân viên xem giấy tờ)"));
}

#[test]
fn the_language_changes_at_any_moment_and_goes_back_with_the_visit() {
    let mut visit = Visit::new();
    visit.press("English");
    visit.press("Get a number");
    visit.press("中文");
    assert_eq!(visit.sees("title").as_deref(), Some("请将身份证\n放到扫描口"));
    visit.scan(CARD);
    visit.press("大字");
    visit.press("Nội tổng quát");
    visit.press("我已取票");
    assert_eq!(visit.sees("title").as_deref(), Some("Mời đưa thẻ Căn cước\nvào khe quét"));
}

#[test]
fn help_is_called_from_any_screen_and_the_answer_is_seen() {
    let mut visit = Visit::new();
    visit.press("Giúp tôi");
    assert_eq!(visit.sees("help-line").as_deref(), Some("Nhân viên đang đến. Xin chờ ở đây."));
}

#[test]
fn who_cannot_be_helped_is_sent_to_the_desk() {
    let mut visit = Visit::new();
    visit.answers.help = Err(HelpFailure::Unreachable);
    visit.scan(CARD);
    visit.press("Giúp tôi");
    assert_eq!(visit.sees("help-line").as_deref(), Some("Chưa gọi được. Mời đến quầy hướng dẫn."));
    assert_eq!(visit.name(), "choose-service");
}

#[test]
fn who_is_silent_for_long_is_asked_and_may_go_on() {
    let mut visit = Visit::new();
    visit.scan(CARD);
    visit.wait();
    assert_eq!((visit.name(), visit.sees("patient")), ("still-there", None));
    visit.press("Tôi vẫn ở đây");
    assert_eq!(visit.name(), "choose-service");
    visit.wait();
    visit.wait();
    assert_eq!(visit.name(), "welcome");
}

#[test]
fn while_a_technician_works_nobody_is_left_without_a_next_step() {
    let mut visit = Visit::new();
    visit.tell(Event::Technician(Technician::AtWork));
    assert_eq!((visit.name(), visit.sees("step").as_deref()), ("out-of-service", Some("Mời dùng máy khác")));
    visit.tell(Event::Technician(Technician::Gone));
    assert_eq!(visit.name(), "welcome");
}

#[test]
fn a_whole_visit_by_keys_alone() {
    let mut visit = Visit::new();
    visit.use_by_keys("Lấy số khám bệnh");
    visit.use_by_keys("Nhập số thẻ");
    for digit in "0010499999011".chars() {
        visit.key(digit);
    }
    visit.key(Key::Backspace);
    visit.key('1');
    visit.use_by_keys("Tiếp tục");
    assert_eq!(visit.name(), "choose-service");
    visit.use_by_keys("Tai Mũi Họng");
    assert_eq!(visit.sees("number").as_deref(), Some("A-042"));
    visit.use_by_keys("Tôi đã lấy phiếu");
    assert_eq!(visit.name(), "welcome");
}

#[test]
fn every_control_is_reached_by_keys_and_says_what_it_is() {
    let mut visit = Visit::new();
    for label in ["English", "Larger", "Contrast", "Lower", "Speak", "Help"] {
        visit.use_by_keys(label);
    }
    assert!(visit.sees("help-line").is_some());
    visit.use_by_keys("Get a number");
    visit.key(Key::Escape);
    assert_eq!(visit.name(), "welcome");
    visit.key(Key::F1);
    assert!(visit.sees("help-line").is_some());
}

#[test]
fn the_voice_is_made_louder_and_quieter_by_buttons_and_by_keys() {
    let mut visit = Visit::new();
    visit.key('+');
    assert_eq!((visit.loudness(), visit.sees("louder")), (0, None), "there is no voice yet");
    visit.press("Đọc to");
    visit.press("Nói to hơn");
    assert_eq!(visit.loudness(), 1);
    visit.use_by_keys("Nói nhỏ hơn");
    assert_eq!(visit.loudness(), 0);
    // The keypad's keys, wherever the keys are.
    visit.scan(CARD);
    for (key, expected) in [('-', -1), ('-', -2), ('-', -2), ('+', -1)] {
        visit.key(key);
        assert_eq!(visit.loudness(), expected);
    }
    visit.press("Không phải tôi");
    assert_eq!((visit.name(), visit.loudness(), visit.sees("louder")), ("welcome", 0, None), "as for everybody again");
}

#[test]
fn pages_are_turned_by_keys() {
    let mut visit = Visit::new();
    visit.press("Chữ to");
    visit.scan(CARD);
    visit.use_by_keys("Trang sau");
    visit.use_by_keys("Trang sau");
    visit.use_by_keys("Trang trước");
    assert_eq!(visit.name(), "choose-service");
}
