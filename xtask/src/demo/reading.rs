//! Reads the largest number in a picture, as a person across the room would.
//!
//! The demo and the tests compare what is *seen* on paper, kiosk and display. The reader knows the typeface and nothing
//! else: not where a number should be, not which one.

use std::sync::LazyLock;

use fontdue::{Font, FontSettings};

use super::picture::Grey;

/// The typeface of tickets and screens.
const TYPEFACE: &[u8] = include_bytes!("../../../kiosk-app/ui/fonts/NotoSans-Bold.ttf");
/// What a number is made of. The hyphen is found by its shape.
const CHARACTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// Smallest height of a character that counts, in pixels.
const HEIGHT_MIN: usize = 48;
/// Side of the square every character is scaled to before it is compared, in cells.
const CELLS: usize = 24;
/// Share of cells that must agree, in percent.
const AGREE_PERCENT_MIN: usize = 82;

static FONT: LazyLock<Option<Font>> = LazyLock::new(|| Font::from_bytes(TYPEFACE, FontSettings::default()).ok());

/// The largest number in the picture, such as `A-042`; `None` when there is none.
#[must_use]
pub fn largest_number(picture: &Grey) -> Option<String> {
    let ink = Ink::of(picture);
    let blobs = ink.blobs();
    let mut rows = rows(&blobs);
    rows.sort_by_key(|row| std::cmp::Reverse(row[0].height()));
    rows.iter().find_map(|row| read_row(&ink, row, &blobs))
}

/// Pixels that differ from the background around them: which of dark and light is rarer.
struct Ink {
    width: usize,
    height: usize,
    dark: Vec<bool>,
}

/// A connected patch, by its bounding box; `right` and `bottom` are past the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Blob {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
    /// Whether it is darker than what surrounds it.
    dark: bool,
}

impl Blob {
    const fn height(&self) -> usize {
        self.bottom - self.top
    }

    const fn width(&self) -> usize {
        self.right - self.left
    }
}

impl Ink {
    fn of(picture: &Grey) -> Self {
        let dark = picture.pixels.iter().map(|value| *value < 128).collect();
        Self { width: picture.width, height: picture.height, dark }
    }

    fn blobs(&self) -> Vec<Blob> {
        let mut seen = vec![false; self.dark.len()];
        let mut blobs = Vec::new();
        for start in 0..self.dark.len() {
            if !seen[start] {
                blobs.push(self.flood(start, &mut seen));
            }
        }
        blobs
    }

    fn flood(&self, start: usize, seen: &mut [bool]) -> Blob {
        let dark = self.dark[start];
        let mut blob = Blob { left: self.width, top: self.height, right: 0, bottom: 0, dark };
        let mut todo = vec![start];
        seen[start] = true;
        while let Some(at) = todo.pop() {
            let (x, y) = (at % self.width, at / self.width);
            (blob.left, blob.right) = (blob.left.min(x), blob.right.max(x + 1));
            (blob.top, blob.bottom) = (blob.top.min(y), blob.bottom.max(y + 1));
            let neighbours = [
                (x > 0).then(|| at - 1),
                (x + 1 < self.width).then_some(at + 1),
                (y > 0).then(|| at.wrapping_sub(self.width)),
                (y + 1 < self.height).then_some(at + self.width),
            ];
            for next in neighbours.into_iter().flatten() {
                if !seen[next] && self.dark[next] == dark {
                    seen[next] = true;
                    todo.push(next);
                }
            }
        }
        blob
    }

    /// The blob's box scaled to `CELLS` x `CELLS`: `true` where its own colour is.
    fn shape(&self, blob: &Blob) -> Vec<bool> {
        let cell = |row: usize, column: usize| {
            let x = blob.left + (2 * column + 1) * blob.width() / (2 * CELLS);
            let y = blob.top + (2 * row + 1) * blob.height() / (2 * CELLS);
            self.dark[y * self.width + x] == blob.dark
        };
        (0..CELLS * CELLS).map(|at| cell(at / CELLS, at % CELLS)).collect()
    }
}

/// Blobs as high as characters that stand on one line, four or more together, each line from left to right.
fn rows(blobs: &[Blob]) -> Vec<Vec<Blob>> {
    let mut tall: Vec<Blob> = blobs.iter().copied().filter(could_be_a_character).collect();
    tall.sort_by_key(|blob| blob.left);
    let mut rows: Vec<Vec<Blob>> = Vec::new();
    for blob in tall {
        match rows.iter_mut().find(|row| on_one_line(&row[0], &blob)) {
            Some(row) => row.push(blob),
            None => rows.push(vec![blob]),
        }
    }
    rows.retain(|row| row.len() >= 4);
    rows
}

fn could_be_a_character(blob: &Blob) -> bool {
    blob.height() >= HEIGHT_MIN && blob.width() * 8 >= blob.height() && blob.width() <= blob.height() * 3 / 2
}

