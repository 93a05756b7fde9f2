//! One whole visit without a display: pictures, paper and a report of it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use queue_protocol::model::{RequestId, RoomId, ServiceId};
use queue_protocol::v1::CallNextReply;
use serde::Serialize;

use super::binaries::Binaries;
use super::picture::Grey;
use super::reading::largest_number;
use super::recorder::Recorder;
use super::run_dir::RunDir;
use super::stack::{Screens, Stack, ZONE};
use super::touchscreen::Touchscreen;

/// The card of an invented patient, as a scanner sends it when no other is given.
pub const SAMPLE_CARD: &str =
    "001049999901|999999901|NGUYỄN THỊ THUỲ DƯƠNG|02031949|Nữ|Số 1, Đường Mẫu, Phường Mẫu, Hà Nội|01012022";
/// The middle of the first service tile, in pixels. `e2e-tests` fails when the tile is somewhere else.
pub const FIRST_TILE: (u32, u32) = (290, 620);

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

struct Play<'a> {
    stack: &'a Stack,
    out: &'a Path,
}

impl Play<'_> {
    fn visit(&self, scan: &[u8]) -> Result<Visit> {
        let (kiosk, display) = (self.stack.kiosk_screen(), self.stack.display_screen());
        kiosk.wait_for_title(&["welcome"], READY_WITHIN)?;
        display.wait_for_title(&["board"], READY_WITHIN)?.save(&self.out.join("display-before.png"))?;
        self.stack.network.delay(NETWORK_DELAY);
        let recorder = Recorder::start(kiosk.clone())?;
        self.stack.scanner.with(|scanner| scanner.present(scan));
        let held_up_at = Instant::now();
        let answer = kiosk.wait_for_title(&["choose-service", "apology"], SCREEN_WITHIN)?;
        if answer.title == "apology" {
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
        kiosk.touch(FIRST_TILE.0, FIRST_TILE.1)?;
        let take = kiosk.wait_for_title(&["number-take", "number-write-down", "apology"], SCREEN_WITHIN)?;
        let mut steps = recorder.finish(self.out, held_up_at)?;
        ensure!(take.title == "number-take", "the kiosk showed {} instead of a ticket to take", take.title);
        let paper = self.save_paper()?;
        let (ticket_service, store) = self.stored()?;
        let called = self.call(&ticket_service)?;
        let board = display.wait_for("the call", SCREEN_WITHIN, |frame| largest_number(&frame.grey()) == called)?;
        board.save(&self.out.join("display-after.png"))?;
        steps.push(Step { step: "display-called".into(), ms: millis(held_up_at.elapsed()) });
        let service = self.service_name(&ticket_service)?;
        let display_number = largest_number(&board.grey());
        let screen = largest_number(&take.grey());
        let number = Numbers { screen, paper, store: Some(store), called, display: display_number };
        Ok(Visit { outcome: Outcome::Ticket, number: Some(number), service: Some(service), steps })
    }

    fn save_paper(&self) -> Result<Option<String>> {
        let (png, bytes) = self.stack.printer.with(|printer| {
            (printer.papers().last().map(device_sim::printer::Paper::to_png), printer.wire_log().to_vec())
        });
        let png = png.context("the kiosk says take your ticket, and no paper came out")?;
        fs::write(self.out.join("ticket.png"), &png)?;
        fs::write(self.out.join("ticket.escpos"), &bytes)?;
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

    fn call(&self, service: &ServiceId) -> Result<Option<String>> {
        for room in ROOMS {
            if let CallNextReply::Called { call } = self.stack.queue().call_next(&RoomId::new(*room)?)? {
                ensure!(call.service == *service, "{room} called for {}", call.service);
                return Ok(Some(call.number.to_string()));
            }
        }
        bail!("no room of {ZONE} could call")
    }

    fn service_name(&self, id: &ServiceId) -> Result<String> {
        let services = self.stack.queue().services()?.services;
        Ok(services.into_iter().find(|service| service.id == *id).context("service gone")?.name)
    }
}

/// Rooms of the sample clinic, in the order they are tried.
const ROOMS: &[&str] = &["p201", "p202", "p203", "p204", "p205", "p206"];

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
