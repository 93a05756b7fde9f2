//! A headless Chromium of the test's own, spoken to over pipes (Chrome DevTools Protocol, messages end with NUL).

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

/// Longest wait for a page to do what is expected of it.
const PATIENCE: Duration = Duration::from_secs(40);
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Debian's Chromium finds nothing outside: what it would look for at start is switched off.
const ARGUMENTS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
];

pub struct Chromium {
    child: Child,
    wire: Arc<Wire>,
    _folder: tempfile::TempDir,
}

struct Wire {
    to: Mutex<File>,
    next: Mutex<u64>,
    waiting: Mutex<HashMap<u64, Sender<Value>>>,
    heard: Mutex<Vec<Value>>,
}

impl Chromium {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("tiep-don-chromium-").tempdir().unwrap();
        let (to, from) = (folder.path().join("to"), folder.path().join("from"));
        for pipe in [&to, &from] {
            mknodat(CWD, pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        }
        // The shell opens the pipes as the numbers that Chromium reads and writes.
        let script = format!("exec \"$@\" 3<{} 4>{}", to.display(), from.display());
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "sh", "-c", &script, "sh", "chromium"])
            .args(ARGUMENTS)
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .env("HOME", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromium: apt-get install chromium (cargo xtask test does)");
        let to = File::options().write(true).open(to).unwrap();
        let from = BufReader::new(File::open(from).unwrap());
        let wire = Arc::new(Wire {
            to: Mutex::new(to),
            next: Mutex::new(1),
            waiting: Mutex::default(),
            heard: Mutex::default(),
        });
        let ears = Arc::clone(&wire);
        std::thread::spawn(move || ears.listen(from));
        Self { child, wire, _folder: folder }
    }

    /// A page in a browser session of its own: other cookies, other storage.
    pub fn page(&self, url: &str, size: (u32, u32)) -> Page {
        let context = self.wire.ask(None, "Target.createBrowserContext", json!({}));
        let asked = json!({"url": "about:blank", "browserContextId": context["browserContextId"]});
        let target = self.wire.ask(None, "Target.createTarget", asked);
        let asked = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.wire.ask(None, "Target.attachToTarget", asked);
        let session = session["sessionId"].as_str().unwrap().to_owned();
        let page = Page { wire: Arc::clone(&self.wire), session };
        for domain in ["Page.enable", "Runtime.enable", "Network.enable", "Log.enable"] {
            page.ask(domain, json!({}));
        }
        page.size(size);
        page.open(url);
        page
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Wire {
    fn listen(&self, mut from: BufReader<File>) {
        let mut message = Vec::new();
        while from.read_until(0, &mut message).is_ok_and(|bytes| bytes > 0) {
            let value: Value = serde_json::from_slice(message.strip_suffix(&[0]).unwrap_or(&message)).unwrap();
            message.clear();
            match value["id"].as_u64().and_then(|id| self.waiting.lock().unwrap().remove(&id)) {
                Some(asker) => drop(asker.send(value)),
                None => self.heard.lock().unwrap().push(value),
            }
        }
        // Whoever still waits is told by the closed channel.
        self.waiting.lock().unwrap().clear();
    }

    fn ask(&self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        let reply = self.send(session, method, parameters).recv_timeout(PATIENCE);
        let mut reply = reply.unwrap_or_else(|error| panic!("{method}: {error}"));
        assert!(reply["error"].is_null(), "{method}: {}", reply["error"]);
        reply["result"].take()
    }

    fn send(&self, session: Option<&str>, method: &str, parameters: Value) -> Receiver<Value> {
        let (asker, reply) = channel();
        let id = {
            let mut next = self.next.lock().unwrap();
            *next += 1;
            *next
        };
        self.waiting.lock().unwrap().insert(id, asker);
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.to.lock().unwrap().write_all(&bytes).unwrap();
        reply
    }
}

pub struct Page {
    wire: Arc<Wire>,
    session: String,
}

impl Page {
    fn ask(&self, method: &str, parameters: Value) -> Value {
        self.wire.ask(Some(&self.session), method, parameters)
    }

    pub fn open(&self, url: &str) {
        self.ask("Page.navigate", json!({"url": url}));
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    pub fn size(&self, (width, height): (u32, u32)) {
        let asked = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", asked);
    }

    /// What the page's clock shows is moved by so much.
    pub fn moves_clock(&self, ms: i64) {
        let source = format!("{{ const real = Date.now; Date.now = () => real() + {ms}; }}");
        self.ask("Page.addScriptToEvaluateOnNewDocument", json!({"source": source}));
    }

    pub fn is_dark(&self) {
        let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        self.ask("Emulation.setEmulatedMedia", dark);
    }

    /// Cuts the page off from the network, or lets it back.
    pub fn offline(&self, offline: bool) {
        let asked = json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.ask("Network.emulateNetworkConditions", asked);
    }

    /// The value of an expression; a promise is waited for.
    pub fn eval(&self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut reply = self.ask("Runtime.evaluate", asked);
        assert!(reply["exceptionDetails"].is_null(), "{expression}: {}", reply["exceptionDetails"]);
        reply["result"]["value"].take()
    }

    pub fn text(&self, selector: &str) -> String {
        let found = self.eval(&format!("document.querySelector({})?.textContent ?? null", json!(selector)));
        found.as_str().unwrap_or_default().trim().to_owned()
    }

    /// Waits until an expression is true.
    pub fn until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let asked = json!({"expression": expression, "returnByValue": true});
            let found = self.send_and_wait(asked);
            if found == Some(Value::Bool(true)) {
                return;
            }
            let what = || self.eval("document.body?.innerText ?? ''");
            assert!(
                Instant::now() < deadline,
                "not so: {expression}\nthe page shows:\n{}\n{:?}",
                what(),
                self.complaints()
            );
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// While a page is left for another there is nothing to ask.
    fn send_and_wait(&self, asked: Value) -> Option<Value> {
        let reply = self.wire.send(Some(&self.session), "Runtime.evaluate", asked).recv_timeout(PATIENCE).ok()?;
        Some(reply["result"]["result"]["value"].clone())
    }

    pub fn until_text(&self, selector: &str, text: &str) {
        self.until(&format!("document.querySelector({})?.textContent.trim() === {}", json!(selector), json!(text)));
    }

    /// A key, pressed and let go.
    pub fn key(&self, key: &str) {
        self.key_with(key, 0);
    }

    pub fn shift_tab(&self) {
        self.key_with("Tab", 8);
    }

    fn key_with(&self, key: &str, modifiers: u32) {
        let code = match key {
            "Enter" => 13,
            "Tab" => 9,
            "Escape" => 27,
            " " => 32,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            letter => u32::from(letter.to_uppercase().as_bytes()[0]),
        };
        let text = match key {
            "Enter" => "\r",
            one if one.chars().count() == 1 => one,
            _ => "",
        };
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let event = json!({"key": key, "text": text, "windowsVirtualKeyCode": code, "modifiers": modifiers});
        for kind in [kind, "keyUp"] {
            let mut event = event.clone();
            event["type"] = kind.into();
            self.ask("Input.dispatchKeyEvent", event);
        }
    }

    pub fn types(&self, text: &str) {
        self.ask("Input.insertText", json!({"text": text}));
    }

    /// Goes from control to control by Tab until this one has the focus.
    pub fn tab_to(&self, selector: &str) {
        for _ in 0..200 {
            if self.eval(&format!("document.activeElement?.matches({}) ?? false", json!(selector))) == Value::Bool(true)
            {
                return;
            }
            self.key("Tab");
        }
        panic!("no way to {selector} by Tab");
    }

    /// A real click of the mouse; `times` 2 is a double click.
    pub fn click(&self, selector: &str, times: u32) {
        let place = self.eval(&format!(
            "(() => {{ const e = document.querySelector({}); e.scrollIntoView({{block: 'center'}});
                const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()",
            json!(selector)
        ));
        for count in 1..=times {
            for kind in ["mousePressed", "mouseReleased"] {
                let event = json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": count});
                self.ask("Input.dispatchMouseEvent", event);
            }
        }
    }

    pub fn picture(&self, file: &Path) {
        let reply = self.ask("Page.captureScreenshot", json!({"format": "png"}));
        std::fs::write(file, from_base64(reply["data"].as_str().unwrap())).unwrap();
    }

    fn heard(&self, method: &str) -> Vec<Value> {
        let heard = self.wire.heard.lock().unwrap();
        let ours =
            heard.iter().filter(|event| event["sessionId"] == self.session.as_str() && event["method"] == method);
        ours.map(|event| event["params"].clone()).collect()
    }

    /// Addresses the page has asked for.
    pub fn requests(&self) -> Vec<String> {
        let sent = self.heard("Network.requestWillBeSent");
        sent.iter().map(|event| event["request"]["url"].as_str().unwrap().to_owned()).collect()
    }

    /// Exceptions nobody caught, and what the security policy has refused.
    pub fn complaints(&self) -> Vec<String> {
        let thrown = self.heard("Runtime.exceptionThrown");
        let mut all: Vec<String> =
            thrown.iter().map(|event| event["exceptionDetails"]["exception"]["description"].to_string()).collect();
        let logged = self.heard("Log.entryAdded");
        let refused = logged.iter().filter(|event| event["entry"]["source"] == "security");
        all.extend(refused.map(|event| event["entry"]["text"].to_string()));
        all
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let sextets: Vec<u8> = text.bytes().filter(|byte| *byte != b'=').map(value).collect();
    let mut bytes = Vec::with_capacity(sextets.len() * 3 / 4);
    for group in sextets.chunks(4) {
        let bits = group.iter().fold(0_u32, |bits, sextet| bits << 6 | u32::from(*sextet)) << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}
