//! Every worked example of Doc 9303 and its relatives that is in `tests/vectors/icao9303-vectors.json`, step by step.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::VecDeque;
use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;
use vn_identity::chip::details;
use vn_identity::mrz::{Checked, MrzRefusal, check_digit, zone_of_data_group_1};
use vn_identity::{Birth, PersonalNumber, Sex};

use crate::access::bac::Bac;
use crate::access::pace::{PacePassword, SessionKeys, choose, decrypt_nonce};
use crate::apdu::{Command, Response};
use crate::can::Can;
use crate::channel::{Channel, Lengths};
use crate::chip_proof::active_authentication::holds_challenge;
use crate::crypto::agreement::Domain;
use crate::crypto::cipher::{CipherSuite, KeyUse, SecretKey, unpad};
use crate::crypto::hash::HashAlgorithm;
use crate::crypto::integrated::{self, Nonces};
use crate::machine::{Machine, Step};
use crate::mrz::{MrzKey, MrzKeyFields};
use crate::secure_messaging::SecureMessaging;
use crate::security_info::SecurityInfos;
use crate::tlv::{Reader, encode};

/// Random enough for tests, and the same for each seed.
pub(crate) struct SeededRng(pub(crate) u64);

impl TryRng for SeededRng {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unimplemented_draw()
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unimplemented_draw()
    }
    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        for chunk in into.chunks_mut(32) {
            self.0 += 1;
            let block = HashAlgorithm::Sha256.digest(&[b"test", &self.0.to_be_bytes()]);
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for SeededRng {}

/// Gives out what a script says, in order.
pub(crate) struct ScriptedRng(VecDeque<u8>);

impl ScriptedRng {
    pub(crate) fn new(parts: &[&[u8]]) -> Self {
        Self(parts.concat().into())
    }
}

impl TryRng for ScriptedRng {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unimplemented_draw()
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unimplemented_draw()
    }
    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        into.iter_mut().for_each(|byte| *byte = self.0.pop_front().expect("the script has enough bytes"));
        Ok(())
    }
}

impl TryCryptoRng for ScriptedRng {}

fn unimplemented_draw<T>() -> T {
    panic!("keys are drawn as bytes")
}

/// One entry of a file.
pub(crate) struct Vector(pub(crate) Value);

impl Vector {
    fn named(name: &str) -> Self {
        let all: Value = serde_json::from_str(include_str!("../tests/vectors/icao9303-vectors.json")).unwrap();
        Self(all[name].clone())
    }
    pub(crate) fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_else(|| panic!("{key} is in the vector"))
    }
    pub(crate) fn hex(&self, key: &str) -> Vec<u8> {
        hex(self.text(key))
    }
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The three fields of `L898902C<369080619406236`: number, birth and expiry with their check digits.
fn key_of(information: &str) -> MrzKey {
    let fields =
        MrzKeyFields { document_number: &information[..9], birth: &information[10..16], expiry: &information[17..23] };
    let key = MrzKey::new(&fields).unwrap();
    assert_eq!(key.information(), information);
    key
}

/// The personal number of the invented card.
pub(crate) fn number() -> PersonalNumber {
    let card = Vector::named("cccd_synthetic");
    let fields = Vector(card.0["ef_dg13_fields"].clone());
    PersonalNumber::parse(&fields.text("1").replace(' ', "")).unwrap()
}

#[test]
fn check_digits_of_the_zone() {
    for vector in Vector::named("mrz_check_digits").0["vectors"].as_array().unwrap() {
        let expected = vector["digit"].as_str().unwrap().chars().next();
        assert_eq!(check_digit(vector["data"].as_str().unwrap().chars()), expected);
    }
    let composite = Vector::named("td1_sample");
    assert_eq!(
        check_digit(composite.text("composite_input").chars()),
        composite.text("composite_digit").chars().next()
    );
}

