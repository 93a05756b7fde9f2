//! The screen as a setting.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Widest and highest virtual touchscreen, in pixels: beyond 4K no kiosk has one, and a frame stays below 32 MB.
const SIDE_PIXELS_MAX: u16 = 4_096;
/// Smallest virtual touchscreen, in pixels.
const SIDE_PIXELS_MIN: u16 = 16;
/// Smallest and largest scale of a desktop window, in percent.
const SCALE_PERCENT: std::ops::RangeInclusive<u16> = 10..=400;

/// Where Slint draws. Written `window`, `window@0.5`, `device`, `linuxkms` or `virtual:/run/kiosk/screen.sock@1080x1920`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenTarget {
    /// A desktop window, for development.
    Window {
        /// Screen pixels for 100 design pixels: a portrait kiosk fits a developer's monitor at 50.
        scale_percent: u16,
    },
    /// The machine's own panel and touch, without a desktop: the kernel's mode setting and event nodes.
    Device,
    /// The same by Slint's own backend, to compare: the kernel's mode setting and libinput.
    Linuxkms,
    /// A virtual touchscreen served on a Unix socket.
    Virtual {
        /// Where the socket is made, with mode 0600.
        socket: PathBuf,
        /// In pixels.
        width: u16,
        /// In pixels.
        height: u16,
    },
}

/// A text that names no screen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected window, window@0.5, device, linuxkms or virtual:/path/to.sock@1080x1920, got {got:?}")]
pub struct InvalidScreenTarget {
    got: String,
}

impl FromStr for ScreenTarget {
    type Err = InvalidScreenTarget;

    fn from_str(text: &str) -> Result<Self, InvalidScreenTarget> {
        let parsed = match text.split_once(':') {
            None if text == "device" => Some(ScreenTarget::Device),
            None if text == "linuxkms" => Some(ScreenTarget::Linuxkms),
            None => parse_window(text),
            Some(("virtual", rest)) => parse_virtual(rest),
            Some(_) => None,
        };
        parsed.ok_or_else(|| InvalidScreenTarget { got: text.to_owned() })
    }
}

fn parse_window(text: &str) -> Option<ScreenTarget> {
    let scale_percent = match text.split_once('@') {
        None if text == "window" => 100,
        Some(("window", factor)) => percent(factor)?,
        Some(_) | None => return None,
    };
    SCALE_PERCENT.contains(&scale_percent).then_some(ScreenTarget::Window { scale_percent })
}

/// A decimal fraction with at most two places, such as `0.5`, as percent.
fn percent(factor: &str) -> Option<u16> {
    let (whole, places) = factor.split_once('.').unwrap_or((factor, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if places.len() > 2 || !digits(whole) || !digits(places) {
        return None;
    }
    let hundredths = format!("{places:0<2}").parse::<u16>().ok()?;
    whole.parse::<u16>().ok()?.checked_mul(100)?.checked_add(hundredths)
}

fn parse_virtual(text: &str) -> Option<ScreenTarget> {
    let (path, size) = text.rsplit_once('@')?;
    let (width, height) = size.split_once('x')?;
    let side = |pixels: &str| {
        let pixels = pixels.parse::<u16>().ok()?;
        (SIDE_PIXELS_MIN..=SIDE_PIXELS_MAX).contains(&pixels).then_some(pixels)
    };
    let (width, height) = (side(width)?, side(height)?);
    (!path.is_empty()).then(|| ScreenTarget::Virtual { socket: PathBuf::from(path), width, height })
}

impl fmt::Display for ScreenTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window { scale_percent } => write!(f, "window@{}.{:02}", scale_percent / 100, scale_percent % 100),
            Self::Device => f.write_str("device"),
            Self::Linuxkms => f.write_str("linuxkms"),
            Self::Virtual { socket, width, height } => write!(f, "virtual:{}@{width}x{height}", socket.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<ScreenTarget> {
        text.parse().ok()
    }

    #[test]
    fn a_window_has_a_scale_that_fits_a_monitor() {
        assert_eq!(parse("window"), Some(ScreenTarget::Window { scale_percent: 100 }));
        assert_eq!(parse("window@0.5"), Some(ScreenTarget::Window { scale_percent: 50 }));
        assert_eq!(parse("window@1.25"), Some(ScreenTarget::Window { scale_percent: 125 }));
        for bad in ["", "windows", "window@", "window@0", "window@0.001", "window@-1", "window@+1", "window@9", "x11"] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_machines_own_display_has_the_size_that_the_panel_says() {
        assert_eq!(parse("device"), Some(ScreenTarget::Device));
        assert_eq!(parse("linuxkms"), Some(ScreenTarget::Linuxkms));
        for bad in ["device@0.5", "device:card0", "linuxkms@0.5", "linuxkms:card0", "linuxfb"] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_virtual_screen_has_a_socket_and_a_size() {
        let target = ScreenTarget::Virtual { socket: "/run/a@b.sock".into(), width: 1080, height: 1920 };
        assert_eq!(parse("virtual:/run/a@b.sock@1080x1920"), Some(target));
        for bad in
            ["virtual:", "virtual:/a", "virtual:@10x10", "virtual:/a@1080", "virtual:/a@0x9", "virtual:/a@9000x99"]
        {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_target_is_written_as_it_is_read() {
        for text in ["window@0.50", "device", "linuxkms", "virtual:/run/a.sock@1080x1920"] {
            assert_eq!(parse(text).map(|target| target.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn an_invalid_target_says_what_was_expected_and_got() {
        let refused = "screen".parse::<ScreenTarget>().unwrap_err().to_string();
        assert!(refused.contains("virtual:/path") && refused.contains("\"screen\""), "{refused}");
    }
}
