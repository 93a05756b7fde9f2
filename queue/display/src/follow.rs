//! Follows a zone's board in a thread of its own and tells the window.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use queue_client::{BoardUpdate, BoardWatch, QueueClient};
use queue_protocol::model::{UnixMillis, ZoneId};
use queue_voice::announcer::Announcer;

use crate::spoken::{Aloud, aloud};
use crate::ui::{DisplayHandle, UiEnded};
use crate::wall::Wall;

/// How often the clock and the mark of a new call are looked at while nothing is heard.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is followed, and the clock of the wall.
pub struct Following {
    /// Asks the queue service.
    pub client: QueueClient,
    /// The waiting area.
    pub zone: ZoneId,
    /// The hospital's time zone.
    pub time_zone: TimeZone,
    /// Says calls aloud, if this display does.
    pub announcer: Option<Announcer>,
}

/// Follows until the window ends. The event loop is ended as well when following cannot go on.
///
/// # Errors
/// The thread or its runtime cannot be started.
pub fn spawn(following: Following, window: DisplayHandle) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let run = move || {
        let Err(ended) = runtime.block_on(follow(following, &window));
        tracing::info!(error = %ended, "the board is no longer followed");
        // An error here means that the loop has ended already.
        kiosk_screen::quit().ok();
    };
    std::thread::Builder::new().name("board".into()).spawn(run).map(drop)
}

/// Why following ended.
#[derive(Debug, thiserror::Error)]
enum FollowEnded {
    #[error(transparent)]
    Ui(#[from] UiEnded),
    #[error("the queue client gives no more updates")]
    Client,
}

async fn follow(following: Following, window: &DisplayHandle) -> Result<std::convert::Infallible, FollowEnded> {
    let mut watch = following.client.watch_board(following.zone);
    let announcer = following.announcer.as_ref();
    let mut wall = Wall::default();
    let mut shown = None;
    loop {
        let model = wall.model(Instant::now(), &clock(&following.time_zone));
        if shown.as_ref() != Some(&model) {
            window.show(model.clone())?;
            shown = Some(model);
        }
        hear_one(&mut watch, &mut wall, announcer).await?;
        wall.set_voice_broken(announcer.is_some_and(|announcer| !announcer.is_healthy()));
    }
}

/// Takes in one update, or none when it is time to look at the clock. One at a time: each call gets its moment.
async fn hear_one(watch: &mut BoardWatch, wall: &mut Wall, announcer: Option<&Announcer>) -> Result<(), FollowEnded> {
    if let Ok(update) = tokio::time::timeout(LOOK_EVERY, watch.next()).await {
        let update = update.ok_or(FollowEnded::Client)?;
        if let (Some(announcer), BoardUpdate::Board(board)) = (announcer, &update) {
            let now = UnixMillis(Timestamp::now().as_millisecond());
            announce(announcer, aloud(wall.board(), board, now));
        }
        wall.hear(update, Instant::now());
    }
    Ok(())
}

fn announce(announcer: &Announcer, Aloud { say, forget }: Aloud) {
    let forgotten = forget.into_iter().map(|number| (number, announcer.forget(number)));
    for (number, said) in forgotten {
        if let Err(error) = said {
            tracing::warn!(%number, %error, "a call taken back may still be said");
        }
    }
    for spoken in say {
        let number = spoken.number;
        if let Err(error) = announcer.say(spoken) {
            tracing::error!(%number, %error, "a call is shown and not said");
        }
    }
}

fn clock(time_zone: &TimeZone) -> String {
    Timestamp::now().to_zoned(time_zone.clone()).strftime("%H:%M").to_string()
}