#[test]
fn bac_step_by_step() {
    let v = Vector::named("bac");
    let mrz = key_of(v.text("mrz_information"));
    let seed = mrz.seed();
    assert_eq!(seed[..16], v.hex("kseed"));
    for (purpose, key) in [(KeyUse::Encryption, "k_enc"), (KeyUse::Mac, "k_mac")] {
        assert_eq!(SecretKey::derive(CipherSuite::TripleDes, &seed[..16], purpose).bytes(), v.hex(key));
    }
    let bac = Bac::new(&mrz, &mut ScriptedRng::new(&[&v.hex("rnd_ifd"), &v.hex("k_ifd")]));
    let token = bac.token(&v.hex("rnd_ic")).unwrap();
    assert_eq!(token[..], [v.hex("e_ifd"), v.hex("m_ifd")].concat());
    let apdu = Command::new([0, 0x82, 0, 0]).data(&token).ne(40).encode();
    assert_eq!(apdu[..], v.hex("external_authenticate_apdu"));
    let answer = [v.hex("e_ic"), v.hex("m_ic")].concat();
    let channel = bac.agree(&v.hex("rnd_ic"), &answer).unwrap().expect("the card's token is right");
    assert_eq!(channel.counter(), v.hex("ssc"));
    assert_eq!(channel.keys(), (&v.hex("ks_enc")[..], &v.hex("ks_mac")[..]));
    let mut wrong = answer;
    wrong[0] ^= 1;
    assert!(bac.agree(&v.hex("rnd_ic"), &wrong).unwrap().is_none());
}

/// The command that plain bytes are.
fn command(plain: &[u8]) -> Command {
    let command = Command::new(plain[..4].try_into().unwrap());
    match &plain[4..] {
        [ne] => command.ne(usize::from(*ne)),
        [_, data @ ..] => command.data(data),
        [] => command,
    }
}

fn replay(channel: &mut SecureMessaging, exchanges: &Value) {
    for exchange in exchanges.as_array().unwrap() {
        let exchange = Vector(exchange.clone());
        let sent = channel.protect(&command(&exchange.hex("plain"))).unwrap();
        assert_eq!(sent[..], exchange.hex("capdu"), "{}", exchange.text("name"));
        let opened = channel.open(&Response::parse(&exchange.hex("rapdu")).unwrap()).unwrap();
        assert_eq!(opened.data[..], exchange.hex("data"));
        let counter = exchange.0["ssc_after"]
            .as_u64()
            .map_or_else(|| exchange.hex("ssc_after"), |number| u128::from(number).to_be_bytes().to_vec());
        assert_eq!(channel.counter(), counter);
    }
}

fn channel_of(suite: CipherSuite, v: &Vector, counter: &[u8]) -> SecureMessaging {
    let key = |name| SecretKey::from_bytes(suite, &v.hex(name));
    SecureMessaging::with_keys(key("ks_enc"), key("ks_mac"), counter)
}

#[test]
fn secure_messaging_with_3des() {
    let v = Vector::named("secure_messaging_3des");
    replay(&mut channel_of(CipherSuite::TripleDes, &v, &v.hex("ssc_start")), &v.0["exchanges"]);
}

#[test]
fn secure_messaging_with_aes() {
    let v = Vector::named("secure_messaging_aes_apdus_computed");
    replay(&mut channel_of(CipherSuite::Aes128, &v, &[]), &v.0["exchanges"]);

    let v = Vector::named("secure_messaging_aes");
    let (enc, mac) = (Vector(v.0["enc"].clone()), Vector(v.0["mac"].clone()));
    // The example encrypts a reference to a certificate's issuer, in a command.
    let mut channel = channel_of(CipherSuite::Aes128, &v, &[]);
    let sent = channel.protect(&Command::new([0, 0x22, 0x81, 0xB6]).data(&enc.hex("plain"))).unwrap();
    let cryptogram = [vec![0x87, 0x11, 0x01], enc.hex("cipher")].concat();
    assert!(sent.windows(cryptogram.len()).any(|window| window == cryptogram));
    let answer = [mac.hex("data"), vec![0x8E, 0x08], mac.hex("mac"), vec![0x90, 0x00]].concat();
    assert!(channel.open(&Response::parse(&answer).unwrap()).unwrap().data.is_empty());
}

