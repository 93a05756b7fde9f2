//! How many choices fit a page, with their longest texts whole.

use kiosk_core::look::{Look, Reach, TextSize};

use crate::generated::Sign;
use crate::measure::{lines, width};
use crate::page::{Choice, Grid, Page};

/// Height between the head and the bar without the paddings, in pixels: 1,920 - 132 - 282 - 56.
const CONTENT_HEIGHT: u32 = 1_450;
/// Height for controls in reach mode: from the middle of the panel to the bar, without the padding.
const REACH_HEIGHT: u32 = 646;
/// Width of the content.
const WIDTH: u32 = 968;
/// Space between two things (`Theme.gap`).
const GAP: u32 = 20;
/// The row that turns pages, with its gap.
const PAGER_ROW: u32 = 124;
/// Most rows of a page: nobody looks for the seventh in a column.
const ROWS_MAX: u32 = 6;
/// Lowest choice: 29 mm.
const CHOICE_MIN: u32 = 118;

/// Type sizes of a list, in pixels; `theme.slint` has the same.
struct Type {
    name: u32,
    fact: u32,
    lead: u32,
    button_row: u32,
}

const NORMAL: Type = Type { name: 48, fact: 46, lead: 52, button_row: 156 };
const LARGE: Type = Type { name: 62, fact: 60, lead: 64, button_row: 138 };

/// A line of type is 1.362 times its size high.
const fn line_height(size: u32) -> u32 {
    size * 1_362 / 1_000
}

/// Chooses the grid that shows the most choices at once, in larger type if that is wanted and one choice fits in it.
pub fn fit(page: &mut Page, look: Look) {
    let letters = match look.text {
        TextSize::Normal => NORMAL,
        TextSize::Large => LARGE,
    };
    if look.reach == Reach::Low {
        // At the head of the page it would be out of reach.
        page.others.extend(page.not_me.take());
        if page.others.len() == 1 {
            // Side by side, to leave room for what there is to choose.
            page.others.splice(0..0, page.main.take());
        }
    }
    page.patient_lines = lines(&page.patient, letters.fact * 21 / 20, name_room(page));
    page.greeting_lines = lines(&page.greeting, letters.fact, name_room(page));
    let height = free_height(page, &letters, look);
    let in_type = |letters: &Type| [1, 2].map(|columns| grid(page, letters, height, columns));
    let chosen = best(page, in_type(&letters)).or_else(|| best(page, in_type(&NORMAL)).map(Grid::in_normal_type));
    let height = i32::try_from(height).unwrap_or(i32::MAX);
    page.grid = Grid { height, ..chosen.unwrap_or_default() };
}

fn best(page: &Page, grids: [Option<Grid>; 2]) -> Option<Grid> {
    match grids {
        [Some(one), Some(two)] => {
            let all_in_one = usize::try_from(one.rows).is_ok_and(|rows| rows >= page.choices.len());
            Some(if all_in_one || one.rows >= 2 * two.rows { one } else { two })
        }
        [one, two] => one.or(two),
    }
}

/// What is left for choices and the pager.
fn free_height(page: &Page, letters: &Type, look: Look) -> u32 {
    let columns = page.other_columns(look);
    let row = if look.reach == Reach::Low { 128 + GAP } else { letters.button_row };
    let buttons = rows_of(page.others.len(), columns) * row + if page.main.is_some() { 156 } else { 0 };
    match look.reach {
        Reach::Low => REACH_HEIGHT.saturating_sub(buttons),
        Reach::Whole => CONTENT_HEIGHT.saturating_sub(buttons + head_height(page, letters)),
    }
}

fn head_height(page: &Page, letters: &Type) -> u32 {
    let fact = |text: &str, room| lines(text, letters.fact, room) * line_height(letters.fact);
    let size = if page.lines.len() > 1 { NORMAL.fact } else { letters.fact };
    let panel = |text: &str| lines(text, size, WIDTH - 92 - size * 13 / 10) * line_height(size) + 52;
    let panels: u32 = page.lines.iter().map(|line| panel(&line.text)).sum();
    let lead = if page.lead.is_empty() { 0 } else { fact(&page.lead, WIDTH) + 12 };
    let name = (page.greeting_lines + page.patient_lines) * line_height(letters.fact);
    let button = if page.not_me.is_some() { 118.max(2 * line_height(letters.fact)) } else { 0 };
    let photo = if page.photo.is_some() { 140 } else { 0 };
    let greeting = if name == 0 { 0 } else { name.max(button).max(photo) + 12 };
    greeting + lines(&page.title, letters.lead, WIDTH) * line_height(letters.lead) + lead + panels + GAP
}

const fn name_room(page: &Page) -> u32 {
    WIDTH - if page.not_me.is_some() { 420 } else { 0 } - if page.photo.is_some() { 125 } else { 0 }
}

fn rows_of(items: usize, columns: usize) -> u32 {
    u32::try_from(items.div_ceil(columns.max(1))).unwrap_or(u32::MAX)
}

/// The grid with this many columns, if a choice fits.
fn grid(page: &Page, letters: &Type, height: u32, columns: u32) -> Option<Grid> {
    let room = (WIDTH - (columns - 1) * GAP) / columns;
    let tile = page.choices.iter().map(|choice| tile_height(choice, letters, room)).max().unwrap_or(CHOICE_MIN);
    let rows = |height: u32| ((height + GAP) / (tile + GAP)).min(ROWS_MAX);
    let whole = rows(height);
    let all = usize::try_from(whole * columns).is_ok_and(|fit| fit >= page.choices.len());
    let rows = if all { whole } else { rows(height.saturating_sub(PAGER_ROW)) };
    let count = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let tile_height = count(tile);
    (rows > 0).then(|| Grid { columns: count(columns), rows: count(rows), tile_height, ..Grid::default() })
}

fn tile_height(choice: &Choice, letters: &Type, width_of_tile: u32) -> u32 {
    let room = width_of_tile - 40 - if choice.sign == Sign::None { 0 } else { 100 };
    let fact = |text: &str| lines(text, letters.fact, room - 52) * line_height(letters.fact);
    let name = lines(&choice.name, letters.name, room) * line_height(letters.name);
    (name + fact(&choice.place) + fact(&choice.remark) + crowd_height(choice, letters, room) + 28).max(CHOICE_MIN)
}

fn crowd_height(choice: &Choice, letters: &Type, room: u32) -> u32 {
    if choice.people.is_empty() {
        return 0;
    }
    let wait = if choice.wait.is_empty() { 0 } else { 80 + width(&choice.wait, letters.fact) };
    let fits = 52 + width(&choice.people, letters.fact) + wait <= room;
    line_height(letters.fact) * if fits { 1 } else { 2 }
}
