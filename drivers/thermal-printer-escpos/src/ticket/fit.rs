//! Text into lines that fit: one line at full size, one line smaller, then as many lines as it takes.

use zeroize::Zeroize;

use crate::typeface::{self, Style};

/// One line of a ticket at its size. Wiped on drop: it may be the patient's name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub text: String,
    pub style: Style,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

impl Line {
    pub fn one(text: &str, style: Style) -> Self {
        Self { text: text.to_owned(), style }
    }

    pub fn width(&self) -> u32 {
        self.style.width(&self.text)
    }
}

/// One line may shrink to this part of its size before it wraps; wrapped lines may shrink further.
const ONE_LINE_PERCENT_MIN: u32 = 78;
/// Lines of wrapped text are made equally long in steps of this many dots.
const BALANCE_STEP_DOTS: u32 = 8;
/// Text wraps to this many lines, as small as allowed, before it takes more.
const LINES_WANTED: usize = 2;

/// Lines no wider than `width` dots that together hold all of `text`.
///
/// One line, a little smaller if need be; else two lines at the largest size that does; else as many lines as it takes
/// at `px_min`. A word wider than the paper is broken.
pub(crate) fn fit(text: &str, style: Style, px_min: u32, width: u32) -> Vec<Line> {
    let sizes = |px_min: u32| (px_min..=style.px).rev().map(|px| style.at(px));
    let one_line_min = px_min.max(style.px * ONE_LINE_PERCENT_MIN / 100);
    let ems = typeface::ems(style.weight, text);
    if let Some(style) = sizes(one_line_min).find(|style| (ems * style.px as f32).ceil() as u32 <= width) {
        return vec![Line::one(text, style)];
    }
    let wraps = |style: &Style| words_fit(text, *style, width) && wrap(text, *style, width).len() <= LINES_WANTED;
    let style = sizes(px_min).find(wraps).unwrap_or(style.at(px_min));
    balance(text, style, width).into_iter().map(|text| Line { text, style }).collect()
}

fn words_fit(text: &str, style: Style, width: u32) -> bool {
    text.split(' ').all(|word| style.width(word) <= width)
}

/// The same number of lines, as equally long as the words allow.
fn balance(text: &str, style: Style, width: u32) -> Vec<String> {
    let widest = wrap(text, style, width);
    let narrower = (1..width / BALANCE_STEP_DOTS).map(|step| width - step * BALANCE_STEP_DOTS);
    narrower
        .take_while(|width| words_fit(text, style, *width))
        .map(|width| wrap(text, style, width))
        .take_while(|lines| lines.len() == widest.len())
        .last()
        .unwrap_or(widest)
}

/// Fills lines with words from the first to the last.
fn wrap(text: &str, style: Style, width: u32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').flat_map(|word| break_word(word, style, width)) {
        let Some(line) = lines.last_mut() else { break };
        let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
        if style.width(&longer) <= width {
            *line = longer;
        } else {
            lines.push(word);
        }
    }
    lines
}

fn break_word(word: &str, style: Style, width: u32) -> Vec<String> {
    if style.width(word) <= width {
        return vec![word.to_owned()];
    }
    let mut parts = vec![String::new()];
    for letter in word.chars() {
        let Some(part) = parts.last_mut() else { break };
        part.push(letter);
        if style.width(part) > width && part.chars().count() > 1 {
            part.pop();
            parts.push(letter.to_string());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "CÔNG TẰNG TÔN NỮ NGUYỄN PHƯỚC HUYỀN TRÂN DIỄM PHƯƠNG KHÁNH LINH";

    #[test]
    fn short_text_keeps_its_size_and_line() {
        let lines = fit("NGUYỄN VĂN MẪU", Style::bold(36), 24, 528);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].style.px, 36);
    }

    #[test]
    fn a_name_of_sixty_letters_takes_two_even_lines_and_loses_none() {
        assert!(LONG.chars().count() > 60);
        let lines = fit(LONG, Style::bold(36), 24, 528);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" "), LONG);
        assert!(lines.iter().all(|line| line.width() <= 528));
        assert!(lines[0].width().abs_diff(lines[1].width()) < 200);
    }

    #[test]
    fn a_word_wider_than_the_paper_is_broken_and_loses_no_letter() {
        let word = "W".repeat(160);
        let lines = fit(&word, Style::bold(36), 24, 528);
        assert!(lines.iter().all(|line| line.width() <= 528));
        assert_eq!(lines.iter().map(|line| line.text.len()).sum::<usize>(), 160);
    }
}
