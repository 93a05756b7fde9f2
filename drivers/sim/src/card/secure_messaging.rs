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

#[cfg(test)]
mod tests {
    use super::*;

    /// Protected command, plain command, data of the answer, protected answer: Doc 9303-11, appendix D.4.
    const EXCHANGES: [(&str, &str, &str, &str); 3] = [
        (
            "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
            "00A4020C02011E",
            "",
            "990290008E08FA855A5D4C50A8ED9000",
        ),
        (
            "0CB000000D9701048E08ED6705417E96BA5500",
            "00B0000004",
            "60145F01",
            "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
        ),
        (
            "0CB000040D9701128E082EA28A70F3C7B53500",
            "00B0000412",
            "04303130365F36063034303030305C026175",
            "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
        ),
    ];

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    fn published() -> Session {
        Session {
            suite: Suite::TripleDes,
            encrypt_key: hex("979EC13B1CBFE9DCD01AB0FED307EAE5"),
            mac_key: hex("F1CB1F1FB5ADF208806B89DC579DC1F8"),
            counter: hex("887022120C06C226"),
        }
    }

    #[test]
    fn the_published_exchange_is_opened_and_answered_byte_for_byte() {
        let mut session = published();
        for (protected, plain, data, answer) in EXCHANGES {
            let opened = session.open(&Command::parse(&hex(protected)).unwrap()).unwrap().command;
            assert_eq!(opened, Command::parse(&hex(plain)).unwrap());
            assert_eq!(session.protect(&Response::done(hex(data)), opened.ins).bytes(), hex(answer));
        }
    }

    #[test]
    fn a_changed_or_repeated_command_is_refused() {
        let mut changed = hex(EXCHANGES[0].0);
        changed[10] ^= 1;
        let wrong = published().open(&Command::parse(&changed).unwrap());
        assert_eq!(wrong.map(|it| it.command), Err(status::SM_OBJECTS_WRONG));
        let mut session = published();
        let command = Command::parse(&hex(EXCHANGES[0].0)).unwrap();
        session.open(&command).unwrap();
        assert_eq!(session.open(&command).map(|it| it.command), Err(status::SM_OBJECTS_WRONG));
        let bare = Command::parse(&[0x0C, 0xB0, 0, 0, 3, 0x97, 1, 4, 0]).unwrap();
        assert_eq!(published().open(&bare).map(|it| it.command), Err(status::SM_OBJECTS_MISSING));
    }

    #[test]
    fn as_many_bytes_fit_into_a_short_answer_as_readers_count_on() {
        let longest = |suite| {
            let mut session = Session::from_zero(suite, &[7; 32]);
            let room = session.plain_max(256);
            let fits = session.protect(&Response::done(vec![1; room]), 0xB0).data.len() <= 256;
            let more = session.protect(&Response::done(vec![1; room + 1]), 0xB0).data.len() > 256;
            (room, fits, more)
        };
        assert_eq!(longest(Suite::TripleDes), (231, true, true));
        assert_eq!(longest(Suite::Aes128), (223, true, true));
    }
}
