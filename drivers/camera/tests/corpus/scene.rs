//! Codes in a scene, and the camera that looks at it.

use kiosk_hal::frame::GreyFrame;
use qrcodegen::{QrCode, QrCodeEcc, QrSegment};

use super::chance::Chance;

/// Modules of quiet zone.
const QUIET: f32 = 4.0;

/// Samples across and down a pixel.
const SAMPLES: usize = 3;

/// A code in the scene.
pub struct Card {
    pub payload: Vec<u8>,
    code: QrCode,
    pub centre: (f32, f32),
    /// Side of a module in pixels when looked at from straight ahead.
    pub module: f32,
    /// Clockwise, in radians.
    pub turn: f32,
    /// Towards the camera, around both axes, in radians.
    pub tilt: (f32, f32),
    /// Half the angle that the code takes of the cylinder it is bent round, in radians; 0 is flat.
    pub bend: f32,
}

impl Card {
    pub fn new(payload: Vec<u8>, centre: (f32, f32), chance: &mut Chance) -> Self {
        let level = *chance.one_of(&[QrCodeEcc::Low, QrCodeEcc::Medium, QrCodeEcc::Medium, QrCodeEcc::Quartile]);
        let segments = match std::str::from_utf8(&payload) {
            Ok(text) if text.is_ascii() => QrSegment::make_segments(text),
            Ok(_) | Err(_) => vec![QrSegment::make_bytes(&payload)],
        };
        let code = QrCode::encode_segments(&segments, level).expect("a payload that fits");
        Self { payload, code, centre, module: 4.0, turn: 0.0, tilt: (0.0, 0.0), bend: 0.0 }
    }

    /// On a side, with the quiet zone.
    pub fn modules(&self) -> f32 {
        self.code.size() as f32 + 2.0 * QUIET
    }
}

/// A card with what its pose comes to, worked out once for all places.
struct Posed<'a> {
    card: &'a Card,
    half: f32,
    turn: (f32, f32),
    slope: (f32, f32),
    shortening: (f32, f32),
}

impl<'a> Posed<'a> {
    fn new(card: &'a Card) -> Self {
        Self {
            card,
            half: card.modules() / 2.0,
            turn: card.turn.sin_cos(),
            slope: (card.tilt.0.tan(), card.tilt.1.tan()),
            shortening: (card.tilt.0.cos(), card.tilt.1.cos()),
        }
    }

    /// Where a place of the frame is on the card, in modules from the code's middle; `None` beside the card.
    fn place(&self, x: f32, y: f32) -> Option<(f32, f32)> {
        let (card, half) = (self.card, self.half);
        let (dx, dy) = ((x - card.centre.0) / card.module, (y - card.centre.1) / card.module);
        // No pose makes a card more than twice as large as it is.
        if dx.abs().max(dy.abs()) > 4.0 * half {
            return None;
        }
        let (sin, cos) = self.turn;
        let (dx, dy) = (dx * cos + dy * sin, dy * cos - dx * sin);
        // The ray through the place meets the tilted plane; the eye is three times the code's side away.
        let distance = 6.0 * half;
        let reach = 1.0 - (self.slope.0 * dx + self.slope.1 * dy) / distance;
        if reach < 0.2 {
            return None;
        }
        let (u, v) = (dx / reach / self.shortening.0, dy / reach / self.shortening.1);
        let u = if card.bend > 0.0 {
            let radius = half / card.bend;
            let sine = u / radius;
            if sine.abs() >= 1.0 {
                return None;
            }
            sine.asin() * radius
        } else {
            u
        };
        (u.abs() < half && v.abs() < half).then_some((u, v))
    }

    fn dark(&self, (u, v): (f32, f32)) -> bool {
        let half = self.card.code.size() as f32 / 2.0;
        self.card.code.get_module((u + half).floor() as i32, (v + half).floor() as i32)
    }
}

/// Grey levels.
pub struct Tones {
    pub dark: f32,
    pub light: f32,
    pub inverted: bool,
    pub around: f32,
    /// Share of the light lost from the brightest to the darkest corner.
    pub slope: f32,
}

