//! A reader's randomness that a test, or a bench, can have again.

use std::convert::Infallible;

use device_sim::card::Entropy;
use rand_core::{TryCryptoRng, TryRng};

pub struct SeededRng(Entropy);

impl SeededRng {
    pub fn new(seed: u64) -> Self {
        Self(Entropy::seeded(seed).branch("reader"))
    }
}

impl TryRng for SeededRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(self.0.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(self.0.array()))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        into.copy_from_slice(&self.0.bytes(into.len()));
        Ok(())
    }
}

impl TryCryptoRng for SeededRng {}
