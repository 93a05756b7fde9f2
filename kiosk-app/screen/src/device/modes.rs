//! Which connector and which of its modes the picture goes to.

use std::str::FromStr;

use super::geometry::Size;

/// A way a connector can be driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModeOffer {
    /// Of the picture on the panel.
    pub size: Size,
    /// Pictures a second.
    pub hertz: u32,
    /// The panel asks for it.
    pub preferred: bool,
}

/// A connector of the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
    /// As the kernel calls it, such as `HDMI-A-1`.
    pub name: String,
    /// A panel is there.
    pub connected: bool,
    /// In the kernel's order, best first.
    pub modes: Vec<ModeOffer>,
}

/// A mode somebody asked for, written `1920x1080` or `1920x1080@60`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModeWish {
    size: Size,
    hertz: Option<u32>,
}

/// A text that is no mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected WIDTHxHEIGHT or WIDTHxHEIGHT@HERTZ, got {got:?}")]
pub struct InvalidModeWish {
    got: String,
}

impl FromStr for ModeWish {
    type Err = InvalidModeWish;

    fn from_str(text: &str) -> Result<Self, InvalidModeWish> {
        parse(text).ok_or_else(|| InvalidModeWish { got: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<ModeWish> {
    let (size, hertz) = match text.split_once('@') {
        Some((size, hertz)) => (size, Some(hertz.parse().ok()?)),
        None => (text, None),
    };
    let (width, height) = size.split_once('x')?;
    Some(ModeWish { size: Size::new(width.parse().ok()?, height.parse().ok()?), hertz })
}

/// The indexes of an outlet and of one of its modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Into the outlets.
    pub outlet: usize,
    /// Into its modes.
    pub mode: usize,
}

/// The first connected outlet, or the one called `name` alone. Of its modes the wished one; where it has none such, the one
/// it prefers; else its first.
#[must_use]
pub fn choose(outlets: &[Outlet], name: Option<&str>, wish: Option<ModeWish>) -> Option<Choice> {
    let usable = |outlet: &Outlet| outlet.connected && !outlet.modes.is_empty();
    let outlet = outlets.iter().position(|outlet| usable(outlet) && name.is_none_or(|name| name == outlet.name))?;
    let modes = &outlets.get(outlet)?.modes;
    let wished = wish.and_then(|wish| modes.iter().position(|mode| grants(*mode, wish)));
    let mode = wished.or_else(|| modes.iter().position(|mode| mode.preferred)).unwrap_or(0);
    Some(Choice { outlet, mode })
}

fn grants(mode: ModeOffer, wish: ModeWish) -> bool {
    mode.size == wish.size && wish.hertz.is_none_or(|hertz| hertz == mode.hertz)
}

/// How a frame gets onto the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// The next of two buffers is shown from the next picture of the panel on.
    Flip,
    /// The changed rectangles of one buffer are sent to the panel: drivers that copy.
    Send,
}

/// Drivers whose panel is a copy: virtual machines, USB and SPI displays, and servers' management chips. Told what changed,
/// they copy that alone; each flip would copy all of it.
const COPYING: [&str; 14] = [
    "ast",
    "bochs-drm",
    "cirrus",
    "evdi",
    "gm12u320",
    "gud",
    "hyperv_drm",
    "mgag200",
    "qxl",
    "simpledrm",
    "udl",
    "vboxvideo",
    "virtio_gpu",
    "vmwgfx",
];

/// How frames get onto the panels of the kernel driver of this name.
#[must_use]
pub fn showing(driver: &str) -> Showing {
    if COPYING.contains(&driver) { Showing::Send } else { Showing::Flip }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(width: u32, height: u32, hertz: u32) -> ModeOffer {
        ModeOffer { size: Size::new(width, height), hertz, preferred: false }
    }

    fn outlet(name: &str, modes: &[ModeOffer]) -> Outlet {
        Outlet { name: name.to_owned(), connected: true, modes: modes.to_vec() }
    }

    fn desk() -> Vec<Outlet> {
        let mut away = outlet("DP-1", &[mode(640, 480, 60)]);
        away.connected = false;
        let preferred = ModeOffer { preferred: true, ..mode(1920, 1080, 60) };
        let hdmi = outlet("HDMI-A-1", &[mode(3840, 2160, 30), preferred, mode(1920, 1080, 50), mode(1280, 720, 60)]);
        vec![away, outlet("DP-2", &[]), hdmi, outlet("HDMI-A-2", &[mode(800, 600, 60)])]
    }

    fn chosen(name: Option<&str>, wish: Option<&str>) -> Option<(usize, usize)> {
        let wish = wish.map(|wish| wish.parse().unwrap());
        choose(&desk(), name, wish).map(|choice| (choice.outlet, choice.mode))
    }

    #[test]
    fn the_first_connected_panel_gets_the_mode_it_prefers() {
        assert_eq!(chosen(None, None), Some((2, 1)));
    }

    #[test]
    fn a_panel_without_a_preference_gets_its_first_mode() {
        assert_eq!(chosen(Some("HDMI-A-2"), None), Some((3, 0)));
    }

    #[test]
    fn a_wish_is_granted_where_the_panel_can_and_forgotten_where_not() {
        assert_eq!(chosen(None, Some("1920x1080@50")), Some((2, 2)));
        assert_eq!(chosen(None, Some("1280x720")), Some((2, 3)));
        assert_eq!(chosen(None, Some("1024x768")), Some((2, 1)));
    }

    #[test]
    fn a_named_panel_that_is_away_is_not_replaced_by_another() {
        assert_eq!(chosen(Some("DP-1"), None), None);
        assert_eq!(chosen(Some("DP-2"), None), None);
        assert_eq!(chosen(Some("LVDS-1"), None), None);
    }

    #[test]
    fn a_plugged_panel_is_another_choice() {
        let mut outlets = desk();
        let before = choose(&outlets, None, None);
        outlets[0].connected = true;
        assert_ne!(choose(&outlets, None, None), before);
    }

    #[test]
    fn what_is_no_mode_is_refused() {
        for bad in ["", "1920", "1920x", "x1080", "1920x1080@", "1920x1080@x", "-1x5"] {
            assert!(bad.parse::<ModeWish>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn drivers_that_copy_are_told_what_changed() {
        assert_eq!([showing("virtio_gpu"), showing("i915")], [Showing::Send, Showing::Flip]);
    }
}
