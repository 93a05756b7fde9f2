//! Difficult frames, drawn from a seed: the same number gives the same frame on every machine.
//!
//! A scene is a function from a place to the light that comes from it; a frame is that function seen through a lens
//! (projection, blur), a sensor (noise, glare, contrast) and, for one class, a JPEG encoder's blocks.

#![allow(dead_code, reason = "each program that includes this uses a part of it")]
#![allow(clippy::expect_used, reason = "a frame that cannot be drawn is a failed test")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a class differs from the others in one or two things")]

pub mod chance;
pub mod negatives;
pub mod payloads;
pub mod scene;
pub mod spoil;

use chance::Chance;
use kiosk_hal::frame::GreyFrame;
use scene::{Camera, Card, Scene, Tones};

/// What makes the frames of a class difficult.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Straight, sharp, well lit.
    Plain,
    /// Modules of 1.6 to 2.5 pixels: a card of 2 cm far away.
    Dense,
    /// Turned by any angle, tilted by up to 45 degrees.
    Tilted,
    /// Out of focus.
    Defocus,
    /// Moved while the shutter was open.
    Motion,
    /// Sensor noise.
    Noise,
    /// Little contrast and uneven light.
    LowContrast,
    /// A lamp's reflection over part of the code.
    Glare,
    /// Bent round a cylinder.
    Curved,
    /// White on black: a phone in dark mode.
    Inverted,
    /// Blocks and ringing of strong JPEG compression.
    Jpeg,
    /// Two to four codes in view.
    Several,
    /// No code: textures, text, bars, other symbols, photographs' gradients.
    Negative,
}

impl Class {
    pub const ALL: [Self; 13] = [
        Self::Plain,
        Self::Dense,
        Self::Tilted,
        Self::Defocus,
        Self::Motion,
        Self::Noise,
        Self::LowContrast,
        Self::Glare,
        Self::Curved,
        Self::Inverted,
        Self::Jpeg,
        Self::Several,
        Self::Negative,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Dense => "dense",
            Self::Tilted => "tilted",
            Self::Defocus => "defocus",
            Self::Motion => "motion",
            Self::Noise => "noise",
            Self::LowContrast => "low contrast",
            Self::Glare => "glare",
            Self::Curved => "curved",
            Self::Inverted => "inverted",
            Self::Jpeg => "jpeg",
            Self::Several => "several",
            Self::Negative => "negative",
        }
    }
}

/// A frame and the payloads of the codes in it.
pub struct Specimen {
    pub class: Class,
    pub frame: GreyFrame,
    pub payloads: Vec<Vec<u8>>,
}

/// The frame of a class with this number.
pub fn specimen(class: Class, number: u64) -> Specimen {
    let mut chance = Chance::new(number.wrapping_mul(64).wrapping_add(class as u64));
    let (width, height) = if number.is_multiple_of(2) { (1_280, 720) } else { (640, 480) };
    if class == Class::Negative {
        let frame = negatives::frame(width, height, number, &mut chance);
        return Specimen { class, frame, payloads: Vec::new() };
    }
    let scene = Scene { cards: cards(class, width, height, &mut chance), tones: tones(class, &mut chance) };
    let payloads = scene.cards.iter().map(|card| card.payload.clone()).collect();
    let camera = camera(class, &scene, &mut chance);
    Specimen { class, frame: camera.picture(&scene, width, height, &mut chance), payloads }
}

fn cards(class: Class, width: usize, height: usize, chance: &mut Chance) -> Vec<Card> {
    let middle = (width as f32 / 2.0, height as f32 / 2.0);
    if class == Class::Several {
        let count = 2 + chance.below(3);
        let spread = width as f32 / 4.2;
        return (0..count)
            .map(|at| {
                let column = (at % 2) as f32 * 2.0 - 1.0;
                let row = if count > 2 { (at / 2) as f32 * 2.0 - 1.0 } else { 0.0 };
                let at = (middle.0 + column * spread, middle.1 + row * height as f32 / 4.2);
                let mut card = Card::new(payloads::short(chance), at, chance);
                card.module = chance.between(2.2, 0.34 * height as f32 / card.modules()).max(2.0);
                card.turn = chance.between(-0.3, 0.3);
                card
            })
            .collect();
    }
    let payload = payloads::any(chance);
    let mut card = Card::new(payload, middle, chance);
    let room = height as f32 * 0.86;
    let largest = room / card.modules();
    card.module = match class {
        Class::Dense => chance.between(1.6, 2.5).min(largest),
        Class::Tilted => chance.between(2.4, 6.0).min(largest * 0.7),
        Class::Defocus | Class::Motion | Class::Noise | Class::LowContrast => chance.between(2.2, 7.0).min(largest),
        _ => chance.between(2.2, 8.0).min(largest),
    };
    card.turn = match class {
        Class::Tilted => chance.between(-std::f32::consts::PI, std::f32::consts::PI),
        Class::Plain | Class::Jpeg => chance.between(-0.05, 0.05),
        _ => chance.between(-0.25, 0.25),
    };
    card.tilt = match class {
        Class::Tilted => (chance.between(-0.8, 0.8), chance.between(-0.8, 0.8)),
        _ => (chance.between(-0.15, 0.15), chance.between(-0.15, 0.15)),
    };
    if class == Class::Curved {
        card.bend = chance.between(0.5, 1.25);
    }
    card.centre.0 += chance.between(-0.05, 0.05) * width as f32;
    card.centre.1 += chance.between(-0.03, 0.03) * height as f32;
    vec![card]
}

fn tones(class: Class, chance: &mut Chance) -> Tones {
    let (dark, light) = match class {
        Class::LowContrast => {
            let dark = chance.between(60.0, 150.0);
            (dark, dark + chance.between(14.0, 45.0))
        }
        _ => (chance.between(10.0, 70.0), chance.between(150.0, 235.0)),
    };
    let inverted = class == Class::Inverted;
    let around = chance.between(30.0, 200.0);
    Tones {
        dark,
        light,
        inverted,
        around,
        slope: if class == Class::LowContrast { chance.between(0.0, 0.5) } else { chance.between(0.0, 0.15) },
    }
}

fn camera(class: Class, scene: &Scene, chance: &mut Chance) -> Camera {
    let module = scene.cards.iter().map(|card| card.module).fold(f32::INFINITY, f32::min);
    let mut camera = Camera {
        blur: chance.between(0.3, 0.25 * module.max(1.3)),
        noise: chance.between(1.0, 4.0),
        ..Camera::default()
    };
    match class {
        Class::Defocus => camera.blur = chance.between(0.35, 0.9) * module,
        Class::Motion => {
            camera.streak = chance.between(0.6, 2.2) * module;
            camera.streak_angle = chance.between(0.0, std::f32::consts::PI);
        }
        Class::Noise => camera.noise = chance.between(10.0, 38.0),
        Class::LowContrast => camera.noise = chance.between(1.0, 6.0),
        Class::Glare => camera.glare = Some(scene::Glare::over(&scene.cards[0], chance)),
        Class::Jpeg => camera.jpeg = Some(chance.between(8.0, 30.0)),
        Class::Dense => camera.blur = chance.between(0.3, 0.6),
        Class::Plain | Class::Tilted | Class::Curved | Class::Inverted | Class::Several | Class::Negative => {}
    }
    camera
}
