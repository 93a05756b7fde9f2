//! A card for the tests of this crate: enough of a chip to be read, and levers for what cards do wrong.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use kiosk_hal::link::{ApduLink, LinkError};
use kiosk_hal::uptime::Uptime;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

use crate::access::pace::{PacePassword, SessionKeys};
use crate::can::Can;
use crate::crypto::agreement::{Domain, KeyPair};
use crate::crypto::cipher::{CipherSuite, KeyUse, SecretKey, pad, unpad};
use crate::mrz::MrzKey;
use crate::test_document::Issued;
use crate::tlv::{Reader, encode};
use crate::vectors::{SeededRng, hex};

pub(crate) const CARD_ACCESS: &str = "3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A\
    04007F0007020204020202010202010D";
const PACE_OID: [u8; 10] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02];

/// Where EF.CardAccess is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardAccess {
    MasterFile,
    Application,
    Nowhere,
}

/// What the card does with extended commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extended {
    /// Answers with at most this many bytes of a file.
    Works(usize),
    /// Refuses within the channel.
    Refuses,
    /// Breaks the channel off.
    BreaksOff,
}

#[derive(Clone)]
pub(crate) struct Levers {
    pub(crate) card_access: CardAccess,
    pub(crate) pace: bool,
    pub(crate) short_identifiers: bool,
    /// Refuses to be asked for more than a file has.
    pub(crate) exact_lengths: bool,
    pub(crate) extended: Extended,
    /// From this command on the card is gone.
    pub(crate) pulled_out_at: usize,
    /// The answer to this command is that.
    pub(crate) answer_at: Option<(usize, Vec<u8>)>,
}

impl Default for Levers {
    fn default() -> Self {
        Self {
            card_access: CardAccess::MasterFile,
            pace: true,
            short_identifiers: true,
            exact_lengths: false,
            extended: Extended::Refuses,
            pulled_out_at: usize::MAX,
            answer_at: None,
        }
    }
}

struct Channel {
    encryption: SecretKey,
    mac: SecretKey,
    counter: u128,
    suite: CipherSuite,
}

#[derive(Default)]
struct Pace {
    key: Option<SecretKey>,
    nonce: Vec<u8>,
    generator: Vec<u8>,
    shared: Vec<u8>,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

pub(crate) struct Card {
    pub(crate) issued: Issued,
    pub(crate) levers: Levers,
    pub(crate) commands: usize,
    pub(crate) can: Can,
    pub(crate) mrz: MrzKey,
    rng: SeededRng,
    channel: Option<Channel>,
    next_channel: Option<Channel>,
    pace: Pace,
    pub(crate) challenge: Vec<u8>,
    in_application: bool,
    selected: Option<[u8; 2]>,
}

/// A command as the card sees it.
struct Request {
    ins: u8,
    p1: u8,
    p2: u8,
    data: Vec<u8>,
    ne: Option<usize>,
    extended: bool,
}

fn domain() -> Domain {
    Domain::standardised(13).unwrap()
}

impl Card {
    pub(crate) fn new(issued: Issued, can: Can, mrz: MrzKey, levers: Levers) -> Self {
        Self {
            issued,
            levers,
            commands: 0,
            can,
            mrz,
            rng: SeededRng(1 << 32),
            channel: None,
            next_channel: None,
            pace: Pace::default(),
            challenge: Vec::new(),
            in_application: false,
            selected: None,
        }
    }

    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        let outer = parse(command);
        if command[0] & 0x0C == 0 {
            self.channel = None;
            return self.handle(&outer);
        }
        let Some(channel) = &mut self.channel else { return vec![0x69, 0x88] };
        let Some(request) = channel.open(command, &outer) else {
            self.channel = None;
            return vec![0x69, 0x88];
        };
        if outer.extended && self.levers.extended == Extended::BreaksOff {
            self.channel = None;
            return vec![0x67, 0x00];
        }
        let plain = self.handle(&request);
        let answer = self.channel.as_mut().unwrap().protect(&plain);
        if let Some(next) = self.next_channel.take() {
            self.channel = Some(next);
        }
        answer
    }

