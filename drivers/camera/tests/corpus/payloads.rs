//! What the codes say: cards, insurance cards and phone screens of people who do not exist.

use super::chance::Chance;

const FAMILY: [&str; 6] = ["Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Võ"];
const MIDDLE: [&str; 5] = ["Văn", "Thị", "Đức", "Thử Nghiệm", "Minh"];
const GIVEN: [&str; 5] = ["Mẫu", "Ví Dụ", "Giả Định", "Không Có Thật", "Thử"];
const STREETS: [&str; 4] = ["Đường Thử Nghiệm", "Phố Mẫu", "Ngõ Ví Dụ", "Thôn Giả Định"];
const WARDS: [&str; 4] =
    ["Phường Mẫu, Quận Ví Dụ, Hà Nội", "Xã Thử, Huyện Mẫu, Cần Thơ", "Phường Giả Định, Huế", "Xã Mẫu, Nghệ An"];

fn name(chance: &mut Chance) -> String {
    format!("{} {} {}", chance.one_of(&FAMILY), chance.one_of(&MIDDLE), chance.one_of(&GIVEN))
}

/// A number whose serial part starts at 999900, as all invented ones do.
fn number(chance: &mut Chance) -> String {
    format!("0{:02}0{:02}9999{:02}", 1 + chance.below(90), chance.below(99), chance.below(100))
}

fn day(chance: &mut Chance, from: usize, years: usize) -> String {
    format!("{:02}{:02}{}", 1 + chance.below(28), 1 + chance.below(12), from + chance.below(years))
}

fn card(chance: &mut Chance) -> String {
    let sex = if chance.below(2) == 0 { "Nam" } else { "Nữ" };
    let house = 1 + chance.below(200);
    let (street, ward) = (*chance.one_of(&STREETS), *chance.one_of(&WARDS));
    let (number, name) = (number(chance), name(chance));
    let (born, issued) = (day(chance, 1940, 70), day(chance, 2021, 3));
    format!("{number}||{name}|{born}|{sex}|Số {house} {street}, {ward}|{issued}")
}

fn insurance(chance: &mut Chance) -> String {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (name, ward) = (name(chance), *chance.one_of(&WARDS));
    let born = day(chance, 1940, 70);
    let serial = 9_999_000_000u64 + chance.below(100_000) as u64;
    format!(
        "{serial}|{}|{born}|1|{}|01 - 999|01/01/2025|-|01/01/2025|{serial}|-|4|01/01/2030|{:016x}|$",
        hex(&name),
        hex(ward),
        chance.next()
    )
}

/// A card's, an insurance card's, a phone's or a binary payload.
pub fn any(chance: &mut Chance) -> Vec<u8> {
    match chance.below(10) {
        0..=5 => card(chance).into_bytes(),
        6 | 7 => insurance(chance).into_bytes(),
        8 => short(chance),
        _ => (0..30 + chance.below(60)).map(|_| chance.next() as u8).collect(),
    }
}

/// A short payload: a number, an appointment, an address.
pub fn short(chance: &mut Chance) -> Vec<u8> {
    let text = match chance.below(4) {
        0 => number(chance),
        1 => format!("https://example.vn/lich-hen/{:08x}", chance.next() as u32),
        2 => format!("HEN-{:06}-{}", chance.below(1_000_000), day(chance, 2026, 2)),
        _ => format!("{}|{}", number(chance), name(chance)),
    };
    text.into_bytes()
}
