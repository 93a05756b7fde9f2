//! DG2: the face (Doc 9303-10, 4.7.2; CBEFF; ISO/IEC 19794-5).

use std::fmt;

use zeroize::Zeroizing;

use crate::data_error::DataError;
use crate::file::DataGroup;
use crate::tlv::{Reader, Tag};

const TAG_GROUP: Tag = 0x7F61;
const TAG_FACE: Tag = 0x7F60;
const TAG_DATA_BLOCK: Tag = 0x5F2E;
const TAG_DATA_BLOCK_CONSTRUCTED: Tag = 0x7F2E;

const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF];
const JPEG_2000_FILE: &[u8] = &[0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20];
const JPEG_2000_STREAM: &[u8] = &[0xFF, 0x4F, 0xFF, 0x51];

/// ISO/IEC 19794-5: header and facial information before the feature points, a feature point, what describes the image.
const RECORD_MAGIC: &[u8] = b"FAC\0";
const FIXED_BYTES: usize = 14 + 20;
const FEATURE_POINTS_AT: usize = 14 + 4;
const FEATURE_POINT_BYTES: usize = 8;
const IMAGE_INFORMATION_BYTES: usize = 12;

/// How a picture is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortraitFormat {
    /// JPEG.
    Jpeg,
    /// JPEG 2000, as a file or a bare code stream.
    Jpeg2000,
}

/// The face as the chip has it. Wiped on drop; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Portrait {
    format: PortraitFormat,
    data: Zeroizing<Vec<u8>>,
}

impl Portrait {
    /// How it is coded.
    #[must_use]
    pub const fn format(&self) -> PortraitFormat {
        self.format
    }

    /// The coded picture.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}

impl fmt::Debug for Portrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Portrait({:?}, {} bytes)", self.format, self.data.len())
    }
}

/// Reads the whole file; the first face when there are several.
pub(crate) fn parse(file: &[u8]) -> Result<Portrait, DataError> {
    let template = Reader::only(file, DataGroup::DG2.tag())?;
    let group = Reader::find(template.value, TAG_GROUP)?.ok_or(DataError::NoPicture)?;
    let face = Reader::find(group.value, TAG_FACE)?.ok_or(DataError::NoPicture)?;
    let block = match Reader::find(face.value, TAG_DATA_BLOCK)? {
        Some(block) => block,
        None => Reader::find(face.value, TAG_DATA_BLOCK_CONSTRUCTED)?.ok_or(DataError::NoPicture)?,
    };
    picture_in(block.value).ok_or(DataError::NoPicture)
}

/// The picture where the record says it is; where the record has another form, at the first mark of a picture.
fn picture_in(record: &[u8]) -> Option<Portrait> {
    let at_place =
        image_offset(record).and_then(|offset| record.get(offset..)).filter(|data| format_of(data).is_some());
    let data = match at_place {
        Some(data) => data,
        None => (0..record.len()).find_map(|at| record.get(at..).filter(|data| format_of(data).is_some()))?,
    };
    Some(Portrait { format: format_of(data)?, data: Zeroizing::new(data.to_vec()) })
}

fn image_offset(record: &[u8]) -> Option<usize> {
    if !record.starts_with(RECORD_MAGIC) {
        return None;
    }
    let points = record.get(FEATURE_POINTS_AT..)?.first_chunk::<2>()?;
    Some(FIXED_BYTES + usize::from(u16::from_be_bytes(*points)) * FEATURE_POINT_BYTES + IMAGE_INFORMATION_BYTES)
}

fn format_of(data: &[u8]) -> Option<PortraitFormat> {
    if data.starts_with(JPEG) {
        Some(PortraitFormat::Jpeg)
    } else if data.starts_with(JPEG_2000_FILE) || data.starts_with(JPEG_2000_STREAM) {
        Some(PortraitFormat::Jpeg2000)
    } else {
        None
    }
}