    fn handle(&mut self, request: &Request) -> Vec<u8> {
        match (request.ins, request.p1, request.p2) {
            (0xA4, 0x00, _) => vec![0x6D, 0x00],
            (0xA4, 0x04, _) => {
                self.in_application = true;
                vec![0x90, 0x00]
            }
            (0xA4, 0x02, _) => self.select(request.data[..].try_into().unwrap()),
            (0xB0 | 0xB1, _, _) => self.read(request),
            (0x22, 0xC1, _) => self.begin_pace(&request.data),
            (0x22, 0x41, 0xA4) => vec![0x90, 0x00],
            (0x86, _, _) if self.channel.is_some() => self.authenticate_chip(&request.data),
            (0x86, _, _) => self.go_on_with_pace(&request.data),
            (0x84, _, _) => {
                self.challenge = vec![0; 8];
                rand_core::Rng::fill_bytes(&mut self.rng, &mut self.challenge);
                [&self.challenge[..], &[0x90, 0x00]].concat()
            }
            (0x82, _, _) => self.authenticate_by_bac(&request.data),
            (0x88, _, _) => {
                let key = SigningKey::from_slice(&self.issued.signing_key).unwrap();
                let signature: Signature = key.sign(&request.data);
                [&signature.to_bytes()[..], &[0x90, 0x00]].concat()
            }
            _ => vec![0x6D, 0x00],
        }
    }

    /// A file, if it may be read now.
    fn file(&self, identifier: [u8; 2]) -> Result<Vec<u8>, [u8; 2]> {
        if identifier == [0x01, 0x1C] {
            let here = match self.levers.card_access {
                CardAccess::MasterFile => true,
                CardAccess::Application => self.in_application,
                CardAccess::Nowhere => false,
            };
            return if here { Ok(hex(CARD_ACCESS)) } else { Err([0x6A, 0x82]) };
        }
        let file = self.issued.files.get(&identifier).ok_or([0x6A, 0x82])?;
        if self.channel.is_some() { Ok(file.clone()) } else { Err([0x69, 0x82]) }
    }

    fn select(&mut self, identifier: [u8; 2]) -> Vec<u8> {
        match self.file(identifier) {
            Ok(_) => {
                self.selected = Some(identifier);
                vec![0x90, 0x00]
            }
            Err(status) => status.to_vec(),
        }
    }

    fn read(&mut self, request: &Request) -> Vec<u8> {
        if request.extended && self.levers.extended == Extended::Refuses {
            return vec![0x67, 0x00];
        }
        let offset = if request.ins == 0xB1 {
            let offset = Reader::only(&request.data, 0x54).unwrap().value;
            offset.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
        } else if request.p1 & 0x80 != 0 {
            if !self.levers.short_identifiers {
                return vec![0x6A, 0x86];
            }
            self.selected = Some([0x01, request.p1 & 0x1F]);
            usize::from(request.p2)
        } else {
            usize::from(request.p1) << 8 | usize::from(request.p2)
        };
        let file = match self.selected.map(|identifier| self.file(identifier)) {
            Some(Ok(file)) => file,
            Some(Err(status)) => return status.to_vec(),
            None => return vec![0x69, 0x86],
        };
        self.read_part(&file, offset, request)
    }

    fn read_part(&self, file: &[u8], offset: usize, request: &Request) -> Vec<u8> {
        let Some(rest) = file.get(offset..) else { return vec![0x6B, 0x00] };
        let overhead = if request.ins == 0xB1 { 4 } else { 0 };
        let most = match (request.extended, self.levers.extended) {
            (true, Extended::Works(most)) => most,
            (true | false, _) => {
                if self.channel.is_some() {
                    223
                } else {
                    256
                }
            }
        };
        let ne = request.ne.unwrap();
        if self.levers.exact_lengths && ne > rest.len() {
            return vec![0x67, 0x00];
        }
        let part = &rest[..ne.min(most).saturating_sub(overhead).min(rest.len())];
        let data = if request.ins == 0xB1 { encode(0x53, part) } else { part.to_vec() };
        [data, vec![0x90, 0x00]].concat()
    }

    fn begin_pace(&mut self, data: &[u8]) -> Vec<u8> {
        if !self.levers.pace {
            return vec![0x6A, 0x80];
        }
        let reference = Reader::find(data, 0x83).unwrap().unwrap().value;
        let password = if reference == [2] { PacePassword::Can(&self.can) } else { PacePassword::Mrz(&self.mrz) };
        self.pace = Pace { key: Some(password.key(CipherSuite::Aes128)), ..Pace::default() };
        vec![0x90, 0x00]
    }

