//! The card itself: which command does what, and what it remembers between two.

use super::apdu::{Command, Form, Response, status};
use super::atr::atr;
use super::entropy::Entropy;
use super::files::{ActivePair, CARD_ACCESS, ChipKeys, FINGERPRINTS, Files};
use super::levers::{Mishap, Planned, Reply, Work};
use super::pace::{self, Outcome, Pace, PaceTerms};
use super::plan::{Bac, CardPlan, Issuer, Lengths, MasterFileAnswer, ShortIdentifiers};
use super::secure_messaging::Session;
use super::tlv;
use std::time::Duration;

/// The ICAO application (Doc 9303-10, 3.1).
const APPLICATION: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

/// Most mishaps that wait for their command at once; a further one replaces the oldest.
const PLANNED_MAX: usize = 16;

/// A card, in the reader or not.
#[derive(Debug)]
pub struct VirtualCard {
    plan: CardPlan,
    files: Files,
    keys: ChipKeys,
    entropy: Entropy,
    can: String,
    inserted: bool,
    planned: Vec<Planned>,
    work: Work,
    talk: Talk,
}

/// What is forgotten when power goes.
#[derive(Debug, Default)]
struct Talk {
    application: bool,
    current: Option<u16>,
    session: Option<Session>,
    challenge: Option<Vec<u8>>,
    agreement: Agreement,
    /// The rest of a response that was too long, for GET RESPONSE.
    remainder: Vec<u8>,
}

#[derive(Debug, Default)]
enum Agreement {
    #[default]
    None,
    Pace(Box<Pace>),
    Chip,
}

/// What a command came to.
struct Done {
    response: Response,
    /// The talk that replaces the present one, after this answer.
    then: Option<Box<Session>>,
}

impl From<Response> for Done {
    fn from(response: Response) -> Self {
        Self { response, then: None }
    }
}

type Handled = Result<Done, u16>;

impl VirtualCard {
    /// Makes a card as planned, with files signed by `issuer`, and puts it into the reader.
    ///
    /// # Errors
    /// Those of the portrait's encoder.
    pub fn new(plan: CardPlan, issuer: &Issuer) -> Result<Self, image::ImageError> {
        let (files, keys) = Files::personalise(&plan, issuer)?;
        let entropy = Entropy::seeded(plan.seed).branch("talk");
        let can = plan.person.can().to_owned();
        let (planned, work, talk) = (Vec::new(), Work::default(), Talk::default());
        Ok(Self { plan, files, keys, entropy, can, inserted: true, planned, work, talk })
    }

    /// What it was made like.
    #[must_use]
    pub const fn plan(&self) -> &CardPlan {
        &self.plan
    }

    /// The answer to reset.
    #[must_use]
    pub fn atr(&self) -> Vec<u8> {
        atr(self.plan.lengths)
    }

    /// Whether it is in the reader.
    #[must_use]
    pub const fn inserted(&self) -> bool {
        self.inserted
    }

    /// What it has done since power came.
    #[must_use]
    pub const fn work(&self) -> Work {
        self.work
    }

    /// Lever: puts it into the reader. It remembers nothing of the talk before.
    pub fn insert(&mut self) {
        self.power();
        self.inserted = true;
    }

    /// Lever: pulls it out.
    pub fn pull_out(&mut self) {
        self.inserted = false;
        self.talk = Talk::default();
    }

    /// Lever: something goes wrong at a command to come, counted from 1 since power came.
    pub fn plan_mishap(&mut self, planned: Planned) {
        if self.planned.len() >= PLANNED_MAX {
            self.planned.remove(0);
        }
        self.planned.push(planned);
    }

    /// Lever: another card access number than the person's number says.
    pub fn set_can(&mut self, can: &str) {
        can.clone_into(&mut self.can);
    }

    /// Power comes, or a reset: all of the talk is forgotten, and commands are counted anew.
    pub fn power(&mut self) {
        self.talk = Talk::default();
        self.work = Work::default();
    }

    /// One command APDU.
    pub fn transmit(&mut self, apdu: &[u8]) -> Reply {
        if !self.inserted {
            return Reply::Gone;
        }
        self.work.commands += 1;
        self.work.received_bytes += apdu.len();
        let mishap = self.due();
        let mut late = Duration::ZERO;
        let bytes = match mishap {
            Some(Mishap::PullOut) => {
                self.pull_out();
                return Reply::Gone;
            }
            Some(Mishap::Status(word)) => word.to_be_bytes().to_vec(),
            Some(Mishap::Cut(count)) => self.answer(apdu).into_iter().take(count).collect(),
            Some(Mishap::WrongBit) => with_wrong_bit(self.answer(apdu)),
            Some(Mishap::Late(by)) => {
                late = by;
                self.answer(apdu)
            }
            None => self.answer(apdu),
        };
        self.work.sent_bytes += bytes.len();
        Reply::Answer { bytes, late }
    }

