//! The TCP link against a listener on this machine.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use device_links::{LinkAddress, OpenError, TcpAddress, TcpLink, clock};
use kiosk_hal::fault::Fault;
use kiosk_hal::link::{ByteLink, LinkError};

type Checked = Result<(), Box<dyn Error>>;

/// Far enough away never to be the reason for anything.
const SOON: Duration = Duration::from_secs(20);

fn pair(host: &str) -> Result<(TcpStream, TcpLink), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = TcpAddress { host: host.to_owned(), port: listener.local_addr()?.port() };
    let link = TcpLink::connect(&address, clock::now() + SOON)?;
    Ok((listener.accept()?.0, link))
}

#[test]
fn bytes_pass_both_ways() -> Checked {
    let (mut device, mut link) = pair("localhost")?;
    link.write(b"status?", clock::now() + SOON)?;
    let mut asked = [0; 7];
    device.read_exact(&mut asked)?;
    assert_eq!(&asked, b"status?");

    device.write_all(&[0x12])?;
    let mut status = [0; 8];
    assert_eq!(link.read(&mut status, clock::now() + SOON)?, 1);
    assert_eq!(status[0], 0x12);
    Ok(())
}

#[test]
fn silence_ends_at_the_deadline() -> Checked {
    let (_device, mut link) = pair("127.0.0.1")?;
    let until = link.now() + Duration::from_millis(60);
    assert!(matches!(link.read(&mut [0; 8], until), Err(LinkError::TimedOut)));
    assert!(link.now() >= until && link.now().saturating_since(until) < SOON);
    Ok(())
}

#[test]
fn a_device_that_takes_nothing_fails_the_write_at_the_deadline_with_the_count() -> Checked {
    let (_device, mut link) = pair("127.0.0.1")?;
    let page = vec![b'.'; 32 << 20];
    let until = link.now() + Duration::from_millis(200);
    let failed = link.write(&page, until).expect_err("nobody reads");
    assert!(matches!(failed.cause, LinkError::TimedOut), "{failed:?}");
    assert!(failed.written > 0 && failed.written < page.len(), "{}", failed.written);
    Ok(())
}

#[test]
fn the_last_bytes_of_a_device_that_left_are_read_before_it_is_gone() -> Checked {
    let (mut device, mut link) = pair("127.0.0.1")?;
    device.write_all(b"bye")?;
    drop(device);
    let until = link.now() + SOON;
    let mut last = [0; 8];
    assert_eq!(link.read(&mut last, until)?, 3);
    assert!(matches!(link.read(&mut last, until), Err(LinkError::Gone)));
    Ok(())
}

#[test]
fn a_refused_connection_says_so() -> Checked {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address: LinkAddress = format!("tcp:{}", listener.local_addr()?).parse()?;
    drop(listener);
    let refused = device_links::open(&address).err().expect("nobody listens");
    assert!(matches!(refused, OpenError::Busy { .. }), "{refused:?}");
    assert_eq!(refused.to_string(), format!("{address}: in use or refused"));
    Ok(())
}

#[test]
fn a_host_that_never_answers_is_unreachable_at_the_deadline() -> Checked {
    // A listener whose queue is full ignores further connections: the way a dead printer looks, on any machine.
    let deaf = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM, None)?;
    rustix::net::bind(&deaf, &std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 0))?;
    rustix::net::listen(&deaf, 0)?;
    let here = std::net::SocketAddr::try_from(rustix::net::getsockname(&deaf)?)?;
    let address = TcpAddress { host: here.ip().to_string(), port: here.port() };

    let mut kept = Vec::new();
    let failed = loop {
        let until = clock::now() + Duration::from_millis(150);
        match TcpLink::connect(&address, until) {
            Ok(link) => kept.push(link),
            Err(error) => break (error, clock::now().saturating_since(until)),
        }
        assert!(kept.len() < 8, "the queue never filled");
    };
    assert!(matches!(failed.0, OpenError::Unreachable { .. }), "{:?}", failed.0);
    assert_eq!(failed.0.fault(), Fault::Offline);
    assert!(failed.1 < SOON, "{:?} late", failed.1);
    Ok(())
}
