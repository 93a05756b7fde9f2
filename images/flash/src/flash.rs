//! Writes an image so that a drive is bootable only when all of it is right.
//!
//! The drive's first mebibyte, without which nothing starts from it, is erased first and written last: after everything
//! else was written, flushed, read back from the drive and found equal. A drive pulled out, a cut download or a bad block
//! leave a drive that does not start, never one that starts with half an image.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use serde::Serialize;

use crate::digest::{Hasher, Sha256Hex};
use crate::image::{Image, ImageError, Reader};
use crate::map::BlockMap;
use crate::medium::Medium;
use crate::provision::{ProvisionError, Provisioning};

/// What is erased first and written last.
pub const HEAD_BYTES: u64 = 1 << 20;
/// How much is read, written and compared at a time.
const CHUNK_BYTES: u64 = 1 << 20;
/// Chunks read ahead of the drive.
const CHUNKS_AHEAD: usize = 8;
/// Unflushed bytes at most, so that the progress shown is the drive's and not a cache's.
const UNFLUSHED_BYTES_MAX: u64 = 64 << 20;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The image is read and compared with its manifest; the drive is untouched.
    CheckingImage,
    Writing,
    ReadingBack,
    Provisioning,
    /// The first mebibyte is written.
    Finishing,
}

/// How far a step is, in bytes of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
    pub done: u64,
    pub total: u64,
}

/// What was done to a drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The size of the image, holes included.
    pub image_bytes: u64,
    /// Bytes written: the image's data, without its holes.
    pub written_bytes: u64,
    /// Bytes read back from the drive and found equal.
    pub verified_bytes: u64,
}

/// What a failure leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriveState {
    /// Nothing was written.
    Untouched,
    /// The old content is lost, and no machine starts from it: write again.
    NotBootable,
}

/// A drive that was not written, and what became of it.
#[derive(Debug, thiserror::Error)]
#[error("{}", match drive {
    DriveState::Untouched => "the drive was not touched",
    DriveState::NotBootable => "the drive is not bootable, write it again",
})]
pub struct FlashFailed {
    pub drive: DriveState,
    #[source]
    pub source: FlashError,
}

/// Why a drive was not written.
#[derive(Debug, thiserror::Error)]
pub enum FlashError {
    #[error("the image needs {needed} bytes, the drive has {found}")]
    TooSmall { needed: u64, found: u64 },
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error("the image's {bytes} bytes at {start} hash to {found}, its map says {expected}: the image is damaged")]
    ImageDamaged { start: u64, bytes: u64, expected: Sha256Hex, found: Sha256Hex },
    #[error("cannot write to the drive at byte {at}: pulled out, write-protected or worn out")]
    Write { at: u64, source: io::Error },
    #[error("the drive did not take what was written: pulled out, write-protected or worn out")]
    Flush { source: io::Error },
    #[error("cannot read the drive back at byte {at}: pulled out or worn out")]
    ReadBack { at: u64, source: io::Error },
    #[error("the {bytes} bytes read back at {at} are not those written: the drive or its reader is bad, use another")]
    Differs { at: u64, bytes: u64 },
    #[error("cannot write the provisioning")]
    Provision(#[from] ProvisionError),
}

/// Writes the data of `image` by `map` to `medium`, reads it back, and adds `provisioning` where given.
pub fn flash(
    image: &mut Image,
    map: &BlockMap,
    medium: &mut dyn Medium,
    provisioning: Option<&Provisioning>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Written, FlashFailed> {
    let untouched = |source| FlashFailed { drive: DriveState::Untouched, source };
    if medium.size_bytes() < map.image_bytes() {
        let (needed, found) = (map.image_bytes(), medium.size_bytes());
        return Err(untouched(FlashError::TooSmall { needed, found }));
    }
    let reader = image.reader().map_err(|error| untouched(error.into()))?;
    Job { map, medium, progress }
        .run(reader, provisioning)
        .map_err(|source| FlashFailed { drive: DriveState::NotBootable, source })
}

/// Reads an unpacked image once and compares it with the hashes of its map. No drive is needed.
pub fn check(image: &mut Image, map: &BlockMap, progress: &mut dyn FnMut(Progress)) -> Result<(), FlashError> {
    let reader = image.reader()?;
    let total = map.mapped_bytes();
    let mut done = 0;
    read_all(reader, map, |chunk| {
        done += chunk.bytes.len() as u64;
        progress(Progress { step: Step::CheckingImage, done, total });
        Ok(())
    })
}

struct Job<'a> {
    map: &'a BlockMap,
    medium: &'a mut dyn Medium,
    progress: &'a mut dyn FnMut(Progress),
}

/// Some bytes of the image and where they belong.
struct Chunk {
    at: u64,
    bytes: Vec<u8>,
}

/// What was written where.
struct Sealed {
    at: u64,
    bytes: u64,
    sha256: Sha256Hex,
}