fn on_one_line(first: &Blob, other: &Blob) -> bool {
    let slack = first.height() / 16 + 1;
    first.dark == other.dark && first.top.abs_diff(other.top) <= slack && first.bottom.abs_diff(other.bottom) <= slack
}

fn read_row(ink: &Ink, row: &[Blob], blobs: &[Blob]) -> Option<String> {
    // Counters of letters (the inside of an A or a 0) lie within a character and are not of its colour.
    let mut text = String::new();
    let mut previous: Option<&Blob> = None;
    for blob in row {
        if let Some(previous) = previous
            && blobs.iter().any(|between| is_hyphen(between, previous, blob))
        {
            text.push('-');
        }
        text.push(read_character(ink, blob)?);
        previous = Some(blob);
    }
    is_number(&text).then_some(text)
}

fn is_hyphen(blob: &Blob, left: &Blob, right: &Blob) -> bool {
    let between = blob.left >= left.right && blob.right <= right.left;
    let middle = (blob.top + blob.bottom) / 2;
    let flat = blob.height() * 2 < left.height() && blob.width() * 8 > left.height();
    blob.dark == left.dark && between && flat && middle > left.top && middle < left.bottom
}

fn read_character(ink: &Ink, blob: &Blob) -> Option<char> {
    let seen = ink.shape(blob);
    let aspect = blob.width() * 100 / blob.height();
    let score = |character: char| {
        let (shape, wanted_aspect) = template(character, blob.height())?;
        let agree = seen.iter().zip(&shape).filter(|(seen, wanted)| seen == wanted).count() * 100 / shape.len();
        (aspect.abs_diff(wanted_aspect) <= 12 && agree >= AGREE_PERCENT_MIN).then_some((agree, character))
    };
    CHARACTERS.chars().filter_map(score).max().map(|(_, character)| character)
}

/// What `character` looks like when it is `height` pixels high, and its width in percent of its height.
fn template(character: char, height: usize) -> Option<(Vec<bool>, usize)> {
    let font = FONT.as_ref()?;
    // Capitals and figures of the typeface are 0.714 em high.
    let (metrics, coverage) = font.rasterize(character, height as f32 / 0.714);
    let dark = coverage.iter().map(|value| *value >= 128).collect();
    let ink = Ink { width: metrics.width, height: metrics.height, dark };
    let whole = Blob { left: 0, top: 0, right: metrics.width, bottom: metrics.height, dark: true };
    (metrics.height > 0).then(|| (ink.shape(&whole), metrics.width * 100 / metrics.height))
}

fn is_number(text: &str) -> bool {
    text.parse::<queue_protocol::model::TicketNumber>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture with `text` drawn at `px`, beside smaller text.
    fn picture(text: &str, px: f32, ink: u8, ground: u8) -> Grey {
        let mut grey = Grey { width: 900, height: 400, pixels: vec![ground; 900 * 400] };
        draw(&mut grey, "B-999", 80.0, (20, 90), ink);
        draw(&mut grey, text, px, (40, 330), ink);
        grey
    }

    fn draw(grey: &mut Grey, text: &str, px: f32, (mut x, baseline): (usize, usize), ink: u8) {
        let font = FONT.as_ref().unwrap();
        for character in text.chars() {
            let (metrics, coverage) = font.rasterize(character, px);
            let top = baseline - (metrics.height as i32 + metrics.ymin) as usize;
            for (at, value) in coverage.iter().enumerate() {
                let (dx, dy) = (at % metrics.width, at / metrics.width);
                let place = (top + dy) * grey.width + x + (metrics.xmin + dx as i32) as usize;
                if *value >= 128 {
                    grey.pixels[place] = ink;
                }
            }
            x += metrics.advance_width as usize;
        }
    }

    #[test]
    fn the_largest_number_is_read_dark_on_light_and_light_on_dark() {
        for number in ["A-042", "B-138", "C-567", "K-909", "M-1234", "AB-001", "S-200", "Z-777"] {
            assert_eq!(largest_number(&picture(number, 200.0, 0, 255)).as_deref(), Some(number));
            assert_eq!(largest_number(&picture(number, 230.0, 250, 20)).as_deref(), Some(number));
        }
    }

    #[test]
    fn what_is_no_number_is_not_read_as_one() {
        assert_eq!(largest_number(&Grey { width: 400, height: 200, pixels: vec![255; 400 * 200] }), None);
        let mut words = Grey { width: 900, height: 400, pixels: vec![255; 900 * 400] };
        draw(&mut words, "TIEPDON", 150.0, (20, 200), 0);
        assert_eq!(largest_number(&words), None);
    }

    #[test]
    fn a_number_that_lost_a_stroke_is_not_read_as_whole() {
        let mut grey = picture("A-042", 200.0, 0, 255);
        for y in 200..250 {
            grey.pixels[y * 900..(y + 1) * 900].fill(255);
        }
        assert_ne!(largest_number(&grey).as_deref(), Some("A-042"));
    }
}
