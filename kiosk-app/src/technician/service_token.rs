//! A signed service token: opens the service mode in the hospital's name, without the PIN.
//!
//! `TDS1.` payload `.` signature, both in base64url without padding; the payload is JSON and the signature is Ed25519
//! (RFC 8032) over everything before its point. `kioskctl token` makes them. A token is for named kiosks, holds for at most
//! [`LIFE_MAX_S`], and opens each kiosk a few times only: whoever photographs it soon has nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{failed, write_private};
use crate::calendar;

/// What each token begins with.
pub const PREFIX: &str = "TDS1.";
/// Longest token, in characters: less than a scanner reads.
const TOKEN_CHARS_MAX: usize = 900;
/// Longest life of a token, in seconds: a week.
const LIFE_MAX_S: i64 = 7 * 86_400;
/// Most times a token opens one kiosk.
const USES_MAX: u8 = 20;
/// Tokens whose uses are remembered. One more is refused until one of them has ended.
const REMEMBERED_MAX: usize = 256;
/// How far the clocks of a kiosk and of whoever signs may be apart, in seconds.
const CLOCKS_APART_S: i64 = 300;
/// In the state's folder: how often each token that still holds has opened this kiosk.
const FILE: &str = "service.tokens";
/// In place of a kiosk's id: every kiosk of the hospital.
const EVERY_KIOSK: &str = "*";

/// Whom the hospital trusts to sign, as the file says that the configuration names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trust {
    /// Ed25519 public keys, 64 hexadecimal digits each.
    keys: Vec<String>,
    /// Ids of tokens that hold no longer.
    #[serde(default)]
    revoked: Vec<String>,
}

/// What a token says. Its times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    id: String,
    /// Whom it was given to, for the log.
    who: String,
    kiosks: Vec<String>,
    from: i64,
    until: i64,
    uses: u8,
}

/// Uses of tokens, as they are on the disk.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Uses {
    /// The latest time at which a token was taken: a clock that was set back gives none of them a second life.
    seen: i64,
    /// Until when and how often, by id.
    tokens: BTreeMap<String, (i64, u8)>,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// It is another code.
    #[error("no service token")]
    NoToken,
    /// The configuration names nobody, or the file cannot be read.
    #[error("nobody is trusted to sign service tokens")]
    NobodyTrusted,
    /// No trusted key has signed it.
    #[error("no trusted key has signed the token")]
    Signature,
    /// It says something no token may say.
    #[error("the token holds too long or too often, or lacks something")]
    Terms,
    /// Not for this kiosk.
    #[error("the token is for other kiosks")]
    OtherKiosk,
    /// Its time has not come.
    #[error("the token does not hold yet")]
    Early,
    /// Its time is over.
    #[error("the token holds no longer")]
    Late,
    /// The clock of this kiosk was never set.
    #[error("the kiosk does not know the time")]
    NoClock,
    /// It was taken back.
    #[error("the token was revoked")]
    Revoked,
    /// It has opened this kiosk as often as it may.
    #[error("the token was used as often as it may")]
    UsedUp,
    /// What was used cannot be remembered.
    #[error("uses of tokens cannot be kept")]
    NotKept,
}

impl TokenRefusal {
    /// For programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::NobodyTrusted => "nobody_trusted",
            Self::Signature => "signature",
            Self::Terms => "terms",
            Self::OtherKiosk => "other_kiosk",
            Self::Early => "early",
            Self::Late => "late",
            Self::NoClock => "no_clock",
            Self::Revoked => "revoked",
            Self::UsedUp => "used_up",
            Self::NotKept => "not_kept",
        }
    }
}

/// Where tokens are checked.
#[derive(Debug, Clone)]
pub struct TokenDesk {
    kiosk: String,
    trust: Option<PathBuf>,
    uses: PathBuf,
}

impl TokenDesk {
    /// At `kiosk`, by the file `trust`, with what was used in `state_dir`.
    #[must_use]
    pub fn new(kiosk: &str, trust: Option<&Path>, state_dir: &Path) -> Self {
        Self { kiosk: kiosk.to_owned(), trust: trust.map(Path::to_owned), uses: state_dir.join(FILE) }
    }