    fn go_on_with_pace(&mut self, data: &[u8]) -> Vec<u8> {
        let template = Reader::only(data, 0x7C).unwrap().value;
        let Some(object) = (!template.is_empty()).then(|| Reader::new(template).next().unwrap()) else {
            self.pace.nonce = vec![0; 16];
            rand_core::Rng::fill_bytes(&mut self.rng, &mut self.pace.nonce);
            let Some(key) = &self.pace.key else { return vec![0x69, 0x85] };
            return dynamic(0x80, &key.encrypt(&[0; 16], &self.pace.nonce).unwrap());
        };
        match object.tag {
            0x81 if self.pace.nonce.is_empty() => vec![0x69, 0x85],
            0x83 if self.pace.generator.is_empty() => vec![0x69, 0x85],
            0x81 => {
                let (ours, shared) = self.agree(&domain().generator().unwrap(), object.value);
                self.pace.generator = domain().map(&self.pace.nonce, &shared).unwrap();
                dynamic(0x82, &ours.public)
            }
            0x83 => {
                let generator = self.pace.generator.clone();
                let (ours, shared) = self.agree(&generator, object.value);
                self.pace.shared = shared;
                self.pace.theirs = object.value.to_vec();
                self.pace.ours.clone_from(&ours.public);
                dynamic(0x84, &ours.public)
            }
            _ => self.end_pace(object.value),
        }
    }

    fn agree(&mut self, generator: &[u8], theirs: &[u8]) -> (KeyPair, Vec<u8>) {
        let ours = domain().key_pair(generator, &mut self.rng).unwrap();
        let shared = domain().agree(&ours.secret, theirs).unwrap().to_vec();
        (ours, shared)
    }

    fn end_pace(&mut self, token: &[u8]) -> Vec<u8> {
        if self.pace.shared.is_empty() {
            return vec![0x69, 0x85];
        }
        let keys = SessionKeys::derive(domain(), CipherSuite::Aes128, &self.pace.shared);
        if keys.token(&PACE_OID, domain(), &self.pace.ours).unwrap() != token {
            return vec![0x63, 0x00];
        }
        let answer = dynamic(0x86, &keys.token(&PACE_OID, domain(), &self.pace.theirs).unwrap());
        let suite = CipherSuite::Aes128;
        self.channel = Some(Channel { encryption: keys.encryption, mac: keys.mac, counter: 0, suite });
        answer
    }

    fn authenticate_by_bac(&mut self, token: &[u8]) -> Vec<u8> {
        let suite = CipherSuite::TripleDes;
        let key = |purpose| SecretKey::derive(suite, &self.mrz.seed()[..16], purpose);
        let (encryption, mac) = (key(KeyUse::Encryption), key(KeyUse::Mac));
        if mac.mac(&[&token[..32]]).unwrap() != token[32..] {
            return vec![0x63, 0x00];
        }
        let plain = encryption.decrypt(&[0; 8], &token[..32]).unwrap();
        let half = [9; 16];
        let answer = encryption.encrypt(&[0; 8], &[&self.challenge, &plain[..8], &half].concat()).unwrap();
        let seed: Vec<u8> = plain[16..].iter().zip(half).map(|(a, b)| a ^ b).collect();
        let counter = [&[0; 8][..], &self.challenge[4..], &plain[4..8]].concat();
        let answer = [&answer[..], &mac.mac(&[&answer]).unwrap(), &[0x90, 0x00]].concat();
        self.channel = Some(Channel {
            encryption: SecretKey::derive(suite, &seed, KeyUse::Encryption),
            mac: SecretKey::derive(suite, &seed, KeyUse::Mac),
            counter: u128::from_be_bytes(counter.try_into().unwrap()),
            suite,
        });
        answer
    }

    fn authenticate_chip(&mut self, data: &[u8]) -> Vec<u8> {
        let theirs = Reader::find(Reader::only(data, 0x7C).unwrap().value, 0x80).unwrap().unwrap();
        let shared = domain().agree(&self.issued.agreement_key, theirs.value).unwrap();
        let secret = domain().secret_of(&shared);
        let suite = CipherSuite::Aes128;
        let key = |purpose| SecretKey::derive(suite, &secret, purpose);
        self.next_channel =
            Some(Channel { encryption: key(KeyUse::Encryption), mac: key(KeyUse::Mac), counter: 0, suite });
        vec![0x7C, 0x00, 0x90, 0x00]
    }
}

