//! The pages people read, held to what is in the tree: paths, tests, arrows, words on screen.
//!
//! A page is a tracked Markdown file. Fenced blocks are commands and their output, and are left alone.

use super::committed::Committed;

pub mod arrows_table;
pub mod citations;
pub mod messages;
pub mod paths;
pub mod screen_words;

/// A tracked file that is a page.
pub fn pages(files: &[Committed]) -> impl Iterator<Item = Page> {
    files.iter().filter(|file| file.path.ends_with(".md")).map(Page::of)
}

/// A page without its fenced blocks.
#[derive(Debug, Clone)]
pub struct Page {
    pub path: String,
    lines: Vec<Line>,
}

/// One line and the `##` heading it stands under.
#[derive(Debug, Clone)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// The heading without its `##`; empty above the first.
    pub section: String,
    pub text: String,
}

impl Page {
    pub fn of(file: &Committed) -> Self {
        let text = String::from_utf8_lossy(&file.content);
        let (mut lines, mut section, mut fenced) = (Vec::new(), String::new(), false);
        for (at, text) in text.lines().enumerate() {
            if text.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if !fenced {
                if let Some(heading) = text.strip_prefix("## ") {
                    heading.trim().clone_into(&mut section);
                }
                lines.push(Line { number: at + 1, section: section.clone(), text: text.to_owned() });
            }
        }
        Self { path: file.path.clone(), lines }
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines under one `##` heading.
    pub fn section(&self, heading: &str) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.section == heading)
    }

    /// Where a line stands, for a complaint.
    pub fn at(&self, line: &Line) -> String {
        format!("{}:{}", self.path, line.number)
    }
}

impl Line {
    /// What stands between backticks.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        self.text.split('`').skip(1).step_by(2)
    }

    /// The cells of a table's row; `None` for any other line.
    pub fn cells(&self) -> Option<Vec<&str>> {
        let inside = self.text.trim().strip_prefix('|')?.strip_suffix('|')?;
        Some(inside.split('|').map(str::trim).collect())
    }
}
