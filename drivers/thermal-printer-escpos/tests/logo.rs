//! A logo is a small PNG, or it is refused by reason.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use embedded_graphics::prelude::Point;
use thermal_printer_escpos::ticket::{
    self, LOGO_HEIGHT_DOTS_MAX, LOGO_WIDTH_DOTS_MAX, Layout, Logo, LogoRefused, PaperWidth,
};

mod sample;

/// A PNG of grey and alpha, each pixel by `paint`.
fn png(width: u32, height: u32, paint: impl Fn(u32, u32) -> [u8; 2]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::GrayscaleAlpha);
    let pixels: Vec<u8> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| paint(x, y)).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

#[test]
fn dark_pixels_are_black_and_transparent_ones_are_paper() {
    let file = png(40, 16, |x, _| {
        if x < 8 {
            [0, 255]
        } else if x < 16 {
            [0, 0]
        } else {
            [200, 255]
        }
    });
    for paper in [PaperWidth::Mm80, PaperWidth::Mm58] {
        let logo = Some(Logo::from_png(&file).unwrap());
        let sheet = ticket::compose(&sample::face(), &Layout { paper, logo, ..Layout::default() }).unwrap();
        let left = (paper.dots() as i32 - 40) / 2;
        let black = |x: i32| sheet.canvas().is_black(Point::new(left + x, 8));
        assert!(black(0) && black(7) && !black(8) && !black(15) && !black(39));
    }
}

#[test]
fn a_logo_that_is_too_large_is_refused_before_it_is_decoded() {
    for (width, height) in [(LOGO_WIDTH_DOTS_MAX + 1, 10), (10, LOGO_HEIGHT_DOTS_MAX + 1), (9_000, 9_000)] {
        let refused = Logo::from_png(&png(width, height, |_, _| [0, 255])).unwrap_err();
        assert!(
            matches!(refused, LogoRefused::TooLarge { width: w, height: h } if (w, h) == (width, height)),
            "{refused}"
        );
    }
}

#[test]
fn a_file_that_is_no_picture_or_all_white_is_refused() {
    assert!(matches!(Logo::from_png(b"GIF89a").unwrap_err(), LogoRefused::Unreadable(_)));
    let file = png(64, 64, |x, _| [x as u8, 255]);
    assert!(matches!(Logo::from_png(&file[..file.len() / 2]).unwrap_err(), LogoRefused::Unreadable(_)));
    assert!(matches!(Logo::from_png(&png(8, 8, |_, _| [255, 255])).unwrap_err(), LogoRefused::Blank));
}
