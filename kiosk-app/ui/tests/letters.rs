//! The marks of Vietnamese capitals are drawn whole: `NGUYỄN` must never become `NGUYÊN`.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use i_slint_backend_testing::{TestingBackend, TestingBackendOptions};
use slint::ComponentHandle;

slint::slint! {
    import "../fonts/NotoSans-Bold.ttf";

    export component Capitals inherits Window {
        in property <string> text;
        in property <length> line-height: line.preferred-height;
        default-font-family: "Noto Sans";
        background: white;

        line := Text {
            x: 0px;
            y: root.height - self.height;
            height: root.line-height;
            text: root.text;
            font-size: 100px;
            font-weight: 700;
            color: black;
            vertical-alignment: bottom;
        }
    }
}

fn capitals(text: &str) -> Capitals {
    let options = TestingBackendOptions { mock_time: true, threading: false, renderer_name: Some("software".into()) };
    slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
    let capitals = Capitals::new().unwrap();
    capitals.set_text(text.into());
    capitals.show().unwrap();
    capitals.window().set_size(slint::PhysicalSize::new(1600, 200));
    capitals
}

/// Rows, counted upwards from the foot of the window, of the highest inked pixel.
fn ink_height(capitals: &Capitals) -> usize {
    let picture = capitals.window().take_snapshot().unwrap();
    let width = picture.width() as usize;
    let is_inked = |row: &[slint::Rgba8Pixel]| row.iter().any(|pixel| pixel.r < 128);
    let top = picture.as_slice().chunks_exact(width).position(is_inked).unwrap();
    picture.height() as usize - top
}

/// In Noto Sans Bold the second mark of Ễ ends 1.0 of the size above the baseline, the first below 0.95; the line reaches
/// 0.29 below it.
const TWO_MARKS_HIGH: usize = 125;

#[test]
fn both_marks_of_each_capital_are_drawn() {
    let capitals = capitals("");
    for text in ["NGUYỄN Ằ Ễ Ỗ Ự", "Ễ", "Ằ", "Ỗ"] {
        capitals.set_text(text.into());
        assert!(ink_height(&capitals) >= TWO_MARKS_HIGH, "{text}: {}", ink_height(&capitals));
    }
    capitals.set_text("NGUYÊN".into());
    assert!(ink_height(&capitals) < TWO_MARKS_HIGH, "one mark: {}", ink_height(&capitals));
}

#[test]
fn a_line_too_low_for_the_marks_is_noticed() {
    let capitals = capitals("NGUYỄN");
    capitals.set_line_height(120.0);
    assert!(ink_height(&capitals) < TWO_MARKS_HIGH, "{}", ink_height(&capitals));
}
