use std::collections::BTreeMap;

use super::atr::Atr;

/// Kinds of cards remembered; a kiosk sees a handful. Past it, all is learned anew.
pub const LENGTH_MEMORY_MAX: usize = 64;

/// What was learned by trying about each kind of card, for the life of the process: `V` is the driver's own word for it.
///
/// ```
/// use device_links::pcsc::{Atr, LengthMemory};
///
/// let mut memory = LengthMemory::default();
/// let atr = Atr::new(&[0x3B, 0x80, 0x80, 0x01, 0x01]);
/// memory.learn(&atr, "short only");
/// assert_eq!(memory.known(&atr), Some("short only"));
/// ```
#[derive(Debug, Clone)]
pub struct LengthMemory<V>(BTreeMap<Atr, V>);

impl<V> Default for LengthMemory<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<V: Copy> LengthMemory<V> {
    /// What the last card with this ATR has taught.
    #[must_use]
    pub fn known(&self, atr: &Atr) -> Option<V> {
        self.0.get(atr).copied()
    }

    /// Remembers what a card with this ATR has taught.
    pub fn learn(&mut self, atr: &Atr, learned: V) {
        if self.0.len() >= LENGTH_MEMORY_MAX && !self.0.contains_key(atr) {
            self.0.clear();
        }
        self.0.insert(atr.clone(), learned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_is_bounded() {
        let mut memory = LengthMemory::default();
        for kind in 0..=u8::try_from(LENGTH_MEMORY_MAX).unwrap() {
            memory.learn(&Atr::new(&[0x3B, kind]), kind);
        }
        assert_eq!(memory.0.len(), 1);
    }
}