fn dynamic(tag: u32, value: &[u8]) -> Vec<u8> {
    [encode(0x7C, &encode(tag, value)), vec![0x90, 0x00]].concat()
}

fn parse(command: &[u8]) -> Request {
    let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
    let body = &command[4..];
    let extended = body.len() > 1 && body[0] == 0;
    let (width, body) = if extended { (2, &body[1..]) } else { (1, body) };
    let (data, le) = if body.len() <= width { (&[][..], body) } else { body[width..].split_at(number(&body[..width])) };
    let ne = (!le.is_empty()).then(|| match number(le) {
        0 => 1 << (8 * width),
        ne => ne,
    });
    Request { ins: command[1], p1: command[2], p2: command[3], data: data.to_vec(), ne, extended }
}

impl Channel {
    fn counter(&self) -> Vec<u8> {
        self.counter.to_be_bytes()[16 - self.suite.block_bytes()..].to_vec()
    }

    fn iv(&self) -> Vec<u8> {
        if self.suite == CipherSuite::TripleDes {
            vec![0; 8]
        } else {
            self.encryption.encrypt_block(&self.counter()).unwrap().to_vec()
        }
    }

    fn mac(&self, mut message: Vec<u8>) -> Vec<u8> {
        if self.suite != CipherSuite::TripleDes {
            pad(&mut message, self.suite);
        }
        self.mac.mac(&[&message]).unwrap().to_vec()
    }

    fn open(&mut self, command: &[u8], outer: &Request) -> Option<Request> {
        self.counter += 1;
        let (mut data, mut ne, mut covered, mut mac) = (Vec::new(), None, Vec::new(), None);
        let mut objects = Reader::new(&outer.data);
        while !objects.is_empty() {
            let object = objects.next().ok()?;
            match object.tag {
                0x87 => data = unpad(&self.encryption.decrypt(&self.iv(), &object.value[1..]).ok()?)?.to_vec(),
                0x85 => data = unpad(&self.encryption.decrypt(&self.iv(), object.value).ok()?)?.to_vec(),
                0x97 => {
                    let le = object.value.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
                    ne = Some(if le == 0 { 1 << (8 * object.value.len()) } else { le });
                }
                _ => {
                    mac = Some(object.value);
                    continue;
                }
            }
            covered.extend_from_slice(object.whole);
        }
        let mut message = self.counter();
        message.extend_from_slice(&command[..4]);
        pad(&mut message, self.suite);
        message.extend(covered);
        let extended = outer.extended;
        (self.mac(message) == mac?).then_some(Request {
            ins: outer.ins,
            p1: outer.p1,
            p2: outer.p2,
            data,
            ne,
            extended,
        })
    }

    fn protect(&mut self, plain: &[u8]) -> Vec<u8> {
        self.counter += 1;
        let (data, status) = plain.split_at(plain.len() - 2);
        let mut objects = Vec::new();
        if !data.is_empty() {
            let mut padded = data.to_vec();
            pad(&mut padded, self.suite);
            let cipher = self.encryption.encrypt(&self.iv(), &padded).unwrap();
            objects = encode(0x87, &[&[1][..], &cipher].concat());
        }
        objects.extend(encode(0x99, status));
        let mac = self.mac([self.counter(), objects.clone()].concat());
        objects.extend(encode(0x8E, &mac));
        [&objects, status].concat()
    }
}

impl ApduLink for Card {
    fn now(&self) -> Uptime {
        Uptime::from_millis(u64::try_from(self.commands).unwrap() * 10)
    }

    fn transmit(&mut self, command: &[u8], _until: Uptime) -> Result<Vec<u8>, LinkError> {
        self.commands += 1;
        if self.commands >= self.levers.pulled_out_at {
            return Err(LinkError::Gone);
        }
        if let Some((at, answer)) = &self.levers.answer_at
            && *at == self.commands
        {
            return Ok(answer.clone());
        }
        let answer = self.respond(command);
        // A short command is never answered with more than a short answer.
        assert!(parse(command).extended || answer.len() <= 258, "a short answer fits into 256 bytes");
        Ok(answer)
    }
}
