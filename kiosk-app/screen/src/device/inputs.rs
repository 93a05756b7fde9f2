//! The machine's event nodes: found, grabbed, read, and found again.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use evdev::raw_stream::RawDevice;
use evdev::{AbsoluteAxisCode as Abs, KeyCode, RelativeAxisCode as Rel};
use slint::SharedString;

use super::calibration::AxisRange;
use super::finger::NodeId;
use super::jack::{Headphones, headphones, plugged_in};
use super::keys::{Keys, Press};
use super::nodes::{Abilities, Role, role};
use super::pointer::{Motion, Pointer, Ranges, RawEvent, Wire};

/// Most nodes that are held; a machine has a dozen.
const NODES_MAX: usize = 32;
const EV_KEY: u16 = 0x01;

/// A device whose event nodes are not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftAlone {
    /// Every one of this maker and model.
    Usb {
        /// Of the maker.
        vendor: u16,
        /// Of the model.
        product: u16,
    },
    /// This node, or the one that this link leads to.
    Node(PathBuf),
}

impl LeftAlone {
    fn is(&self, path: &Path, device: &RawDevice) -> bool {
        match self {
            Self::Usb { vendor, product } => {
                (*vendor, *product) == (device.input_id().vendor(), device.input_id().product())
            }
            Self::Node(node) => fs::canonicalize(node).is_ok_and(|node| node == path),
        }
    }
}

/// What came from a node.
#[derive(Debug)]
pub enum Input {
    /// Its finger did this.
    Motion(NodeId, Motion),
    /// This key went down or up.
    Key(Press, SharedString),
    /// A plug was put into the headphone jack, or pulled out.
    Jack(Headphones),
}

/// All nodes that point or type. Grabbed: nothing of them reaches a console or another program while this lives.
#[derive(Debug)]
pub struct Inputs {
    folder: PathBuf,
    left_alone: Vec<LeftAlone>,
    same_key_pause: Duration,
    nodes: Vec<Node>,
    /// Nodes that are of no use, by their inode: another device under the same name has another.
    declined: HashMap<PathBuf, u64>,
    next_id: NodeId,
}

#[derive(Debug)]
struct Node {
    id: NodeId,
    path: PathBuf,
    device: RawDevice,
    reader: Reader,
}

#[derive(Debug)]
enum Reader {
    Pointer(Box<Pointer>),
    Keys(Keys),
    Jack,
}

impl Inputs {
    /// The nodes of `folder`, such as `/dev/input`, without those of the devices `left_alone`. Keys are as [`Keys::new`] has
    /// them.
    #[must_use]
    pub fn new(folder: &Path, left_alone: Vec<LeftAlone>, same_key_pause: Duration) -> Self {
        let folder = folder.to_owned();
        Self { folder, left_alone, same_key_pause, nodes: Vec::new(), declined: HashMap::new(), next_id: 0 }
    }

    /// Takes what was plugged in since. A node that cannot be opened or grabbed yet is tried again the next time. A jack tells
    /// of changes alone: what is in one that was taken now is returned.
    pub fn look_around(&mut self) -> Option<Headphones> {
        let entries = fs::read_dir(&self.folder).ok()?;
        let paths = entries.flatten().map(|entry| entry.path());
        let mut paths: Vec<PathBuf> = paths.filter(|path| is_event_node(path)).collect();
        paths.sort();
        self.declined.retain(|path, _| paths.contains(path));
        // Of every node, whatever an earlier one gave.
        paths.iter().fold(None, |found, path| self.consider(path).or(found))
    }

    fn consider(&mut self, path: &Path) -> Option<Headphones> {
        let inode = fs::metadata(path).ok()?.ino();
        let is_known = self.nodes.iter().any(|node| node.path == path) || self.declined.get(path) == Some(&inode);
        if is_known || self.nodes.len() >= NODES_MAX {
            return None;
        }
        match self.take(path) {
            Ok(Some((device, reader))) => {
                tracing::info!(node = %path.display(), name = device.name(), "input taken");
                let found = matches!(reader, Reader::Jack).then(|| in_jack(&device)).flatten();
                self.next_id += 1;
                self.nodes.push(Node { id: self.next_id, path: path.to_owned(), device, reader });
                return found;
            }
            Ok(None) => {
                self.declined.insert(path.to_owned(), inode);
            }
            Err(error) => tracing::debug!(node = %path.display(), %error, "input not taken"),
        }
        None
    }

    fn take(&self, path: &Path) -> io::Result<Option<(RawDevice, Reader)>> {
        let mut device = RawDevice::open(path)?;
        if self.left_alone.iter().any(|one| one.is(path, &device)) {
            return Ok(None);
        }
        let reader = match role(&abilities(&device)) {
            Role::Points(wire) => Reader::Pointer(Box::new(pointer(&device, wire)?)),
            Role::Types => Reader::Keys(Keys::new(self.same_key_pause)),
            // Not grabbed: the sound system of a desktop listens to it as well, and nobody types on it.
            Role::Listens => return Ok(Some((device, Reader::Jack))),
            Role::None => return Ok(None),
        };
        device.grab()?;
        Ok(Some((device, reader)))
    }

