use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a device is, as written in a configuration file.
///
/// ```
/// use device_links::LinkAddress;
///
/// let scanner: LinkAddress = "serial:/dev/ttyACM0@9600".parse()?;
/// let printer: LinkAddress = "tcp:192.0.2.7:9100".parse()?;
/// assert_eq!(printer.to_string(), "tcp:192.0.2.7:9100");
/// assert!(matches!(scanner, LinkAddress::Serial(_)));
/// # Ok::<(), device_links::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LinkAddress {
    /// `serial:PATH@BAUD`, with `,rtscts` or `,xonxoff` behind it for flow control.
    Serial(SerialAddress),
    /// `usblp:PATH`, such as `usblp:/dev/usb/lp0`.
    UsbLp(PathBuf),
    /// `tcp:HOST:PORT`; an IPv6 host in square brackets.
    Tcp(TcpAddress),
    /// `hidraw:PATH` or `hidraw:VVVV:PPPP`: reports of a USB HID device.
    Hidraw(NodeAddress),
    /// `keyboard:PATH` or `keyboard:VVVV:PPPP`: key events of a device that acts as a keyboard, taken from everybody else.
    Keyboard(NodeAddress),
}

/// A node of the kernel for one USB device. The number in a node's name changes when the plug is put back; a USB id does
/// not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NodeAddress {
    /// The node, such as `/dev/hidraw0`, or a link to it.
    Path(PathBuf),
    /// The first device of this vendor and product.
    Usb(UsbId),
}

/// Vendor and product of a USB device, written as two times four hexadecimal digits: `0c2e:0b61`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbId {
    /// The maker, as registered with USB-IF.
    pub vendor: u16,
    /// The maker's number for the device in this mode.
    pub product: u16,
}

/// A serial line: 8 data bits, no parity, 1 stop bit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SerialAddress {
    /// The device file, such as `/dev/serial/by-id/usb-…`.
    pub path: PathBuf,
    /// Speed in baud, never 0. USB CDC devices ignore it.
    pub baud: u32,
    /// Flow control.
    pub flow: Flow,
}

/// Flow control of a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flow {
    /// None.
    Free,
    /// By the RTS and CTS wires.
    RtsCts,
    /// By the bytes XON and XOFF from the device. The host never sends them: they would stand in the middle of data.
    XonXoff,
}

/// A device server, such as a printer's raw port 9100.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TcpAddress {
    /// Name or IP address, without brackets.
    pub host: String,
    /// Port, never 0.
    pub port: u16,
}

/// Why a text is no link address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// None of the five beginnings.
    #[error(
        "expected serial:PATH@BAUD, usblp:PATH or tcp:HOST:PORT, or for a scanner hidraw: or keyboard:, got {got:?}"
    )]
    UnknownKind {
        /// The text.
        got: String,
    },
    /// The path of a device is not absolute.
    #[error("expected an absolute device path, got {got:?}")]
    BadPath {
        /// The text in the path's place.
        got: String,
    },
    /// A serial address without a usable speed.
    #[error("expected a speed in baud, as in serial:/dev/ttyACM0@9600, got {got:?}")]
    BadSpeed {
        /// The text in the speed's place.
        got: String,
    },
    /// An option other than `rtscts` and `xonxoff`.
    #[error("expected the option rtscts or xonxoff, got {got:?}")]
    UnknownOption {
        /// The option.
        got: String,
    },
    /// A TCP address without a host, or an IPv6 host without brackets.
    #[error("expected a host name, an IPv4 address or an IPv6 address in brackets, got {got:?}")]
    BadHost {
        /// The text in the host's place.
        got: String,
    },
    /// Neither a path nor a USB id.
    #[error("expected an absolute path or a USB id, as in hidraw:0c2e:0b61, got {got:?}")]
    BadNode {
        /// The text in the node's place.
        got: String,
    },
    /// A TCP address without a usable port.
    #[error("expected a port from 1 to 65535, as in tcp:192.0.2.7:9100, got {got:?}")]
    BadPort {
        /// The text in the port's place.
        got: String,
    },
}

