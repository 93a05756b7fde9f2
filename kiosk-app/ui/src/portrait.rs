//! A chip's portrait as a picture on screen.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use kiosk_core::chip::Portrait;
use slint::{Image, Rgb8Pixel, SharedPixelBuffer, Timer};
use zeroize::Zeroize;

use crate::generated::Kiosk;

/// After the screen with the portrait was left. It lets go of its picture when the next one is drawn, and what is still
/// somebody's cannot be wiped.
const WIPED_AFTER: Duration = Duration::from_secs(1);

/// What is on screen: the portrait, and the copy of it that Slint draws.
type Shown = Option<(Arc<Portrait>, SharedPixelBuffer<Rgb8Pixel>)>;

thread_local! {
    static SHOWN: RefCell<Shown> = const { RefCell::new(None) };
}

/// Shows a portrait, or none. The copy of one that is no longer shown is wiped.
pub fn show(kiosk: &Kiosk<'_>, portrait: Option<Arc<Portrait>>) {
    SHOWN.with_borrow_mut(|shown| {
        if let (Some((now, _)), Some(wanted)) = (&shown, &portrait)
            && Arc::ptr_eq(now, wanted)
            && kiosk.get_has_photo()
        {
            return;
        }
        let before = shown.take();
        *shown = portrait.map(|portrait| {
            let copy = SharedPixelBuffer::clone_from_slice(portrait.rgb(), portrait.width(), portrait.height());
            (portrait, copy)
        });
        kiosk.set_has_photo(shown.is_some());
        kiosk.set_photo(shown.as_ref().map_or_else(Image::default, |(_, copy)| Image::from_rgb8(copy.clone())));
        if let Some((_, mut copy)) = before {
            Timer::single_shot(WIPED_AFTER, move || copy.make_mut_bytes().zeroize());
        }
    });
}
