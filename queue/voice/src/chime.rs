//! The sound before a call: two falling tones that end softly, made here so that no file is needed.

use crate::wave::Wave;

/// Hertz and milliseconds of each tone: a major third down, as door chimes have.
const TONES: [(f64, u32); 2] = [(659.26, 350), (523.25, 650)];
/// How loud, of a sample's full range. Speech is about as loud.
const LOUDNESS: f64 = 9_000.0;
/// How fast a tone dies away, a second.
const DECAY: f64 = 5.0;
/// A tone starts over this long, so that it does not click.
const ATTACK_SECONDS: f64 = 0.01;

/// The chime, at `rate` samples a second.
pub fn chime(rate: u32) -> Wave {
    let mut wave = Wave::silence(rate, 0);
    for (hertz, milliseconds) in TONES {
        wave.append(&tone(rate, hertz, milliseconds));
    }
    wave.append(&Wave::silence(rate, 200));
    wave
}

fn tone(rate: u32, hertz: f64, milliseconds: u32) -> Wave {
    let mut wave = Wave::silence(rate, milliseconds);
    let length = wave.duration().as_secs_f64();
    for (at, sample) in wave.samples.iter_mut().enumerate() {
        let seconds = at as f64 / f64::from(rate.max(1));
        let ends = ((length - seconds) / ATTACK_SECONDS).clamp(0.0, 1.0) * (seconds / ATTACK_SECONDS).min(1.0);
        let phase = seconds * hertz * std::f64::consts::TAU;
        // A little of the octave makes it heard on small loudspeakers.
        let value = (phase.sin() + 0.3 * (2.0 * phase).sin()) * (-DECAY * seconds).exp() * ends;
        *sample = (value * LOUDNESS) as i16;
    }
    wave
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chime_is_a_second_long_is_heard_and_does_not_click() {
        let chime = chime(22_050);
        assert!(chime.duration().as_millis().abs_diff(1_200) <= 1, "{:?}", chime.duration());
        assert!(chime.samples.iter().any(|sample| sample.unsigned_abs() > 5_000));
        let steps = chime.samples.windows(2).map(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs());
        assert!(steps.max().unwrap_or_default() < 6_000);
        assert_eq!(chime.samples.first(), Some(&0));
    }
}