    fn due(&mut self) -> Option<Mishap> {
        let number = self.work.commands;
        let found = self.planned.iter().position(|planned| planned.at == number)?;
        Some(self.planned.remove(found).mishap)
    }

    fn answer(&mut self, apdu: &[u8]) -> Vec<u8> {
        let Some(command) = Command::parse(apdu) else { return Response::status(status::WRONG_LENGTH).bytes() };
        if command.form == Form::Extended && self.plan.lengths == Lengths::Short {
            return Response::status(status::WRONG_LENGTH).bytes();
        }
        let response = if command.cla & 0x0C == 0x0C { self.protected(&command) } else { self.plain(command) };
        response.bytes()
    }

    /// A command without protection ends a protected talk (Doc 9303-11, 9.8.3).
    fn plain(&mut self, command: Command) -> Response {
        if command.ins == 0xC0 {
            return self.rest_of_response(&command);
        }
        self.talk.session = None;
        if command.cla & !0x10 != 0 {
            return Response::status(status::CLASS_NOT_SUPPORTED);
        }
        let room = command.expected.unwrap_or(256);
        match self.handle(&command, room) {
            Ok(done) => {
                self.talk.session = done.then.map(|session| *session);
                done.response
            }
            Err(word) => Response::status(word),
        }
    }

    fn protected(&mut self, command: &Command) -> Response {
        let Some(mut session) = self.talk.session.take() else {
            return Response::status(status::NO_SECURE_MESSAGING);
        };
        let opened = match session.open(command) {
            Ok(opened) => opened,
            Err(word) => return Response::status(word),
        };
        let most = self.response_max(command.form).min(opened.response_max);
        let room = session.plain_max(most).min(opened.command.expected.unwrap_or(0));
        // While a protected command is handled there is a talk; what was allowed in it is allowed.
        self.talk.session = Some(session.clone());
        let done = self.handle(&opened.command, room).unwrap_or_else(|word| Response::status(word).into());
        let response = session.protect(&done.response, command.ins);
        self.talk.session = Some(done.then.map_or(session, |next| *next));
        self.in_pieces(response, most)
    }

    const fn response_max(&self, form: Form) -> usize {
        match (form, self.plan.lengths) {
            (Form::Extended, Lengths::Extended { response_max }) => response_max,
            (Form::Extended | Form::Short, Lengths::Short) | (Form::Short, Lengths::Extended { .. }) => 256,
        }
    }

    /// What does not fit waits for GET RESPONSE, announced by `61xx`.
    fn in_pieces(&mut self, response: Response, most: usize) -> Response {
        if response.data.len() <= most {
            return response;
        }
        self.talk.remainder = response.bytes();
        self.next_piece(most)
    }

    fn rest_of_response(&mut self, command: &Command) -> Response {
        if self.talk.remainder.is_empty() {
            return Response::status(status::CONDITIONS_NOT_SATISFIED);
        }
        self.next_piece(command.expected.unwrap_or(256).min(256))
    }

    /// The remainder ends with the response's own status word.
    fn next_piece(&mut self, most: usize) -> Response {
        let left = self.talk.remainder.len().saturating_sub(2);
        let data: Vec<u8> = self.talk.remainder.drain(..left.min(most)).collect();
        let left = left - data.len();
        if left == 0 {
            let word = std::mem::take(&mut self.talk.remainder);
            return Response { data, status: word.iter().fold(0, |word, byte| word << 8 | u16::from(*byte)) };
        }
        Response { data, status: 0x6100 | u16::try_from(left).unwrap_or(256).min(256) & 0xFF }
    }

    fn handle(&mut self, command: &Command, room: usize) -> Handled {
        match (command.ins, command.p1, command.p2) {
            (0xA4, p1, _) => self.select(p1, &command.data).map(Done::from),
            (0xB0, ..) => self.read(command, room).map(Done::from),
            (0x22, 0xC1, 0xA4) => self.choose_pace(&command.data).map(Done::from),
            (0x22, 0x41, 0xA4) => self.choose_chip_authentication(&command.data).map(Done::from),
            (0x22, 0x41, 0xA6) => self.chip_authentication_by_key(&command.data),
            (0x86, ..) => self.general_authenticate(command),
            (0x84, ..) => self.challenge().map(Done::from),
            (0x82, ..) => self.basic_access(&command.data),
            (0x88, ..) => self.active_authentication(&command.data).map(Done::from),
            (0x22, ..) => Err(status::WRONG_PARAMETERS),
            (_, _, _) => Err(status::INSTRUCTION_NOT_SUPPORTED),
        }
    }

