//! `kioskctl printer` on printers that fail or misbehave, over TCP and a pty: one JSON answer, an exit status for each
//! outcome, and never a hang.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use device_sim::printer::{PrinterModel, VirtualPrinter};
use device_sim::pty::PtyMount;
use device_sim::tcp::TcpMount;
use device_sim::wire::Shared;
use serde_json::{Value, json};

type Checked = Result<(), Box<dyn Error>>;
type Lever = fn(&mut VirtualPrinter);

const FAILED: i32 = 3;
const UNCERTAIN: i32 = 4;

fn kioskctl(arguments: &[&str]) -> Result<(Option<i32>, Value), Box<dyn Error>> {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_kioskctl")).args(arguments).output()?;
    let line = serde_json::from_slice(&stdout).map_err(|error| {
        format!("{error}: {} {}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr))
    })?;
    Ok((status.code(), line))
}

fn ticket_in(folder: &Path) -> Result<String, Box<dyn Error>> {
    let path = folder.join("ticket.json");
    let fields = json!({ "hospital": "BỆNH VIỆN MẪU", "number": "A-042", "patient": "NGUYỄN VĂN MẪU" });
    std::fs::write(&path, fields.to_string())?;
    Ok(path.to_string_lossy().into_owned())
}

fn local() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn fast(model: PrinterModel) -> PrinterModel {
    PrinterModel { paper_mm_per_s: 600, cut_ms: 20, ..model }
}

/// Prints one ticket on a printer behind TCP at which `lever` was pulled before.
fn printed(model: PrinterModel, lever: Lever, arguments: &[&str]) -> Result<(Option<i32>, Value), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path())?;
    let shared = Shared::new(VirtualPrinter::new(fast(model)));
    shared.with(lever);
    let mount = TcpMount::new(shared, local())?;
    let link = format!("tcp:{}", mount.addr());
    kioskctl(&[&["printer", "print", &ticket, "--link", &link], arguments].concat())
}

#[test]
fn a_ticket_by_network_is_confirmed_with_status_0() -> Checked {
    let (status, line) = printed(PrinterModel::usb(), |_| {}, &[])?;
    assert_eq!((status, &line["outcome"], &line["fault"]), (Some(0), &json!("confirmed"), &Value::Null));
    Ok(())
}

#[test]
fn a_failed_ticket_has_its_cause_and_status_3() -> Checked {
    let faults: [(Lever, &str); 7] = [
        (VirtualPrinter::paper_out, "paper_out"),
        (VirtualPrinter::open_cover, "cover_open"),
        (VirtualPrinter::cutter_error, "hardware_error"),
        (VirtualPrinter::heat_head, "device_busy"),
        (VirtualPrinter::silent, "offline"),
        (VirtualPrinter::garbage, "protocol"),
        (|printer| printer.paper_left_mm(5), "paper_out"),
    ];
    for (lever, fault) in faults {
        let (status, line) = printed(PrinterModel::usb(), lever, &[])?;
        assert_eq!((status, &line["outcome"], &line["fault"]), (Some(FAILED), &json!("failed"), &json!(fault)));
    }
    Ok(())
}

#[test]
fn an_uncertain_ticket_has_its_cause_and_status_4() -> Checked {
    let faults: [(Lever, &str); 5] = [
        (|printer| printer.at_byte(2_000, VirtualPrinter::silent), "offline"),
        (|printer| printer.at_byte(2_000, VirtualPrinter::garbage), "protocol"),
        (|printer| printer.at_byte(2_000, VirtualPrinter::unplug), "no_device"),
        (|printer| printer.power_cut_after(2_000), "no_device"),
        (VirtualPrinter::cutter_error_at_next_cut, "hardware_error"),
    ];
    for (lever, fault) in faults {
        let (status, line) = printed(PrinterModel::usb(), lever, &[])?;
        assert_eq!((status, &line["outcome"], &line["fault"]), (Some(UNCERTAIN), &json!("uncertain"), &json!(fault)));
    }
    let (status, line) = printed(PrinterModel::clone_usb(), |_| {}, &["--profile", "unknown-80mm"])?;
    assert_eq!((status, &line["fault"]), (Some(UNCERTAIN), &json!("unsupported_command")));
    Ok(())
}

#[test]
fn a_printer_that_counts_confirms() -> Checked {
    let (status, line) = printed(PrinterModel::etb_counter_usb(), |_| {}, &["--profile", "star-np3511"])?;
    assert_eq!((status, &line["outcome"]), (Some(0), &json!("confirmed")));
    Ok(())
}

#[test]
fn a_ticket_nobody_takes_is_drawn_back_in() -> Checked {
    let (status, line) = printed(PrinterModel::presenter_usb(), |_| {}, &["--profile", "custom-vkp80ii"])?;
    assert_eq!((status, &line["outcome"], &line["media"]), (Some(0), &json!("confirmed"), &json!("retracted")));
    Ok(())
}

#[test]
fn a_port_that_serves_another_client_is_busy() -> Checked {
    let mount = TcpMount::new(Shared::new(VirtualPrinter::new(PrinterModel::usb())), local())?;
    let mut first = TcpStream::connect(mount.addr())?;
    first.write_all(&[0x10, 0x04, 1])?;
    first.read_exact(&mut [0])?;
    let (status, line) = kioskctl(&["printer", "status", "--link", &format!("tcp:{}", mount.addr())])?;
    let busy =
        json!({ "ok": false, "device": "deviceBusy", "paper": "unknown", "media": "unknown", "fault": "device_busy" });
    assert_eq!((status, line), (Some(FAILED), busy));
    Ok(())
}

