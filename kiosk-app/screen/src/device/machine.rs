//! The panel, the touch and the light of a machine, as the event loop uses them.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use slint::platform::WindowEvent;
use slint::platform::software_renderer::{MinimalSoftwareWindow, PhysicalRegion, RepaintBufferType};

use super::backlight::{self, Backlight};
use super::calibration::TouchMap;
use super::card::{self, Card, CardError, OutletWish, Panel, Probe, Shown};
use super::damage;
use super::finger::{Finger, Glass};
use super::geometry::{Rect, Rotation, Size};
use super::inputs::{Input, Inputs, LeftAlone};
use super::jack::Listener;
use super::keys::Press;
use super::modes::{ModeWish, Showing};
use super::pacing::{Pace, Pacing};
use super::picture::Picture;
use super::schedule::{Blanking, Brightness, Minute, Schedule, Touched, minute_of_day};

/// Where the kernel puts event nodes.
const INPUT_FOLDER: &str = "/dev/input";
/// How long a machine that was just switched on may take to find its graphics card and give it to this user.
const CARD_WAIT: Duration = Duration::from_secs(30);
/// The picture while no panel was ever attached: a kiosk's usual one.
const UNSEEN: Size = Size::new(1080, 1920);

/// The local time, for brightness by the hour.
#[derive(Clone)]
pub struct LocalTime(Arc<dyn Fn() -> Minute + Send + Sync>);

impl LocalTime {
    /// Told by `clock`.
    pub fn new(clock: impl Fn() -> Minute + Send + Sync + 'static) -> Self {
        Self(Arc::new(clock))
    }

    fn minute(&self) -> Minute {
        (self.0)()
    }
}

impl fmt::Debug for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalTime")
    }
}

/// Everything that differs between two machines' panels.
#[derive(Debug, Clone)]
pub struct PanelSettings {
    /// The card, such as `/dev/dri/card1`; without it the first with a panel.
    pub card: Option<PathBuf>,
    /// The connector's name, such as `HDMI-A-1`; without it the first with a panel.
    pub output: Option<String>,
    /// Instead of the mode the panel prefers.
    pub mode: Option<ModeWish>,
    /// How frames get onto the panel; without it as suits the kernel's driver.
    pub showing: Option<Showing>,
    /// How far the picture is turned, and the touch with it.
    pub rotation: Rotation,
    /// Of the touch layer.
    pub calibration: TouchMap,
    /// By the hour.
    pub brightness: Schedule,
    /// For the hour.
    pub local_time: LocalTime,
    /// Event nodes that another part of the program reads, such as a scanner's in keyboard mode.
    pub left_alone: Vec<LeftAlone>,
    /// A key of a keypad that goes down again within this time was struck twice by mistake.
    pub same_key_pause: Duration,
    /// Who is told that headphones were plugged in.
    pub headphones: Listener,
}

impl Default for PanelSettings {
    /// The first panel in its own mode, upright, always fully lit.
    fn default() -> Self {
        Self {
            card: None,
            output: None,
            mode: None,
            showing: None,
            rotation: Rotation::default(),
            calibration: TouchMap::default(),
            brightness: Schedule::default(),
            local_time: LocalTime::new(|| minute_of_day(0)),
            left_alone: Vec::new(),
            same_key_pause: Duration::ZERO,
            headphones: Listener::default(),
        }
    }
}

/// What was drawn so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Frames that changed something.
    pub frames: u64,
    /// Pixels in the rectangles that Slint repainted.
    pub pixels: u64,
    /// Bytes copied into the panel's buffers.
    pub bytes: u64,
}

/// [`Drawn`] as the loop counts it and others read it.
pub type DrawnCounter = std::rc::Rc<std::cell::Cell<Drawn>>;

/// When the next frame may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Whenever something changes.
    Whenever,
    /// Not before so long from now.
    In(Duration),
    /// Not while nobody could see it.
    Unseen,
}

