//! What a page below `docs` quotes from a screen or a ticket, in “…”, stands there word for word.

use super::super::Complaint;
use super::super::committed::Committed;
use super::pages;

/// Where the words of the kiosk's screens are, in every language.
const CATALOGUE: &str = "kiosk-app/ui/src/words/";
/// Where the words of tickets are.
const TICKET: &str = "kiosk-app/core/src/face.rs";

pub fn check(files: &[Committed]) -> Vec<Complaint> {
    let shown: Vec<String> = files.iter().filter(|file| shows_words(file)).map(on_one_line).collect();
    let mut complaints = Vec::new();
    for page in pages(files).filter(|page| page.path.starts_with("docs/")) {
        for line in page.lines() {
            let unknown = |quoted: &&str| !shown.iter().any(|text| text.contains(*quoted));
            complaints.extend(quoted(&line.text).filter(unknown).map(|quoted| {
                Complaint::new(page.at(line), format!("quotes “{quoted}”, which is on no screen and no ticket"))
            }));
        }
    }
    complaints
}

fn shows_words(file: &Committed) -> bool {
    file.path.ends_with(".slint") || file.path.starts_with(CATALOGUE) || file.path == TICKET
}

/// A line break in a text is written `\n` there; whoever reads it aloud makes a space of it.
fn on_one_line(file: &Committed) -> String {
    String::from_utf8_lossy(&file.content).replace("\\n", " ")
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('“').skip(1).filter_map(|rest| rest.split_once('”')).map(|(quoted, _)| quoted)
}
