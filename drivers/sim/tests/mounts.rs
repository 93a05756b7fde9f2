//! The mounts' promises, in real time.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use device_sim::printer::{PrinterModel, VirtualPrinter};
use device_sim::pty::PtyMount;
use device_sim::scanner::{Delivery, VirtualScanner};
use device_sim::tcp::TcpMount;
use device_sim::wire::Shared;

/// Longest a test waits for something that should come at once.
const PATIENCE: Duration = Duration::from_secs(20);

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

struct Mounted {
    scanner: Shared<VirtualScanner>,
    mount: PtyMount,
    path: PathBuf,
    _dir: tempfile::TempDir,
}

fn mounted_scanner() -> Mounted {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ttySCAN");
    let scanner = Shared::new(VirtualScanner::new(Delivery::AtOnce));
    let mount = PtyMount::new(scanner.clone(), &path).unwrap();
    Mounted { scanner, mount, path, _dir: dir }
}

fn open(path: &Path) -> File {
    let nonblocking = i32::try_from((rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits()).unwrap();
    OpenOptions::new().read(true).write(true).custom_flags(nonblocking).open(path).unwrap()
}

/// Reads `count` bytes within the test's patience; fewer when the other end leaves.
fn read(mut from: impl Read, count: usize) -> Vec<u8> {
    let deadline = Instant::now() + PATIENCE;
    let mut read = Vec::new();
    let mut chunk = [0; 256];
    while read.len() < count && Instant::now() < deadline {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => read.extend(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::yield_now(),
            Err(_) => break,
        }
    }
    read
}

fn eventually(mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if done() {
            return true;
        }
        thread::yield_now();
    }
    false
}

#[test]
fn a_pty_carries_bytes_untouched_both_ways() {
    let mounted = mounted_scanner();
    let mut host = open(&mounted.path);
    let all: Vec<u8> = (0..=255).collect();
    mounted.scanner.with(|it| it.inject(&all));
    assert_eq!(read(&host, 256), all);
    host.write_all(&[0x7E, 0, 8, 1, 0, 2, 1, 0xAB, 0xCD]).unwrap();
    assert_eq!(read(&host, 7), [2, 0, 0, 1, 0, 0x33, 0x31]);
}

#[test]
fn a_host_may_close_and_open_again() {
    let mounted = mounted_scanner();
    let terminal = std::fs::read_link(&mounted.path).unwrap();
    drop(open(&mounted.path));
    let before = mounted.scanner.latest();
    assert!(eventually(|| mounted.scanner.latest() > before + Duration::from_millis(20)));
    assert_eq!(std::fs::read_link(&mounted.path).unwrap(), terminal);
    let host = open(&mounted.path);
    mounted.scanner.with(|it| it.present(b"again"));
    assert_eq!(read(&host, 6), b"again\r");
}

#[test]
fn unplugging_hangs_up_and_replugging_gives_a_fresh_terminal_behind_the_same_link() {
    let mounted = mounted_scanner();
    let mut host = open(&mounted.path);
    mounted.mount.unplug();
    assert!(!mounted.path.exists());
    assert_eq!(read(&host, 1), b"");
    assert!(host.write_all(b"x").is_err());
    mounted.mount.replug();
    let host = open(&mounted.path);
    mounted.scanner.with(|it| it.present(b"back"));
    assert_eq!(read(&host, 5), b"back\r");
}

#[test]
fn a_model_that_detaches_takes_its_terminal_with_it() {
    let mounted = mounted_scanner();
    mounted.scanner.with(VirtualScanner::unplug);
    assert!(eventually(|| !mounted.path.exists()));
    mounted.scanner.with(VirtualScanner::replug);
    assert!(eventually(|| mounted.path.exists()));
}

#[test]
fn dropping_the_mount_removes_the_link_and_a_file_is_never_replaced() {
    let mounted = mounted_scanner();
    let path = mounted.path.clone();
    drop(mounted.mount);
    assert!(std::fs::symlink_metadata(&path).is_err());
    std::fs::write(&path, "a file").unwrap();
    let refused = PtyMount::new(mounted.scanner, &path).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
}

#[test]
fn flow_control_holds_a_host_on_a_pty() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lp");
    let printer = Shared::new(VirtualPrinter::new(PrinterModel::serial(115_200)));
    let _mount = PtyMount::new(printer.clone(), &path).unwrap();
    printer.with(VirtualPrinter::hold_line);
    let mut host = open(&path);
    let taken = (0..100).map_while(|_| host.write(&[b'x'; 4_096]).ok()).sum::<usize>();
    assert!(taken < 100 * 4_096, "{taken} bytes vanished");
    assert_eq!(printer.with(|it| it.wire_log().len()), 0);
    printer.with(VirtualPrinter::release_line);
    assert!(eventually(|| printer.with(|it| !it.wire_log().is_empty())));
}

fn tcp_printer() -> (Shared<VirtualPrinter>, TcpMount) {
    let printer = Shared::new(VirtualPrinter::new(PrinterModel::usb()));
    let mount = TcpMount::new(printer.clone(), ANY_PORT).unwrap();
    (printer, mount)
}

fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

#[test]
fn a_tcp_printer_answers_and_prints() {
    let (printer, mount) = tcp_printer();
    let mut host = connect(mount.addr());
    host.write_all(b"\x10\x04\x01").unwrap();
    assert_eq!(read(&host, 1), [0x12]);
    host.write_all(b"A\n\x1DV\x42\x00").unwrap();
    assert!(eventually(|| printer.with(|it| it.papers().len()) == 1));
}

#[test]
fn a_second_client_is_hung_up_on_until_the_first_leaves() {
    let (_printer, mount) = tcp_printer();
    let mut first = connect(mount.addr());
    first.write_all(b"\x10\x04\x01").unwrap();
    assert_eq!(read(&first, 1), [0x12]);
    assert_eq!(read(connect(mount.addr()), 1), []);
    drop(first);
    assert!(eventually(|| {
        let mut third = connect(mount.addr());
        third.write_all(b"\x10\x04\x01").is_ok() && read(&third, 1) == [0x12]
    }));
}

#[test]
fn a_tcp_printer_without_power_hangs_up() {
    let (printer, mount) = tcp_printer();
    let mut host = connect(mount.addr());
    host.write_all(b"\x10\x04\x01").unwrap();
    assert_eq!(read(&host, 1), [0x12]);
    let (gone, hung_up) = mpsc::channel();
    thread::spawn(move || gone.send(read(&host, 1)));
    printer.with(VirtualPrinter::power_off);
    assert_eq!(hung_up.recv_timeout(PATIENCE).unwrap(), []);
}
