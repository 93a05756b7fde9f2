//! A chip's portrait as a picture on screen.

use kiosk_core::chip::Portrait;
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// Slint's own copy; it is freed with the screen that shows it.
pub fn image(portrait: &Portrait) -> Image {
    Image::from_rgb8(SharedPixelBuffer::<Rgb8Pixel>::clone_from_slice(
        portrait.rgb(),
        portrait.width(),
        portrait.height(),
    ))
}