    fn select(&mut self, p1: u8, data: &[u8]) -> Result<Response, u16> {
        match (p1, data) {
            (0x00, [] | [0x3F, 0x00]) => {
                match self.plan.master_file {
                    MasterFileAnswer::Selected => {}
                    MasterFileAnswer::NotSupported => return Err(status::INSTRUCTION_NOT_SUPPORTED),
                    MasterFileAnswer::Refused => return Err(status::SECURITY_NOT_SATISFIED),
                }
                (self.talk.application, self.talk.current) = (false, None);
            }
            (0x04, name) if name == APPLICATION => (self.talk.application, self.talk.current) = (true, None),
            (0x02 | 0x00, &[high, low]) => {
                let identifier = u16::from_be_bytes([high, low]);
                self.readable(identifier)?;
                self.talk.current = Some(identifier);
            }
            (0x00 | 0x02 | 0x04, _) => return Err(status::NOT_FOUND),
            (_, _) => return Err(status::WRONG_PARAMETERS),
        }
        Ok(Response::status(status::DONE))
    }

    /// The file's content, if it is there and may be read.
    fn readable(&self, identifier: u16) -> Result<&[u8], u16> {
        if identifier == FINGERPRINTS && self.talk.application {
            return Err(status::SECURITY_NOT_SATISFIED);
        }
        let content = self.files.content(identifier, self.talk.application).ok_or(status::NOT_FOUND)?;
        if identifier == CARD_ACCESS || self.talk.session.is_some() {
            Ok(content)
        } else {
            Err(status::SECURITY_NOT_SATISFIED)
        }
    }

    fn read(&mut self, command: &Command, room: usize) -> Result<Response, u16> {
        let offset = if command.p1 & 0x80 == 0 {
            usize::from(u16::from_be_bytes([command.p1, command.p2]))
        } else {
            self.select_short(command.p1 & 0x1F)?;
            usize::from(command.p2)
        };
        let content = self.readable(self.talk.current.ok_or(status::NO_CURRENT_FILE)?)?;
        let rest = content.get(offset..).filter(|rest| !rest.is_empty()).ok_or(status::WRONG_OFFSET)?;
        let wanted = command.expected.ok_or(status::WRONG_LENGTH)?;
        let data = rest.get(..room.min(rest.len())).unwrap_or_default().to_vec();
        // "As much as there is" is never too much; a number that the file cannot give is.
        let all_there_is = matches!(wanted, 256 | 65_536);
        let ended = data.len() == rest.len() && data.len() < wanted && !all_there_is;
        Ok(Response { data, status: if ended { status::END_OF_FILE } else { status::DONE } })
    }

    fn select_short(&mut self, short: u8) -> Result<(), u16> {
        if self.plan.short_identifiers == ShortIdentifiers::Refused {
            return Err(status::WRONG_PARAMETERS);
        }
        let identifier = 0x0100 | u16::from(short);
        self.readable(identifier)?;
        self.talk.current = Some(identifier);
        Ok(())
    }

    fn choose_pace(&mut self, data: &[u8]) -> Result<Response, u16> {
        let (curve, suite) = self.plan.pace.ok_or(status::WRONG_PARAMETERS)?;
        let mrz_digest = self.plan.person.mrz_digest();
        let terms = PaceTerms { curve, suite, can: self.can.clone(), mrz_digest, chance: self.plan.chance };
        self.talk.agreement = Agreement::Pace(Box::new(Pace::choose(&terms, data)?));
        Ok(Response::status(status::DONE))
    }

    fn general_authenticate(&mut self, command: &Command) -> Handled {
        match std::mem::take(&mut self.talk.agreement) {
            Agreement::None => Err(status::CONDITIONS_NOT_SATISFIED),
            Agreement::Pace(mut pace) => match pace.step(command, &mut self.entropy)? {
                Outcome::Answer(response) => {
                    // Mapping takes three multiplications, agreement two; the nonce none.
                    self.work.heavy_operations += if command.data.len() > 2 { 2 } else { 1 };
                    self.talk.agreement = Agreement::Pace(pace);
                    Ok(response.into())
                }
                Outcome::Opened(response, session) => Ok(Done { response, then: Some(session) }),
            },
            Agreement::Chip => {
                let inner = tlv::find(&command.data, 0x7C).ok_or(status::WRONG_DATA)?;
                let theirs = tlv::find(inner, 0x80).ok_or(status::WRONG_DATA)?;
                let session = self.chip_session(theirs)?;
                Ok(Done { response: Response::done(tlv::tlv(0x7C, &[])), then: Some(Box::new(session)) })
            }
        }
    }