#[test]
fn a_port_nobody_listens_at_and_a_missing_device_are_answers_too() -> Checked {
    let listener = TcpListener::bind(local())?;
    let closed = format!("tcp:{}", listener.local_addr()?);
    drop(listener);
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path())?;
    for (link, fault) in [(closed.as_str(), "device_busy"), ("usblp:/dev/usb/lp9999", "no_device")] {
        let (status, line) = kioskctl(&["printer", "print", &ticket, "--link", link])?;
        assert_eq!((status, line), (Some(FAILED), json!({ "ok": false, "outcome": "failed", "fault": fault })));
    }
    Ok(())
}

#[test]
fn a_device_file_is_a_printer_too() -> Checked {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path())?;
    let shared = Shared::new(VirtualPrinter::new(fast(PrinterModel::usb())));
    let mount = PtyMount::new(shared.clone(), &folder.path().join("lp0"))?;
    let link = format!("usblp:{}", mount.path().display());
    let (status, line) = kioskctl(&["printer", "print", &ticket, "--link", &link])?;
    assert_eq!((status, &line["outcome"]), (Some(0), &json!("confirmed")));
    Ok(())
}

#[test]
fn a_line_held_by_xoff_loses_nothing() -> Checked {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path())?;
    let model = PrinterModel { xon_xoff: true, receive_buffer_bytes: 16_384, ..PrinterModel::serial(115_200) };
    let shared = Shared::new(VirtualPrinter::new(PrinterModel { paper_mm_per_s: 10, ..model }));
    let mount = PtyMount::new(shared.clone(), &folder.path().join("tty"))?;
    let link = format!("serial:{}@115200,xonxoff", mount.path().display());
    let (_, line) = kioskctl(&["printer", "print", &ticket, "--link", &link])?;
    assert_eq!(shared.with(|printer| printer.bytes_lost()), 0, "{line}");
    Ok(())
}

/// A printer that misbehaves: answers each chunk it reads with the next reply, then does as told.
struct Rogue {
    replies: Vec<Vec<u8>>,
    then: Then,
}

#[derive(Clone, Copy)]
enum Then {
    HangUp,
    Silence,
    Flood,
}

impl Rogue {
    /// Serves one client.
    fn start(self) -> Result<String, Box<dyn Error>> {
        let listener = TcpListener::bind(local())?;
        let link = format!("tcp:{}", listener.local_addr()?);
        thread::spawn(move || {
            if let Ok((client, _)) = listener.accept() {
                self.serve(client);
            }
        });
        Ok(link)
    }

    /// Ends when the client has left.
    fn serve(self, mut client: TcpStream) {
        let mut chunk = [0; 4_096];
        for reply in &self.replies {
            match client.read(&mut chunk) {
                Ok(count) if count > 0 && client.write_all(reply).is_ok() => {}
                Ok(_) | Err(_) => return,
            }
        }
        match self.then {
            Then::HangUp => {}
            Then::Silence => while client.read(&mut chunk).is_ok_and(|count| count > 0) {},
            Then::Flood => while client.write_all(&[0xFF; 4_096]).is_ok() {},
        }
    }
}

fn ready() -> Vec<Vec<u8>> {
    vec![vec![0x12]; 4]
}

/// However a printer misbehaves, the answer comes, is JSON, and is not "printed".
#[test]
fn garbage_silence_half_answers_and_a_hang_up_at_any_answer_end_in_an_answer() -> Checked {
    let folder = tempfile::tempdir()?;
    let ticket = ticket_in(folder.path())?;
    let mut rogues = vec![
        Rogue { replies: Vec::new(), then: Then::Silence },
        Rogue { replies: Vec::new(), then: Then::Flood },
        Rogue { replies: Vec::new(), then: Then::HangUp },
        Rogue { replies: vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()], then: Then::HangUp },
        Rogue { replies: vec![vec![0x37, 0x22, b'a']], then: Then::Silence },
        Rogue { replies: ready(), then: Then::Flood },
        Rogue { replies: ready(), then: Then::Silence },
    ];
    for answers in 1..=6 {
        let mut replies = ready();
        replies.resize(answers, vec![0x10, 0x00]);
        rogues.push(Rogue { replies, then: Then::HangUp });
    }
    let handles: Vec<_> = rogues
        .into_iter()
        .map(|rogue| {
            let (ticket, link) = (ticket.clone(), rogue.start().map_err(|error| error.to_string()));
            thread::spawn(move || -> Result<_, String> {
                kioskctl(&["printer", "print", &ticket, "--link", &link?]).map_err(|error| error.to_string())
            })
        })
        .collect();
    for handle in handles {
        let (status, line) = handle.join().map_err(|_| "a thread panicked")??;
        let expected = if line["outcome"] == "failed" { FAILED } else { UNCERTAIN };
        assert_eq!((status, &line["ok"]), (Some(expected), &json!(false)), "{line}");
        assert!(line["fault"].is_string(), "{line}");
    }
    Ok(())
}