#[test]
fn a_protected_answer_with_any_bit_changed_is_refused() {
    let v = Vector::named("secure_messaging_aes_apdus_computed");
    let exchange = Vector(v.0["exchanges"][1].clone());
    let answer = exchange.hex("rapdu");
    for bit in 0..answer.len() * 8 {
        let mut changed = answer.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        // The counter stands after the first exchange and this command.
        let mut channel = channel_of(CipherSuite::Aes128, &v, &[3]);
        let refused = channel.open(&Response::parse(&changed).unwrap()).err().expect("the answer was changed");
        let in_cipher = (3 * 8..19 * 8).contains(&bit);
        assert!(!in_cipher || refused == crate::SecureMessagingError::WrongMac, "bit {bit}: {refused}");
    }
    let mut channel = channel_of(CipherSuite::Aes128, &v, &[3]);
    assert!(channel.open(&Response::parse(&answer).unwrap()).is_ok());
    let bare = Response::parse(&[0x69, 0x88]).unwrap();
    assert!(matches!(channel.open(&bare), Err(crate::SecureMessagingError::Unprotected(_))));
}

/// What the two worked examples of the generic mapping have in common, on a curve and modulo a prime.
fn generic_mapping(v: &Vector, domain: Domain, key: &SecretKey) -> Vec<u8> {
    let suite = key.suite();
    let nonce = decrypt_nonce(key, &v.hex("nonce_z")).unwrap();
    assert_eq!(nonce[..], v.hex("nonce_s"));
    let ours = domain.key_pair(&domain.generator().unwrap(), &mut ScriptedRng::new(&[&v.hex("map_sk_ifd")])).unwrap();
    assert_eq!(ours.public, v.hex("map_pk_ifd"));
    let shared = domain.agree(&ours.secret, &v.hex("map_pk_ic")).unwrap();
    if v.0["map_shared_h"].is_string() {
        assert_eq!(shared[..], v.hex("map_shared_h"));
    }
    if v.0["map_sk_ic"].is_string() {
        assert_eq!(domain.agree(&v.hex("map_sk_ic"), &ours.public).unwrap(), shared);
    }
    let generator = domain.map(&nonce, &shared).unwrap();
    assert_eq!(generator, v.hex("mapped_g"));
    agreement(v, domain, suite, &generator);
    generator
}

/// Key agreement over a mapped generator, and the tokens.
fn agreement(v: &Vector, domain: Domain, suite: CipherSuite, generator: &[u8]) {
    let secret = v.hex("eph_sk_ifd");
    // One example prints a leading zero that the length of the order does not need.
    let drawn = &secret[secret.len() - secret.len().min(if secret.len() == 33 { 32 } else { secret.len() })..];
    let public = match domain {
        Domain::Curve(_) => domain.key_pair(generator, &mut ScriptedRng::new(&[drawn])).unwrap().public,
        Domain::Modp(_) => domain.agree(&secret, generator).unwrap().to_vec(),
    };
    assert_eq!(public, v.hex("eph_pk_ifd"));
    let shared = domain.agree(&secret, &v.hex("eph_pk_ic")).unwrap();
    assert_eq!(domain.secret_of(&shared)[..], v.hex("shared_k"));
    if v.0["eph_sk_ic"].is_string() {
        assert_eq!(domain.agree(&v.hex("eph_sk_ic"), &public).unwrap(), shared);
    }
    let keys = SessionKeys::derive(domain, suite, &shared);
    assert_eq!((keys.encryption.bytes(), keys.mac.bytes()), (&v.hex("ks_enc")[..], &v.hex("ks_mac")[..]));
    let oid = v.0["oid"].as_str().map_or_else(Vec::new, hex);
    assert_eq!(keys.token(&oid, domain, &v.hex("eph_pk_ic")).unwrap()[..], v.hex("t_ifd"));
    assert_eq!(keys.token(&oid, domain, &v.hex("eph_pk_ifd")).unwrap()[..], v.hex("t_ic"));
}

fn domain_of(v: &Vector) -> Domain {
    Domain::standardised(v.hex("parameter_id")[0]).unwrap()
}

/// The password of an example: of the zone where it prints one, else the key it prints.
fn password_key(v: &Vector) -> SecretKey {
    let printed = SecretKey::from_bytes(CipherSuite::Aes128, &v.hex("k_pi"));
    if let Some(information) = v.0["password_mrz_information"].as_str() {
        let derived = PacePassword::Mrz(&key_of(information)).key(CipherSuite::Aes128);
        assert_eq!(derived.bytes(), printed.bytes());
    }
    printed
}

#[test]
fn pace_generic_mapping_on_a_curve_step_by_step() {
    let v = Vector::named("pace_gm_ecdh");
    generic_mapping(&v, domain_of(&v), &password_key(&v));
}

