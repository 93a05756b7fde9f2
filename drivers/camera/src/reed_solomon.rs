//! Reed-Solomon over GF(2^8) with errors and erasures, as QR symbols use it (ISO/IEC 18004, 7.5): field polynomial
//! x^8 + x^4 + x^3 + x^2 + 1, first root 1.

/// Most error correction codewords in a block.
pub const CORRECTION_MAX: usize = 30;

/// A polynomial by its coefficients, lowest first. Room for a product of two of the longest.
type Polynomial = [u8; 2 * CORRECTION_MAX + 4];

const ZERO: Polynomial = [0; 2 * CORRECTION_MAX + 4];

/// Powers of the generator, twice around, and their logarithms.
const TABLES: ([u8; 512], [u8; 256]) = tables();

const fn tables() -> ([u8; 512], [u8; 256]) {
    let (mut power, mut log) = ([0; 512], [0; 256]);
    let mut value: u16 = 1;
    let mut at = 0;
    while at < 255 {
        power[at] = value as u8;
        power[at + 255] = value as u8;
        log[value as usize] = at as u8;
        value <<= 1;
        if value & 0x100 != 0 {
            value ^= 0x11d;
        }
        at += 1;
    }
    (power, log)
}

fn power(exponent: usize) -> u8 {
    TABLES.0[exponent % 255]
}

fn product(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    TABLES.0[usize::from(TABLES.1[usize::from(a)]) + usize::from(TABLES.1[usize::from(b)])]
}

/// `b` is never zero where this is called; dividing by it would give `a`.
fn quotient(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return a;
    }
    TABLES.0[usize::from(TABLES.1[usize::from(a)]) + 255 - usize::from(TABLES.1[usize::from(b)])]
}

fn value_at(polynomial: &[u8], x: u8) -> u8 {
    polynomial.iter().rev().fold(0, |sum, coefficient| product(sum, x) ^ coefficient)
}

/// What was put right in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction {
    /// Codewords that were wrong without being given as erased.
    pub errors: usize,
    /// Codewords given as erased.
    pub erasures: usize,
}

/// Puts `block` right, data codewords first, of which the last `correction` are error correction codewords.
/// `erased` are places in the block whose values are not believed.
///
/// `None` when there is no codeword within reach; the block is then as it was.
pub fn correct(block: &mut [u8], syndromes: &Syndromes, correction: usize, erased: &[usize]) -> Option<Correction> {
    if erased.len() > correction || correction > CORRECTION_MAX || block.len() > 255 {
        return None;
    }
    let Syndromes(syndromes) = syndromes;
    if syndromes[..correction].iter().all(|syndrome| *syndrome == 0) {
        return Some(Correction { errors: 0, erasures: erased.len() });
    }
    let exponents: Vec<usize> = erased.iter().map(|place| block.len() - 1 - place).collect();
    let locator = locator(syndromes, correction, &exponents)?;
    let mut changed = block.to_vec();
    let found = repair(&mut changed, syndromes, correction, &locator)?;
    let wrong_again = Syndromes::of(&changed, correction).0[..correction].iter().any(|syndrome| *syndrome != 0);
    let errors = found.iter().filter(|place| !erased.contains(place)).count();
    if wrong_again || 2 * errors + erased.len() > correction {
        return None;
    }
    block.copy_from_slice(&changed);
    Some(Correction { errors, erasures: erased.len() })
}

/// What a block comes to at each root of the generator: nothing for a whole one. The same for every way of putting it
/// right.
pub struct Syndromes(Polynomial);

impl Syndromes {
    /// Those of a block of which the last `correction` are error correction codewords, at most [`CORRECTION_MAX`].
    pub fn of(block: &[u8], correction: usize) -> Self {
        let mut syndromes = ZERO;
        for (at, syndrome) in syndromes.iter_mut().take(correction).enumerate() {
            let root = power(at);
            *syndrome = block.iter().fold(0, |sum, codeword| product(sum, root) ^ codeword);
        }
        Self(syndromes)
    }
}

/// The error locator by Berlekamp and Massey, started from the locator of the erasures (Blahut, "Algebraic Codes for
/// Data Transmission", 7.4).
fn locator(syndromes: &Polynomial, correction: usize, erased: &[usize]) -> Option<Polynomial> {
    let mut locator = ZERO;
    locator[0] = 1;
    for (degree, exponent) in erased.iter().enumerate() {
        let root = power(*exponent);
        for at in (1..=degree + 1).rev() {
            locator[at] ^= product(locator[at - 1], root);
        }
    }
    let mut before = locator;
    let mut length = erased.len();
    for step in erased.len()..correction {
        let discrepancy = (0..=step).fold(0, |sum, at| sum ^ product(locator[at], syndromes[step - at]));
        // One step to a higher power.
        before.copy_within(0..ZERO.len() - 1, 1);
        before[0] = 0;
        if discrepancy == 0 {
            continue;
        }
        let mut next = locator;
        for (cell, old) in next.iter_mut().zip(before) {
            *cell ^= product(discrepancy, old);
        }
        if 2 * length <= step + erased.len() {
            length = step + 1 + erased.len() - length;
            for (cell, old) in before.iter_mut().zip(locator) {
                *cell = quotient(old, discrepancy);
            }
        }
        locator = next;
    }
    (length <= correction).then_some(locator)
}

