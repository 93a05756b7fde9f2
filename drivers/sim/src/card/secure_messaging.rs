//! Secure messaging, the card's side (Doc 9303-11, 9.8).

use super::apdu::{Command, Form, Response, status};
use super::cipher::{MAC_BYTES, Purpose, Suite, pad, unpad};
use super::tlv::{self, Object};

/// Keys and counter of a protected talk.
#[derive(Debug, Clone)]
pub struct Session {
    suite: Suite,
    encrypt_key: Vec<u8>,
    mac_key: Vec<u8>,
    counter: Vec<u8>,
}

/// A command taken out of its protection.
#[derive(Debug)]
pub struct Opened {
    /// The command as it was meant.
    pub command: Command,
    /// Most bytes the whole protected response may have.
    pub response_max: usize,
}

impl Session {
    /// Starts with keys from `secret` and the counter at `counter`.
    #[must_use]
    pub fn new(suite: Suite, secret: &[u8], counter: Vec<u8>) -> Self {
        let encrypt_key = suite.derive(secret, Purpose::Encrypt);
        let mac_key = suite.derive(secret, Purpose::Authenticate);
        Self { suite, encrypt_key, mac_key, counter }
    }

    /// Starts with the counter at zero, as after PACE and Chip Authentication.
    #[must_use]
    pub fn from_zero(suite: Suite, secret: &[u8]) -> Self {
        Self::new(suite, secret, vec![0; suite.block()])
    }

    /// Checks and opens a command.
    ///
    /// # Errors
    /// The status word to answer with, in the clear. The talk is over then.
    pub fn open(&mut self, protected: &Command) -> Result<Opened, u16> {
        self.count();
        let objects = tlv::objects(&protected.data).ok_or(status::SM_OBJECTS_WRONG)?;
        self.check_mac(protected, &objects)?;
        let data = match object(&objects, 0x87).map(|content| (true, content)).or(odd(&objects)) {
            Some((indicated, content)) => self.decrypt(indicated, content)?,
            None => Vec::new(),
        };
        let expected = object(&objects, 0x97).map(expected).transpose()?;
        let command = Command { cla: protected.cla & !0x0C, data, expected, ..protected.clone() };
        let most = match protected.form {
            Form::Short => 256,
            Form::Extended => 65_536,
        };
        Ok(Opened { command, response_max: protected.expected.unwrap_or(most).min(most) })
    }

    fn check_mac(&self, protected: &Command, objects: &[Object<'_>]) -> Result<(), u16> {
        let sent = object(objects, 0x8E).ok_or(status::SM_OBJECTS_MISSING)?;
        let mac_object = MAC_BYTES + 2;
        let before = protected.data.len().checked_sub(mac_object).ok_or(status::SM_OBJECTS_MISSING)?;
        let covered = protected.data.get(..before).unwrap_or_default();
        let header = pad(&[protected.cla, protected.ins, protected.p1, protected.p2], self.suite.block());
        if self.mac(&header, covered) == sent { Ok(()) } else { Err(status::SM_OBJECTS_WRONG) }
    }

    fn decrypt(&self, indicated: bool, content: &[u8]) -> Result<Vec<u8>, u16> {
        let secret = match (indicated, content) {
            (true, [0x01, secret @ ..]) => secret,
            (true, _) => return Err(status::SM_OBJECTS_WRONG),
            (false, secret) => secret,
        };
        if secret.is_empty() || !secret.len().is_multiple_of(self.suite.block()) {
            return Err(status::SM_OBJECTS_WRONG);
        }
        let start = self.suite.start_value(&self.encrypt_key, &self.counter);
        let padded = self.suite.decrypt(&self.encrypt_key, &start, secret);
        unpad(&padded).map(<[u8]>::to_vec).ok_or(status::SM_OBJECTS_WRONG)
    }

    /// Protects a response.
    #[must_use]
    pub fn protect(&mut self, response: &Response, instruction: u8) -> Response {
        self.count();
        let mut body = Vec::new();
        if !response.data.is_empty() {
            let start = self.suite.start_value(&self.encrypt_key, &self.counter);
            let padded = pad(&response.data, self.suite.block());
            let secret = self.suite.encrypt(&self.encrypt_key, &start, &padded);
            // An odd instruction carries BER-TLV data, for which the indicator is left out.
            let object =
                if instruction & 1 == 0 { tlv::tlv_of(0x87, &[&[1], &secret]) } else { tlv::tlv(0x85, &secret) };
            body.extend(object);
        }
        body.extend(tlv::tlv(0x99, &response.status.to_be_bytes()));
        let mac = self.mac(&[], &body);
        body.extend(tlv::tlv(0x8E, &mac));
        Response { data: body, status: response.status }
    }

    /// Most plain bytes whose protected response fits in `response_max` bytes.
    #[must_use]
    pub fn plain_max(&self, response_max: usize) -> usize {
        // DO'99', DO'8E', and of DO'87' the tag and the indicator.
        let room = response_max.saturating_sub(4 + 2 + MAC_BYTES + 2);
        let length_bytes = if room < 0x82 {
            1
        } else if room < 0x103 {
            2
        } else {
            3
        };
        let blocks = room.saturating_sub(length_bytes) / self.suite.block();
        // At least one byte of padding.
        (blocks * self.suite.block()).saturating_sub(1)
    }

    /// The MAC over counter, padded header and objects. A header alone is padded already and is not padded twice.
    fn mac(&self, header: &[u8], objects: &[u8]) -> Vec<u8> {
        let message = [&self.counter, header, objects].concat();
        let whole = if objects.is_empty() { message } else { pad(&message, self.suite.block()) };
        self.suite.mac(&self.mac_key, &whole)
    }

    fn count(&mut self) {
        for digit in self.counter.iter_mut().rev() {
            *digit = digit.wrapping_add(1);
            if *digit != 0 {
                return;
            }
        }
    }
}

fn object<'a>(objects: &[Object<'a>], tag: u32) -> Option<&'a [u8]> {
    objects.iter().find(|object| object.tag == tag).map(|object| object.content)
}

/// DO'85': no padding indicator.
fn odd<'a>(objects: &[Object<'a>]) -> Option<(bool, &'a [u8])> {
    object(objects, 0x85).map(|content| (false, content))
}

fn expected(content: &[u8]) -> Result<usize, u16> {
    match content {
        [0] => Ok(256),
        [0, 0] => Ok(65_536),
        [le] => Ok(usize::from(*le)),
        [high, low] => Ok(usize::from(*high) << 8 | usize::from(*low)),
        [] | [_, _, _, ..] => Err(status::SM_OBJECTS_WRONG),
    }
}