    /// What to wait for.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.nodes.iter().map(|node| node.device.as_fd())
    }

    /// Reads the nodes at these places of [`descriptors`](Self::descriptors), which have something to tell. A node that is
    /// gone lets go of what it pressed.
    pub fn read(&mut self, ready: &[usize]) -> Vec<Input> {
        let (mut inputs, mut gone) = (Vec::new(), Vec::new());
        for index in ready {
            let Some(node) = self.nodes.get_mut(*index) else { continue };
            if let Err(error) = node.read(&mut inputs) {
                tracing::info!(node = %node.path.display(), %error, "input gone");
                gone.push(node.id);
            }
        }
        self.nodes.retain(|node| !gone.contains(&node.id));
        inputs
    }
}

impl Node {
    fn read(&mut self, inputs: &mut Vec<Input>) -> io::Result<()> {
        let Self { id, device, reader, .. } = self;
        let events = match device.fetch_events() {
            Ok(events) => events,
            Err(error) => {
                inputs.extend(reader.lost().into_iter().map(|motion| Input::Motion(*id, motion)));
                return Err(error);
            }
        };
        for event in events {
            // Before 1970 no clock was set.
            let at = event.timestamp().duration_since(UNIX_EPOCH).unwrap_or_default();
            let event = RawEvent { kind: event.event_type().0, code: event.code(), value: event.value() };
            match reader {
                Reader::Pointer(pointer) => {
                    inputs.extend(pointer.take(event).into_iter().map(|motion| Input::Motion(*id, motion)));
                }
                Reader::Keys(keys) if event.kind == EV_KEY => {
                    inputs.extend(keys.take(event.code, event.value, at).map(|(press, text)| Input::Key(press, text)));
                }
                Reader::Keys(_) => {}
                Reader::Jack => inputs.extend(headphones(event).map(Input::Jack)),
            }
        }
        Ok(())
    }
}

impl Reader {
    fn lost(&mut self) -> Vec<Motion> {
        match self {
            Self::Pointer(pointer) => pointer.recover(),
            Self::Keys(_) | Self::Jack => Vec::new(),
        }
    }
}

/// What is in a jack before it tells of any change.
fn in_jack(device: &RawDevice) -> Option<Headphones> {
    let switches =
        device.get_switch_state().inspect_err(|error| tracing::warn!(%error, "a jack does not say what is in it"));
    plugged_in(switches.ok()?.iter().map(|switch| switch.0))
}

fn is_event_node(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("event"))
}

fn abilities(device: &RawDevice) -> Abilities {
    let absolute = |code: Abs| device.supported_absolute_axes().is_some_and(|axes| axes.contains(code));
    let relative = |code: Rel| device.supported_relative_axes().is_some_and(|axes| axes.contains(code));
    let slots = [Abs::ABS_MT_SLOT, Abs::ABS_MT_POSITION_X, Abs::ABS_MT_POSITION_Y];
    Abilities {
        keys: device.supported_keys().into_iter().flat_map(|keys| keys.iter().map(KeyCode::code)).collect(),
        switches: device
            .supported_switches()
            .into_iter()
            .flat_map(|switches| switches.iter().map(|one| one.0))
            .collect(),
        slots: slots.into_iter().all(absolute).into(),
        place: (absolute(Abs::ABS_X) && absolute(Abs::ABS_Y)).into(),
        steps: (relative(Rel::REL_X) && relative(Rel::REL_Y)).into(),
    }
}

fn pointer(device: &RawDevice, wire: Wire) -> io::Result<Pointer> {
    let axes: HashMap<u16, (AxisRange, i32)> = device
        .get_absinfo()?
        .map(|(code, info)| (code.0, (AxisRange { min: info.minimum(), max: info.maximum() }, info.value())))
        .collect();
    let axis = |code: Abs| axes.get(&code.0).copied().unwrap_or((AxisRange { min: 0, max: 0 }, 0));
    // The kernel keeps the place of the last finger in ABS_X and ABS_Y, of nodes with slots as well.
    let place = (axis(Abs::ABS_X).1, axis(Abs::ABS_Y).1);
    let (x, y) = match wire {
        Wire::Slots => (Abs::ABS_MT_POSITION_X, Abs::ABS_MT_POSITION_Y),
        Wire::Touch | Wire::Tablet | Wire::Mouse => (Abs::ABS_X, Abs::ABS_Y),
    };
    Ok(Pointer::new(wire, Ranges { x: axis(x).0, y: axis(y).0 }, place))
}
