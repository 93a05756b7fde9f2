//! The portrait: a face drawn at run time, in the wrapping of DG2 (ISO/IEC 19794-5 in a CBEFF template).

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageError};

use super::entropy::Entropy;
use super::tlv;

/// The face is drawn on a field of this size.
const WIDTH: u16 = 240;
const HEIGHT: u16 = 320;

/// A portrait of fewer bytes than this is drawn at a fifth of the size.
const FULL_SIZE_BYTES: usize = 10_000;

/// Quality of the JPEG, 1 to 100.
const QUALITY: u8 = 70;

/// Where the first comment segment can stand: behind `FF D8`.
const START_OF_IMAGE_BYTES: usize = 2;

/// Marker and length of a comment segment.
const COMMENT_HEAD_BYTES: usize = 4;

/// A picture and its size in pixels.
#[derive(Debug)]
pub struct Portrait {
    jpeg: Vec<u8>,
    width: u16,
    height: u16,
}

/// A grey JPEG with a round face, grown to exactly `bytes` by a comment if it is smaller.
///
/// # Errors
/// The encoder's own; it writes to memory and its input has the right size.
pub fn portrait(bytes: usize, entropy: &mut Entropy) -> Result<Portrait, ImageError> {
    let step = if bytes < FULL_SIZE_BYTES { 5 } else { 1 };
    let (width, height) = (WIDTH / step, HEIGHT / step);
    let mut jpeg = Vec::new();
    let pixels = face(step, entropy);
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode(
        &pixels,
        u32::from(width),
        u32::from(height),
        ExtendedColorType::L8,
    )?;
    Ok(Portrait { jpeg: grown(&jpeg, bytes, entropy), width, height })
}

/// EF.DG2 around a portrait.
#[must_use]
pub fn dg2(portrait: &Portrait) -> Vec<u8> {
    // Patron header: version, biometric type "face", creator's format owner and type (Doc 9303-10, 4.7.2).
    let header = tlv::tlv_of(
        0xA1,
        &[&tlv::tlv(0x80, &[1, 1]), &tlv::tlv(0x81, &[2]), &tlv::tlv(0x87, &[1, 1]), &tlv::tlv(0x88, &[0, 8])],
    );
    let template = tlv::tlv_of(0x7F60, &[&header, &tlv::tlv(0x5F2E, &face_record(portrait))]);
    tlv::tlv(0x75, &tlv::tlv_of(0x7F61, &[&tlv::small(1), &template]))
}

/// ISO/IEC 19794-5: facial record header, one facial information block, one image information block.
fn face_record(portrait: &Portrait) -> Vec<u8> {
    let image = [
        // Full frontal, JPEG.
        &[1, 0][..],
        &portrait.width.to_be_bytes(),
        &portrait.height.to_be_bytes(),
        // Grey, source unspecified, device type and quality unspecified.
        &[0, 0, 0, 0, 0, 0],
        &portrait.jpeg,
    ]
    .concat();
    // Length (set below), no feature points, gender to property mask, expression, pose and its uncertainty: unspecified.
    let information_bytes = 20;
    let block_length = length_bytes(information_bytes + image.len());
    let information = [&block_length[..], &[0; 16]].concat();
    let record_length = length_bytes(14 + information.len() + image.len());
    [&b"FAC\x00010\x00"[..], &record_length, &[0, 1], &information, &image].concat()
}

fn length_bytes(count: usize) -> [u8; 4] {
    u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes()
}

/// Ellipses with a little noise: something that a JPEG decoder has work with and that resembles nobody.
fn face(step: u16, entropy: &mut Entropy) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..HEIGHT / step {
        for x in 0..WIDTH / step {
            pixels.push(shade((x * step).into(), (y * step).into()));
        }
    }
    let noise = entropy.bytes(pixels.len());
    pixels.iter_mut().zip(noise).for_each(|(pixel, noise)| *pixel = pixel.saturating_add(noise % 12));
    pixels
}

fn shade(x: i32, y: i32) -> u8 {
    let inside = |centre_x: i32, centre_y: i32, half_x: i32, half_y: i32| {
        let (dx, dy) = ((x - centre_x) * 100 / half_x, (y - centre_y) * 100 / half_y);
        dx * dx + dy * dy < 10_000
    };
    let dark = inside(92, 135, 10, 6) || inside(148, 135, 10, 6) || inside(120, 200, 26, 7);
    if dark {
        50
    } else if inside(120, 155, 66, 88) {
        190
    } else if inside(120, 120, 80, 95) {
        40
    } else if inside(120, 340, 115, 95) {
        90
    } else {
        225
    }
}

fn grown(jpeg: &[u8], bytes: usize, entropy: &mut Entropy) -> Vec<u8> {
    let mut out = jpeg.to_vec();
    let missing = bytes.saturating_sub(out.len() + COMMENT_HEAD_BYTES);
    if missing == 0 {
        return out;
    }
    let length = u16::try_from(missing + 2).unwrap_or(u16::MAX);
    let comment: Vec<u8> = entropy.bytes(usize::from(length) - 2).into_iter().map(|byte| byte & 0x7F).collect();
    let segment = [&[0xFF, 0xFE], &length.to_be_bytes()[..], &comment].concat();
    out.splice(START_OF_IMAGE_BYTES..START_OF_IMAGE_BYTES, segment);
    out
}
