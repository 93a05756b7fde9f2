//! Sound as samples, and as a WAV file (RIFF, 16-bit PCM, one channel).

/// Sound of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// Samples a second, in hertz.
    pub rate: u32,
    pub samples: Vec<i16>,
}

/// Longest sound that is read: no announcement takes a minute.
pub const SECONDS_MAX: u32 = 60;
/// The rates that loudspeakers play.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// Why bytes are no sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaveError {
    #[error("no WAV file: {0} bytes without the marks of one")]
    NotWav(usize),
    #[error(
        "the sound has format {format}, {channels} channels, {bits} bits and {rate} Hz, expected 16-bit PCM of one channel"
    )]
    OtherFormat { format: u16, channels: u16, bits: u16, rate: u32 },
    #[error("the sound is longer than {SECONDS_MAX} s")]
    TooLong,
    #[error("the sound is empty")]
    Empty,
}

impl Wave {
    /// Silence.
    pub fn silence(rate: u32, milliseconds: u32) -> Self {
        let count = u64::from(rate) * u64::from(milliseconds) / 1_000;
        Self { rate, samples: vec![0; usize::try_from(count).unwrap_or_default()] }
    }

    /// Reads a WAV file. The length of its data may be missing, as in one that was written to a pipe.
    pub fn from_wav(bytes: &[u8]) -> Result<Self, WaveError> {
        let not_wav = || WaveError::NotWav(bytes.len());
        let body = bytes.strip_prefix(b"RIFF").and_then(|rest| rest.get(4..)).ok_or_else(not_wav)?;
        let mut rest = body.strip_prefix(b"WAVE").ok_or_else(not_wav)?;
        let mut rate = None;
        loop {
            let (name, after) = rest.split_first_chunk::<4>().ok_or_else(not_wav)?;
            let (length, after) = after.split_first_chunk::<4>().ok_or_else(not_wav)?;
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let chunk = &after[..length.min(after.len())];
            match name {
                b"fmt " => rate = Some(format(chunk).ok_or_else(not_wav)??),
                b"data" => return samples(chunk, rate.ok_or_else(not_wav)?),
                _ => {}
            }
            // Chunks start at even places.
            rest = after.get(length.saturating_add(length % 2)..).unwrap_or_default();
        }
    }

    /// Writes a WAV file.
    pub fn to_wav(&self) -> Vec<u8> {
        let data_bytes = u32::try_from(self.samples.len() * 2).unwrap_or(u32::MAX);
        let mut wav = Vec::with_capacity(44 + self.samples.len() * 2);
        wav.extend(b"RIFF");
        wav.extend(data_bytes.saturating_add(36).to_le_bytes());
        wav.extend(b"WAVEfmt ");
        wav.extend(16_u32.to_le_bytes());
        // PCM, one channel.
        wav.extend([1, 0, 1, 0]);
        wav.extend(self.rate.to_le_bytes());
        wav.extend(self.rate.saturating_mul(2).to_le_bytes());
        // 2 bytes a sample of 16 bits.
        wav.extend([2, 0, 16, 0]);
        wav.extend(b"data");
        wav.extend(data_bytes.to_le_bytes());
        wav.extend(self.samples.iter().flat_map(|sample| sample.to_le_bytes()));
        wav
    }

    /// Adds another sound behind this one. Its rate is turned into this one's by taking the nearest sample.
    pub fn append(&mut self, other: &Self) {
        if other.rate == self.rate {
            self.samples.extend_from_slice(&other.samples);
            return;
        }
        let (from, to) = (u64::from(other.rate), u64::from(self.rate));
        let count = other.samples.len() as u64 * to / from.max(1);
        let nearest =
            |at: u64| usize::try_from(at * from / to.max(1)).ok().and_then(|at| other.samples.get(at)).copied();
        self.samples.extend((0..count).filter_map(nearest));
    }

    /// The same sound at `percent` of its loudness, at most 100.
    #[must_use]
    pub fn at_volume(mut self, percent: u8) -> Self {
        let percent = i32::from(percent.min(100));
        for sample in &mut self.samples {
            *sample = i16::try_from(i32::from(*sample) * percent / 100).unwrap_or(*sample);
        }
        self
    }

    /// How long it sounds.
    pub fn duration(&self) -> std::time::Duration {
        std::time::Duration::from_secs_f64(self.samples.len() as f64 / f64::from(self.rate.max(1)))
    }
}

/// `None` when the chunk is too short for a format.
fn format(chunk: &[u8]) -> Option<Result<u32, WaveError>> {
    let two = |at: usize| Some(u16::from_le_bytes(*chunk.get(at..)?.first_chunk()?));
    let rate = u32::from_le_bytes(*chunk.get(4..)?.first_chunk()?);
    let (format, channels, bits) = (two(0)?, two(2)?, two(14)?);
    let fits = format == 1 && channels == 1 && bits == 16 && RATES.contains(&rate);
    Some(if fits { Ok(rate) } else { Err(WaveError::OtherFormat { format, channels, bits, rate }) })
}

fn samples(data: &[u8], rate: u32) -> Result<Wave, WaveError> {
    let samples: Vec<i16> = data.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    match samples.len() as u64 {
        0 => Err(WaveError::Empty),
        count if count > u64::from(rate) * u64::from(SECONDS_MAX) => Err(WaveError::TooLong),
        _ => Ok(Wave { rate, samples }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Wave {
        Wave { rate: 22_050, samples: (0..1_000).map(|n| (n * 31 % 2_000) as i16 - 1_000).collect() }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Wave::from_wav(&sound().to_wav()), Ok(sound()));
    }

    #[test]
    fn the_length_may_be_that_of_a_pipe() {
        let mut wav = sound().to_wav();
        wav[40..44].copy_from_slice(&0x7FFF_F000_u32.to_le_bytes());
        assert_eq!(Wave::from_wav(&wav), Ok(sound()));
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        let wav = sound().to_wav();
        for cut in 0..44 {
            assert!(Wave::from_wav(&wav[..cut]).is_err(), "{cut}");
        }
        assert_eq!(Wave::from_wav(&wav[..44]), Err(WaveError::Empty));
        let mut stereo = wav;
        stereo[22] = 2;
        assert!(matches!(Wave::from_wav(&stereo), Err(WaveError::OtherFormat { channels: 2, .. })));
    }

    #[test]
    fn a_sound_of_another_rate_keeps_its_length_in_time() {
        let mut wave = Wave::silence(44_100, 0);
        wave.append(&sound());
        assert_eq!(wave.samples.len(), 2_000);
        assert_eq!(wave.duration().as_millis(), sound().duration().as_millis());
    }

    #[test]
    fn volume_makes_it_quieter_and_never_louder() {
        let loudest = |wave: &Wave| wave.samples.iter().map(|sample| sample.unsigned_abs()).max();
        assert_eq!(loudest(&sound().at_volume(50)), Some(500));
        assert_eq!(sound().at_volume(200), sound());
        assert_eq!(loudest(&sound().at_volume(0)), Some(0));
    }
}
