//! Both links keep the promises of every byte link.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use device_links::{Flow, SerialAddress, SerialLink, TcpAddress, TcpLink, clock};
use kiosk_hal::contract::byte_link::{self, ByteLinkBench};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

struct Serial {
    device: Option<OwnedFd>,
    link: SerialLink,
}

impl ByteLinkBench for Serial {
    type Link = SerialLink;

    fn link(&mut self) -> &mut SerialLink {
        &mut self.link
    }

    fn send(&mut self, bytes: &[u8]) {
        let sent = self.device.as_ref().map(|device| rustix::io::write(device, bytes));
        assert_eq!(sent, Some(Ok(bytes.len())));
    }

    fn received(&mut self, count: usize) -> Vec<u8> {
        let mut got = Vec::new();
        let mut chunk = [0; 256];
        while let Some(device) = self.device.as_ref().filter(|_| got.len() < count) {
            let mut polled = [PollFd::new(device, PollFlags::IN)];
            if poll(&mut polled, Some(&Timespec { tv_sec: 3, tv_nsec: 0 })) != Ok(1) {
                break;
            }
            let read = rustix::io::read(device, &mut chunk).unwrap_or(0);
            got.extend_from_slice(&chunk[..read]);
        }
        got
    }

    fn hang_up(&mut self) {
        self.device = None;
    }
}

struct Tcp {
    device: TcpStream,
    link: TcpLink,
}

impl ByteLinkBench for Tcp {
    type Link = TcpLink;

    fn link(&mut self) -> &mut TcpLink {
        &mut self.link
    }

    fn send(&mut self, bytes: &[u8]) {
        assert!(self.device.write_all(bytes).is_ok());
    }

    fn received(&mut self, count: usize) -> Vec<u8> {
        let mut got = vec![0; count];
        if self.device.read_exact(&mut got).is_err() {
            got.clear();
        }
        got
    }

    fn hang_up(&mut self) {
        assert!(self.device.shutdown(Shutdown::Both).is_ok());
    }
}

#[test]
fn a_serial_line_keeps_the_promises_of_a_byte_link() -> Result<(), Box<dyn std::error::Error>> {
    let device = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&device)?;
    unlockpt(&device)?;
    let path = PathBuf::from(ptsname(&device, Vec::new())?.into_string()?);
    let link = SerialLink::open(&SerialAddress { path, baud: 115_200, flow: Flow::Free })?;
    byte_link::holds(&mut Serial { device: Some(device), link });
    Ok(())
}

#[test]
fn a_tcp_connection_keeps_the_promises_of_a_byte_link() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = TcpAddress { host: "127.0.0.1".to_owned(), port: listener.local_addr()?.port() };
    let link = TcpLink::connect(&address, clock::now() + Duration::from_secs(3))?;
    byte_link::holds(&mut Tcp { device: listener.accept()?.0, link });
    Ok(())
}
