//! The kernel's mode setting: a graphics card and the panel on one of its connectors.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use drm::buffer::{Buffer as _, DrmFourcc};
use drm::control::dumbbuffer::DumbBuffer;
use drm::control::{
    ClipRect, Device as _, Event, Mode, ModeTypeFlags, PageFlipFlags, connector, crtc, framebuffer, property,
};
use rustix::io::Errno;

use super::damage::Damage;
use super::geometry::{Rect, Rotation, Size};
use super::modes::{Choice, ModeOffer, ModeWish, Outlet, Showing, choose, showing};
use super::picture::Picture;

/// Where the kernel puts cards.
pub const FOLDER: &str = "/dev/dri";
/// Between two questions for a card that may come.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// Colour bits and all bits of a pixel.
const DEPTH: u32 = 24;
const BITS: u32 = 32;
/// Values of a connector's property `DPMS` (drm_mode.h).
const DPMS_ON: u64 = 0;
const DPMS_OFF: u64 = 3;

/// An opened card.
#[derive(Debug)]
pub struct Card(File);

impl AsFd for Card {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl drm::Device for Card {}
impl drm::control::Device for Card {}

/// Why a card cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// There is none, or none that sets modes.
    #[error("no graphics card in {folder} sets modes")]
    None {
        /// Where it was looked for.
        folder: String,
    },
    /// It is somebody else's, or not this user's.
    #[error("cannot use {path}")]
    Refused {
        /// The card.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl CardError {
    /// A machine that has just been switched on may have neither found its card yet nor given it to this user.
    fn may_come(&self) -> bool {
        match self {
            Self::None { .. } => true,
            Self::Refused { source, .. } => {
                matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
            }
        }
    }
}

/// What `open` gives, asked again for `wait` while it may come.
///
/// # Errors
/// The last [`CardError`].
pub fn awaited<T>(wait: Duration, mut open: impl FnMut() -> Result<T, CardError>) -> Result<T, CardError> {
    let give_up_at = Instant::now() + wait;
    let mut is_said = false;
    loop {
        match open() {
            Err(error) if error.may_come() && Instant::now() < give_up_at => {
                if !std::mem::replace(&mut is_said, true) {
                    tracing::info!(%error, "waiting for the panel");
                }
                thread::sleep(ASK_EVERY);
            }
            opened => return opened,
        }
    }
}

/// Which panel to use, and how.
#[derive(Debug, Clone, Default)]
pub struct OutletWish {
    /// The connector's name.
    pub name: Option<String>,
    /// The mode.
    pub mode: Option<ModeWish>,
    /// How frames get onto it.
    pub showing: Option<Showing>,
}

impl Card {
    /// The card at `path`; without one the first in `folder` with a panel attached, or else the first that sets modes.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn open(path: Option<&Path>, folder: &Path) -> Result<Self, CardError> {
        if let Some(path) = path {
            return Self::at(path).map_err(|source| CardError::Refused { path: path.display().to_string(), source });
        }
        let mut first = None;
        let mut refused = None;
        for path in cards(folder) {
            match Self::at(&path) {
                Ok(card) if card.has_panel() => return Ok(card),
                Ok(card) => first = first.or(Some(card)),
                Err(source) => {
                    refused = refused.or(Some(CardError::Refused { path: path.display().to_string(), source }));
                }
            }
        }
        first.ok_or_else(|| refused.unwrap_or_else(|| CardError::None { folder: folder.display().to_string() }))
    }

    fn at(path: &Path) -> io::Result<Self> {
        let card = Self(OpenOptions::new().read(true).write(true).open(path)?);
        card.resource_handles()?;
        Ok(card)
    }

    fn has_panel(&self) -> bool {
        self.outlets(Probe::Anew).is_ok_and(|outlets| outlets.iter().any(|(outlet, _)| outlet.connected))
    }