    fn choose_chip_authentication(&mut self, data: &[u8]) -> Result<Response, u16> {
        self.talk.session.as_ref().ok_or(status::SECURITY_NOT_SATISFIED)?;
        let key = self.plan.chip_key.ok_or(status::REFERENCE_NOT_FOUND)?;
        let protocol = tlv::oid(&[0, 4, 0, 127, 0, 7, 2, 2, 3, 2, pace::suite_number(key.suite)]);
        if tlv::find(data, 0x80) != protocol.get(2..) {
            return Err(status::WRONG_DATA);
        }
        self.known_key(data)?;
        self.talk.agreement = Agreement::Chip;
        Ok(Response::status(status::DONE))
    }

    /// MSE:Set KAT: the older form for triple DES, one command for all.
    fn chip_authentication_by_key(&mut self, data: &[u8]) -> Handled {
        self.known_key(data)?;
        let session = self.chip_session(tlv::find(data, 0x91).ok_or(status::WRONG_DATA)?)?;
        Ok(Done { response: Response::status(status::DONE), then: Some(Box::new(session)) })
    }

    /// The private key that a terminal asks for, if it names one.
    fn known_key(&self, data: &[u8]) -> Result<(), u16> {
        let ours = self.plan.chip_key.and_then(|key| key.identifier);
        match tlv::find(data, 0x84) {
            None => Ok(()),
            Some([asked]) if ours == Some(*asked) => Ok(()),
            Some(_) => Err(status::REFERENCE_NOT_FOUND),
        }
    }

    fn chip_session(&mut self, theirs: &[u8]) -> Result<Session, u16> {
        self.talk.session.as_ref().ok_or(status::SECURITY_NOT_SATISFIED)?;
        let (key, suite) = self.keys.agreement.as_ref().ok_or(status::REFERENCE_NOT_FOUND)?;
        self.work.heavy_operations += 1;
        let shared = key.agree(theirs).ok_or(status::AUTHENTICATION_FAILED)?;
        Ok(Session::from_zero(*suite, &shared))
    }

    fn challenge(&mut self) -> Result<Response, u16> {
        if self.plan.bac == Bac::Absent || self.talk.session.is_some() {
            return Err(status::INSTRUCTION_NOT_SUPPORTED);
        }
        if !self.talk.application {
            return Err(status::CONDITIONS_NOT_SATISFIED);
        }
        let drawn = pace::challenge(self.plan.chance, &mut self.entropy);
        self.talk.challenge = Some(drawn.clone());
        Ok(Response::done(drawn))
    }

    fn basic_access(&mut self, data: &[u8]) -> Handled {
        let challenge = self.talk.challenge.take().ok_or(status::CONDITIONS_NOT_SATISFIED)?;
        let (person, chance) = (&self.plan.person, self.plan.chance);
        let (response, session) = pace::bac(person, &challenge, data, chance, &mut self.entropy)?;
        Ok(Done { response, then: Some(Box::new(session)) })
    }

    fn active_authentication(&mut self, challenge: &[u8]) -> Result<Response, u16> {
        self.talk.session.as_ref().ok_or(status::SECURITY_NOT_SATISFIED)?;
        if challenge.len() != 8 {
            return Err(status::WRONG_LENGTH);
        }
        self.work.heavy_operations += 1;
        match self.keys.active.as_ref().ok_or(status::INSTRUCTION_NOT_SUPPORTED)? {
            ActivePair::Ec(key, hash) => {
                let (r, s) = key.sign(&hash.of(challenge), &mut self.entropy);
                Ok(Response::done([r, s].concat()))
            }
            ActivePair::Rsa(key, trailer) => {
                Ok(Response::done(key.sign_recoverable(*trailer, challenge, &mut self.entropy)))
            }
        }
    }
}

fn with_wrong_bit(mut answer: Vec<u8>) -> Vec<u8> {
    let at = answer.len().saturating_sub(3);
    if let Some(byte) = answer.get_mut(at) {
        *byte ^= 0x80;
    }
    answer
}