impl FromStr for LinkAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(rest) = text.strip_prefix("serial:") {
            return parse_serial(rest).map(Self::Serial);
        }
        if let Some(path) = text.strip_prefix("usblp:") {
            return parse_path(path).map(Self::UsbLp);
        }
        if let Some(rest) = text.strip_prefix("tcp:") {
            return parse_tcp(rest).map(Self::Tcp);
        }
        if let Some(rest) = text.strip_prefix("hidraw:") {
            return parse_node(rest).map(Self::Hidraw);
        }
        if let Some(rest) = text.strip_prefix("keyboard:") {
            return parse_node(rest).map(Self::Keyboard);
        }
        Err(AddressError::UnknownKind { got: text.to_owned() })
    }
}

/// The last `@` separates: device names made by udev may hold one.
fn parse_serial(rest: &str) -> Result<SerialAddress, AddressError> {
    let (path, settings) = rest.rsplit_once('@').ok_or_else(|| AddressError::BadSpeed { got: String::new() })?;
    let path = parse_path(path)?;
    let (speed, flow) = match settings.split_once(',') {
        None => (settings, Flow::Free),
        Some((speed, "rtscts")) => (speed, Flow::RtsCts),
        Some((speed, "xonxoff")) => (speed, Flow::XonXoff),
        Some((_, option)) => return Err(AddressError::UnknownOption { got: option.to_owned() }),
    };
    match parse_digits::<u32>(speed) {
        Some(baud) if baud > 0 => Ok(SerialAddress { path, baud, flow }),
        Some(_) | None => Err(AddressError::BadSpeed { got: speed.to_owned() }),
    }
}

fn parse_path(path: &str) -> Result<PathBuf, AddressError> {
    if path.starts_with('/') && !path.contains('\0') {
        Ok(PathBuf::from(path))
    } else {
        Err(AddressError::BadPath { got: path.to_owned() })
    }
}

fn parse_tcp(rest: &str) -> Result<TcpAddress, AddressError> {
    let (host, port) = rest.rsplit_once(':').ok_or_else(|| AddressError::BadPort { got: String::new() })?;
    let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let name = bare.unwrap_or(host);
    let bracketed_as_needed = name.contains(':') == bare.is_some();
    if name.is_empty() || !bracketed_as_needed || name.contains(['[', ']', '/', '@', ' ']) {
        return Err(AddressError::BadHost { got: host.to_owned() });
    }
    match parse_digits::<u16>(port) {
        Some(port) if port > 0 => Ok(TcpAddress { host: name.to_owned(), port }),
        Some(_) | None => Err(AddressError::BadPort { got: port.to_owned() }),
    }
}

fn parse_node(rest: &str) -> Result<NodeAddress, AddressError> {
    if rest.starts_with('/') && !rest.contains('\0') {
        return Ok(NodeAddress::Path(PathBuf::from(rest)));
    }
    rest.parse().map(NodeAddress::Usb).map_err(|_| AddressError::BadNode { got: rest.to_owned() })
}

/// Why a text is no USB id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected two times four hexadecimal digits, as in 0c2e:0b61")]
pub struct NotAUsbId;

impl FromStr for UsbId {
    type Err = NotAUsbId;

    fn from_str(text: &str) -> Result<Self, NotAUsbId> {
        let (vendor, product) = text.split_once(':').ok_or(NotAUsbId)?;
        Ok(Self { vendor: parse_hex4(vendor)?, product: parse_hex4(product)? })
    }
}

fn parse_hex4(text: &str) -> Result<u16, NotAUsbId> {
    let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u16::from_str_radix(text, 16).ok().filter(|_| digits).ok_or(NotAUsbId)
}

/// `str::parse` would take a sign.
fn parse_digits<N: FromStr>(text: &str) -> Option<N> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl fmt::Display for LinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(serial) => write!(f, "{serial}"),
            Self::UsbLp(path) => write!(f, "usblp:{}", path.display()),
            Self::Tcp(tcp) => write!(f, "{tcp}"),
            Self::Hidraw(node) => write!(f, "hidraw:{node}"),
            Self::Keyboard(node) => write!(f, "keyboard:{node}"),
        }
    }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Usb(id) => write!(f, "{id}"),
        }
    }
}

