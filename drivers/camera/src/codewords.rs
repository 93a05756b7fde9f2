//! From the darkness of modules to a payload: format, codewords, their correction, and `rqrr` for the bit stream.

use std::cell::OnceCell;

use kiosk_hal::scanner::{SCAN_BYTES_MAX, Scan};
use rqrr::SimpleGrid;
use zeroize::Zeroizing;

use crate::fit::Pattern;
use crate::modules::Darkness;
use crate::reed_solomon::{self, Syndromes};
use crate::symbol::{Layout, Level, masked, reading_order};

/// Formats tried for a symbol, the likeliest first.
const FORMATS_MAX: usize = 2;

/// Evidence, in bits, without which a block is not believed: with one chance in 2^30 a block of random codewords is
/// within reach of a correction of this size. It is what the standard's own limits for versions 1 to 3 come to.
const EVIDENCE_BITS_MIN: f32 = 30.0;

/// The same for blocks in which the least sure codewords were taken for erased: there are more ways to be wrong.
const EVIDENCE_BITS_MIN_ERASED: f32 = 36.0;

/// Shares of a block's error correction codewords spent on erasing its least sure codewords, in quarters.
const ERASED_QUARTERS: [usize; 4] = [0, 1, 2, 3];

/// Everything a version fixes, worked out when it is first needed.
#[derive(Debug)]
pub struct Facts {
    pub layout: Layout,
    pub pattern: Pattern,
    order: OnceCell<Vec<(usize, usize)>>,
}

impl Facts {
    pub fn of(layout: Layout) -> Self {
        let pattern = Pattern::of(&layout);
        Self { layout, pattern, order: OnceCell::new() }
    }

    fn order(&self) -> &[(usize, usize)] {
        self.order.get_or_init(|| reading_order(&self.layout))
    }
}

#[derive(Debug, Clone, Copy)]
struct Format {
    level: Level,
    mask: u8,
    bits: u16,
}

/// What a symbol says.
pub enum Payload {
    Scan(Scan),
    /// More bytes than a scan may have.
    TooLong,
}

/// The payload that the modules hold; `None` when that is not beyond doubt.
pub fn payload(darkness: &Darkness, facts: &Facts) -> Option<Payload> {
    formats(darkness).into_iter().find_map(|format| payload_as(darkness, facts, format))
}

fn payload_as(darkness: &Darkness, facts: &Facts, format: Format) -> Option<Payload> {
    let received = received(darkness, facts, format.mask);
    let version = facts.layout.version;
    let (blocks, correction) = (version.blocks(format.level), version.correction(format.level));
    let places = block_places(received.len(), blocks, correction)?;
    let mut codewords: Zeroizing<Vec<u8>> = Zeroizing::new(received.iter().map(|codeword| codeword.value).collect());
    for block in &places {
        correct_block(block, correction, &received, &mut codewords)?;
    }
    read_stream(darkness, facts, format, &codewords)
}

/// The 32 formats by how well the two copies of the format information fit them.
fn formats(darkness: &Darkness) -> Vec<Format> {
    let size = darkness.size;
    let value = |(x, y): (usize, usize)| darkness.values[y * size + x];
    // Bit 0 first (figure 25).
    let first: [(usize, usize); 15] = std::array::from_fn(|bit| match bit {
        0..=5 => (8, bit),
        6 => (8, 7),
        7 => (8, 8),
        8 => (7, 8),
        further => (14 - further, 8),
    });
    let second: [(usize, usize); 15] =
        std::array::from_fn(|bit| if bit < 8 { (size - 1 - bit, 8) } else { (8, size - 15 + bit) });
    let fit = |bits: u16| -> f32 {
        let sign = |bit: usize| if bits >> bit & 1 == 1 { 1.0 } else { -1.0 };
        (0..15).map(|bit| sign(bit) * (clipped(value(first[bit])) + clipped(value(second[bit])))).sum()
    };
    let mut fits: Vec<(f32, Format)> = (0..32).map(format_of).map(|format| (fit(format.bits), format)).collect();
    fits.sort_by(|one, other| other.0.total_cmp(&one.0));
    fits.into_iter().take(FORMATS_MAX).map(|(_, format)| format).collect()
}

/// One module that shines must not outvote the others.
fn clipped(value: f32) -> f32 {
    value.clamp(-20.0, 20.0)
}

/// Format information for five data bits (annex C).
fn format_of(data: u16) -> Format {
    let mut remainder = data << 10;
    for bit in (10..15).rev() {
        if remainder >> bit & 1 == 1 {
            remainder ^= 0x537 << (bit - 10);
        }
    }
    let level = match data >> 3 {
        0 => Level::Medium,
        1 => Level::Low,
        2 => Level::High,
        _ => Level::Quartile,
    };
    Format { level, mask: (data & 7) as u8, bits: (data << 10 | remainder) ^ 0x5412 }
}

