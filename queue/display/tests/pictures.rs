//! The wall as people see it, compared exactly with its committed pictures.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod picture;

use std::path::Path;
use std::time::Duration;

use i_slint_backend_testing::{ElementHandle, ElementQuery, TestingBackend, TestingBackendOptions};
use picture::Picture;
use queue_display::ui::DisplayUi;
use queue_display::wall::{CallLine, DisplayModel, Link};
use slint::ComponentHandle;

fn wall() -> DisplayModel {
    let call = |number: &str, room: &str| CallLine { number: number.into(), room: room.into(), mark: "" };
    DisplayModel {
        zone: "Khu khám B, tầng 2".into(),
        clock: "08:15".into(),
        latest: Some(call("A-042", "Phòng 205")),
        is_new: false,
        is_again: false,
        missed: Vec::new(),
        earlier: vec![
            call("B-017", "Phòng 201"),
            call("A-041", "Phòng 206"),
            call("A-040", "Phòng 205"),
            call("C-003", "Phòng siêu âm"),
            call("B-016", "Phòng 201"),
        ],
        waiting: 24,
        link: Link::Live,
        voice_broken: false,
    }
}

fn display(model: &DisplayModel) -> DisplayUi {
    let options = TestingBackendOptions { mock_time: true, threading: false, renderer_name: Some("software".into()) };
    slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
    let ui = DisplayUi::new().unwrap();
    ui.component().show().unwrap();
    ui.component().window().set_size(slint::PhysicalSize::new(1920, 1080));
    show(&ui, model);
    ui
}

fn show(ui: &DisplayUi, model: &DisplayModel) {
    ui.show_model(model);
    i_slint_backend_testing::mock_elapsed_time(Duration::ZERO);
}

fn assert_looks(model: &DisplayModel, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    Picture::of(display(model).component().window()).assert_is(&folder, name);
}

fn labelled(ui: &DisplayUi, id: &'static str) -> Option<String> {
    let has_id = move |found: &ElementHandle| found.accessible_id().is_some_and(|found| found == id);
    let found = ElementQuery::from_root(ui.component()).match_predicate(has_id).find_first()?;
    found.accessible_label().map(Into::into)
}

#[test]
fn a_wall_shows_the_newest_call_and_those_before() {
    assert_looks(&wall(), "wall");
}

#[test]
fn a_new_call_stands_out() {
    assert_looks(&DisplayModel { is_new: true, ..wall() }, "wall-new-call");
}

#[test]
fn a_stale_wall_says_so() {
    assert_looks(&DisplayModel { link: Link::Stale, ..wall() }, "wall-stale");
}

#[test]
fn a_wall_that_cannot_be_heard_says_so() {
    assert_looks(&DisplayModel { voice_broken: true, ..wall() }, "wall-voice-broken");
}

#[test]
fn a_morning_without_calls_is_no_empty_wall() {
    assert_looks(&DisplayModel { latest: None, earlier: Vec::new(), waiting: 0, ..wall() }, "wall-no-calls");
}

#[test]
fn the_longest_numbers_and_rooms_are_whole() {
    let room = "Phòng khám theo yêu cầu C1204, khu khám bệnh nhà C, tầng 12";
    let call = CallLine { number: "WM-9999".into(), room: room.into(), mark: "" };
    let zone = "Khu khám bệnh theo yêu cầu và khám sức khoẻ định kỳ, nhà C12".into();
    let model = DisplayModel { zone, latest: Some(call.clone()), earlier: vec![call; 2], waiting: 9_999, ..wall() };
    assert_looks(&DisplayModel { link: Link::Stale, ..model }, "wall-long");
}

/// The newest call, repeated, and two of those before have marks; some numbers were missed.
fn marked() -> DisplayModel {
    let mut model = DisplayModel { is_new: true, is_again: true, ..wall() };
    model.latest.as_mut().unwrap().mark = "Ưu tiên";
    model.earlier[1].mark = "Cấp cứu";
    model.earlier[3].mark = "Đã hẹn";
    DisplayModel { missed: ["A-031", "B-012", "A-027"].map(Into::into).into(), ..model }
}

#[test]
fn a_wall_shows_who_missed_a_call_and_whose_turn_came_first() {
    assert_looks(&marked(), "wall-marks");
}

#[test]
fn everything_at_once_is_whole() {
    let room = "Phòng khám theo yêu cầu C1204, khu khám bệnh nhà C, tầng 12";
    let call = CallLine { number: "WM-9999".into(), room: room.into(), mark: "Cấp cứu" };
    let missed = vec!["WM-9999".into(); 8];
    let model = DisplayModel { latest: Some(call.clone()), earlier: vec![call; 2], missed, ..marked() };
    assert_looks(&DisplayModel { link: Link::Stale, ..model }, "wall-marks-long");
}

#[test]
fn a_repeated_call_is_told_in_words() {
    let ui = display(&marked());
    assert_eq!(labelled(&ui, "call-state").as_deref(), Some("Xin nhắc lại số"));
    assert_eq!(labelled(&ui, "missed").as_deref(), Some("A-031   B-012   A-027"));
    show(&ui, &wall());
    assert_eq!((labelled(&ui, "missed"), labelled(&ui, "mark")), (None, None));
}

#[test]
fn staleness_is_told_in_words() {
    let ui = display(&DisplayModel { link: Link::Stale, ..wall() });
    assert_eq!(labelled(&ui, "stale").as_deref(), Some("Mất kết nối – số có thể chưa mới"));
    show(&ui, &wall());
    assert_eq!(labelled(&ui, "stale"), None);
}

#[test]
fn a_new_call_is_told_in_words() {
    let ui = display(&wall());
    let before = labelled(&ui, "call-state");
    show(&ui, &DisplayModel { is_new: true, ..wall() });
    assert_ne!(labelled(&ui, "call-state"), before);
    assert_eq!(labelled(&ui, "latest-number").as_deref(), Some("A-042"));
}