    fn outlets(&self, probe: Probe) -> io::Result<Vec<(Outlet, connector::Info)>> {
        let handles = self.resource_handles()?;
        let infos = handles.connectors().iter().map(|handle| self.get_connector(*handle, probe == Probe::Anew));
        infos.map(|info| info.map(|info| (outlet(&info), info))).collect()
    }

    /// The panel that `wish` chooses of those attached, and its mode. `None` while there is none.
    ///
    /// # Errors
    /// The card does not answer.
    pub fn find(&self, wish: &OutletWish, probe: Probe) -> io::Result<Option<Found>> {
        let (outlets, infos): (Vec<Outlet>, Vec<connector::Info>) = self.outlets(probe)?.into_iter().unzip();
        let Some(Choice { outlet, mode }) = choose(&outlets, wish.name.as_deref(), wish.mode) else { return Ok(None) };
        let Some(info) = infos.get(outlet) else { return Ok(None) };
        let Some(mode) = info.modes().get(mode) else { return Ok(None) };
        let name = outlets.get(outlet).map(|outlet| outlet.name.clone()).unwrap_or_default();
        Ok(Some(Found { name, connector: info.handle(), encoders: info.encoders().to_vec(), mode: *mode }))
    }

    fn crtc_for(&self, found: &Found) -> io::Result<crtc::Handle> {
        let handles = self.resource_handles()?;
        let encoders = found.encoders.iter().filter_map(|encoder| self.get_encoder(*encoder).ok());
        let mut crtcs = encoders.flat_map(|encoder| handles.filter_crtcs(encoder.possible_crtcs()));
        crtcs.next().ok_or_else(|| io::Error::other("the panel's connector has no controller"))
    }

    /// Whether the next of two flips is done: a page flip's event has come.
    ///
    /// # Errors
    /// The card is gone.
    pub fn flipped(&self) -> io::Result<bool> {
        Ok(self.receive_events()?.any(|event| matches!(event, Event::PageFlip(_))))
    }
}

/// Whether the card asks its connectors anew, which takes a while, or tells what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Ask.
    Anew,
    /// Tell.
    Known,
}

fn cards(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_card =
        |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("card"));
    let mut cards: Vec<PathBuf> = entries.filter(is_card).collect();
    cards.sort();
    cards
}

fn outlet(info: &connector::Info) -> Outlet {
    let offer = |mode: &Mode| {
        let (width, height) = mode.size();
        ModeOffer {
            size: Size::new(width.into(), height.into()),
            hertz: mode.vrefresh(),
            preferred: mode.mode_type().contains(ModeTypeFlags::PREFERRED),
        }
    };
    Outlet {
        name: format!("{}-{}", info.interface().as_str(), info.interface_id()),
        connected: info.state() == connector::State::Connected,
        modes: info.modes().iter().map(offer).collect(),
    }
}

/// A panel, not yet used.
#[derive(Debug)]
pub struct Found {
    name: String,
    connector: connector::Handle,
    encoders: Vec<drm::control::encoder::Handle>,
    mode: Mode,
}

/// What happened to a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It is on the panel.
    Now,
    /// The card tells when it is.
    Soon,
}

/// A panel in use, with its buffers. The card's driver forgets both when the card is closed.
#[derive(Debug)]
pub struct Panel {
    name: String,
    connector: connector::Handle,
    crtc: crtc::Handle,
    mode: Mode,
    buffers: [(DumbBuffer, framebuffer::Handle); 2],
    /// The one that is shown.
    front: usize,
    showing: Showing,
    /// The mode is not set yet.
    is_new: bool,
    dpms: Option<property::Handle>,
    damage: Damage,
    /// Bytes written into buffers so far.
    bytes: u64,
}

