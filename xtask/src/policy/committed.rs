//! What may be committed: text, PNG pictures and the fonts; nothing large, no real person's number.

use super::Complaint;

pub const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The only fonts, each cut down to the letters we draw, each next to its licence.
const FONTS: &[&str] = &["NotoSans-Regular.ttf", "NotoSans-SemiBold.ttf", "NotoSans-Bold.ttf", "NotoSansSC-Bold.otf"];
const FONT_FOLDER: &str = "/fonts/";

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A citizen's number: province (3 digits), century and sex (1), year (2), serial (6).
const CITIZEN_NUMBER_DIGITS: usize = 12;
/// Serials of invented people begin so.
const INVENTED_SERIAL: &str = "9999";
/// Highest province code in use.
const PROVINCE_MAX: u32 = 96;
/// Full of numbers that are sums.
const NOT_READ_FOR_NUMBERS: &[&str] = &["Cargo.lock"];

/// A file as git lists it.
#[derive(Debug, Clone)]
pub struct Committed {
    pub path: String,
    pub content: Vec<u8>,
}

pub fn check(files: &[Committed]) -> Vec<Complaint> {
    files.iter().flat_map(|file| [too_large(file), foreign_binary(file)]).flatten().collect()
}

/// Twelve digits that could be somebody's number, unless the serial marks it as invented.
pub fn check_citizen_numbers(files: &[Committed]) -> Vec<Complaint> {
    let read = files.iter().filter(|file| !NOT_READ_FOR_NUMBERS.contains(&file.path.as_str()));
    read.flat_map(|file| {
        let text = String::from_utf8_lossy(&file.content).into_owned();
        if is_binary(&file.content) { Vec::new() } else { numbers_in(file, &text) }
    })
    .collect()
}

fn too_large(file: &Committed) -> Option<Complaint> {
    let bytes = u64::try_from(file.content.len()).unwrap_or(u64::MAX);
    let text = format!("has {bytes} bytes, more than {FILE_BYTES_MAX}: every clone pays for it for ever; leave it out");
    (bytes > FILE_BYTES_MAX).then(|| Complaint::new(&file.path, text))
}

fn foreign_binary(file: &Committed) -> Option<Complaint> {
    let is_png = file.path.ends_with(".png") && file.content.starts_with(PNG_SIGNATURE);
    let text = "is a binary file, but only PNG pictures and the listed fonts are committed: write bytes as hex text";
    (is_binary(&file.content) && !is_png && !is_listed_font(&file.path)).then(|| Complaint::new(&file.path, text))
}

fn is_binary(content: &[u8]) -> bool {
    content.contains(&0) || std::str::from_utf8(content).is_err()
}

fn is_listed_font(path: &str) -> bool {
    path.rsplit_once(FONT_FOLDER).is_some_and(|(_, name)| FONTS.contains(&name))
}

fn numbers_in(file: &Committed, text: &str) -> Vec<Complaint> {
    text.lines()
        .enumerate()
        .flat_map(|(at, line)| citizen_numbers(line).into_iter().map(move |_| at + 1))
        .map(|line| {
            let text = format!(
                "has a number that could be a real person's: use one whose serial begins with {INVENTED_SERIAL}"
            );
            Complaint::new(format!("{}:{line}", file.path), text)
        })
        .collect()
}

/// Whole words of twelve digits; parts of a UUID or of a longer word are none.
fn citizen_numbers(line: &str) -> Vec<&str> {
    line.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .filter(|word| word.len() == CITIZEN_NUMBER_DIGITS && word.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|word| could_be_real(word))
        .collect()
}

fn could_be_real(digits: &str) -> bool {
    let province: u32 = digits[..3].parse().unwrap_or_default();
    let serial = &digits[6..];
    (1..=PROVINCE_MAX).contains(&province) && !serial.starts_with(INVENTED_SERIAL)
}
