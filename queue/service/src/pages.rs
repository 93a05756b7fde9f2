//! The pages of the service, embedded: rooms, displays, administration, statistics. Nothing is fetched from elsewhere.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::access::Allow;
use crate::problem::ApiError;
use crate::route_table::RouteTable;

/// What a page may load: its own scripts, styles, fonts, sounds and answers, and nothing written into it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A file of the pages.
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal: $kind:literal from $path:literal),* $(,)?) => {
        &[$(Asset { name: $name, kind: $kind, bytes: include_bytes!($path) }),*]
    };
}

const ASSETS: &[Asset] = assets! {
    "NotoSans-Regular.ttf": "font/ttf" from "../../../kiosk-app/ui/fonts/NotoSans-Regular.ttf",
    "NotoSans-SemiBold.ttf": "font/ttf" from "../../../kiosk-app/ui/fonts/NotoSans-SemiBold.ttf",
    "NotoSans-Bold.ttf": "font/ttf" from "../../../kiosk-app/ui/fonts/NotoSans-Bold.ttf",
    "OFL.txt": "text/plain; charset=utf-8" from "../../../kiosk-app/ui/fonts/OFL.txt",
    "staff.css": "text/css; charset=utf-8" from "../web/staff.css",
    "display.css": "text/css; charset=utf-8" from "../web/display.css",
    "icon.svg": "image/svg+xml" from "../web/icon.svg",
    "board.js": "text/javascript; charset=utf-8" from "../web/board.js",
    "display.js": "text/javascript; charset=utf-8" from "../web/display.js",
    "display_sound.js": "text/javascript; charset=utf-8" from "../web/display_sound.js",
    "words.js": "text/javascript; charset=utf-8" from "../web/words.js",
    "shell.js": "text/javascript; charset=utf-8" from "../web/shell.js",
    "asking.js": "text/javascript; charset=utf-8" from "../web/asking.js",
    "start.js": "text/javascript; charset=utf-8" from "../web/start.js",
    "login.js": "text/javascript; charset=utf-8" from "../web/login.js",
    "room.js": "text/javascript; charset=utf-8" from "../web/room.js",
    "room_groups.js": "text/javascript; charset=utf-8" from "../web/room_groups.js",
    "administration.js": "text/javascript; charset=utf-8" from "../web/administration.js",
    "administration_clinic.js": "text/javascript; charset=utf-8" from "../web/administration_clinic.js",
    "administration_access.js": "text/javascript; charset=utf-8" from "../web/administration_access.js",
    "statistics.js": "text/javascript; charset=utf-8" from "../web/statistics.js",
};

/// Pages by their route, and who gets them. A display's page is without content, and lets a new display enrol.
const PAGES: &[(&str, Allow, &[u8])] = &[
    ("/", Allow::STAFF, include_bytes!("../web/start.html")),
    ("/login", Allow::Anybody, include_bytes!("../web/login.html")),
    ("/room/{room}", Allow::ROOMS, include_bytes!("../web/room.html")),
    ("/display/{zone}", Allow::Anybody, include_bytes!("../web/display.html")),
    ("/administration", Allow::ADMINISTRATORS, include_bytes!("../web/administration.html")),
    ("/statistics", Allow::STATISTICS, include_bytes!("../web/statistics.html")),
];

pub(crate) fn add_to(mut table: RouteTable) -> RouteTable {
    for (path, allow, bytes) in PAGES {
        let answer = move |headers: HeaderMap| async move { file("text/html; charset=utf-8", bytes, &headers) };
        table = table.page(path, *allow, answer);
    }
    // What the login page itself is made of; nothing of the hospital is in these.
    table.route(Method::GET, "/assets/{name}", Allow::Anybody, asset)
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, ApiError> {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    let found = found.ok_or_else(|| ApiError::bad_request(StatusCode::NOT_FOUND, "no such file"))?;
    Ok(file(found.kind, found.bytes, &headers))
}

/// A file with its mark: a browser that has it is told so instead.
fn file(kind: &'static str, bytes: &'static [u8], asked: &HeaderMap) -> Response {
    let mark = format!("\"{:016x}\"", mark_of(bytes));
    let is_held = asked.get(header::IF_NONE_MATCH).is_some_and(|held| held.as_bytes() == mark.as_bytes());
    let mut response = if is_held { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let headers = response.headers_mut();
    let fixed = |text: &'static str| HeaderValue::from_static(text);
    headers.insert(header::CONTENT_TYPE, fixed(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, fixed(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    headers.insert(header::REFERRER_POLICY, fixed("no-referrer"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), fixed("same-origin"));
    // Asked again each time: a display must not run yesterday's script on today's service.
    headers.insert(header::CACHE_CONTROL, fixed("no-cache"));
    if let Ok(mark) = HeaderValue::from_str(&mark) {
        headers.insert(header::ETAG, mark);
    }
    response
}

/// FNV-1a, 64 bits: tells versions of a file apart, and is no secret.
fn mark_of(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |mark, byte| (mark ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn pages_name_only_files_that_are_served_and_nothing_from_elsewhere() {
        for (page, _, bytes) in PAGES {
            let html = text(bytes);
            for attribute in ["src=\"", "href=\""] {
                for rest in html.split(attribute).skip(1) {
                    let link = rest.split('"').next().unwrap();
                    let is_page = PAGES.iter().any(|(path, _, _)| *path == link) || link.starts_with('#');
                    let name = link.strip_prefix("/assets/");
                    let is_file = name.is_some_and(|name| ASSETS.iter().any(|asset| asset.name == name));
                    assert!(is_page || is_file, "{page} names {link}");
                }
            }
            assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" onclick"), "{page}");
            assert!(
                html.split("<script").skip(1).all(|tag| tag.trim_start().split('>').next().unwrap().contains("src=")),
                "{page}"
            );
        }
    }

    #[test]
    fn no_script_or_style_names_another_host() {
        for asset in ASSETS.iter().filter(|asset| asset.name.ends_with(".js") || asset.name.ends_with(".css")) {
            let source = text(asset.bytes).replace("http://www.w3.org/2000/svg", "");
            assert!(
                !source.contains("http:") && !source.contains("https:") && !source.contains("//cdn"),
                "{}",
                asset.name
            );
        }
    }

    #[test]
    fn the_display_runs_on_the_browsers_of_old_televisions() {
        // ES2015: what a television of 2017 has.
        for asset in ASSETS.iter().filter(|asset| ["board.js", "display.js", "display_sound.js"].contains(&asset.name))
        {
            for newer in [
                "?.",
                "??",
                "async ",
                "await ",
                "**",
                "...",
                "import ",
                "export ",
                "fetch(",
                ".flat(",
                "padStart",
                "Object.entries",
                "Object.values",
            ] {
                assert!(!text(asset.bytes).contains(newer), "{} has {newer}", asset.name);
            }
        }
        for newer in ["display: grid", "gap:", "clamp(", "min(", "max(", "aspect-ratio", "inset:"] {
            let css = ASSETS.iter().find(|asset| asset.name == "display.css").unwrap();
            assert!(!text(css.bytes).contains(newer), "display.css has {newer}");
        }
    }
}
