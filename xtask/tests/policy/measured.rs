//! The page of all benches says what the pages of each say.

use std::fs;

use xtask::bench;
use xtask::policy::workspace::root;

#[test]
fn the_page_of_all_benches_is_put_together_from_the_pages_of_each() {
    let written = fs::read_to_string(root().join("docs/benchmarks.md")).unwrap();
    let wanted = bench::all(&root()).unwrap();
    assert_eq!(written, wanted, "docs/benchmarks.md is old: `cargo xtask bench NAME` writes it anew");
}