/// A codeword as seen, and the darkness of its least sure module.
struct Received {
    value: u8,
    sureness: f32,
}

fn received(darkness: &Darkness, facts: &Facts, mask: u8) -> Vec<Received> {
    let codeword = |modules: &[(usize, usize)]| {
        let mut codeword = Received { value: 0, sureness: f32::INFINITY };
        for (x, y) in modules {
            let value = darkness.values[y * darkness.size + x];
            codeword.value = codeword.value << 1 | u8::from((value > 0.0) != masked(mask, *x, *y));
            codeword.sureness = codeword.sureness.min(value.abs());
        }
        codeword
    };
    facts.order().chunks_exact(8).map(codeword).collect()
}

/// Where the codewords of each block are among those of the symbol (7.6), data codewords first.
fn block_places(codewords: usize, blocks: usize, correction: usize) -> Option<Vec<Vec<usize>>> {
    let data = codewords.checked_sub(blocks * correction)?;
    let (short, long_blocks) = (data / blocks, data % blocks);
    let block = |number: usize| {
        let of_all = (0..short).map(|at| at * blocks + number);
        let short_blocks = blocks - long_blocks;
        let longer = (number >= short_blocks).then(|| short * blocks + number - short_blocks);
        of_all.chain(longer).chain((0..correction).map(|at| data + at * blocks + number)).collect()
    };
    Some((0..blocks).map(block).collect())
}

fn correct_block(places: &[usize], correction: usize, received: &[Received], codewords: &mut [u8]) -> Option<()> {
    let mut doubtful: Vec<usize> = (0..places.len()).collect();
    doubtful.sort_by(|one, other| received[places[*one]].sureness.total_cmp(&received[places[*other]].sureness));
    let mut block: Zeroizing<Vec<u8>> = Zeroizing::new(places.iter().map(|place| received[*place].value).collect());
    let syndromes = Syndromes::of(&block, correction);
    for quarters in ERASED_QUARTERS {
        let erased = doubtful.get(..correction * quarters / 4)?;
        let Some(done) = reed_solomon::correct(&mut block, &syndromes, correction, erased) else { continue };
        let evidence = evidence_bits(places.len(), correction, done);
        let least = if done.erasures == 0 { EVIDENCE_BITS_MIN } else { EVIDENCE_BITS_MIN_ERASED };
        if evidence >= least {
            for (place, value) in places.iter().zip(block.iter()) {
                codewords[*place] = *value;
            }
            return Some(());
        }
        // Too little evidence: the next way begins with the block as it was seen.
        block.iter_mut().zip(places).for_each(|(value, place)| *value = received[*place].value);
    }
    None
}

/// How unlikely it is, in bits, that random codewords come within reach of such a correction.
fn evidence_bits(length: usize, correction: usize, done: reed_solomon::Correction) -> f32 {
    let spare = correction.saturating_sub(done.erasures + done.errors) as f32 * 8.0;
    let believed = length.saturating_sub(done.erasures);
    let ways = |at: usize| ((believed.saturating_sub(at)) as f32 / (at + 1) as f32).log2();
    spare - (0..done.errors).map(ways).sum::<f32>()
}

/// Hands `rqrr` the symbol as it should have been seen.
fn read_stream(darkness: &Darkness, facts: &Facts, format: Format, codewords: &[u8]) -> Option<Payload> {
    let size = darkness.size;
    let mut dark: Zeroizing<Vec<bool>> = Zeroizing::new(vec![false; size * size]);
    for (at, (x, y)) in facts.order().iter().enumerate() {
        let bit = codewords.get(at / 8).is_some_and(|codeword| codeword >> (7 - at % 8) & 1 == 1);
        dark[y * size + x] = bit != masked(format.mask, *x, *y);
    }
    for bit in 0..15 {
        let (x, y) = match bit {
            0..=5 => (8, bit),
            6 => (8, 7),
            7 => (8, 8),
            8 => (7, 8),
            further => (14 - further, 8),
        };
        dark[y * size + x] = format.bits >> bit & 1 == 1;
    }
    let grid = rqrr::Grid::new(SimpleGrid::from_func(size, |x, y| dark[y * size + x]));
    // As large as it can become, so that no copy of it is left behind when it grows.
    let mut payload = Zeroizing::new(Vec::with_capacity(rqrr::MAX_PAYLOAD_SIZE));
    grid.decode_to(&mut *payload).ok()?;
    if payload.len() > SCAN_BYTES_MAX {
        return Some(Payload::TooLong);
    }
    Scan::new(std::mem::take(&mut *payload)).map(Payload::Scan)
}
