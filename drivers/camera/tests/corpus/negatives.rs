//! Frames without a code, of the kinds that hold a decoder up.

use kiosk_hal::frame::GreyFrame;

use super::chance::Chance;

/// Which kind goes by the number, so that all come equally often.
pub fn frame(width: usize, height: usize, number: u64, chance: &mut Chance) -> GreyFrame {
    let levels = match number % 7 {
        0 => noise(width, height, chance),
        1 => checks(width, height, chance),
        2 => bars(width, height, chance),
        3 => rings(width, height, chance),
        4 => writing(width, height, chance),
        5 => modules(width, height, chance),
        _ => weave(width, height, chance),
    };
    let noise = chance.between(0.0, 8.0);
    let pixels = levels.iter().map(|level| (level + noise * chance.normal()).clamp(0.0, 255.0) as u8).collect();
    GreyFrame::new(width, height, pixels).expect("as many pixels as the frame has")
}

fn each(width: usize, height: usize, level: impl FnMut(usize) -> f32) -> Vec<f32> {
    (0..width * height).map(level).collect()
}

fn noise(width: usize, height: usize, chance: &mut Chance) -> Vec<f32> {
    let grain = 1 + chance.below(6);
    let columns = width / grain + 1;
    let grains: Vec<f32> = (0..columns * (height / grain + 1)).map(|_| chance.between(0.0, 255.0)).collect();
    each(width, height, |at| grains[at / width / grain * columns + at % width / grain])
}

fn checks(width: usize, height: usize, chance: &mut Chance) -> Vec<f32> {
    let (side, lean) = (2 + chance.below(20), chance.below(3));
    each(width, height, |at| {
        let (x, y) = (at % width, at / width);
        if ((x + lean * y / 4) / side + y / side) % 2 == 0 { 40.0 } else { 210.0 }
    })
}

/// A bar code over the whole height.
fn bars(width: usize, height: usize, chance: &mut Chance) -> Vec<f32> {
    let module = 1 + chance.below(5);
    let bars: Vec<bool> = (0..width / module + 2).map(|_| chance.below(2) == 0).collect();
    let lean = chance.below(4);
    each(width, height, |at| if bars[((at % width + lean * (at / width) / 8) % width) / module] { 30.0 } else { 220.0 })
}

/// Squares in squares: finder patterns everywhere, and no symbol.
fn rings(width: usize, height: usize, chance: &mut Chance) -> Vec<f32> {
    let module = 2 + chance.below(6);
    let pitch = (9 + chance.below(6)) * module;
    each(width, height, |at| {
        let (x, y) = (at % width % pitch / module, at / width % pitch / module);
        let ring = x.abs_diff(3).max(y.abs_diff(3));
        if ring < 2 || ring == 3 { 30.0 } else { 220.0 }
    })
}

/// Strokes in lines, as print has them.
fn writing(width: usize, height: usize, chance: &mut Chance) -> Vec<f32> {
    let size = 6 + chance.below(20);
    let mut levels = vec![225.0; width * height];
    for line in (size..height.saturating_sub(size)).step_by(size * 2) {
        for letter in (size..width.saturating_sub(size)).step_by(size) {
            for _ in 0..3 {
                let (x, y) = (letter + chance.below(size), line + chance.below(size));
                let (dx, dy) = *chance.one_of(&[(1, 0), (0, 1), (1, 1)]);
                for step in 0..size * 2 / 3 {
                    let (x, y) = (x + dx * step, y + dy * step);
                    for at in [y * width + x, y * width + x + 1] {
                        if let Some(level) = levels.get_mut(at) {
                            *level = 35.0;
                        }
                    }
                }
            }
        }
    }
    levels
}

/// Random modules, as other matrix codes have them.
fn modules(width: usize, height: usize, chance: &mut Chance) -> Vec<f32> {
    let module = 2 + chance.below(8);
    let columns = width / module + 1;
    let dark: Vec<bool> = (0..columns * (height / module + 1)).map(|_| chance.below(2) == 0).collect();
    each(width, height, |at| if dark[at / width / module * columns + at % width / module] { 40.0 } else { 215.0 })
}

fn weave(width: usize, height: usize, chance: &mut Chance) -> Vec<f32> {
    let (a, b) = (chance.between(2.0, 14.0), chance.between(2.0, 14.0));
    each(width, height, |at| {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        128.0 + 60.0 * (x / a).sin() * (y / b).cos() + 40.0 * ((x + y) / (a + b)).sin()
    })
}
