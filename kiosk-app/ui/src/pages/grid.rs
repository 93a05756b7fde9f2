//! How many choices fit a page, with their longest texts whole.

use kiosk_core::look::{Look, Reach, TextSize};

use crate::page::{Choice, Grid, Page};

/// Height between the head and the bar, without the paddings, in pixels.
const CONTENT_HEIGHT: usize = 1_450;
/// Height for controls in reach mode (`Theme.reach-height`).
const REACH_HEIGHT: usize = 646;
/// Space between two things (`Theme.gap`).
const GAP: usize = 20;
/// A row of buttons, with its gap.
const BUTTON_ROW: usize = 156;
/// The row that turns pages, with its gap.
const PAGER_ROW: usize = 138;
/// Most rows of a page: more would be smaller than a finger needs, and nobody looks for the ninth in a column.
const ROWS_MAX: usize = 6;

/// Pixels that a letter takes, on average, and a line.
struct Type {
    name_letter: usize,
    name_line: usize,
    fact_letter: usize,
    fact_line: usize,
    title_line: usize,
}

const NORMAL: Type = Type { name_letter: 28, name_line: 60, fact_letter: 26, fact_line: 60, title_line: 72 };
const LARGE: Type = Type { name_letter: 36, name_line: 78, fact_letter: 33, fact_line: 79, title_line: 90 };

/// Chooses the grid that shows the most choices at once.
pub fn fit(page: &mut Page, look: Look) {
    let letters = match look.text {
        TextSize::Normal => NORMAL,
        TextSize::Large => LARGE,
    };
    let height = free_height(page, &letters, look.reach);
    let grids = [1, 2].map(|columns| rows(page, &letters, height, columns));
    let best = |one: Grid, other: Grid| if other.columns * other.rows > one.columns * one.rows { other } else { one };
    let all = i32::try_from(page.choices.len()).unwrap_or(i32::MAX);
    let [one, two] = grids;
    page.grid = if one.rows >= all { one } else { best(one, two) };
}

/// What is left for choices and the pager.
fn free_height(page: &Page, letters: &Type, reach: Reach) -> usize {
    let buttons =
        page.others.len().div_ceil(if letters.fact_letter > 30 { 1 } else { 2 }) + usize::from(page.main.is_some());
    let below = buttons * BUTTON_ROW;
    match reach {
        Reach::Low => REACH_HEIGHT.saturating_sub(below + if page.not_me.is_some() { BUTTON_ROW } else { 0 }),
        Reach::Whole => {
            let line = |text: &str, room: usize| lines(text, room / letters.fact_letter) * letters.fact_line;
            let panels: usize = page.lines.iter().map(|said| line(&said.text, 800) + 36 + 16).sum();
            let lead = if page.lead.is_empty() { 0 } else { line(&page.lead, 960) + 12 };
            let name = line(&page.greeting, 560) + if page.patient.is_empty() { 0 } else { line(&page.patient, 560) };
            let greeting = if page.greeting.is_empty() { 0 } else { name.max(118) + 12 };
            let title = lines(&page.title, 960 / letters.name_letter) * letters.title_line + 12;
            CONTENT_HEIGHT.saturating_sub(below + panels + lead + greeting + title)
        }
    }
}

fn rows(page: &Page, letters: &Type, height: usize, columns: usize) -> Grid {
    let width = (968 - (columns - 1) * GAP) / columns;
    let tile = page.choices.iter().map(|choice| tile_height(choice, letters, width)).max().unwrap_or(1);
    let fit = |height: usize| ((height + GAP) / (tile + GAP)).clamp(1, ROWS_MAX);
    let whole = fit(height);
    let rows = if whole * columns >= page.choices.len() { whole } else { fit(height.saturating_sub(PAGER_ROW)) };
    Grid { columns: columns.try_into().unwrap_or(1), rows: rows.try_into().unwrap_or(1) }
}

fn tile_height(choice: &Choice, letters: &Type, width: usize) -> usize {
    let room = width - 48 - if choice.sign == crate::generated::Sign::None { 0 } else { 100 };
    let fact = |text: &str| lines(text, room.saturating_sub(52) / letters.fact_letter) * letters.fact_line;
    let crowd =
        if choice.people.is_empty() { String::new() } else { format!("{}      {}", choice.people, choice.wait) };
    let name = lines(&choice.name, room / letters.name_letter) * letters.name_line;
    (name + fact(&choice.place) + fact(&choice.remark) + fact(&crowd) + 30).max(130)
}

/// Lines of a wrapped text; a word that does not fit leaves the end of its line empty.
fn lines(text: &str, letters: usize) -> usize {
    let count = text.chars().count();
    if count <= letters { usize::from(count > 0) } else { count.div_ceil(letters.saturating_sub(3).max(1)) }
}
