//! Which parts of a disk image hold data: the rest is never read, written or verified.
//!
//! A map comes from the signed manifest, from a `.bmap` file (bmaptool's format, version 2), or from the holes of a
//! sparse file.

use std::fs::File;
use std::io;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::digest::Sha256Hex;

/// A map with more ranges than this is refused: it is no image of a kiosk.
pub const RANGES_MAX: usize = 1_000_000;
/// An image with more bytes than this is refused, 8 TiB.
pub const IMAGE_BYTES_MAX: u64 = 8 << 40;

/// The parts of an image that hold data, in ascending order and without overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct BlockMap {
    image_bytes: u64,
    ranges: Vec<Range>,
}

/// Bytes of the image that hold data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Distance from the start of the image, in bytes.
    pub start: u64,
    /// How many bytes, never 0.
    pub bytes: u64,
    /// What these bytes must hash to; `None` when the map does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Hex>,
}

impl Range {
    /// The first byte behind the range.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.bytes)
    }
}

#[derive(Deserialize)]
struct Unchecked {
    image_bytes: u64,
    ranges: Vec<Range>,
}

/// Why a map of an image is none.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    #[error("the block map is no XML")]
    NotXml(#[from] roxmltree::Error),
    #[error("the block map has no {0}")]
    Missing(&'static str),
    #[error("the block map says \"{found}\" for {field}, expected a number")]
    NotANumber { field: &'static str, found: String },
    #[error("the block map says \"{found}\" for a range, expected blocks such as 12-40, or one block")]
    NotARange { found: String },
    #[error("a range of the block map hashes to \"{found}\", expected 64 hexadecimal digits")]
    NotAHash { found: String },
    #[error("the block map uses {found} checksums, expected sha256")]
    OtherHash { found: String },
    #[error("the block map is of format {found}, expected 1.2 to 2.x")]
    OtherFormat { found: String },
    #[error("the image is {found} bytes, at most {IMAGE_BYTES_MAX} are possible")]
    TooLarge { found: u64 },
    #[error("the block map has more than {RANGES_MAX} ranges")]
    TooManyRanges,
    #[error(
        "the range of {bytes} bytes at {start} is empty, out of order, or reaches past the image's {image_bytes} bytes"
    )]
    BadRange { start: u64, bytes: u64, image_bytes: u64 },
    #[error("cannot look for the holes of the image")]
    Holes(#[source] io::Error),
}

impl TryFrom<Unchecked> for BlockMap {
    type Error = MapError;

    fn try_from(Unchecked { image_bytes, ranges }: Unchecked) -> Result<Self, MapError> {
        Self::new(image_bytes, ranges)
    }
}

impl BlockMap {
    /// Checks order, bounds and limits.
    pub fn new(image_bytes: u64, ranges: Vec<Range>) -> Result<Self, MapError> {
        if image_bytes > IMAGE_BYTES_MAX {
            return Err(MapError::TooLarge { found: image_bytes });
        }
        if ranges.len() > RANGES_MAX {
            return Err(MapError::TooManyRanges);
        }
        let mut end = 0;
        for range in &ranges {
            let fits = range.start.checked_add(range.bytes).is_some_and(|end| end <= image_bytes);
            if range.bytes == 0 || range.start < end || !fits {
                return Err(MapError::BadRange { start: range.start, bytes: range.bytes, image_bytes });
            }
            end = range.end();
        }
        Ok(Self { image_bytes, ranges })
    }

    /// An image without holes, or one whose holes are unknown.
    pub fn whole(image_bytes: u64) -> Result<Self, MapError> {
        let all = Range { start: 0, bytes: image_bytes, sha256: None };
        Self::new(image_bytes, if image_bytes == 0 { Vec::new() } else { vec![all] })
    }

    /// The data of a sparse file, by the file system's own account. A file system that knows no holes gives the whole.
    pub fn of_sparse_file(file: &File) -> Result<Self, MapError> {
        let image_bytes = file.metadata().map_err(MapError::Holes)?.len();
        let mut ranges = Vec::new();
        let mut at = 0;
        while at < image_bytes {
            let start = match seek(file, SeekFrom::Data(at)) {
                Ok(start) => start,
                // Only holes are left.
                Err(Errno::NXIO) => break,
                Err(Errno::INVAL) => return Self::whole(image_bytes),
                Err(errno) => return Err(MapError::Holes(errno.into())),
            };
            let end = seek(file, SeekFrom::Hole(start)).map_err(|errno| MapError::Holes(errno.into()))?;
            ranges.push(Range { start, bytes: end.min(image_bytes).saturating_sub(start), sha256: None });
            if ranges.len() > RANGES_MAX {
                return Err(MapError::TooManyRanges);
            }
            at = end;
        }
        seek(file, SeekFrom::Start(0)).map_err(|errno| MapError::Holes(errno.into()))?;
        Self::new(image_bytes, ranges)
    }

    /// Reads bmaptool's XML. Blocks are counted from 0, both ends of a range belong to it, and the last block may be
    /// shorter than the others.
    pub fn from_bmap(xml: &str) -> Result<Self, MapError> {
        let document = roxmltree::Document::parse(xml)?;
        let root = document.root_element();
        let version = root.attribute("version").ok_or(MapError::Missing("version"))?;
        if !(version.starts_with("2.") || version.starts_with("1.") && version != "1.0" && version != "1.1") {
            return Err(MapError::OtherFormat { found: version.to_owned() });
        }
        let image_bytes = number(root, "ImageSize")?;
        let block = number(root, "BlockSize")?;
        if block == 0 {
            return Err(MapError::NotANumber { field: "BlockSize", found: "0".to_owned() });
        }
        // Version 1.2 and 1.3 hash with SHA-1, which is not worth checking: such a map is used without its hashes.
        let hashed = version.starts_with("2.");
        if let Some(found) = text(root, "ChecksumType").filter(|found| hashed && *found != "sha256") {
            return Err(MapError::OtherHash { found: found.to_owned() });
        }
        let map = child(root, "BlockMap").ok_or(MapError::Missing("BlockMap"))?;
        let ranges = map.children().filter(|node| node.has_tag_name("Range")).take(RANGES_MAX + 1);
        let ranges = ranges.map(|node| range(node, block, image_bytes, hashed)).collect::<Result<_, _>>()?;
        Self::new(image_bytes, ranges)
    }

    /// The size of the image, holes included.
    pub fn image_bytes(&self) -> u64 {
        self.image_bytes
    }

    /// How many bytes hold data.
    pub fn mapped_bytes(&self) -> u64 {
        self.ranges.iter().map(|range| range.bytes).sum()
    }

    /// The parts that hold data, in ascending order.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }
}

fn child<'a, 'input>(node: roxmltree::Node<'a, 'input>, name: &str) -> Option<roxmltree::Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn text<'a>(root: roxmltree::Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(root, name)?.text().map(str::trim)
}