/// Finds the places by trying each (Chien) and their values (Forney). The places found, or `None` when the locator has
/// not as many roots in the block as it should.
fn repair(block: &mut [u8], syndromes: &Polynomial, correction: usize, locator: &Polynomial) -> Option<Vec<usize>> {
    let degree = locator.iter().rposition(|coefficient| *coefficient != 0)?;
    if degree > correction {
        return None;
    }
    let mut evaluator = ZERO;
    for (at, cell) in evaluator.iter_mut().take(correction).enumerate() {
        *cell = (0..=at).fold(0, |sum, k| sum ^ product(syndromes[k], locator[at - k]));
    }
    let length = block.len();
    let mut places = Vec::with_capacity(degree);
    for exponent in 0..length {
        let inverse = power(255 - exponent);
        if value_at(&locator[..=degree], inverse) != 0 {
            continue;
        }
        let slope = (1..=degree)
            .step_by(2)
            .fold(0, |sum, at| sum ^ product(locator[at], power(inverse_power(exponent, at - 1))));
        if slope == 0 {
            return None;
        }
        let size = product(power(exponent), quotient(value_at(&evaluator[..correction], inverse), slope));
        let place = length - 1 - exponent;
        block[place] ^= size;
        places.push(place);
    }
    (places.len() == degree).then_some(places)
}

/// The exponent of the inverse of the generator's `exponent`th power, to the power of `to`.
const fn inverse_power(exponent: usize, to: usize) -> usize {
    (255 - exponent % 255) * to % 255
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A codeword: the generator polynomial with the ten roots from 1, times some polynomial.
    fn codeword() -> Vec<u8> {
        let mut generator = vec![1u8];
        for at in 0..10 {
            let mut next = vec![0; generator.len() + 1];
            for (place, coefficient) in generator.iter().enumerate() {
                next[place] ^= coefficient;
                next[place + 1] ^= product(*coefficient, power(at));
            }
            generator = next;
        }
        let mut word = vec![0; 26];
        for (place, factor) in [3u8, 77, 0, 201, 9, 1, 0, 0, 45, 6, 7, 8, 9, 10, 11, 12].into_iter().enumerate() {
            for (at, coefficient) in generator.iter().enumerate() {
                word[place + at] ^= product(factor, *coefficient);
            }
        }
        word
    }

    fn corrected(block: &mut [u8], erased: &[usize]) -> Option<Correction> {
        let syndromes = Syndromes::of(block, 10);
        correct(block, &syndromes, 10, erased)
    }

    #[test]
    fn errors_and_erasures_are_put_right_up_to_the_limit() {
        let whole = codeword();
        for (errors, erasures) in [(0, 0), (5, 0), (4, 2), (3, 4), (1, 8), (0, 10)] {
            let mut block = whole.clone();
            let wrong: Vec<usize> = (0..errors).map(|at| at * 3 + 1).collect();
            let erased: Vec<usize> = (0..26).filter(|place| !wrong.contains(place)).step_by(2).take(erasures).collect();
            assert_eq!(erased.len(), erasures);
            for place in wrong.iter().chain(&erased) {
                block[*place] ^= 0x5a;
            }
            let correction = corrected(&mut block, &erased);
            assert_eq!(block, whole, "{errors} errors, {erased:?} erased");
            assert_eq!(correction, Some(Correction { errors, erasures: erased.len() }));
        }
    }

    #[test]
    fn an_erased_codeword_that_was_right_does_no_harm() {
        let whole = codeword();
        let mut block = whole.clone();
        block[3] ^= 1;
        assert_eq!(corrected(&mut block, &[3, 4, 5, 6]), Some(Correction { errors: 0, erasures: 4 }));
        assert_eq!(block, whole);
    }

    #[test]
    fn too_many_errors_leave_the_block_as_it_was() {
        let mut block = codeword();
        for place in 0..9 {
            block[place * 2] ^= 0x31 + place as u8;
        }
        let damaged = block.clone();
        assert_eq!(corrected(&mut block, &[]), None);
        assert_eq!(block, damaged);
    }
}
