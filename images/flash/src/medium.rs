//! Where an image is written to: a whole drive, or a file that stands for one.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Advice, OFlags, fadvise};

/// Reads that go past the kernel's cache start and end on these.
const DIRECT_BYTES: usize = 4096;
/// How much is read past the cache at a time.
const DIRECT_READ_BYTES: usize = 1 << 20;

/// Bytes that stay: what is written, flushed and read back.
pub trait Medium: Send {
    /// The size of the medium.
    fn size_bytes(&self) -> u64;
    /// Writes all of `bytes` at `at`.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything written is on the medium itself.
    fn flush(&mut self) -> io::Result<()>;
    /// Fills `bytes` from `at` on, from the medium itself and not from a cache of this machine.
    fn read_back_at(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()>;
}

/// A block device or a plain file.
#[derive(Debug)]
pub struct Disk {
    file: File,
    /// Opened to read past the kernel's cache; `None` where the file system cannot.
    direct: Option<File>,
    size_bytes: u64,
    /// Backs the reads past the cache, with room to start at an aligned address.
    aligned: Vec<u8>,
}

impl Disk {
    /// Opens the block device `path` of `size_bytes` for nobody else: an open fails while anything on it is mounted.
    pub fn open_device(path: &Path, size_bytes: u64) -> io::Result<Self> {
        let exclusive = i32::try_from(OFlags::EXCL.bits()).map_err(io::Error::other)?;
        let file = OpenOptions::new().read(true).write(true).custom_flags(exclusive).open(path)?;
        Self::new(path, file, size_bytes)
    }

    /// Opens or makes the plain file `path` as a drive of `size_bytes`; the file gets this size.
    pub fn open_file(path: &Path, size_bytes: u64) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        file.set_len(size_bytes)?;
        Self::new(path, file, size_bytes)
    }

    fn new(path: &Path, file: File, size_bytes: u64) -> io::Result<Self> {
        let flags = i32::try_from(OFlags::DIRECT.bits()).map_err(io::Error::other)?;
        // Some file systems (tmpfs before Linux 6.5) refuse; dropping the cached pages does for them.
        let direct = OpenOptions::new().read(true).custom_flags(flags).open(path).ok();
        Ok(Self { file, direct, size_bytes, aligned: vec![0; DIRECT_READ_BYTES + DIRECT_BYTES] })
    }

    /// The device number of what is open.
    pub fn device(&self) -> io::Result<(u32, u32)> {
        let rdev = rustix::fs::fstat(&self.file)?.st_rdev;
        Ok((rustix::fs::major(rdev), rustix::fs::minor(rdev)))
    }
}

impl Medium for Disk {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, at)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn read_back_at(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        let Some(direct) = &self.direct else {
            fadvise(&self.file, at, std::num::NonZeroU64::new(bytes.len() as u64), Advice::DontNeed)?;
            return self.file.read_exact_at(bytes, at);
        };
        let start = self.aligned.as_ptr().align_offset(DIRECT_BYTES);
        let buffer = &mut self.aligned[start..start + DIRECT_READ_BYTES];
        let mut done = 0;
        while done < bytes.len() {
            let from = at + done as u64;
            // The distance to the aligned start in front of it, less than DIRECT_BYTES.
            let before = (from % DIRECT_BYTES as u64) as usize;
            let wanted = (before + bytes.len() - done).next_multiple_of(DIRECT_BYTES).min(DIRECT_READ_BYTES);
            let read = read_aligned(direct, &mut buffer[..wanted], from - before as u64)?;
            let usable = read.saturating_sub(before).min(bytes.len() - done);
            if usable == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes[done..done + usable].copy_from_slice(&buffer[before..before + usable]);
            done += usable;
        }
        Ok(())
    }
}

/// Reads what there is: less than `buffer` only at the end of the medium.
fn read_aligned(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, at) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
