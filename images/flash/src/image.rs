//! An image file, compressed or not, read from front to back.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::digest::{Hasher, Sha256Hex};
use crate::map::{BlockMap, MapError};

/// How much is read at a time.
const READ_BYTES: usize = 1 << 20;

/// How the image is packed, by the first bytes of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Packing {
    /// The image as it is.
    Raw,
    Gzip,
    Xz,
    Zstd,
}

/// Why an image cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    #[error("cannot open the image {}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("the image {} is empty", path.display())]
    Empty { path: PathBuf },
    #[error("cannot read the image at byte {at}: the file is damaged or cut short")]
    Read { at: u64, source: io::Error },
    #[error("the image is {found} bytes, its manifest says {expected}: the file is damaged or cut short")]
    OtherSize { expected: u64, found: u64 },
    #[error("the image hashes to {found}, its manifest says {expected}: the file is damaged or cut short")]
    OtherHash { expected: Sha256Hex, found: Sha256Hex },
    #[error("the block map describes an image of {expected} bytes, this one has {found}")]
    OtherMap { expected: u64, found: u64 },
    #[error("no map of the image's data")]
    Map(#[from] MapError),
}

/// An open image.
pub struct Image {
    path: PathBuf,
    packing: Packing,
    file: File,
    /// Size of the file as it lies on disk.
    file_bytes: u64,
}

impl Image {
    /// Opens the image and looks at its first bytes.
    pub fn open(path: &Path) -> Result<Self, ImageError> {
        let unopened = |source| ImageError::Open { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(unopened)?;
        let file_bytes = file.metadata().map_err(unopened)?.len();
        if file_bytes == 0 {
            return Err(ImageError::Empty { path: path.to_owned() });
        }
        let mut first = Vec::new();
        file.by_ref().take(6).read_to_end(&mut first).map_err(unopened)?;
        file.seek(SeekFrom::Start(0)).map_err(unopened)?;
        Ok(Self { path: path.to_owned(), packing: packing(&first), file, file_bytes })
    }

    /// How it is packed.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// Size of the file as it lies on disk.
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// The whole file's hash. `progress` gets the bytes read so far.
    pub fn sha256(&mut self, mut progress: impl FnMut(u64)) -> Result<Sha256Hex, ImageError> {
        let mut hasher = Hasher::default();
        let mut buffer = vec![0; READ_BYTES];
        let mut at = 0;
        self.rewind()?;
        loop {
            let read = self.file.read(&mut buffer).map_err(|source| ImageError::Read { at, source })?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            at += read as u64;
            progress(at);
        }
        self.rewind()?;
        Ok(hasher.finish())
    }

    /// The data of an unpacked image by the holes of its file; `None` for a packed one, which must be unpacked to know.
    pub fn map_of_holes(&self) -> Result<Option<BlockMap>, ImageError> {
        match self.packing {
            Packing::Raw => Ok(Some(BlockMap::of_sparse_file(&self.file)?)),
            Packing::Gzip | Packing::Xz | Packing::Zstd => Ok(None),
        }
    }

    /// Unpacks the image once to learn its size. `progress` gets the unpacked bytes so far.
    pub fn unpacked_bytes(&mut self, mut progress: impl FnMut(u64)) -> Result<u64, ImageError> {
        if self.packing == Packing::Raw {
            return Ok(self.file_bytes);
        }
        let mut reader = self.reader()?;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = reader.some(&mut buffer)?;
            if read == 0 {
                return Ok(reader.at);
            }
            progress(reader.at);
        }
    }

    /// The unpacked image from its start.
    pub fn reader(&mut self) -> Result<Reader, ImageError> {
        self.rewind()?;
        let at_start = |source| ImageError::Read { at: 0, source };
        let file = self.file.try_clone().map_err(at_start)?;
        let from = match self.packing {
            Packing::Raw => From::File(file),
            Packing::Gzip => From::Stream(Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file)))),
            Packing::Xz => From::Stream(Box::new(liblzma::read::XzDecoder::new_multi_decoder(BufReader::new(file)))),
            Packing::Zstd => From::Stream(Box::new(zstd::Decoder::new(file).map_err(at_start)?)),
        };
        Ok(Reader { from, at: 0 })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn rewind(&mut self) -> Result<(), ImageError> {
        self.file.seek(SeekFrom::Start(0)).map(drop).map_err(|source| ImageError::Read { at: 0, source })
    }
}

fn packing(first: &[u8]) -> Packing {
    match first {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Packing::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
        _ => Packing::Raw,
    }
}

enum From {
    /// Holes are jumped over.
    File(File),
    /// Holes are unpacked and dropped.
    Stream(Box<dyn Read + Send>),
}

/// Reads an unpacked image forward.
pub struct Reader {
    from: From,
    at: u64,
}

impl Reader {
    /// Fills `buffer` with the bytes from `start` on, which is not before the end of the last read.
    pub fn fill(&mut self, start: u64, buffer: &mut [u8]) -> Result<(), ImageError> {
        self.skip_to(start)?;
        let at = self.at;
        let read = match &mut self.from {
            From::File(file) => file.read_exact(buffer),
            From::Stream(stream) => stream.read_exact(buffer),
        };
        read.map_err(|source| ImageError::Read { at, source })?;
        self.at += buffer.len() as u64;
        Ok(())
    }

    /// Reads to the end, so that a check sum behind the last byte is checked; gives the size of the image.
    pub fn finish(mut self) -> Result<u64, ImageError> {
        if let From::File(file) = &self.from {
            return file.metadata().map(|found| found.len()).map_err(|source| ImageError::Read { at: self.at, source });
        }
        let mut buffer = vec![0; READ_BYTES];
        while self.some(&mut buffer)? > 0 {}
        Ok(self.at)
    }

    fn skip_to(&mut self, start: u64) -> Result<(), ImageError> {
        let at = self.at;
        match &mut self.from {
            From::File(file) => {
                file.seek(SeekFrom::Start(start)).map_err(|source| ImageError::Read { at, source })?;
            }
            From::Stream(stream) => {
                let skipped = io::copy(&mut stream.by_ref().take(start.saturating_sub(at)), &mut io::sink())
                    .map_err(|source| ImageError::Read { at, source })?;
                if at + skipped < start {
                    return Err(ImageError::Read { at: at + skipped, source: io::ErrorKind::UnexpectedEof.into() });
                }
            }
        }
        self.at = start;
        Ok(())
    }

    fn some(&mut self, buffer: &mut [u8]) -> Result<usize, ImageError> {
        let at = self.at;
        let read = match &mut self.from {
            From::File(file) => file.read(buffer),
            From::Stream(stream) => stream.read(buffer),
        };
        let read = read.map_err(|source| ImageError::Read { at, source })?;
        self.at += read as u64;
        Ok(read)
    }
}
