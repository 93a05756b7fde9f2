//! A virtual camera: frames of image files or of drawn codes, in virtual time, with a lever for every fault.

mod drawing;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kiosk_hal::frame::{FrameSource, GreyFrame};
use kiosk_hal::link::LinkError;
use kiosk_hal::uptime::Uptime;

/// Time from one frame to the next: 30 frames a second.
pub const FRAME_PERIOD: Duration = Duration::from_millis(33);

/// Most frames that wait to be shown.
pub const FRAMES_MAX: usize = 4_096;

/// Frames for which a code held up is in view.
const HELD_FRAMES: usize = 12;

/// What is in front of the camera while nothing is held up.
const WIDTH: usize = 1_280;
const HEIGHT: usize = 720;

/// Why files cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be replayed", path.display())]
pub struct ReplayError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// How a code comes into view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approach {
    /// From one frame to the next.
    AtOnce,
    /// Half of it first, behind the edge of the picture.
    HalfFirst,
    /// Out of focus first.
    BlurredFirst,
    /// After frames of noise.
    NoiseFirst,
}

/// What the camera does about frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Working,
    /// The same frame for ever, as cameras with a hung sensor send.
    Frozen,
    /// All pixels black: the lens is covered, or the sensor has no light.
    Black,
    /// Attached, and no frames come.
    Stalled,
    Unplugged,
}

struct Model {
    state: State,
    waiting: VecDeque<GreyFrame>,
    shown: GreyFrame,
    now: Uptime,
    /// When the next frame comes.
    due: Uptime,
    seed: u64,
}

/// The lever board of a virtual camera. Clones reach the same camera.
#[derive(Clone)]
pub struct VirtualCamera(Arc<Mutex<Model>>);

impl std::fmt::Debug for VirtualCamera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let model = self.model();
        f.debug_struct("VirtualCamera").field("state", &model.state).field("waiting", &model.waiting.len()).finish()
    }
}

impl Default for VirtualCamera {
    fn default() -> Self {
        Self::new()
    }
}

impl VirtualCamera {
    /// A camera that works and looks at an empty counter.
    #[must_use]
    pub fn new() -> Self {
        let shown = drawing::counter(WIDTH, HEIGHT);
        let due = Uptime::ZERO + FRAME_PERIOD;
        let (state, waiting) = (State::Working, VecDeque::new());
        Self(Arc::new(Mutex::new(Model { state, waiting, shown, now: Uptime::ZERO, due, seed: 1 })))
    }

    /// The host's end. Each sees the frames that no other has taken.
    #[must_use]
    pub fn source(&self) -> VirtualFrames {
        VirtualFrames(self.clone())
    }

    /// Shows frames one after the other; after the last the counter is empty again. What is beyond [`FRAMES_MAX`] is
    /// not shown.
    pub fn show(&self, frames: impl IntoIterator<Item = GreyFrame>) {
        let mut model = self.model();
        let room = FRAMES_MAX.saturating_sub(model.waiting.len());
        model.waiting.extend(frames.into_iter().take(room));
    }

    /// Shows the pictures in PNG or JPEG files, a frame each.
    ///
    /// # Errors
    /// [`ReplayError`] with the first file that is no picture; none is shown then.
    pub fn replay(&self, files: &[impl AsRef<Path>]) -> Result<(), ReplayError> {
        let frames: Result<Vec<GreyFrame>, ReplayError> = files.iter().map(|file| picture(file.as_ref())).collect();
        self.show(frames?);
        Ok(())
    }

    /// Holds up a QR code for some frames and takes it away.
    pub fn present(&self, payload: &[u8], approach: Approach) {
        self.present_all(&[payload], approach);
    }

    /// Holds up several codes side by side, from left to right.
    pub fn present_all(&self, payloads: &[&[u8]], approach: Approach) {
        let code = drawing::codes(payloads, WIDTH, HEIGHT);
        let mut frames = match approach {
            Approach::AtOnce => Vec::new(),
            Approach::HalfFirst => vec![drawing::lower_half_of(&code); 3],
            Approach::BlurredFirst => vec![drawing::blurred(&code); 3],
            Approach::NoiseFirst => (0..3).map(|at| drawing::noise(WIDTH, HEIGHT, self.seed() + at)).collect(),
        };
        frames.extend(std::iter::repeat_n(code, HELD_FRAMES));
        self.show(frames);
    }

    /// Pulls the plug: the source is gone for good, and what waited is lost.
    pub fn unplug(&self) {
        let mut model = self.model();
        model.state = State::Unplugged;
        model.waiting.clear();
    }

    /// Plugs the camera in again, working. A new source reads on.
    pub fn replug(&self) {
        self.model().state = State::Working;
    }

    /// Sends the frame last shown again and again.
    pub fn freeze(&self) {
        self.model().state = State::Frozen;
    }

    /// Sends black frames.
    pub fn go_black(&self) {
        self.model().state = State::Black;
    }

    /// Sends nothing, and stays attached.
    pub fn stall(&self) {
        self.model().state = State::Stalled;
    }

    /// Works again after [`freeze`](Self::freeze), [`go_black`](Self::go_black) or [`stall`](Self::stall).
    pub fn recover(&self) {
        self.replug();
    }

    fn seed(&self) -> u64 {
        let mut model = self.model();
        model.seed += 16;
        model.seed
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model {
    fn frame(&mut self) -> GreyFrame {
        match self.state {
            State::Frozen => self.shown.clone(),
            State::Black => drawing::black(self.shown.width(), self.shown.height()),
            State::Working | State::Stalled | State::Unplugged => {
                self.shown = self.waiting.pop_front().unwrap_or_else(|| drawing::counter(WIDTH, HEIGHT));
                self.shown.clone()
            }
        }
    }
}

/// The frames of a virtual camera. Its clock stands still except while a frame is waited for.
#[derive(Debug)]
pub struct VirtualFrames(VirtualCamera);

impl FrameSource for VirtualFrames {
    fn now(&self) -> Uptime {
        self.0.model().now
    }

    fn next_frame(&mut self, until: Uptime) -> Result<GreyFrame, LinkError> {
        let mut model = self.0.model();
        if model.state == State::Unplugged {
            return Err(LinkError::Gone);
        }
        if model.state == State::Stalled || model.due > until {
            model.now = model.now.max(until);
            return Err(LinkError::TimedOut);
        }
        model.now = model.now.max(model.due);
        model.due = model.now + FRAME_PERIOD;
        Ok(model.frame())
    }
}

fn picture(path: &Path) -> Result<GreyFrame, ReplayError> {
    let failed = |source| ReplayError { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(failed)?;
    let decoded = image::load_from_memory(&bytes).map_err(|error| failed(io::Error::other(error)))?;
    let grey = decoded.into_luma8();
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    GreyFrame::new(width, height, grey.into_raw()).map_err(|error| failed(io::Error::other(error)))
}