    /// Whether a token opens this kiosk now; it is not used up by that.
    #[must_use]
    pub fn check(&self, token: &str) -> Value {
        match self.verified(token, now()).and_then(|(payload, now)| self.counted(&payload, now).map(|_| payload)) {
            Ok(payload) => json!({ "ok": true, "id": payload.id, "who": payload.who, "until": payload.until }),
            Err(refusal) => failed(refusal.code()),
        }
    }

    /// Uses a token once. What it was used for is on the disk before the answer.
    ///
    /// # Errors
    /// [`TokenRefusal`]: it opens nothing.
    pub fn admit(&self, token: &str) -> Result<(), TokenRefusal> {
        self.admit_at(token, now())
    }

    fn admit_at(&self, token: &str, now: Option<i64>) -> Result<(), TokenRefusal> {
        let (payload, now) = self.verified(token, now)?;
        let uses = self.counted(&payload, now)?;
        let text = serde_json::to_string(&uses).map_err(|_| TokenRefusal::NotKept)?;
        write_private(&self.uses, text.as_bytes()).map_err(|_| TokenRefusal::NotKept)?;
        tracing::info!(id = payload.id, who = payload.who, "service token");
        Ok(())
    }

    fn verified(&self, token: &str, now: Option<i64>) -> Result<(Payload, i64), TokenRefusal> {
        let token = token.trim();
        if token.len() > TOKEN_CHARS_MAX || !token.starts_with(PREFIX) {
            return Err(TokenRefusal::NoToken);
        }
        let trust = self.trust().ok_or(TokenRefusal::NobodyTrusted)?;
        let payload = signed(token, &trust.keys)?;
        let now = now.ok_or(TokenRefusal::NoClock)?;
        let fits = payload.until.checked_sub(payload.from).is_some_and(|life| (1..=LIFE_MAX_S).contains(&life))
            && (1..=USES_MAX).contains(&payload.uses)
            && !payload.id.is_empty();
        if !fits {
            return Err(TokenRefusal::Terms);
        }
        if trust.revoked.contains(&payload.id) {
            return Err(TokenRefusal::Revoked);
        }
        if !payload.kiosks.iter().any(|kiosk| *kiosk == self.kiosk || kiosk == EVERY_KIOSK) {
            return Err(TokenRefusal::OtherKiosk);
        }
        if now.saturating_add(CLOCKS_APART_S) < payload.from {
            return Err(TokenRefusal::Early);
        }
        Ok((payload, now))
    }

    /// The uses with one more of this token.
    fn counted(&self, payload: &Payload, now: i64) -> Result<Uses, TokenRefusal> {
        let mut uses = match fs::read_to_string(&self.uses) {
            // What cannot be read may hold uses: nothing is opened rather than once too often.
            Ok(text) => serde_json::from_str::<Uses>(&text).map_err(|_| TokenRefusal::NotKept)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Uses::default(),
            Err(_) => return Err(TokenRefusal::NotKept),
        };
        let now = now.max(uses.seen);
        if payload.until <= now {
            return Err(TokenRefusal::Late);
        }
        uses.tokens.retain(|_, (until, _)| *until > now);
        let is_known = uses.tokens.contains_key(&payload.id);
        if !is_known && uses.tokens.len() >= REMEMBERED_MAX {
            return Err(TokenRefusal::NotKept);
        }
        let (until, used) = uses.tokens.entry(payload.id.clone()).or_insert((payload.until, 0));
        if *used >= payload.uses {
            return Err(TokenRefusal::UsedUp);
        }
        (*until, *used) = (payload.until.max(*until), *used + 1);
        uses.seen = now;
        Ok(uses)
    }

    /// Read at each token, so that a revocation needs no restart.
    fn trust(&self) -> Option<Trust> {
        let path = self.trust.as_ref()?;
        let read = crate::config::bounded_text(path);
        match read.and_then(|text| toml::from_str::<Trust>(&text).map_err(|error| error.message().to_owned())) {
            Ok(trust) => Some(trust),
            Err(error) => {
                tracing::warn!("service tokens are not taken: {error}");
                None
            }
        }
    }
}

