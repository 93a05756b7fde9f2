//! Frames and files damaged on purpose, from a seed.

use kiosk_hal::frame::GreyFrame;

use super::chance::Chance;
use super::{Class, specimen};

/// What is damaged: a frame of each class. Drawing them takes longer than damaging them.
pub fn whole_frames() -> Vec<GreyFrame> {
    Class::ALL.into_iter().map(|class| specimen(class, 20_001).frame).collect()
}

/// One of `wholes` with rows shifted, parts moved or inverted, lines of noise, cut or squashed.
pub fn frame(wholes: &[GreyFrame], number: u64) -> GreyFrame {
    let mut chance = Chance::new(number ^ 0x5eed);
    let whole = chance.one_of(wholes);
    let (width, height) = (whole.width(), whole.height());
    let mut pixels = whole.pixels().to_vec();
    for _ in 0..1 + chance.below(4) {
        match chance.below(6) {
            0 => {
                let (row, by) = (chance.below(height), chance.below(width));
                pixels[row * width..].rotate_left(by);
            }
            1 => {
                let (from, to, rows) = (chance.below(height), chance.below(height), chance.below(height / 3));
                let rows = rows.min(height - from.max(to));
                pixels.copy_within(from * width..(from + rows) * width, to * width);
            }
            2 => {
                for _ in 0..chance.below(40) {
                    let (row, level) = (chance.below(height), chance.next() as u8);
                    pixels[row * width..(row + 1) * width].fill(level);
                }
            }
            3 => pixels.iter_mut().for_each(|pixel| *pixel = if *pixel < 128 { 0 } else { 255 }),
            4 => {
                for _ in 0..chance.below(4_000) {
                    let at = chance.below(pixels.len());
                    pixels[at] = chance.next() as u8;
                }
            }
            _ => {
                let (left, top, side) = (chance.below(width), chance.below(height), 8 + chance.below(200));
                for y in top..(top + side).min(height) {
                    for x in left..(left + side).min(width) {
                        pixels[y * width + x] = !pixels[y * width + x];
                    }
                }
            }
        }
    }
    cut(&pixels, width, height, &mut chance)
}

/// A part of any size, from nothing to all, at times squashed.
fn cut(pixels: &[u8], width: usize, height: usize, chance: &mut Chance) -> GreyFrame {
    let whole = chance.below(2) == 0;
    let (wide, high) = if whole { (width, height) } else { (chance.below(width + 1), chance.below(height + 1)) };
    let step = if chance.below(4) == 0 { 2 } else { 1 };
    let rows = pixels.chunks(width).take(high).step_by(step);
    let cut: Vec<u8> = rows.flat_map(|row| row[..wide].iter().copied()).collect();
    GreyFrame::new(wide, high.div_ceil(step), cut).expect("as many pixels as the frame has")
}

/// The bytes of an image file with some of them changed, cut or doubled.
pub fn file(whole: &[u8], number: u64) -> Vec<u8> {
    let mut chance = Chance::new(number ^ 0xf11e);
    let mut bytes = whole.to_vec();
    for _ in 0..1 + chance.below(8) {
        let at = chance.below(bytes.len());
        match chance.below(5) {
            0 => bytes.truncate(at.max(1)),
            1 => bytes[at] = 0xff,
            2 => {
                let part = bytes[at..(at + chance.below(64)).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            _ => bytes[at] ^= 1 << chance.below(8),
        }
    }
    bytes
}
