//! A whole small hospital for a test: the shipped programs on virtual devices, and a patient's steps through it.
//!
//! The stack is the demo's own (`xtask::demo::stack`). Nothing here replaces a part of the product.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use xtask::demo::binaries::Binaries;
use xtask::demo::reading::largest_number;
use xtask::demo::run_dir::RunDir;
use xtask::demo::stack::{Screens, Stack};
use xtask::demo::touchscreen::{FIRST_TICKET, FIRST_TILE, FOOT_BUTTON};

pub mod account;
pub mod database;
pub mod memory;

/// Until a screen follows, on a slow and busy machine.
pub const SCREEN_WITHIN: Duration = Duration::from_secs(40);
/// Until a visit that nobody goes on with has ended by itself: a touch that came too late for one begins another.
const VISIT_ENDS_WITHIN: Duration = Duration::from_secs(120);
/// Until everything has found everything.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How often something is looked for that has no screen.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The card of the `serial`th invented patient, 0 to 99.
#[must_use]
pub fn card(serial: u8) -> Vec<u8> {
    // A name has no digits: the serial is spelt in two letters.
    let [tens, ones] = [serial / 10, serial % 10].map(|digit| char::from(b'A' + digit));
    format!("0010499999{serial:02}||NGUYỄN VĂN {tens}{ones}|02031949|Nam|Số 1, Đường Mẫu, Phường Mẫu|01012022")
        .into_bytes()
}

/// A hospital that is open. Its programs end with it.
pub struct Hospital {
    /// The stack; before the folder, so that the programs end first.
    pub stack: Stack,
    run: RunDir,
}

impl Drop for Hospital {
    /// What the programs said is gone with the folder: a test that fails shows it first.
    #[expect(clippy::print_stderr, reason = "the test runner shows it with the failure")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            for name in ["kiosk.log", "service.log", "display.log"] {
                let log = fs::read_to_string(self.run.path().join(name)).unwrap_or_default();
                eprintln!("--- {name}\n{log}");
            }
        }
    }
}

impl Hospital {
    /// Opens and waits until kiosk and display have found everything.
    ///
    /// # Errors
    /// Something does not start.
    pub fn open() -> Result<Self> {
        let mut hospital = Self::without_display()?;
        hospital.stack.start_display()?;
        hospital.stack.display_screen().wait_for_title(&["board"], READY_WITHIN)?;
        Ok(hospital)
    }

    /// Opens without a waiting-room display.
    ///
    /// # Errors
    /// Something does not start.
    pub fn without_display() -> Result<Self> {
        Self::prepared(|_| Ok(()))
    }

    /// Opens without a display, with a chip-card reader.
    ///
    /// # Errors
    /// Something does not start.
    pub fn with_card_reader() -> Result<Self> {
        Self::prepared(Stack::add_card_reader)
    }

    /// Opens without a display, with the service on a PostgreSQL database.
    ///
    /// # Errors
    /// Something does not start.
    pub fn on_postgres(address: &str) -> Result<Self> {
        let run = RunDir::new()?;
        let store = ["--postgres".into(), address.into()];
        let stack = Stack::on_store(run.path(), &Binaries::build()?, Screens::Virtual, store)?;
        Self::with_kiosk(run, stack)
    }

    fn prepared(prepare: impl FnOnce(&mut Stack) -> Result<()>) -> Result<Self> {
        let run = RunDir::new()?;
        let mut stack = Stack::without_screens(run.path(), &Binaries::build()?, Screens::Virtual)?;
        prepare(&mut stack)?;
        Self::with_kiosk(run, stack)
    }

    fn with_kiosk(run: RunDir, mut stack: Stack) -> Result<Self> {
        stack.start_kiosk()?;
        stack.kiosk_screen().wait_for_title(&["welcome"], READY_WITHIN)?;
        Ok(Self { stack, run })
    }

    /// Waits until the kiosk owns a series: it asks for one when it first reaches the service.
    ///
    /// # Errors
    /// It gets none.
    pub fn owns_a_series(&self) -> Result<()> {
        let journal = self.stack.journal().with_file_name("offline.journal");
        let owned = || Ok(fs::read_to_string(&journal).unwrap_or_default().contains("series TA"));
        eventually("the kiosk to own a series", owned)
    }