/// Whether the file of those who are trusted can be read.
///
/// # Errors
/// What is wrong with it.
pub fn check_trust(path: &Path) -> Result<(), String> {
    let trust: Trust =
        toml::from_str(&crate::config::bounded_text(path)?).map_err(|error| error.message().to_owned())?;
    match trust.keys.iter().position(|key| public_key(key).is_none()) {
        Some(at) => Err(format!("{}: key {} has not 64 hexadecimal digits", path.display(), at + 1)),
        None => Ok(()),
    }
}

fn now() -> Option<i64> {
    calendar::today().map(|_| Timestamp::now().as_second())
}

/// The payload of a token that one of `keys` has signed.
fn signed(token: &str, keys: &[String]) -> Result<Payload, TokenRefusal> {
    let (text, signature) = token.rsplit_once('.').ok_or(TokenRefusal::NoToken)?;
    let payload = text.strip_prefix(PREFIX).ok_or(TokenRefusal::NoToken)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenRefusal::NoToken)?;
    let keys = keys.iter().filter_map(|key| public_key(key));
    let verifies = |key: [u8; 32]| UnparsedPublicKey::new(&ED25519, key).verify(text.as_bytes(), &signature).is_ok();
    if !keys.into_iter().any(verifies) {
        return Err(TokenRefusal::Signature);
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenRefusal::Terms)?;
    serde_json::from_slice(&payload).map_err(|_| TokenRefusal::Terms)
}

