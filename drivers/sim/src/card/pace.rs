//! PACE with generic mapping on elliptic curves, and BAC: the card's side (Doc 9303-11, 4.3 and 4.4).

use num_bigint::BigUint;

use super::apdu::{Command, Response, status};
use super::cipher::{Purpose, Suite};
use super::curve::{Curve, Group, Point};
use super::entropy::Entropy;
use super::person::Person;
use super::secure_messaging::Session;
use super::tlv;

/// PACE with ECDH and generic mapping; the suite is the last number.
const PACE_ECDH_GM: &[u32] = &[0, 4, 0, 127, 0, 7, 2, 2, 4, 2];

/// How the card draws its random values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chance {
    /// As they come.
    Fair,
    /// Nonces, coordinates, secrets and counters begin with a zero byte, in turns: the values that come once in 256
    /// talks and break readers that drop leading zeros.
    LeadingZeros,
}

/// Passwords and parameters that a terminal can open the card with.
#[derive(Debug, Clone)]
pub struct PaceTerms {
    /// The curve.
    pub curve: Curve,
    /// The ciphers.
    pub suite: Suite,
    /// The card access number in force.
    pub can: String,
    /// SHA-1 of the MRZ information.
    pub mrz_digest: Vec<u8>,
    /// How values are drawn.
    pub chance: Chance,
}

/// The object identifier of PACE with a suite.
#[must_use]
pub fn pace_oid(suite: Suite) -> Vec<u8> {
    tlv::oid(&[PACE_ECDH_GM, &[suite_number(suite)]].concat())
}

/// The last number of PACE's and Chip Authentication's identifiers.
#[must_use]
pub const fn suite_number(suite: Suite) -> u32 {
    match suite {
        Suite::TripleDes => 1,
        Suite::Aes128 => 2,
        Suite::Aes192 => 3,
        Suite::Aes256 => 4,
    }
}

/// How far a terminal has come.
#[derive(Debug)]
enum Step {
    Chosen,
    NonceGiven { nonce: Vec<u8> },
    Mapped { generator: Point },
    Agreed { keys: Agreed },
}

#[derive(Debug)]
struct Agreed {
    mac_key: Vec<u8>,
    session: Session,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

/// One run of PACE.
#[derive(Debug)]
pub struct Pace {
    terms: PaceTerms,
    group: Group,
    password_key: Vec<u8>,
    step: Step,
}

/// What a step of PACE came to.
#[derive(Debug)]
pub enum Outcome {
    /// Go on with this answer.
    Answer(Response),
    /// The last answer, in the clear, and the talk that follows.
    Opened(Response, Box<Session>),
}

impl Pace {
    /// MSE:Set AT for PACE.
    ///
    /// # Errors
    /// The status word: an unknown protocol, an unknown password, other parameters.
    pub fn choose(terms: &PaceTerms, data: &[u8]) -> Result<Self, u16> {
        let protocol = tlv::find(data, 0x80).ok_or(status::WRONG_DATA)?;
        if pace_oid(terms.suite).get(2..) != Some(protocol) {
            return Err(status::WRONG_DATA);
        }
        let password = match tlv::find(data, 0x83) {
            Some([1]) => terms.mrz_digest.clone(),
            Some([2]) => terms.can.clone().into_bytes(),
            Some(_) | None => return Err(status::REFERENCE_NOT_FOUND),
        };
        if tlv::find(data, 0x84).is_some_and(|parameter| parameter != [terms.curve.parameter()]) {
            return Err(status::REFERENCE_NOT_FOUND);
        }
        let password_key = terms.suite.derive(&password, Purpose::Password);
        Ok(Self { terms: terms.clone(), group: terms.curve.group(), password_key, step: Step::Chosen })
    }

    /// GENERAL AUTHENTICATE.
    ///
    /// # Errors
    /// The status word; the run is over then.
    pub fn step(&mut self, command: &Command, entropy: &mut Entropy) -> Result<Outcome, u16> {
        let data = tlv::find(&command.data, 0x7C).ok_or(status::WRONG_DATA)?;
        match std::mem::replace(&mut self.step, Step::Chosen) {
            Step::Chosen if data.is_empty() => Ok(self.give_nonce(entropy)),
            Step::Chosen => Err(status::CONDITIONS_NOT_SATISFIED),
            Step::NonceGiven { nonce } => self.map(&nonce, data, entropy),
            Step::Mapped { generator } => self.agree(&generator, data, entropy),
            Step::Agreed { keys } => self.confirm(keys, data),
        }
    }

    fn give_nonce(&mut self, entropy: &mut Entropy) -> Outcome {
        let block = self.terms.suite.block();
        // The smallest multiple of the block that is no shorter than the key (Doc 9303-11, 4.4.3.3).
        let mut nonce = entropy.bytes(self.password_key.len().next_multiple_of(block));
        if self.terms.chance == Chance::LeadingZeros {
            nonce.iter_mut().take(1).for_each(|byte| *byte = 0);
        }
        let hidden = self.terms.suite.encrypt(&self.password_key, &vec![0; block], &nonce);
        self.step = Step::NonceGiven { nonce };
        Outcome::Answer(dynamic(0x80, &hidden))
    }

    fn map(&mut self, nonce: &[u8], data: &[u8], entropy: &mut Entropy) -> Result<Outcome, u16> {
        let theirs = self.point(data, 0x81)?;
        let (secret, ours) = self.draw(&self.group.generator(), entropy);
        let shared = self.group.multiply(&secret, &theirs);
        let moved = self.group.multiply(&BigUint::from_bytes_be(nonce), &self.group.generator());
        let generator = self.group.add(&moved, &shared);
        self.step = Step::Mapped { generator };
        Ok(Outcome::Answer(dynamic(0x82, &self.group.encode(&ours))))
    }

