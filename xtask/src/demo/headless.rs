//! One whole visit without a display: pictures, paper and a report of it.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use queue_protocol::model::{RequestId, ServiceId};
use serde::Serialize;

use super::binaries::Binaries;
use super::picture::Grey;
use super::reading::largest_number;
use super::recorder::Recorder;
use super::run_dir::RunDir;
use super::stack::{Screens, Stack};
use super::touchscreen::{FIRST_TILE, Touchscreen};

/// The card of an invented patient, as a scanner sends it when no other is given.
pub const SAMPLE_CARD: &str =
    "001149999901|999999901|NGUYỄN THỊ THUỲ DƯƠNG|02031949|Nữ|Số 1, Đường Mẫu, Phường Mẫu, Hà Nội|01012022";

/// What a run leaves besides the screens.
const FILES: [&str; 8] = [
    "display-after.png",
    "display-before.png",
    "display.log",
    "kiosk.log",
    "service.log",
    "ticket.escpos",
    "ticket.png",
    "visit.json",
];
/// Until the kiosk has found everything it needs.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Until a screen follows from what was done.
const SCREEN_WITHIN: Duration = Duration::from_secs(30);
/// How slow the network is made, so that the waiting screen is seen.
const NETWORK_DELAY: Duration = Duration::from_millis(150);

/// How the visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A number was issued.
    Ticket,
    /// What was held up is no identity token; the kiosk said so.
    Refused,
}

/// `visit.json`.
#[derive(Debug, Serialize)]
pub struct Visit {
    /// How it ended.
    pub outcome: Outcome,
    /// The number, the same wherever it was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<Numbers>,
    /// The service's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// What happened when, in milliseconds since the card was held up.
    pub steps: Vec<Step>,
}

/// The number as it was found in each place.
#[derive(Debug, Serialize)]
pub struct Numbers {
    /// Read from the picture of the kiosk's screen.
    pub screen: Option<String>,
    /// Read from the picture of the paper.
    pub paper: Option<String>,
    /// Answered by the store for the request in the kiosk's journal.
    pub store: Option<String>,
    /// Called by the room.
    pub called: Option<String>,
    /// Read from the picture of the waiting-room display.
    pub display: Option<String>,
}

impl Numbers {
    /// The one number in all places, if it is one.
    #[must_use]
    pub fn agreed(&self) -> Option<&str> {
        let places = [&self.screen, &self.paper, &self.store, &self.called, &self.display];
        let first = self.store.as_deref()?;
        places.iter().all(|place| place.as_deref() == Some(first)).then_some(first)
    }
}

/// One step of the visit.
#[derive(Debug, Serialize)]
pub struct Step {
    /// The screen that came, or what else happened.
    pub step: String,
    /// Milliseconds since the card was held up.
    pub ms: u64,
}

/// Plays one visit and leaves its pictures and `visit.json` in `out`.
///
/// # Errors
/// Anything did not go as it must; above all when screen, paper, store and display do not show the same number.
pub fn play(out: &Path, scan: &[u8]) -> Result<Visit> {
    fs::create_dir_all(out).with_context(|| format!("cannot use {}", out.display()))?;
    remove_old(out)?;
    let binaries = Binaries::build()?;
    let run = RunDir::new()?;
    let visit =
        Stack::start(run.path(), &binaries, Screens::Virtual).and_then(|stack| Play { stack: &stack, out }.visit(scan));
    run.keep_logs(out)?;
    let visit = visit?;
    fs::write(out.join("visit.json"), serde_json::to_vec_pretty(&visit)?)?;
    if let Some(numbers) = &visit.number {
        ensure!(numbers.agreed().is_some(), "not the same number everywhere: {numbers:?}");
    }
    Ok(visit)
}

