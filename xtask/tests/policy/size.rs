//! Functions and files stay short enough to be read.

use xtask::policy::size;

use super::{assert_none, file, hal_file, real_sources, said};

fn function_of(lines: usize) -> String {
    format!("impl Long {{\n    fn winding(&self) {{\n{}    }}\n}}\n", "        step();\n".repeat(lines - 2))
}

#[test]
fn every_function_and_file_is_short_enough() {
    assert_none(&size::check(&real_sources()));
}

#[test]
fn a_function_of_71_lines_is_too_long_and_70_are_not() {
    assert_none(&size::check(&[hal_file(&function_of(70))]));
    let expected = "hal/src/planted.rs:2: `winding` has 71 lines, more than 70: give its steps names of their own";
    assert_eq!(said(&size::check(&[hal_file(&function_of(71))])), [expected]);
}

#[test]
fn a_file_of_501_lines_is_too_long_and_500_are_not() {
    assert_none(&size::check(&[hal_file(&"// line\n".repeat(500))]));
    let complaints = size::check(&[hal_file(&"// line\n".repeat(501))]);
    let expected = "hal/src/planted.rs: has 501 lines without its tests, more than 500: split it by what it is about";
    assert_eq!(said(&complaints), [expected]);
}

#[test]
fn tests_inside_a_file_count_only_towards_600() {
    let tests = |lines: usize| format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    // line\n".repeat(lines - 3));
    let shipped = "// line\n".repeat(450);
    assert_none(&size::check(&[hal_file(&format!("{shipped}{}", tests(150)))]));
    let complaints = size::check(&[hal_file(&format!("{shipped}{}", tests(151)))]);
    let expected = "hal/src/planted.rs: has 601 lines in all, more than 600: split it by what it is about";
    assert_eq!(said(&complaints), [expected]);
    let story = file("hal", "kiosk-hal", "tests/story.rs", &"// line\n".repeat(600));
    assert_none(&size::check(&[story]));
}

#[test]
fn a_slint_file_of_501_lines_is_too_long() {
    let screen = file("kiosk-app/ui", "kiosk-ui", "ui/screen.slint", &"// line\n".repeat(501));
    let expected = "kiosk-app/ui/ui/screen.slint: has 501 lines in all, more than 500: split it by what it is about";
    assert_eq!(said(&size::check(&[screen])), [expected]);
}
