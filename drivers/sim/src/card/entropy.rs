use num_bigint::BigUint;
use sha2::{Digest, Sha256};

/// Numbers that look random and come from a seed: the same seed makes the same card and the same talk.
#[derive(Debug, Clone)]
pub struct Entropy {
    seed: u64,
    drawn: u64,
}

impl Entropy {
    /// Starts at `seed`.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A source of its own for one purpose, so that drawing more in one place changes nothing in another.
    #[must_use]
    pub fn branch(&self, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(purpose.as_bytes());
        let digest = hash.finalize();
        let seed = digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        Self { seed, drawn: 0 }
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(count);
        while out.len() < count {
            let mut hash = Sha256::new();
            hash.update(self.seed.to_be_bytes());
            hash.update(self.drawn.to_be_bytes());
            self.drawn += 1;
            out.extend_from_slice(&hash.finalize());
        }
        out.truncate(count);
        out
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        out.copy_from_slice(&self.bytes(N));
        out
    }

    /// A number from 1 to `below` - 1. The slight bias of the remainder does not matter for invented keys.
    pub fn number(&mut self, below: &BigUint) -> BigUint {
        let bytes = usize::try_from(below.bits()).unwrap_or_default() / 8 + 9;
        let drawn = BigUint::from_bytes_be(&self.bytes(bytes));
        drawn % (below - 1u8) + 1u8
    }
}
