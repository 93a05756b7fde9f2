//! What the waiting-room display plays.

use serde_json::json;

use super::{WALL, page_of};
use crate::chromium::Chromium;
use crate::world::{HOUR_MS, MINUTE_MS, World};

/// Writes down each clip that is played: its address, and when it began and ended.
const WATCH: &str = "window.clips = [];
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
        const clip = { url: this.src.slice(location.origin.length), begun: performance.now(), ended: null, how: null };
        window.clips.push(clip);
        for (const how of ['ended', 'error']) {
            this.addEventListener(how, () => { clip.ended ??= performance.now(); clip.how ??= how; }, { once: true, capture: true });
        }
        return play.call(this);
    };";

pub(super) async fn calls_are_said_one_after_the_other(chromium: &Chromium) {
    let world = World::new().await;
    // The time that the page has.
    world.at(8 * HOUR_MS + 25 * MINUTE_MS);
    for n in 1..=2 {
        world.issue(n, "mat").await;
    }
    let page = page_of(chromium, &world.url("/display/khu-b?speech=vi"), WALL);
    page.until_text("#waiting", "Đang chờ: 2 người");
    page.eval(WATCH);
    // The service has said that this display may be heard.
    page.until("performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/sound'))");
    for n in 1..=2 {
        world.call(100 + n, "p207").await.unwrap();
    }
    page.until("window.clips.length === 4 && window.clips.every((clip) => clip.ended !== null)");
    let said = |number: &str| format!("/v1/speech/call?number={number}&room=p207&recalls=0&language=vi");
    let chime = "/v1/speech/chime".to_owned();
    assert_eq!(
        page.eval("window.clips.map((clip) => [clip.url, clip.how])"),
        json!([[chime.clone(), "ended"], [said("F-001"), "ended"], [chime, "ended"], [said("F-002"), "ended"]])
    );
    let overlaps = "window.clips.some((clip, at) => at > 0 && clip.begun < window.clips[at - 1].ended)";
    assert_eq!(page.eval(overlaps), false, "{}", page.eval("window.clips"));
    page.until("document.querySelector('#allow-sound').hidden && document.querySelector('#voice-broken').hidden");
}
