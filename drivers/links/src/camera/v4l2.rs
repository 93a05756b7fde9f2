//! The video calls of the kernel (Linux media documentation, "Streaming I/O (Memory Mapping)").
//!
//! The one place of this project with `unsafe`: the standard library and `rustix` have no safe form of these calls, and
//! the crates that wrap them need libclang to build or wait without a deadline.

#![expect(unsafe_code, reason = "ioctl and mmap have no safe form; each use says why it is sound")]

use std::os::fd::AsFd;
use std::ptr;
use std::slice;

use kiosk_hal::link::LinkError;
use kiosk_hal::uptime::Uptime;
use rustix::event::PollFlags;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::ioctl::{Getter, Opcode, Setter, Updater, ioctl, opcode};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use super::pixels::{Encoding, Format};
use super::{CameraAddress, CameraError};
use crate::errno::link_error;

/// Buffers asked for: one being filled, one full, one being read. The kernel may give more or fewer.
const BUFFERS: u32 = 3;
const BUFFERS_MAX: u32 = 32;

/// Frames that may be skipped for a newer one in one call.
const SKIPPED_MAX: usize = 2 * BUFFERS_MAX as usize;

/// `V4L2_CAP_VIDEO_CAPTURE` and `V4L2_CAP_STREAMING`.
const CAPTURES_AND_STREAMS: u32 = 0x0000_0001 | 0x0400_0000;
/// `V4L2_BUF_TYPE_VIDEO_CAPTURE`.
const CAPTURE: u32 = 1;
/// `V4L2_MEMORY_MMAP`.
const MAPPED: u32 = 1;
/// `V4L2_BUF_FLAG_ERROR`.
const DAMAGED: u32 = 0x40;

/// `struct v4l2_capability`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Capability {
    driver: [u8; 16],
    card: [u8; 32],
    bus: [u8; 32],
    version: u32,
    capabilities: u32,
    device: u32,
    reserved: [u32; 3],
}

/// `struct v4l2_format` with its union as `struct v4l2_pix_format` and what that leaves of the union's 200 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
struct PictureFormat {
    kind: u32,
    align: u32,
    width: u32,
    height: u32,
    encoding: u32,
    field: u32,
    row_bytes: u32,
    picture_bytes: u32,
    rest: [u32; 44],
}

/// `struct v4l2_requestbuffers`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Buffers {
    count: u32,
    kind: u32,
    memory: u32,
    capabilities: u32,
    flags: u32,
}

/// `struct v4l2_buffer`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Buffer {
    index: u32,
    kind: u32,
    used_bytes: u32,
    flags: u32,
    field: u32,
    align: u32,
    time: [i64; 2],
    timecode: [u32; 4],
    sequence: u32,
    memory: u32,
    offset: u64,
    length: u32,
    reserved: u32,
    request: u32,
    end: u32,
}

// The sizes of the kernel's structures on 64-bit machines: they are part of the numbers of the calls.
const _: () = assert!(size_of::<Capability>() == 104 && size_of::<PictureFormat>() == 208);
const _: () = assert!(size_of::<Buffers>() == 20 && size_of::<Buffer>() == 88);

const QUERY_CAPABILITY: Opcode = opcode::read::<Capability>(b'V', 0);
const SET_FORMAT: Opcode = opcode::read_write::<PictureFormat>(b'V', 5);
const REQUEST_BUFFERS: Opcode = opcode::read_write::<Buffers>(b'V', 8);
const QUERY_BUFFER: Opcode = opcode::read_write::<Buffer>(b'V', 9);
const QUEUE_BUFFER: Opcode = opcode::read_write::<Buffer>(b'V', 15);
const DEQUEUE_BUFFER: Opcode = opcode::read_write::<Buffer>(b'V', 17);
const STREAM_ON: Opcode = opcode::write::<u32>(b'V', 18);

/// A buffer of the camera's in our memory.
#[derive(Debug)]
struct Mapping {
    start: *mut core::ffi::c_void,
    length: usize,
}

// SAFETY: the mapping belongs to this value alone and is read only through `&self` and `&mut self` of its owner.
unsafe impl Send for Mapping {}

impl Mapping {
    fn of(fd: impl AsFd, buffer: &Buffer) -> Result<Self, Errno> {
        let length = buffer.length as usize;
        // SAFETY: a new mapping at an address the kernel chooses overlaps nothing of ours.
        let start = unsafe { mmap(ptr::null_mut(), length, ProtFlags::READ, MapFlags::SHARED, fd, buffer.offset) }?;
        Ok(Self { start, length })
    }

    /// The first `used` bytes, or all. Only of a buffer that is dequeued: the camera writes into queued ones.
    fn bytes(&self, used: usize) -> &[u8] {
        // SAFETY: `start` is the start of `length` readable bytes until `drop`, and a dequeued buffer is not written to.
        unsafe { slice::from_raw_parts(self.start.cast::<u8>(), used.min(self.length)) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this is the mapping made in `of`, whole and not yet unmapped; no slice of it outlives `self`.
        let _ = unsafe { munmap(self.start, self.length) };
    }
}

/// A camera that streams into mapped buffers.
#[derive(Debug)]
pub struct Stream {
    fd: crate::stream::Stream,
    mappings: Vec<Mapping>,
}

impl Stream {
    /// Opens, sets the first encoding the camera takes, and starts.
    pub fn open(address: &CameraAddress, width: u32, height: u32) -> Result<(Self, Format), CameraError> {
        let failed = |errno| CameraError::of(address, errno);
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&address.path, flags, Mode::empty()).map_err(failed)?;
        let device = capabilities(&fd).map_err(failed)?;
        if device & CAPTURES_AND_STREAMS != CAPTURES_AND_STREAMS {
            return Err(CameraError::NoCamera { address: address.clone() });
        }
        let format = choose_format(&fd, width, height).map_err(failed)?;
        let format = format.map_err(|got| CameraError::Format { address: address.clone(), got })?;
        let mappings = map_buffers(&fd).map_err(failed)?;
        let fd = crate::stream::Stream::new(fd).map_err(|_| failed(Errno::IO))?;
        let stream = Self { fd, mappings };
        for index in 0..stream.mappings.len() {
            stream.queue(index as u32).map_err(failed)?;
        }
        // SAFETY: the call takes the kind of buffer as an int, as STREAM_ON is declared.
        unsafe { ioctl(&stream.fd, Setter::<STREAM_ON, u32>::new(CAPTURE)) }.map_err(failed)?;
        Ok((stream, format))
    }

