//! Empty module names, tests ignored without a reason, unfinished work.

use xtask::policy::words;

use super::{assert_none, file, hal_file, real_sources, said};

#[test]
fn nothing_is_left_lying_about() {
    assert_none(&words::check(&real_sources()));
}

#[test]
fn a_module_whose_name_says_nothing_is_named() {
    let files = [
        file("hal", "kiosk-hal", "src/utils.rs", ""),
        file("hal", "kiosk-hal", "tests/common/mod.rs", ""),
        file("hal", "kiosk-hal", "src/link.rs", "\nmod helpers { fn a() {} }"),
    ];
    let expected = [
        "hal/src/utils.rs: `utils` says nothing: name the module after what it is about",
        "hal/tests/common/mod.rs: `common` says nothing: name the module after what it is about",
        "hal/src/link.rs:2: `helpers` says nothing: name the module after what it is about",
    ];
    assert_eq!(said(&words::check(&files)), expected);
}

#[test]
fn unfinished_work_is_named() {
    let mark = concat!("FIX", "ME");
    let text = format!("fn a() {{ todo!() }}\nfn b() {{ unimplemented!(\"later\") }}\n// {mark}: later\n");
    let expected = [
        format!("hal/src/planted.rs:3: has a {mark}: finish it, or write down the limit"),
        "hal/src/planted.rs:1: calls todo!: leave out what is not there yet".to_owned(),
        "hal/src/planted.rs:2: calls unimplemented!: leave out what is not there yet".to_owned(),
    ];
    assert_eq!(said(&words::check(&[hal_file(&text)])), expected);
}

#[test]
fn a_test_is_ignored_only_with_a_reason() {
    let text = "mod tests {\n    #[test]\n    #[ignore]\n    fn a() {}\n    #[ignore = \"bench 2\"]\n    fn b() {}\n}";
    let expected = "hal/src/planted.rs:3: ignores a test without a reason: write #[ignore = \"which bench runs it\"]";
    assert_eq!(said(&words::check(&[hal_file(text)])), [expected]);
}
