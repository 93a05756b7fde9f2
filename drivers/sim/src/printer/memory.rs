//! Pictures that stay when the power goes (`GS ( L` functions 64 to 67 and 69).

use super::command::Graphic;

/// Most pictures kept. Printers are bounded by memory; this model by count and by the size of a command.
pub const NV_GRAPHICS_MAX: usize = 256;
/// Key codes in one block of a list.
const KEYS_PER_BLOCK: usize = 40;

/// What is done to the memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Nv {
    Define([u8; 2], Graphic),
    Delete([u8; 2]),
    DeleteAll,
    List,
}

#[derive(Debug, Clone, Default)]
pub(super) struct NvMemory {
    held: Vec<([u8; 2], Graphic)>,
    writes: usize,
    /// Key codes of a list that wait for the host to acknowledge the block before.
    unsaid: Vec<[u8; 2]>,
}

impl NvMemory {
    /// Obeys; a block to say comes out of a list.
    pub(super) fn obey(&mut self, nv: Nv) -> Option<Vec<u8>> {
        match nv {
            Nv::Define(key, graphic) => {
                self.held.retain(|(held, _)| *held != key);
                if self.held.len() < NV_GRAPHICS_MAX {
                    self.held.push((key, graphic));
                }
                self.writes += 1;
            }
            Nv::Delete(key) => {
                self.held.retain(|(held, _)| *held != key);
                self.writes += 1;
            }
            Nv::DeleteAll => {
                self.held.clear();
                self.writes += 1;
            }
            Nv::List => {
                self.unsaid = self.held.iter().map(|(key, _)| *key).collect();
                self.unsaid.sort_unstable();
                return Some(self.block());
            }
        }
        None
    }

    /// `ACK`: the next block, if one waits.
    pub(super) fn acknowledged(&mut self) -> Option<Vec<u8>> {
        (!self.unsaid.is_empty()).then(|| self.block())
    }

    pub(super) fn get(&self, key: [u8; 2]) -> Option<&Graphic> {
        self.held.iter().find(|(held, _)| *held == key).map(|(_, graphic)| graphic)
    }

    /// Commands that wrote to the memory.
    pub(super) const fn writes(&self) -> usize {
        self.writes
    }

    fn block(&mut self) -> Vec<u8> {
        let said: Vec<[u8; 2]> = self.unsaid.drain(..self.unsaid.len().min(KEYS_PER_BLOCK)).collect();
        let status = if self.unsaid.is_empty() { 0x40 } else { 0x41 };
        [&[0x37, 0x72, status], said.as_flattened(), &[0]].concat()
    }
}