#[test]
fn pace_generic_mapping_modulo_a_prime_step_by_step() {
    let v = Vector::named("pace_gm_dh");
    generic_mapping(&v, domain_of(&v), &password_key(&v));
}

#[test]
fn pace_with_a_pin_step_by_step() {
    let v = Vector::named("pace_gm_ecdh_pin");
    let key = PacePassword::Can(&Can::from_digits(v.text("pin")).unwrap()).key(CipherSuite::Aes128);
    assert_eq!(key.bytes(), v.hex("k_pi"));
    generic_mapping(&v, domain_of(&v), &key);
    let infos = SecurityInfos::parse(&v.hex("ef_cardaccess")).unwrap();
    assert_eq!(infos.pace[0].oid, v.hex("oid"));
    assert_eq!(infos.pace[0].domain, Some(domain_of(&v)));
}

#[test]
fn pace_with_chip_authentication_mapping_maps_as_the_generic_mapping() {
    let v = Vector::named("pace_cam_ecdh");
    let domain = domain_of(&v);
    generic_mapping(&v, domain, &password_key(&v));
    // What the chip adds: a number that ties its mapping key to its static key.
    let encryption = SecretKey::from_bytes(CipherSuite::Aes128, &v.hex("ks_enc"));
    let iv = encryption.encrypt_block(&[0xFF; 16]).unwrap();
    let padded = encryption.decrypt(&iv, &v.hex("encrypted_chip_authentication_data")).unwrap();
    let number = unpad(&padded).unwrap();
    assert_eq!(number, v.hex("chip_authentication_data"));
    assert_eq!(domain.agree(number, &v.hex("ca_public_key_ic")).unwrap()[..], v.hex("map_pk_ic"));
}

#[test]
fn pace_integrated_mapping_step_by_step() {
    for name in ["pace_im_ecdh", "pace_im_dh"] {
        let v = Vector::named(name);
        let key = password_key(&v);
        let nonce = decrypt_nonce(&key, &v.hex("nonce_z")).unwrap();
        assert_eq!(nonce[..], v.hex("nonce_s"));
        let public = SecretKey::from_bytes(CipherSuite::Aes128, &v.hex("nonce_t"));
        let nonces = Nonces { secret: &nonce, public: &public };
        let domain = domain_of(&v);
        let modulus = match domain {
            Domain::Curve(_) => hex(crate::NamedCurve::BrainpoolP256r1.parameters().p),
            Domain::Modp(group) => group.modulus_and_order().0,
        };
        assert_eq!(integrated::number(nonces, &modulus).unwrap()[..], v.hex("prf_rp"));
        let generator = domain.map_integrated(nonces).unwrap();
        assert_eq!(generator, v.hex("mapped_g"));
        agreement(&v, domain, CipherSuite::Aes128, &generator);
    }
}

/// A card that knows nothing but a script: the next command, and what to answer.
fn play<T>(machine: Machine<'_, T>, script: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) -> T {
    let mut step = machine.start();
    for (expected, answer) in script {
        let Step::Transmit { command, machine } = step else { panic!("the protocol goes on") };
        assert_eq!(command[..], expected);
        step = machine.answer(Ok(answer));
    }
    let Step::Done(outcome) = step else { panic!("the script has ended") };
    outcome
}

#[test]
fn bac_and_the_first_file_are_the_commands_of_the_worked_example() {
    let (v, files) = (Vector::named("bac"), Vector::named("secure_messaging_3des"));
    let exchanges: Vec<Vector> = files.0["exchanges"].as_array().unwrap().iter().cloned().map(Vector).collect();
    let mrz = key_of(v.text("mrz_information"));
    let mut rng = ScriptedRng::new(&[&v.hex("rnd_ifd"), &v.hex("k_ifd")]);
    let mut channel = Channel::new(Lengths::Short);
    let machine = Machine::new(channel.wire.clone(), async {
        channel.open_by_bac(&mrz, &mut rng).await.unwrap();
        let mut read = Vec::new();
        for exchange in &exchanges {
            read.extend_from_slice(&channel.exchange(&command(&exchange.hex("plain"))).await.unwrap().data);
        }
        read
    });
    let success = vec![0x90, 0x00];
    let opening = [
        (hex("0084000008"), [v.hex("rnd_ic"), success.clone()].concat()),
        (v.hex("external_authenticate_apdu"), [v.hex("e_ic"), v.hex("m_ic"), success].concat()),
    ];
    let reading = exchanges.iter().map(|exchange| (exchange.hex("capdu"), exchange.hex("rapdu")));
    assert_eq!(play(machine, opening.into_iter().chain(reading)), Vector::named("ef_samples").hex("ef_com"));
}

