//! How much room a text takes, before it is drawn: close enough to choose how many choices fit a page.

/// Width of a character in thousandths of the type size, rounded up from Noto Sans SemiBold.
const fn width_of(character: char) -> u32 {
    match character {
        ' ' | 'i' | 'j' | 'l' | 'í' | 'ì' | 'ỉ' | 'ĩ' | 'ị' | '.' | ',' | ':' | '\'' | '|' | '·' => 300,
        'I' | 'Í' | 'Ì' | 'f' | 'r' | 't' | '(' | ')' | '-' => 420,
        'm' | 'M' | 'W' | 'w' => 960,
        'a'..='z' | '0'..='9' | '*' => 610,
        'A'..='Z' | 'Đ' => 720,
        '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}' => 1_000,
        // Letters with marks.
        _ => 660,
    }
}

/// Width of `text` in type of `size` pixels, in pixels.
pub fn width(text: &str, size: u32) -> u32 {
    text.chars().map(width_of).sum::<u32>() * size / 1_000
}

/// Lines that `text` takes when it is wrapped between words in `room` pixels; 0 when there is none.
pub fn lines(text: &str, size: u32, room: u32) -> u32 {
    text.split('\n').map(|line| paragraph_lines(line, size, room)).sum()
}

fn paragraph_lines(text: &str, size: u32, room: u32) -> u32 {
    let space = width(" ", size);
    let (mut count, mut used) = (0, room + 1);
    for word in text.split_whitespace() {
        let word = width(word, size);
        if used + space + word <= room {
            used += space + word;
        } else {
            // A word wider than the room, such as a sentence without spaces, is broken.
            count += 1 + word / room.max(1);
            used = word % room.max(1);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_wrapped_between_its_words() {
        assert_eq!(lines("", 46, 400), 0);
        assert_eq!(lines("Phòng 101", 46, 400), 1);
        assert_eq!(lines("Người có công với cách mạng", 46, 400), 2);
        assert_eq!(lines("Thẻ Căn cước\nBảo hiểm", 46, 900), 2);
        assert_eq!(lines("暂时不能扫描证件请输入证件号码", 100, 500), 4);
    }
}