/// What ended a wait.
#[derive(Debug, Default)]
pub struct Woken {
    /// The card has something to tell.
    pub panel: bool,
    /// These event nodes have.
    pub inputs: Vec<usize>,
}

/// A machine's panel, touch and light.
#[derive(Debug)]
pub struct Machine {
    card: Card,
    wish: OutletWish,
    panel: Option<Panel>,
    picture: Picture,
    pacing: Pacing,
    rotation: Rotation,
    calibration: TouchMap,
    headphones: Listener,
    finger: Finger,
    pub(super) inputs: Inputs,
    blanking: Blanking,
    local_time: LocalTime,
    backlight: Backlight,
    /// As it was set last.
    light: Option<Brightness>,
    is_begun_anew: bool,
    drawn: DrawnCounter,
}

impl Machine {
    /// Opens the card and finds its panel; a machine without one waits for it.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn open(settings: PanelSettings, drawn: DrawnCounter) -> Result<Self, CardError> {
        let card = card::awaited(CARD_WAIT, || Card::open(settings.card.as_deref(), Path::new(card::FOLDER)))?;
        let wish = OutletWish { name: settings.output, mode: settings.mode, showing: settings.showing };
        let refused = |source| CardError::Refused { path: card::FOLDER.to_owned(), source };
        let found = card.find(&wish, Probe::Anew).map_err(refused)?;
        let panel = found.map(|found| Panel::take(&card, found, wish.showing)).transpose().map_err(refused)?;
        let size = panel.as_ref().map_or(UNSEEN, |panel| settings.rotation.view(panel.size()));
        Ok(Self {
            pacing: Pacing::new(panel.as_ref().map_or(0, Panel::hertz)),
            card,
            wish,
            panel,
            picture: Picture::new(size),
            rotation: settings.rotation,
            calibration: settings.calibration,
            headphones: settings.headphones,
            finger: Finger::default(),
            inputs: Inputs::new(Path::new(INPUT_FOLDER), settings.left_alone, settings.same_key_pause),
            blanking: Blanking::new(settings.brightness),
            local_time: settings.local_time,
            backlight: Backlight::first(Path::new(backlight::FOLDER)),
            light: None,
            is_begun_anew: true,
            drawn,
        })
    }

    /// Of the picture.
    pub const fn view(&self) -> Size {
        self.picture.size()
    }

    pub fn card(&self) -> BorrowedFd<'_> {
        self.card.as_fd()
    }

    /// The next frame is all of the picture.
    pub const fn begin_anew(&mut self) {
        self.is_begun_anew = true;
    }

    /// Whether another panel, or the same in another mode, is there than before.
    pub fn look_for_panel(&mut self) -> io::Result<bool> {
        let found = self.card.find(&self.wish, Probe::Known)?;
        let is_same = match (&self.panel, &found) {
            (Some(panel), Some(found)) => panel.is(found),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_same {
            return Ok(false);
        }
        if let Some(panel) = self.panel.take() {
            panel.give_back(&self.card);
        }
        let Some(found) = found else { return Ok(false) };
        let panel = Panel::take(&self.card, found, self.wish.showing)?;
        self.pacing = Pacing::new(panel.hertz());
        self.picture = Picture::new(self.rotation.view(panel.size()));
        self.panel = Some(panel);
        self.light = None;
        Ok(true)
    }

    /// Draws what changed, if anything and if it is time.
    pub fn draw(&mut self, window: &MinimalSoftwareWindow, now: Duration) -> io::Result<Due> {
        let is_dark = self.blanking.brightness(now, self.local_time.minute()) == Brightness::Off;
        let Some(panel) = self.panel.as_mut().filter(|_| !is_dark) else { return Ok(Due::Unseen) };
        if let Pace::In(wait) = self.pacing.at(now) {
            return Ok(Due::In(wait));
        }
        let mut changed = None;
        let picture = &mut self.picture;
        let is_whole = std::mem::take(&mut self.is_begun_anew);
        window.draw_if_needed(|renderer| {
            if is_whole {
                // The renderer's memory of what it drew is for the picture before.
                renderer.set_repaint_buffer_type(RepaintBufferType::NewBuffer);
            }
            let width = picture.size().width as usize;
            let region = renderer.render(picture.pixels_mut(), width);
            renderer.set_repaint_buffer_type(RepaintBufferType::ReusedBuffer);
            changed = Some(rects(&region, picture.size()));
        });
        let Some(changed) = changed.filter(|changed| !changed.is_empty()) else { return Ok(Due::Whenever) };
        let on_panel = damage::on_panel(&changed, self.rotation, panel.size());
        match panel.show(&self.card, &self.picture, self.rotation, &on_panel)? {
            Shown::Now => self.pacing.drew(now),
            Shown::Soon => self.pacing.flips(now),
        }
        let before = self.drawn.get();
        let pixels = before.pixels + changed.iter().map(|rect| rect.pixels()).sum::<u64>();
        self.drawn.set(Drawn { frames: before.frames + 1, pixels, bytes: panel.bytes() });
        Ok(Due::Whenever)
    }

    /// The card has something to tell: the last frame is on the panel.
    pub fn panel_told(&mut self) -> io::Result<()> {
        if self.card.flipped()? {
            self.pacing.flipped();
        }
        Ok(())
    }

    /// Takes the event nodes that came since. A plug that is in a jack already counts as one that was put in, but wakes no
    /// panel: nobody has come.
    pub fn look_for_inputs(&mut self) {
        if let Some(headphones) = self.inputs.look_around() {
            self.headphones.tell(headphones);
        }
    }

    /// What the event nodes at these places did, as Slint is told.
    pub fn input(&mut self, ready: &[usize], now: Duration, scale: f32) -> Vec<WindowEvent> {
        let inputs = self.inputs.read(ready);
        let glass = Glass { calibration: self.calibration.get(), rotation: self.rotation, view: self.view(), scale };
        inputs.into_iter().filter_map(|input| self.told(input, now, glass)).collect()
    }

    fn told(&mut self, input: Input, now: Duration, glass: Glass) -> Option<WindowEvent> {
        let (blanking, minute) = (&mut self.blanking, self.local_time.minute());
        match input {
            Input::Motion(node, motion) => self.finger.take(node, motion, glass, || blanking.touched(now, minute)),
            Input::Jack(headphones) => {
                // Who plugs them in wants something of a panel that sleeps.
                blanking.touched(now, minute);
                self.headphones.tell(headphones);
                None
            }
            Input::Key(Press::Up, text) => Some(WindowEvent::KeyReleased { text }),
            Input::Key(Press::Down, text) => match blanking.touched(now, minute) {
                Touched::Wakes => None,
                Touched::Passes => Some(WindowEvent::KeyPressed { text }),
            },
        }
    }

    /// Makes the panel as bright as it is to be; whether it was dark and is lit.
    pub fn adjust_light(&mut self, now: Duration) -> io::Result<bool> {
        let wanted = self.blanking.brightness(now, self.local_time.minute());
        let Some(panel) = self.panel.as_ref().filter(|_| self.light != Some(wanted)) else { return Ok(false) };
        let before = self.light.replace(wanted);
        match wanted {
            Brightness::Off => panel.sleep(&self.card)?,
            Brightness::Percent(percent) => {
                if before == Some(Brightness::Off) {
                    panel.wake(&self.card)?;
                }
                if let Err(error) = self.backlight.set(percent) {
                    tracing::warn!(%error, "the panel cannot be dimmed");
                }
            }
        }
        tracing::info!(?wanted, "panel light");
        Ok(before == Some(Brightness::Off))
    }
}

fn rects(region: &PhysicalRegion, view: Size) -> Vec<Rect> {
    let rects = region.iter().map(|(at, size)| Rect::clipped(at.x, at.y, Size::new(size.width, size.height), view));
    rects.flatten().collect()
}
