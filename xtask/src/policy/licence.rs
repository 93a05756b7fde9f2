//! GPL-3.0-only exactly where Slint is linked, MIT OR Apache-2.0 everywhere else.

use super::Complaint;
use super::arrows::is_slint;
use super::graph::Crate;

pub const WITH_SLINT: &str = "GPL-3.0-only";
pub const WITHOUT_SLINT: &str = "MIT OR Apache-2.0";

pub fn check(crates: &[Crate]) -> Vec<Complaint> {
    crates.iter().filter_map(wrong_licence).collect()
}

fn wrong_licence(one: &Crate) -> Option<Complaint> {
    let links_slint = one.linked.keys().any(|name| is_slint(name));
    let (wanted, because) =
        if links_slint { (WITH_SLINT, "it links Slint") } else { (WITHOUT_SLINT, "it does not link Slint") };
    let stated = one.licence.as_deref().unwrap_or("none");
    let text = format!("states the licence \"{stated}\", but must state \"{wanted}\", as {because}");
    (stated != wanted).then(|| Complaint::new(&one.folder, text))
}