fn public_key(hex: &str) -> Option<[u8; 32]> {
    let (pairs, []) = hex.as_bytes().as_chunks::<2>() else { return None };
    let mut key = [0; 32];
    if pairs.len() != key.len() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(pairs) {
        let text = std::str::from_utf8(pair).ok().filter(|text| text.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(text, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    const NOW: i64 = 1_795_420_800;

    struct Bench {
        dir: tempfile::TempDir,
        pair: Ed25519KeyPair,
    }

    fn pair() -> Ed25519KeyPair {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap()
    }

    fn hex(pair: &Ed25519KeyPair) -> String {
        pair.public_key().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn signed_by(pair: &Ed25519KeyPair, payload: &Payload) -> String {
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(serde_json::to_string(payload).unwrap()));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(text.as_bytes()));
        format!("{text}.{signature}")
    }

    impl Bench {
        fn new() -> Self {
            let bench = Self { dir: tempfile::tempdir().unwrap(), pair: pair() };
            bench.trusts(&[]);
            bench
        }

        fn trusts(&self, revoked: &[&str]) {
            let text = format!("keys = [{:?}, {:?}]\nrevoked = {revoked:?}\n", hex(&pair()), hex(&self.pair));
            fs::write(self.dir.path().join("trust.toml"), text).unwrap();
        }

        fn desk(&self, kiosk: &str) -> TokenDesk {
            TokenDesk::new(kiosk, Some(&self.dir.path().join("trust.toml")), self.dir.path())
        }

        fn token(&self, change: impl FnOnce(&mut Payload)) -> String {
            let mut payload = Payload {
                id: "9f2c".into(),
                who: "Kỹ thuật viên Mẫu".into(),
                kiosks: vec!["k1".into(), "k2".into()],
                from: NOW - 60,
                until: NOW + 3_600,
                uses: 2,
            };
            change(&mut payload);
            signed_by(&self.pair, &payload)
        }
    }

    #[test]
    fn a_token_opens_as_often_as_it_says_over_restarts_and_never_after_its_end() {
        let bench = Bench::new();
        let token = bench.token(|_| {});
        assert!(token.len() < TOKEN_CHARS_MAX / 2, "{} characters are easy to read from a phone", token.len());
        for expected in [Ok(()), Ok(()), Err(TokenRefusal::UsedUp)] {
            assert_eq!(bench.desk("k1").admit_at(&token, Some(NOW)), expected);
        }
        assert_eq!(bench.desk("k1").admit_at(&token, Some(NOW + 3_600)), Err(TokenRefusal::Late));
        let other = bench.token(|payload| payload.id = "77aa".into());
        assert_eq!(bench.desk("k2").admit_at(&other, Some(NOW + 3_599)), Ok(()));
        assert_eq!(
            bench.desk("k1").admit_at(&token, Some(NOW)),
            Err(TokenRefusal::UsedUp),
            "a clock that was set back"
        );
    }

    #[test]
    fn a_token_that_was_used_up_and_forgotten_has_no_second_life_by_a_clock_set_back() {
        let bench = Bench::new();
        let desk = bench.desk("k1");
        let short = bench.token(|payload| (payload.uses, payload.until) = (1, NOW + 10));
        assert_eq!(desk.admit_at(&short, Some(NOW)), Ok(()));
        let later = bench.token(|payload| payload.id = "77aa".into());
        assert_eq!(desk.admit_at(&later, Some(NOW + 20)), Ok(()));
        assert_eq!(desk.admit_at(&short, Some(NOW)), Err(TokenRefusal::Late));
    }

    #[test]
    fn each_other_token_is_refused_for_its_own_reason() {
        let bench = Bench::new();
        let desk = bench.desk("k1");
        let stranger = pair();
        let mut payload: Payload = signed(&bench.token(|_| {}), &[hex(&bench.pair)]).unwrap();
        payload.uses = 1;
        for (token, expected) in [
            ("VN0123456789|x".to_owned(), TokenRefusal::NoToken),
            (bench.token(|payload| payload.kiosks = vec!["k9".into()]), TokenRefusal::OtherKiosk),
            (bench.token(|payload| payload.from = NOW + 301), TokenRefusal::Early),
            (bench.token(|payload| payload.until = NOW), TokenRefusal::Late),
            (bench.token(|payload| payload.until = NOW + 8 * 86_400), TokenRefusal::Terms),
            (bench.token(|payload| payload.uses = 0), TokenRefusal::Terms),
            (bench.token(|payload| payload.uses = 21), TokenRefusal::Terms),
            (signed_by(&stranger, &payload), TokenRefusal::Signature),
            (format!("{PREFIX}e30.AAAA"), TokenRefusal::Signature),
        ] {
            assert_eq!(desk.admit_at(&token, Some(NOW)), Err(expected), "{token}");
        }
        assert_eq!(desk.admit_at(&bench.token(|_| {}), None), Err(TokenRefusal::NoClock));
        let any = bench.token(|payload| payload.kiosks = vec!["*".into()]);
        assert_eq!(desk.admit_at(&any, Some(NOW)), Ok(()));
        bench.trusts(&["9f2c"]);
        assert_eq!(desk.admit_at(&any, Some(NOW)), Err(TokenRefusal::Revoked), "without a restart");
        let nobody = TokenDesk::new("k1", None, bench.dir.path());
        assert_eq!(nobody.admit_at(&any, Some(NOW)), Err(TokenRefusal::NobodyTrusted));
    }

    #[test]
    fn one_changed_character_anywhere_breaks_a_token() {
        let bench = Bench::new();
        let (token, desk) = (bench.token(|payload| payload.uses = 20), bench.desk("k1"));
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(desk.admit_at(&changed, Some(NOW)).is_err(), "{at}");
        }
    }

    #[test]
    fn uses_that_cannot_be_read_open_nothing() {
        let bench = Bench::new();
        fs::write(bench.dir.path().join(FILE), "{").unwrap();
        assert_eq!(bench.desk("k1").admit_at(&bench.token(|_| {}), Some(NOW)), Err(TokenRefusal::NotKept));
    }

    #[test]
    fn a_file_of_trust_is_checked_before_it_is_needed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trust.toml");
        for (text, is_fine) in [
            (format!("keys = [{:?}]", "ab".repeat(32)), true),
            ("keys = [\"ab\"]".to_owned(), false),
            (format!("keys = [{:?}]", "+a".repeat(32)), false),
            ("key = []".to_owned(), false),
        ] {
            fs::write(&path, &text).unwrap();
            assert_eq!(check_trust(&path).is_ok(), is_fine, "{text}");
        }
    }
}
