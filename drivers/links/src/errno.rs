use kiosk_hal::link::LinkError;
use rustix::io::Errno;

/// What an error number of `read` or `write` means for the link.
///
/// `EIO` is what Linux returns on an unplugged USB serial adapter and on a pty whose other side closed; `ETIMEDOUT`
/// here is TCP's own verdict that the peer vanished, not our deadline.
pub fn link_error(errno: Errno) -> LinkError {
    match errno {
        Errno::IO
        | Errno::NXIO
        | Errno::NODEV
        | Errno::PIPE
        | Errno::CONNRESET
        | Errno::CONNABORTED
        | Errno::NOTCONN
        | Errno::TIMEDOUT
        | Errno::HOSTUNREACH
        | Errno::NETUNREACH
        | Errno::NETDOWN => LinkError::Gone,
        other => LinkError::Io(other.into()),
    }
}