/// Removes what an earlier run has left here, and nothing else: a screen of that visit would be taken for one of this.
fn remove_old(out: &Path) -> Result<()> {
    for entry in fs::read_dir(out).with_context(|| format!("cannot read {}", out.display()))? {
        let path = entry?.path();
        if path.file_name().and_then(OsStr::to_str).is_some_and(is_ours) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Whether this command writes a file of that name: one of a few, or `kiosk-N-SCREEN.png`.
fn is_ours(name: &str) -> bool {
    let screen = name.strip_prefix("kiosk-").and_then(|name| name.strip_suffix(".png")?.split_once('-'));
    FILES.contains(&name) || screen.is_some_and(|(place, _)| place.parse::<usize>().is_ok())
}

struct Play<'a> {
    stack: &'a Stack,
    out: &'a Path,
}

impl Play<'_> {
    fn visit(&self, scan: &[u8]) -> Result<Visit> {
        let (kiosk, display) = (self.stack.kiosk_screen(), self.stack.display_screen());
        kiosk.wait_for_title(&["welcome"], READY_WITHIN)?;
        display.wait_for(&["board"], READY_WITHIN, |_| true)?.save(&self.out.join("display-before.png"))?;
        self.stack.network.delay(NETWORK_DELAY);
        let recorder = Recorder::start(kiosk.clone())?;
        self.stack.scanner.with(|scanner| scanner.present(scan));
        let held_up_at = Instant::now();
        let answer = recorder.wait_for_title(&["choose-service", "apology"], SCREEN_WITHIN)?;
        if answer == "apology" {
            let steps = recorder.finish(self.out, held_up_at)?;
            return Ok(Visit { outcome: Outcome::Refused, number: None, service: None, steps });
        }
        self.take_number(&kiosk, &display, recorder, held_up_at)
    }

    fn take_number(
        &self,
        kiosk: &Touchscreen,
        display: &Touchscreen,
        recorder: Recorder,
        held_up_at: Instant,
    ) -> Result<Visit> {
        kiosk.touch(FIRST_TILE)?;
        let take = kiosk.wait_for(&["number-take", "number-write-down", "apology"], SCREEN_WITHIN, |_| true)?;
        let mut steps = recorder.finish(self.out, held_up_at)?;
        let shown = &take.glance.title;
        ensure!(shown == "number-take", "the kiosk showed {shown} instead of a ticket to take");
        let paper = self.save_paper()?;
        let (ticket_service, store) = self.stored()?;
        let call = self.stack.call_somebody()?;
        ensure!(call.service == ticket_service, "{} called for {}", call.room_name, call.service);
        let called = Some(call.number.to_string());
        let board = display.wait_for(&["board"], SCREEN_WITHIN, |frame| largest_number(&frame.grey()) == called)?;
        board.save(&self.out.join("display-after.png"))?;
        steps.push(Step { step: "display-called".into(), ms: millis(held_up_at.elapsed()) });
        let service = self.service_name(&ticket_service)?;
        let display_number = largest_number(&board.grey());
        let screen = largest_number(&take.grey());
        let number = Numbers { screen, paper, store: Some(store), called, display: display_number };
        Ok(Visit { outcome: Outcome::Ticket, number: Some(number), service: Some(service), steps })
    }

    fn save_paper(&self) -> Result<Option<String>> {
        let (png, bytes, strange) = self.stack.printer.with(|printer| {
            let png = printer.papers().last().map(device_sim::printer::Paper::to_png);
            (png, printer.wire_log().to_vec(), printer.unknown_beginnings().to_vec())
        });
        let png = png.context("the kiosk says take your ticket, and no paper came out")?;
        fs::write(self.out.join("ticket.png"), &png)?;
        fs::write(self.out.join("ticket.escpos"), &bytes)?;
        ensure!(strange.is_empty(), "the printer got bytes that are no command it knows: {strange:02x?}");
        Ok(largest_number(&Grey::of_png(&png)?))
    }

    /// The service and number the store holds for the request in the kiosk's journal.
    fn stored(&self) -> Result<(ServiceId, String)> {
        let journal = fs::read_to_string(self.stack.journal())?;
        let request = journal.lines().rev().find_map(|line| line.strip_suffix(" shown"));
        let request: RequestId = request.context("the kiosk's journal shows no number")?.parse()?;
        let queue = self.stack.queue();
        for service in queue.services()?.services {
            if let Ok(ticket) = queue.stored_ticket(request, &service.id) {
                return Ok((ticket.service, ticket.number.to_string()));
            }
        }
        bail!("the store has no ticket for {request}")
    }

    fn service_name(&self, id: &ServiceId) -> Result<String> {
        let services = self.stack.queue().services()?.services;
        Ok(services.into_iter().find(|service| service.id == *id).context("service gone")?.name)
    }
}

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_an_earlier_run_go_and_files_of_others_stay() {
        let out = tempfile::tempdir().unwrap();
        let stay = ["kiosk-photo.png", "kiosk-x-1.png", "kiosk-1-welcome.jpg", "notes.txt", "ticket.pdf"];
        let go = ["kiosk-1-welcome.png", "kiosk-12-number-take.png", "visit.json", "ticket.png", "kiosk.log"];
        for name in stay.iter().chain(&go) {
            fs::write(out.path().join(name), "").unwrap();
        }
        remove_old(out.path()).unwrap();
        assert!(stay.iter().all(|name| out.path().join(name).exists()));
        assert!(!go.iter().any(|name| out.path().join(name).exists()));
    }
}