impl Panel {
    /// Makes the buffers. Nothing is shown before the first frame.
    ///
    /// # Errors
    /// The card has no memory or no controller left.
    pub fn take(card: &Card, found: Found, wished: Option<Showing>) -> io::Result<Self> {
        let crtc = card.crtc_for(&found)?;
        let Found { name, connector, mode, encoders: _ } = found;
        let (width, height) = mode.size();
        let size = Size::new(width.into(), height.into());
        let buffer = || {
            let dumb = card.create_dumb_buffer((size.width, size.height), DrmFourcc::Xrgb8888, BITS)?;
            let frame = card.add_framebuffer(&dumb, DEPTH, BITS)?;
            io::Result::Ok((dumb, frame))
        };
        let driver = drm::Device::get_driver(card)?;
        let showing = wished.unwrap_or_else(|| showing(&driver.name().to_string_lossy()));
        let (buffers, dpms) = ([buffer()?, buffer()?], dpms_of(card, connector)?);
        tracing::info!(panel = name, width, height, hertz = mode.vrefresh(), ?showing, "panel found");
        Ok(Self {
            name,
            connector,
            crtc,
            mode,
            buffers,
            front: 0,
            showing,
            is_new: true,
            dpms,
            damage: Damage::whole(size),
            bytes: 0,
        })
    }

    /// The panel's, in its own direction.
    #[must_use]
    pub fn size(&self) -> Size {
        let (width, height) = self.mode.size();
        Size::new(width.into(), height.into())
    }

    /// Pictures a second.
    #[must_use]
    pub fn hertz(&self) -> u32 {
        self.mode.vrefresh()
    }

    /// Bytes written to its buffers so far.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether it is still the panel that was found, in the same mode.
    #[must_use]
    pub fn is(&self, found: &Found) -> bool {
        self.connector == found.connector && self.mode == found.mode
    }

    /// Brings these rectangles of the panel, in which the picture has changed, onto it.
    ///
    /// # Errors
    /// The card refuses: another program has taken it, or it is gone.
    pub fn show(&mut self, card: &Card, picture: &Picture, rotation: Rotation, changed: &[Rect]) -> io::Result<Shown> {
        self.damage.add(changed);
        let next = match self.showing {
            Showing::Send => self.front,
            Showing::Flip if self.is_new => self.front,
            Showing::Flip => 1 - self.front,
        };
        let rects = self.damage.take(next);
        self.write(card, picture, rotation, (next, &rects))?;
        if self.is_new {
            self.set_mode(card, next)?;
        } else if self.showing == Showing::Flip {
            return self.flip(card, next);
        }
        if self.showing == Showing::Send {
            self.send(card, next, &rects)?;
        }
        Ok(Shown::Now)
    }

    fn write(
        &mut self,
        card: &Card,
        picture: &Picture,
        rotation: Rotation,
        (next, rects): (usize, &[Rect]),
    ) -> io::Result<()> {
        let (dumb, _) = &mut self.buffers[next];
        let pitch = dumb.pitch() as usize;
        let mut mapped = card.map_dumb_buffer(dumb)?;
        for rect in rects {
            self.bytes += picture.copy(rotation, *rect, mapped.as_mut(), pitch);
        }
        Ok(())
    }

    /// Shows a buffer with the panel's mode, and lights the panel.
    fn set_mode(&mut self, card: &Card, next: usize) -> io::Result<()> {
        card.set_crtc(self.crtc, Some(self.buffers[next].1), (0, 0), &[self.connector], Some(self.mode))?;
        (self.is_new, self.front) = (false, next);
        Ok(())
    }

    fn flip(&mut self, card: &Card, next: usize) -> io::Result<Shown> {
        match card.page_flip(self.crtc, self.buffers[next].1, PageFlipFlags::EVENT, None) {
            Ok(()) => {
                self.front = next;
                Ok(Shown::Soon)
            }
            // A driver without flips, or a flip that got lost.
            Err(error) => {
                tracing::debug!(%error, "no flip; the mode is set anew");
                self.set_mode(card, next).map(|()| Shown::Now)
            }
        }
    }