pub struct Scene {
    pub cards: Vec<Card>,
    pub tones: Tones,
}

impl Scene {
    fn light_at(&self, cards: &[Posed<'_>], x: f32, y: f32, table: f32) -> f32 {
        for card in cards {
            if let Some(place) = card.place(x, y) {
                return if card.dark(place) == self.tones.inverted { self.tones.light } else { self.tones.dark };
            }
        }
        table
    }

    /// A table with a coarse pattern.
    fn table_at(&self, x: f32, y: f32) -> f32 {
        self.tones.around + 12.0 * ((x / 37.0).sin() * (y / 29.0).cos())
    }
}

/// A bright ellipse.
pub struct Glare {
    centre: (f32, f32),
    radius: (f32, f32),
    strength: f32,
}

impl Glare {
    pub fn over(card: &Card, chance: &mut Chance) -> Self {
        let side = card.modules() * card.module;
        let centre =
            (card.centre.0 + chance.between(-0.35, 0.35) * side, card.centre.1 + chance.between(-0.35, 0.35) * side);
        let radius = (chance.between(0.06, 0.28) * side, chance.between(0.04, 0.16) * side);
        Self { centre, radius, strength: chance.between(120.0, 420.0) }
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = ((x - self.centre.0) / self.radius.0, (y - self.centre.1) / self.radius.1);
        self.strength * (-(dx * dx + dy * dy)).exp()
    }
}

/// Lens, shutter, sensor and encoder. Lengths in pixels.
#[derive(Default)]
pub struct Camera {
    /// Deviation of a Gaussian.
    pub blur: f32,
    pub streak: f32,
    pub streak_angle: f32,
    /// Deviation of the noise in grey levels.
    pub noise: f32,
    pub glare: Option<Glare>,
    /// Coarsest step of the encoder's tables.
    pub jpeg: Option<f32>,
}

impl Camera {
    pub fn picture(&self, scene: &Scene, width: usize, height: usize, chance: &mut Chance) -> GreyFrame {
        let mut light = drawn(scene, width, height);
        if self.streak > 0.0 {
            light = streaked(&light, width, height, self.streak, self.streak_angle);
        }
        light = blurred(&light, width, height, self.blur);
        for y in 0..height {
            for x in 0..width {
                let level = &mut light[y * width + x];
                let (fx, fy) = (x as f32 / width as f32, y as f32 / height as f32);
                *level *= 1.0 - scene.tones.slope * (0.7 * fx + 0.3 * fy);
                *level += self.glare.as_ref().map_or(0.0, |glare| glare.at(x as f32, y as f32));
                *level += self.noise * chance.normal();
            }
        }
        if let Some(step) = self.jpeg {
            jpeg::squeeze(&mut light, width, height, step);
        }
        let pixels = light.iter().map(|level| level.round().clamp(0.0, 255.0) as u8).collect();
        GreyFrame::new(width, height, pixels).expect("as many pixels as the frame has")
    }
}

fn drawn(scene: &Scene, width: usize, height: usize) -> Vec<f32> {
    let step = 1.0 / SAMPLES as f32;
    let cards: Vec<Posed<'_>> = scene.cards.iter().map(Posed::new).collect();
    let pixel = |at: usize| {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let table = scene.table_at(x, y);
        let sample = |at: usize| {
            let (dx, dy) = ((at % SAMPLES) as f32 + 0.5, (at / SAMPLES) as f32 + 0.5);
            scene.light_at(&cards, x + dx * step, y + dy * step, table)
        };
        (0..SAMPLES * SAMPLES).map(sample).sum::<f32>() * step * step
    };
    (0..width * height).map(pixel).collect()
}

fn streaked(light: &[f32], width: usize, height: usize, length: f32, angle: f32) -> Vec<f32> {
    let (sin, cos) = angle.sin_cos();
    let steps = (length * 2.0).ceil() as usize + 1;
    let offset = |step: usize| (step as f32 / (steps - 1).max(1) as f32 - 0.5) * length;
    let pixel = |at: usize| {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let taken =
            (0..steps).map(|step| between(light, width, height, x + cos * offset(step), y + sin * offset(step)));
        taken.sum::<f32>() / steps as f32
    };
    (0..width * height).map(pixel).collect()
}

fn between(light: &[f32], width: usize, height: usize, x: f32, y: f32) -> f32 {
    let (x, y) = (x.clamp(0.0, width as f32 - 1.001), y.clamp(0.0, height as f32 - 1.001));
    let (left, top) = (x as usize, y as usize);
    let (fx, fy) = (x - left as f32, y - top as f32);
    let at = |x: usize, y: usize| light[y * width + x];
    let upper = at(left, top) * (1.0 - fx) + at(left + 1, top) * fx;
    let lower = at(left, top + 1) * (1.0 - fx) + at(left + 1, top + 1) * fx;
    upper * (1.0 - fy) + lower * fy
}

fn blurred(light: &[f32], width: usize, height: usize, deviation: f32) -> Vec<f32> {
    let reach = (deviation * 3.0).ceil() as isize;
    let weight = |at: isize| (-(at * at) as f32 / (2.0 * deviation * deviation)).exp();
    let all: f32 = (-reach..=reach).map(weight).sum();
    let weights: Vec<f32> = (-reach..=reach).map(|at| weight(at) / all).collect();
    let pass = |from: &[f32], step_x: isize, step_y: isize| -> Vec<f32> {
        let mut to = vec![0.0; width * height];
        for (y, row) in to.chunks_mut(width).enumerate() {
            for (k, weight) in (-reach..=reach).zip(&weights) {
                let other = (y as isize + k * step_y).clamp(0, height as isize - 1) as usize;
                let other = &from[other * width..(other + 1) * width];
                for (x, level) in row.iter_mut().enumerate() {
                    let column = (x as isize + k * step_x).clamp(0, width as isize - 1) as usize;
                    *level += weight * other[column];
                }
            }
        }
        to
    };
    pass(&pass(light, 1, 0), 0, 1)
}

/// What a strong JPEG encoder does to a grey picture: cosine transform of blocks of 8, coarser steps for finer waves.
pub mod jpeg {
    pub fn squeeze(light: &mut [f32], width: usize, height: usize, step: f32) {
        let wave: Vec<f32> = (0..64).map(|at| cosine(at / 8, at % 8)).collect();
        for top in (0..height - height % 8).step_by(8) {
            for left in (0..width - width % 8).step_by(8) {
                let mut block = [0.0f32; 64];
                for (at, cell) in block.iter_mut().enumerate() {
                    *cell = light[(top + at / 8) * width + left + at % 8];
                }
                let mut waves = transformed(&block, |k, n| wave[k * 8 + n]);
                for (at, value) in waves.iter_mut().enumerate() {
                    let coarse = step * (1.0 + (at / 8 + at % 8) as f32 * 0.7);
                    *value = (*value / coarse).round() * coarse;
                }
                let back = transformed(&waves, |n, k| wave[k * 8 + n]);
                for (at, cell) in back.iter().enumerate() {
                    light[(top + at / 8) * width + left + at % 8] = *cell;
                }
            }
        }
    }

    fn cosine(k: usize, n: usize) -> f32 {
        let scale = if k == 0 { 0.125f32.sqrt() } else { 0.5 };
        scale * (std::f32::consts::PI * (2 * n + 1) as f32 * k as f32 / 16.0).cos()
    }

    /// Rows, then columns.
    fn transformed(block: &[f32; 64], wave: impl Fn(usize, usize) -> f32) -> [f32; 64] {
        let mut rows = [0.0; 64];
        for (at, cell) in rows.iter_mut().enumerate() {
            *cell = (0..8).map(|n| wave(at % 8, n) * block[at / 8 * 8 + n]).sum();
        }
        std::array::from_fn(|at| (0..8).map(|n| wave(at / 8, n) * rows[n * 8 + at % 8]).sum())
    }
}