    /// What `read` makes of the newest frame; `None` when that is damaged.
    pub fn newest<T>(&self, until: Uptime, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, LinkError> {
        self.fd.wait(PollFlags::IN, until)?;
        let Some(mut newest) = self.dequeue()? else { return Ok(None) };
        for _ in 0..SKIPPED_MAX {
            let Some(newer) = self.dequeue()? else { break };
            self.queue(newest.index).map_err(link_error)?;
            newest = newer;
        }
        let mapping = self.mappings.get(newest.index as usize);
        let whole = mapping.filter(|_| newest.flags & DAMAGED == 0);
        let made = whole.and_then(|mapping| read(mapping.bytes(newest.used_bytes as usize)));
        self.queue(newest.index).map_err(link_error)?;
        Ok(made)
    }

    /// A filled buffer, if there is one.
    fn dequeue(&self) -> Result<Option<Buffer>, LinkError> {
        let mut buffer = Buffer { kind: CAPTURE, memory: MAPPED, ..Buffer::default() };
        // SAFETY: the call reads and writes one `v4l2_buffer`, which `Buffer` is laid out as.
        match unsafe { ioctl(&self.fd, Updater::<DEQUEUE_BUFFER, Buffer>::new(&mut buffer)) } {
            Ok(()) => Ok(Some(buffer)),
            Err(Errno::AGAIN) => Ok(None),
            Err(errno) => Err(link_error(errno)),
        }
    }

    fn queue(&self, index: u32) -> Result<(), Errno> {
        let mut buffer = Buffer { index, kind: CAPTURE, memory: MAPPED, ..Buffer::default() };
        // SAFETY: as in `dequeue`.
        unsafe { ioctl(&self.fd, Updater::<QUEUE_BUFFER, Buffer>::new(&mut buffer)) }
    }
}

/// What the opened node can do.
fn capabilities(fd: impl AsFd) -> Result<u32, Errno> {
    // SAFETY: the call writes one `v4l2_capability`, which `Capability` is laid out as.
    unsafe { ioctl(fd, Getter::<QUERY_CAPABILITY, Capability>::new()) }.map(|capability| capability.device)
}

/// Tries the encodings in turn. The four letters of what the camera gives when it takes none of them.
fn choose_format(fd: impl AsFd, width: u32, height: u32) -> Result<Result<Format, String>, Errno> {
    let mut offered = 0;
    for encoding in Encoding::ALL {
        let mut wanted = PictureFormat {
            kind: CAPTURE,
            align: 0,
            width,
            height,
            encoding: encoding.fourcc(),
            field: 0,
            row_bytes: 0,
            picture_bytes: 0,
            rest: [0; 44],
        };
        // SAFETY: the call reads and writes one `v4l2_format`, which `PictureFormat` is laid out as.
        unsafe { ioctl(&fd, Updater::<SET_FORMAT, PictureFormat>::new(&mut wanted)) }?;
        if wanted.encoding == encoding.fourcc() {
            let [width, height, row_bytes] =
                [wanted.width, wanted.height, wanted.row_bytes].map(|count| count as usize);
            return Ok(Ok(Format { encoding, width, height, row_bytes }));
        }
        offered = wanted.encoding;
    }
    Ok(Err(String::from_utf8_lossy(&offered.to_le_bytes()).into_owned()))
}

fn map_buffers(fd: impl AsFd) -> Result<Vec<Mapping>, Errno> {
    let mut buffers = Buffers { count: BUFFERS, kind: CAPTURE, memory: MAPPED, capabilities: 0, flags: 0 };
    // SAFETY: the call reads and writes one `v4l2_requestbuffers`, which `Buffers` is laid out as.
    unsafe { ioctl(&fd, Updater::<REQUEST_BUFFERS, Buffers>::new(&mut buffers)) }?;
    let map = |index| {
        let mut buffer = Buffer { index, kind: CAPTURE, memory: MAPPED, ..Buffer::default() };
        // SAFETY: the call reads and writes one `v4l2_buffer`, which `Buffer` is laid out as.
        unsafe { ioctl(&fd, Updater::<QUERY_BUFFER, Buffer>::new(&mut buffer)) }?;
        Mapping::of(&fd, &buffer)
    };
    (0..buffers.count.min(BUFFERS_MAX)).map(map).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `videodev2.h` gives them on x86-64 and aarch64.
    #[test]
    fn the_calls_have_the_kernels_numbers() {
        let calls = [
            (QUERY_CAPABILITY, 0x8068_5600u32),
            (SET_FORMAT, 0xc0d0_5605),
            (REQUEST_BUFFERS, 0xc014_5608),
            (QUERY_BUFFER, 0xc058_5609),
            (QUEUE_BUFFER, 0xc058_560f),
            (DEQUEUE_BUFFER, 0xc058_5611),
            (STREAM_ON, 0x4004_5612),
        ];
        for (call, number) in calls {
            assert_eq!(call, number);
        }
    }
}