#[test]
fn pace_sends_the_commands_of_the_worked_example() {
    let v = Vector::named("pace_gm_ecdh");
    let infos = SecurityInfos::parse(&v.hex("ef_cardaccess")).unwrap();
    let way = choose(&infos.pace).unwrap();
    let mrz = key_of(v.text("password_mrz_information"));
    let password = PacePassword::Mrz(&mrz);
    let mut rng = ScriptedRng::new(&[&v.hex("map_sk_ifd"), &v.hex("eph_sk_ifd")]);
    let mut channel = Channel::new(Lengths::Short);
    let machine = Machine::new(channel.wire.clone(), channel.open_by_pace(&way, &password, &mut rng));
    let pair = |pair: &Value| (hex(pair[0].as_str().unwrap()), hex(pair[1].as_str().unwrap()));
    play(machine, v.0["apdus"].as_array().unwrap().iter().map(pair)).unwrap();
    let protection = channel.protection.unwrap();
    assert_eq!(protection.keys(), (&v.hex("ks_enc")[..], &v.hex("ks_mac")[..]));
    assert_eq!(protection.counter(), [0; 16]);
}

#[test]
fn chip_authentication_keys() {
    let v = Vector::named("chip_authentication_ecdh");
    let domain = Domain::standardised(13).unwrap();
    let secret = v.hex("eph_sk_ifd");
    let ours = domain.key_pair(&domain.generator().unwrap(), &mut ScriptedRng::new(&[&secret[1..]])).unwrap();
    assert_eq!(ours.public, v.hex("eph_pk_ifd"));
    let shared = domain.agree(&secret, &v.hex("ca_pk_ic")).unwrap();
    assert_eq!(domain.agree(&v.hex("ca_sk_ic"), &ours.public).unwrap(), shared);
    let secret = domain.secret_of(&shared);
    assert_eq!(secret[..], v.hex("shared_k"));
    let aes = SecureMessaging::from_secret(CipherSuite::Aes128, &secret);
    assert_eq!(aes.keys(), (&v.hex("ks_enc_v1_computed")[..], &v.hex("ks_mac_v1_computed")[..]));
    let des = SecureMessaging::from_secret(CipherSuite::TripleDes, &secret);
    assert_eq!(des.keys(), (&v.hex("ks_enc_v1_3des_computed")[..], &v.hex("ks_mac_v1_3des_computed")[..]));
    // The version with a nonce (EAC 2) is not spoken by identity cards; its published keys pin the shared secret.
    let with_nonce = [&secret[..], &v.hex("nonce_ic")].concat();
    let key = |purpose| SecretKey::derive(CipherSuite::Aes128, &with_nonce, purpose);
    assert_eq!(key(KeyUse::Encryption).bytes(), v.hex("ks_enc_v2"));
    assert_eq!(key(KeyUse::Mac).bytes(), v.hex("ks_mac_v2"));
    let keys = SessionKeys { encryption: key(KeyUse::Encryption), mac: key(KeyUse::Mac) };
    assert_eq!(keys.token(&v.hex("oid"), domain, &v.hex("eph_pk_ifd")).unwrap()[..], v.hex("t_ic_v2"));
}

#[test]
fn the_keys_of_the_invented_identity_card() {
    let v = Vector::named("cccd_synthetic");
    let mrz = key_of(v.text("mrz_information"));
    let number = number();
    let (birth, expiry) = (vn_identity::Date::new(1999, 1, 15), vn_identity::Date::new(2034, 1, 15));
    assert_eq!(MrzKey::of_identity_card(&number, birth.unwrap(), expiry.unwrap()), Some(mrz.clone()));
    assert_eq!(mrz.seed()[..16], v.hex("bac_kseed"));
    let key = |purpose| SecretKey::derive(CipherSuite::TripleDes, &mrz.seed()[..16], purpose);
    assert_eq!(key(KeyUse::Encryption).bytes(), v.hex("bac_k_enc"));
    assert_eq!(key(KeyUse::Mac).bytes(), v.hex("bac_k_mac"));
    assert_eq!(PacePassword::Mrz(&mrz).key(CipherSuite::Aes128).bytes(), v.hex("pace_mrz_k_pi_aes128"));
    let can = Can::of(&number);
    assert_eq!(can.as_str(), v.text("can"));
    assert_eq!(PacePassword::Can(&can).key(CipherSuite::Aes128).bytes(), v.hex("pace_can_k_pi_aes128"));
}