impl Job<'_> {
    fn run(mut self, reader: Reader, provisioning: Option<&Provisioning>) -> Result<Written, FlashError> {
        let mut head = vec![0; usize_of(HEAD_BYTES.min(self.map.image_bytes()))];
        self.write(0, &vec![0; head.len()])?;
        self.flush()?;
        let sealed = self.write_body(reader, &mut head)?;
        self.flush()?;
        self.read_back(&sealed)?;
        let provisioned = match provisioning {
            Some(provisioning) => {
                self.tell(Step::Provisioning, 0, 1);
                let bytes = provisioning.write_to(&head, self.medium)?;
                self.tell(Step::Provisioning, 1, 1);
                bytes
            }
            None => 0,
        };
        let body: u64 = sealed.iter().map(|sealed| sealed.bytes).sum();
        let total = head.len() as u64;
        self.tell(Step::Finishing, 0, total);
        self.write(0, &head)?;
        self.flush()?;
        self.read_back_one(&Sealed { at: 0, bytes: total, sha256: Sha256Hex::of(&head) }, &mut vec![0; head.len()])?;
        self.tell(Step::Finishing, total, total);
        let written = body + total + provisioned;
        Ok(Written { image_bytes: self.map.image_bytes(), written_bytes: written, verified_bytes: written })
    }

    /// Writes everything behind the head, and keeps the head.
    fn write_body(&mut self, reader: Reader, head: &mut [u8]) -> Result<Vec<Sealed>, FlashError> {
        let total = self.map.mapped_bytes();
        let (mut done, mut unflushed) = (0, 0);
        let mut sealed = Vec::new();
        self.tell(Step::Writing, 0, total);
        read_all(reader, self.map, |Chunk { at, bytes }| {
            let count = bytes.len() as u64;
            if at < HEAD_BYTES {
                head[usize_of(at)..][..bytes.len()].copy_from_slice(&bytes);
            } else {
                self.write(at, &bytes)?;
                sealed.push(Sealed { at, bytes: count, sha256: Sha256Hex::of(&bytes) });
                unflushed += count;
            }
            if unflushed >= UNFLUSHED_BYTES_MAX {
                self.flush()?;
                unflushed = 0;
            }
            done += count;
            self.tell(Step::Writing, done, total);
            Ok(())
        })?;
        Ok(sealed)
    }

    fn read_back(&mut self, sealed: &[Sealed]) -> Result<(), FlashError> {
        let total = sealed.iter().map(|sealed| sealed.bytes).sum();
        let mut done = 0;
        let mut buffer = vec![0; usize_of(CHUNK_BYTES)];
        for chunk in sealed {
            self.read_back_one(chunk, &mut buffer)?;
            done += chunk.bytes;
            self.tell(Step::ReadingBack, done, total);
        }
        Ok(())
    }

    fn read_back_one(&mut self, sealed: &Sealed, buffer: &mut [u8]) -> Result<(), FlashError> {
        let &Sealed { at, bytes, sha256 } = sealed;
        let buffer = &mut buffer[..usize_of(bytes)];
        self.medium.read_back_at(at, buffer).map_err(|source| FlashError::ReadBack { at, source })?;
        if Sha256Hex::of(buffer) == sha256 { Ok(()) } else { Err(FlashError::Differs { at, bytes }) }
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<(), FlashError> {
        self.medium.write_at(at, bytes).map_err(|source| FlashError::Write { at, source })
    }

    fn flush(&mut self) -> Result<(), FlashError> {
        self.medium.flush().map_err(|source| FlashError::Flush { source })
    }

    fn tell(&mut self, step: Step, done: u64, total: u64) {
        (self.progress)(Progress { step, done, total });
    }
}

/// Reads the data of an image on a thread of its own, compares it with the map, and gives each chunk to `take`.
fn read_all(
    reader: Reader,
    map: &BlockMap,
    mut take: impl FnMut(Chunk) -> Result<(), FlashError>,
) -> Result<(), FlashError> {
    thread::scope(|scope| {
        let (give, chunks): (_, Receiver<Chunk>) = sync_channel(CHUNKS_AHEAD);
        let reading = scope.spawn(move || send_all(reader, map, &give));
        // When `take` fails the channel closes behind it, which ends the reading.
        let taken = chunks.into_iter().try_for_each(&mut take);
        let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken.and(read)
    })
}

fn send_all(mut reader: Reader, map: &BlockMap, give: &SyncSender<Chunk>) -> Result<(), FlashError> {
    for range in map.ranges() {
        let mut hasher = Hasher::default();
        let mut at = range.start;
        while at < range.end() {
            // Chunks end where a multiple of their size is, so that the head is a chunk's whole or start.
            let end = range.end().min((at / CHUNK_BYTES + 1) * CHUNK_BYTES);
            let mut bytes = vec![0; usize_of(end - at)];
            reader.fill(at, &mut bytes)?;
            if range.sha256.is_some() {
                hasher.update(&bytes);
            }
            if give.send(Chunk { at, bytes }).is_err() {
                return Ok(());
            }
            at = end;
        }
        if let Some(expected) = range.sha256 {
            let found = hasher.finish();
            if found != expected {
                return Err(FlashError::ImageDamaged { start: range.start, bytes: range.bytes, expected, found });
            }
        }
    }
    let found = reader.finish()?;
    let expected = map.image_bytes();
    if found == expected { Ok(()) } else { Err(ImageError::OtherMap { expected, found }.into()) }
}

/// For sizes of one chunk at most.
fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