    /// The folder of this run, with the state of all its programs.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.run.path()
    }

    /// Holds something up to the scanner.
    pub fn hold_up(&self, payload: &[u8]) {
        self.stack.scanner.with(|scanner| scanner.present(payload));
    }

    /// Waits for one of these screens; which one it is.
    ///
    /// # Errors
    /// Another one stays.
    pub fn sees(&self, titles: &[&str]) -> Result<String> {
        self.stack.kiosk_screen().wait_for_title(titles, SCREEN_WITHIN)
    }

    /// Scans a card and touches the first service.
    ///
    /// # Errors
    /// The kiosk shows something else.
    pub fn chooses(&self, card: &[u8]) -> Result<()> {
        self.hold_up(card);
        self.sees(&["choose-service"])?;
        self.touches_first_service()
    }

    /// Touches the first service of the screen `choose-service`.
    ///
    /// # Errors
    /// There is no screen.
    pub fn touches_first_service(&self) -> Result<()> {
        self.stack.kiosk_screen().touch(FIRST_TILE)
    }

    /// Touches the first number of the screen `choose-ticket`.
    ///
    /// # Errors
    /// There is no screen.
    pub fn touches_first_ticket(&self) -> Result<()> {
        self.stack.kiosk_screen().touch(FIRST_TICKET)
    }

    /// Touches *print it again* on the screen `number-held`: the button at its foot.
    ///
    /// # Errors
    /// There is no screen.
    pub fn prints_again(&self) -> Result<()> {
        self.stack.kiosk_screen().touch(FOOT_BUTTON)
    }

    /// One visit up to the end of printing; the screen's name and the number on it.
    ///
    /// # Errors
    /// There is no number on the screen.
    pub fn takes_number(&self, card: &[u8]) -> Result<(String, String)> {
        self.chooses(card)?;
        self.number_shown()
    }

    /// Waits for the end of printing; the screen's name and the number on it.
    ///
    /// # Errors
    /// There is no number on the screen.
    pub fn number_shown(&self) -> Result<(String, String)> {
        let ends = ["number-take", "number-write-down", "apology"];
        let frame = self.stack.kiosk_screen().wait_for(&ends, SCREEN_WITHIN, |_| true)?;
        match largest_number(&frame.grey()) {
            Some(number) => Ok((frame.glance.title, number)),
            None => bail!("no number on the screen {}", frame.glance.title),
        }
    }

    /// Touches the button at the foot, unless the visit has ended by itself, and waits for Welcome.
    ///
    /// # Errors
    /// The kiosk does not go back to Welcome.
    pub fn leaves(&self) -> Result<()> {
        let screen = self.stack.kiosk_screen();
        if !screen.glance()?.title.starts_with("welcome") {
            screen.touch(FOOT_BUTTON)?;
        }
        screen.wait_for_title(&["welcome", "welcome-limited"], VISIT_ENDS_WITHIN).map(drop)
    }

    /// The numbers on the papers that came out, oldest first.
    ///
    /// # Errors
    /// A paper cannot be drawn.
    pub fn papers(&self) -> Result<Vec<Option<String>>> {
        let papers = self.stack.printer.with(|printer| printer.papers());
        papers.iter().map(|paper| Ok(largest_number(&xtask::demo::picture::Grey::of_png(&paper.to_png())?))).collect()
    }

    /// Waits until the kiosk has written its pictures into the printer. While it writes it asks for no state: paper that
    /// goes in the middle is seen when the printer has had its time for the writing.
    ///
    /// # Errors
    /// It does not.
    pub fn stocks_its_printer(&self) -> Result<()> {
        eventually("the pictures to be in the printer", || Ok(self.kiosk_said("pictures written into the printer")))
    }

    /// Whether the kiosk's log has these words.
    #[must_use]
    pub fn kiosk_said(&self, words: &str) -> bool {
        self.kiosk_said_times(words) > 0
    }

    /// How often the kiosk's log has these words, over all its starts.
    #[must_use]
    pub fn kiosk_said_times(&self, words: &str) -> usize {
        fs::read_to_string(self.run.path().join("kiosk.log")).map_or(0, |log| log.matches(words).count())
    }

    /// The journal's lines as they are on the disk.
    #[must_use]
    pub fn journal(&self) -> Vec<String> {
        let text = fs::read_to_string(self.stack.journal()).unwrap_or_default();
        text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Waits until the journal holds nothing that must still be taken back.
    ///
    /// # Errors
    /// Something stays.
    pub fn settles(&self) -> Result<()> {
        eventually("every open request to be voided", || Ok(open_requests(&self.journal()).is_empty()))
    }
}

/// Requests in the journal that were asked for or are wanted void, and neither shown nor voided.
#[must_use]
pub fn open_requests(journal: &[String]) -> Vec<String> {
    let said = |request: &str, word: &str| journal.iter().any(|line| line == &format!("{request} {word}"));
    let open = |request: &str| !said(request, "voided") && (said(request, "void-wanted") || !said(request, "shown"));
    let mut requests: Vec<String> = journal
        .iter()
        .filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
        .filter(|request| open(request))
        .collect();
    requests.dedup();
    requests
}

/// Waits until `holds` says so.
///
/// # Errors
/// It does not within [`SCREEN_WITHIN`].
pub fn eventually(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let give_up_at = Instant::now() + SCREEN_WITHIN;
    while Instant::now() < give_up_at {
        if holds()? {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    bail!("waited {SCREEN_WITHIN:?} for {what}")
}