    fn send(&mut self, card: &Card, next: usize, rects: &[Rect]) -> io::Result<()> {
        let clips: Vec<ClipRect> = rects.iter().map(|rect| clip(*rect)).collect();
        match card.dirty_framebuffer(self.buffers[next].1, &clips) {
            Err(error) if error.raw_os_error() == Some(Errno::NOSYS.raw_os_error()) => {
                tracing::info!("the panel's driver takes no rectangles");
                self.showing = Showing::Flip;
                Ok(())
            }
            sent => sent,
        }
    }

    /// Lets the panel sleep.
    ///
    /// # Errors
    /// The card refuses.
    pub fn sleep(&self, card: &Card) -> io::Result<()> {
        self.dpms.map_or(Ok(()), |dpms| card.set_property(self.connector, dpms, DPMS_OFF))
    }

    /// Wakes it.
    ///
    /// # Errors
    /// The card refuses.
    pub fn wake(&self, card: &Card) -> io::Result<()> {
        self.dpms.map_or(Ok(()), |dpms| card.set_property(self.connector, dpms, DPMS_ON))
    }

    /// Gives its buffers back, before another panel is used.
    pub fn give_back(self, card: &Card) {
        tracing::info!(panel = self.name, "panel gone");
        for (dumb, frame) in self.buffers {
            // What the kernel does not take back here it takes back when the card is closed.
            card.destroy_framebuffer(frame).ok();
            card.destroy_dumb_buffer(dumb).ok();
        }
    }
}

fn dpms_of(card: &Card, connector: connector::Handle) -> io::Result<Option<property::Handle>> {
    let properties = card.get_properties(connector)?;
    let (handles, _) = properties.as_props_and_values();
    let is_dpms =
        |handle: &property::Handle| card.get_property(*handle).is_ok_and(|info| info.name().to_bytes() == b"DPMS");
    Ok(handles.iter().copied().find(is_dpms))
}

fn clip(rect: Rect) -> ClipRect {
    let edge = |at: u32| u16::try_from(at).unwrap_or(u16::MAX);
    ClipRect::new(edge(rect.x), edge(rect.y), edge(rect.x + rect.width), edge(rect.y + rect.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_a_card_says_where_it_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Card::open(None, folder.path()).unwrap_err();
        assert!(matches!(&refused, CardError::None { .. }), "{refused}");
        assert!(refused.to_string().contains(&folder.path().display().to_string()), "{refused}");
    }

    #[test]
    fn a_card_that_comes_late_or_is_given_late_is_waited_for_and_no_other() {
        let refused = |kind: io::ErrorKind| CardError::Refused { path: "card0".to_owned(), source: kind.into() };
        let wait = Duration::from_mins(10);
        let mut answers = vec![
            Ok(7),
            Err(refused(io::ErrorKind::PermissionDenied)),
            Err(CardError::None { folder: "dri".to_owned() }),
        ];
        assert_eq!(awaited(wait, || answers.pop().unwrap()).unwrap(), 7);
        assert!(answers.is_empty());
        let busy = awaited(wait, || Err::<(), _>(refused(io::ErrorKind::ResourceBusy)));
        assert!(matches!(busy, Err(CardError::Refused { .. })), "another program has it, and keeps it");
        let mut asked = 0;
        let gone = awaited(Duration::ZERO, || {
            asked += 1;
            Err::<(), _>(CardError::None { folder: "dri".to_owned() })
        });
        assert!(matches!(gone, Err(CardError::None { .. })) && asked == 1);
    }

    #[test]
    fn a_file_that_is_no_card_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card0");
        fs::write(&path, "").unwrap();
        for refused in [Card::open(Some(&path), folder.path()), Card::open(None, folder.path())] {
            assert!(matches!(refused.unwrap_err(), CardError::Refused { path, .. } if path.ends_with("card0")));
        }
    }

    #[test]
    fn a_rectangle_becomes_its_corners() {
        let clip = clip(Rect { x: 1, y: 2, width: 30, height: 40 });
        assert_eq!((clip.x1(), clip.y1(), clip.x2(), clip.y2()), (1, 2, 31, 42));
    }
}