    fn agree(&mut self, generator: &Point, data: &[u8], entropy: &mut Entropy) -> Result<Outcome, u16> {
        let theirs = self.point(data, 0x83)?;
        // In turns a public key or a shared secret that begins with zero.
        let rare_secret = entropy.bytes(1).first().is_some_and(|byte| byte % 2 == 0);
        let (secret, _) = self.draw(if rare_secret { &theirs } else { generator }, entropy);
        let ours = self.group.encode(&self.group.multiply(&secret, generator));
        let theirs_bytes = self.group.encode(&theirs);
        if ours == theirs_bytes {
            return Err(status::AUTHENTICATION_FAILED);
        }
        let shared = self.group.x_bytes(&self.group.multiply(&secret, &theirs));
        let mac_key = self.terms.suite.derive(&shared, Purpose::Authenticate);
        let session = Session::from_zero(self.terms.suite, &shared);
        let answer = dynamic(0x84, &ours);
        self.step = Step::Agreed { keys: Agreed { mac_key, session, ours, theirs: theirs_bytes } };
        Ok(Outcome::Answer(answer))
    }

    fn confirm(&self, keys: Agreed, data: &[u8]) -> Result<Outcome, u16> {
        let token = |point: &[u8]| self.terms.suite.token(&keys.mac_key, &self.token_input(point));
        if tlv::find(data, 0x85) != Some(&token(&keys.ours)) {
            return Err(status::AUTHENTICATION_FAILED);
        }
        Ok(Outcome::Opened(dynamic(0x86, &token(&keys.theirs)), Box::new(keys.session)))
    }

    /// `7F49` around the protocol and a public key (Doc 9303-11, 4.4.3.4).
    fn token_input(&self, point: &[u8]) -> Vec<u8> {
        tlv::tlv_of(0x7F49, &[&pace_oid(self.terms.suite), &tlv::tlv(0x86, point)])
    }

    fn point(&self, data: &[u8], tag: u32) -> Result<Point, u16> {
        let bytes = tlv::find(data, tag).ok_or(status::WRONG_DATA)?;
        self.group.decode(bytes).ok_or(status::AUTHENTICATION_FAILED)
    }

    /// A secret, and that many times `base`. By [`Chance::LeadingZeros`] the first from a random start whose multiple
    /// begins with a zero byte.
    fn draw(&self, base: &Point, entropy: &mut Entropy) -> (BigUint, Point) {
        let mut secret = entropy.number(&self.group.order);
        let mut point = self.group.multiply(&secret, base);
        // P-521 begins with seven zero bits anyway, and often with eight.
        while self.terms.chance == Chance::LeadingZeros && self.group.x_bytes(&point).first() != Some(&0) {
            secret += 1u8;
            point = self.group.add(&point, base);
        }
        (secret, point)
    }
}

fn dynamic(tag: u32, content: &[u8]) -> Response {
    Response::done(tlv::tlv(0x7C, &tlv::tlv(tag, content)))
}

/// Bytes of a challenge.
const CHALLENGE_BYTES: usize = 8;

/// Bytes of a key half.
const KEY_HALF_BYTES: usize = 16;

/// GET CHALLENGE.
pub fn challenge(chance: Chance, entropy: &mut Entropy) -> Vec<u8> {
    let mut drawn = entropy.bytes(CHALLENGE_BYTES);
    if chance == Chance::LeadingZeros {
        // The first byte, and the one that the send sequence counter begins with.
        drawn.iter_mut().step_by(4).for_each(|byte| *byte = 0);
    }
    drawn
}

/// EXTERNAL AUTHENTICATE of BAC; the answer is in the clear, and the talk follows.
///
/// # Errors
/// The status word.
pub fn bac(
    person: &Person,
    challenge: &[u8],
    data: &[u8],
    chance: Chance,
    entropy: &mut Entropy,
) -> Result<(Response, Session), u16> {
    let suite = Suite::TripleDes;
    let digest = person.mrz_digest();
    let seed = digest.get(..KEY_HALF_BYTES).unwrap_or_default();
    let (encrypt_key, mac_key) = (suite.derive(seed, Purpose::Encrypt), suite.derive(seed, Purpose::Authenticate));
    let (secret, mac) = data.split_at_checked(2 * KEY_HALF_BYTES).ok_or(status::WRONG_LENGTH)?;
    if suite.token(&mac_key, secret) != mac {
        return Err(status::AUTHENTICATION_FAILED);
    }
    let opened = suite.decrypt(&encrypt_key, &[0; 8], secret);
    let (their_challenge, rest) = opened.split_at_checked(CHALLENGE_BYTES).ok_or(status::WRONG_LENGTH)?;
    let (ours_back, their_half) = rest.split_at_checked(CHALLENGE_BYTES).ok_or(status::WRONG_LENGTH)?;
    if ours_back != challenge {
        return Err(status::AUTHENTICATION_FAILED);
    }
    let mut half = entropy.bytes(KEY_HALF_BYTES);
    if chance == Chance::LeadingZeros {
        // The same first byte on both sides makes a shared seed that begins with zero.
        half.iter_mut().zip(their_half).take(1).for_each(|(ours, theirs)| *ours = *theirs);
    }
    let answer = suite.encrypt(&encrypt_key, &[0; 8], &[challenge, their_challenge, &half].concat());
    let tag = suite.token(&mac_key, &answer);
    let shared: Vec<u8> = half.iter().zip(their_half).map(|(one, other)| one ^ other).collect();
    let counter = [challenge.get(4..).unwrap_or_default(), their_challenge.get(4..).unwrap_or_default()].concat();
    Ok((Response::done([answer, tag].concat()), Session::new(suite, &shared, counter)))
}