impl fmt::Display for UsbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)
    }
}

impl fmt::Display for SerialAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "serial:{}@{}", self.path.display(), self.baud)?;
        match self.flow {
            Flow::Free => Ok(()),
            Flow::RtsCts => f.write_str(",rtscts"),
            Flow::XonXoff => f.write_str(",xonxoff"),
        }
    }
}

impl fmt::Display for TcpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "tcp:[{}]:{}", self.host, self.port)
        } else {
            write!(f, "tcp:{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_address_is_written_as_it_was_read() {
        let good = [
            "serial:/dev/ttyACM0@9600",
            "serial:/dev/ttyS1@115200,rtscts",
            "serial:/dev/ttyS1@19200,xonxoff",
            "usblp:/dev/usb/lp0",
            "serial:/dev/serial/by-id/usb-a@b-if00@9600",
            "tcp:192.0.2.7:9100",
            "tcp:printer.example:9100",
            "tcp:[2001:db8::7]:9100",
            "hidraw:/dev/hidraw0",
            "hidraw:0c2e:0b61",
            "keyboard:/dev/input/by-id/usb-Example_Scanner-event-kbd",
            "keyboard:05e0:1200",
        ];
        for text in good {
            assert_eq!(text.parse::<LinkAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_bad_address_says_what_was_expected_and_what_came() {
        let bad = [
            (
                "",
                "expected serial:PATH@BAUD, usblp:PATH or tcp:HOST:PORT, or for a scanner hidraw: or keyboard:, got \"\"",
            ),
            (
                "usb:1",
                "expected serial:PATH@BAUD, usblp:PATH or tcp:HOST:PORT, or for a scanner hidraw: or keyboard:, got \"usb:1\"",
            ),
            ("hidraw:0", "expected an absolute path or a USB id, as in hidraw:0c2e:0b61, got \"0\""),
            ("hidraw:c2e:0b61", "expected an absolute path or a USB id, as in hidraw:0c2e:0b61, got \"c2e:0b61\""),
            ("keyboard:+c2e:0b61", "expected an absolute path or a USB id, as in hidraw:0c2e:0b61, got \"+c2e:0b61\""),
            ("usblp:lp0", "expected an absolute device path, got \"lp0\""),
            ("serial:/dev/ttyACM0", "expected a speed in baud, as in serial:/dev/ttyACM0@9600, got \"\""),
            ("serial:/dev/ttyACM0@fast", "expected a speed in baud, as in serial:/dev/ttyACM0@9600, got \"fast\""),
            ("serial:/dev/ttyACM0@0", "expected a speed in baud, as in serial:/dev/ttyACM0@9600, got \"0\""),
            ("serial:/dev/ttyACM0@+9600", "expected a speed in baud, as in serial:/dev/ttyACM0@9600, got \"+9600\""),
            ("serial:ttyACM0@9600", "expected an absolute device path, got \"ttyACM0\""),
            ("serial:/dev/ttyACM0@9600,fast", "expected the option rtscts or xonxoff, got \"fast\""),
            ("tcp:printer", "expected a port from 1 to 65535, as in tcp:192.0.2.7:9100, got \"\""),
            ("tcp:printer:0", "expected a port from 1 to 65535, as in tcp:192.0.2.7:9100, got \"0\""),
            ("tcp:printer:70000", "expected a port from 1 to 65535, as in tcp:192.0.2.7:9100, got \"70000\""),
            ("tcp::9100", "expected a host name, an IPv4 address or an IPv6 address in brackets, got \"\""),
            ("tcp:::1:9100", "expected a host name, an IPv4 address or an IPv6 address in brackets, got \"::1\""),
        ];
        for (text, message) in bad {
            assert_eq!(text.parse::<LinkAddress>().unwrap_err().to_string(), message, "{text}");
        }
    }
}