#[test]
fn the_card_access_of_the_identity_card() {
    let infos = SecurityInfos::parse(&Vector::named("cccd_ef_cardaccess").hex("hex")).unwrap();
    let way = choose(&infos.pace).unwrap();
    assert_eq!(
        (way.domain, way.info.suite, way.ambiguous),
        (Domain::standardised(13).unwrap(), CipherSuite::Aes128, false)
    );
    assert_eq!(infos.chip_authentication[0].suite, CipherSuite::Aes128);
}

#[test]
fn active_authentication_with_rsa() {
    let v = Vector::named("active_authentication_rsa");
    let block = v.hex("f");
    assert_eq!(block, [vec![0x6A], v.hex("m1"), v.hex("digest"), v.hex("trailer")].concat());
    assert!(holds_challenge(&block, &v.hex("rnd_ifd")));
    assert!(!holds_challenge(&block, &[0; 8]));
    let command = Command::new([0, 0x88, 0, 0]).data(&v.hex("rnd_ifd")).ne(256).encode();
    assert_eq!(command[..], v.hex("internal_authenticate"));
}

#[test]
fn the_specimen_of_the_zone_is_read() {
    let v = Vector::named("td1_sample");
    let lines: Vec<&str> = v.0["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let file = |zone: &str| encode(0x61, &encode(0x5F1F, zone.as_bytes()));
    let mrz = zone_of_data_group_1(&file(&lines.concat())).unwrap();
    assert_eq!((mrz.issuer.as_str(), mrz.document_number.as_str()), ("UTO", "D23145890"));
    assert_eq!((mrz.name.unwrap().as_str(), mrz.sex), ("ERIKSSON ANNA MARIA", Some(Sex::Female)));
    assert_eq!(mrz.oddities, [MrzRefusal::NotVietNam]);
    assert_eq!((mrz.number, mrz.expiry), (None, vn_identity::Date::new(2012, 4, 15)));
    let wrong = lines.concat().replacen("D23", "D24", 1);
    let refused = MrzRefusal::CheckDigit { of: Checked::DocumentNumber };
    assert_eq!(zone_of_data_group_1(&file(&wrong)), Err(refused));
}

#[test]
fn the_groups_of_the_invented_identity_card() {
    let v = Vector::named("cccd_synthetic");
    let mrz = zone_of_data_group_1(&v.hex("ef_dg1")).unwrap();
    let fields = Vector(v.0["ef_dg13_fields"].clone());
    let details = details(&v.hex("ef_dg13")).unwrap();
    assert_eq!(mrz.number, details.number);
    assert_eq!(details.number, Some(number()));
    let (nationality, hometown) = (details.nationality.unwrap(), details.hometown.unwrap());
    for (read, field) in [
        (details.name.unwrap().as_str(), "2"),
        (details.sex.unwrap().word(), "4"),
        (nationality.as_str(), "5"),
        (hometown.as_str(), "8"),
        (details.residence.unwrap().as_str(), "9"),
    ] {
        assert_eq!(read, fields.text(field));
    }
    let birth = details.birth.and_then(Birth::day);
    for (read, field) in [(birth, "3"), (details.issued, "11"), (details.expires, "12")] {
        let read = read.unwrap();
        assert_eq!(format!("{:02}/{:02}/{}", read.day, read.month, read.year), fields.text(field));
    }
    assert_eq!(mrz.birth, details.birth);
}

#[test]
fn the_sample_of_ef_com_is_tlv() {
    let file = Vector::named("ef_samples").hex("ef_com");
    let groups = Reader::find(Reader::only(&file, 0x60).unwrap().value, 0x5C).unwrap().unwrap();
    assert_eq!(groups.value, [0x61, 0x75]);
}