fn number(root: roxmltree::Node<'_, '_>, field: &'static str) -> Result<u64, MapError> {
    let found = text(root, field).ok_or(MapError::Missing(field))?;
    found.parse().map_err(|_| MapError::NotANumber { field, found: found.to_owned() })
}

fn range(node: roxmltree::Node<'_, '_>, block: u64, image_bytes: u64, hashed: bool) -> Result<Range, MapError> {
    let found = node.text().map(str::trim).unwrap_or_default();
    let not_a_range = || MapError::NotARange { found: found.to_owned() };
    let (first, last) = found.split_once('-').unwrap_or((found, found));
    let first: u64 = first.trim().parse().map_err(|_| not_a_range())?;
    let last: u64 = last.trim().parse().map_err(|_| not_a_range())?;
    let start = first.checked_mul(block).ok_or_else(not_a_range)?;
    let end = last.checked_add(1).and_then(|blocks| blocks.checked_mul(block)).ok_or_else(not_a_range)?;
    let bytes = end.min(image_bytes).checked_sub(start).ok_or_else(not_a_range)?;
    let sha256 = match node.attribute("chksum").filter(|_| hashed) {
        Some(hash) => {
            let not_a_hash = |_| MapError::NotAHash { found: hash.to_owned() };
            Some(Sha256Hex::try_from(hash.to_owned()).map_err(not_a_hash)?)
        }
        None => None,
    };
    Ok(Range { start, bytes, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BMAP: &str = r#"<?xml version="1.0" ?>
<bmap version="2.0">
    <ImageSize> 10000 </ImageSize>
    <BlockSize> 4096 </BlockSize>
    <BlocksCount> 3 </BlocksCount>
    <ChecksumType> sha256 </ChecksumType>
    <BlockMap>
        <Range chksum="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"> 0 </Range>
        <Range> 2-2 </Range>
    </BlockMap>
</bmap>"#;

    #[test]
    fn a_bmap_gives_its_ranges_in_bytes_and_the_last_block_may_be_short() {
        let map = BlockMap::from_bmap(BMAP).unwrap();
        let found: Vec<_> =
            map.ranges().iter().map(|range| (range.start, range.bytes, range.sha256.is_some())).collect();
        assert_eq!(found, [(0, 4096, true), (8192, 1808, false)]);
        assert_eq!((map.image_bytes(), map.mapped_bytes()), (10_000, 5_904));
    }

    #[test]
    fn a_bmap_that_lies_is_refused() {
        for (from, to, expected) in [
            ("2-2", "2-", "expected blocks such as 12-40"),
            ("2-2", "0-2", "out of order"),
            ("2-2", "9-9", "expected blocks"),
            ("2-2", "18446744073709551615", "expected blocks"),
            (" 4096 ", "0", "expected a number"),
            (" 10000 ", "99999999999999999", "at most"),
            ("e3b0", "zzzz", "hexadecimal"),
            (" sha256 ", "sha1", "expected sha256"),
            ("2.0", "9.0", "of format 9.0"),
            ("<bmap", "<", "no XML"),
        ] {
            let error = BlockMap::from_bmap(&BMAP.replacen(from, to, 1)).unwrap_err();
            assert!(error.to_string().contains(expected), "{from} -> {to}: {error}");
        }
    }

    #[test]
    fn the_holes_of_a_sparse_file_are_left_out() {
        use std::os::unix::fs::FileExt;
        let file = tempfile::tempfile().unwrap();
        file.set_len(8 << 20).unwrap();
        file.write_all_at(&[1; 4096], 4 << 20).unwrap();
        let map = BlockMap::of_sparse_file(&file).unwrap();
        assert_eq!(map.image_bytes(), 8 << 20);
        assert!(map.ranges().iter().any(|range| range.start <= 4 << 20 && range.end() >= (4 << 20) + 4096));
        assert!(map.mapped_bytes() < 8 << 20, "{map:?}");
    }
}
