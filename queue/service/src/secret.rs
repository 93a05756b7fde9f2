//! Keys, codes and tokens: made from the system's randomness, kept as hashes.

use std::fmt::Write;

use queue_protocol::model::RequestId;
use queue_store::SecretHash;
use sha2::{Digest, Sha256};

/// How a device's key begins, so that it is recognised where it should not be.
pub(crate) const KEY_MARK: &str = "tdk_";
/// How a session's token begins.
pub(crate) const SESSION_MARK: &str = "tds_";

/// Random bytes in a key or token.
const SECRET_BYTES: usize = 32;

/// The characters of a code: no 0 and O, no 1, I and L. Their number is prime, which the check character needs.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Random characters of a code, before the check character.
const CODE_RANDOM: usize = 7;

/// The system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no randomness")]
pub struct NoRandomness(#[from] getrandom::Error);

pub(crate) fn hash_of(secret: &str) -> SecretHash {
    SecretHash(Sha256::digest(secret.as_bytes()).into())
}

/// A new key of a device.
pub(crate) fn new_key() -> Result<String, NoRandomness> {
    marked(KEY_MARK)
}

/// A new key of a device, and what is stored of it.
///
/// # Errors
/// [`NoRandomness`].
pub fn new_device() -> Result<(String, SecretHash), NoRandomness> {
    let key = new_key()?;
    let hash = hash_of(&key);
    Ok((key, hash))
}

/// A first password: 16 characters that can be read aloud, and dashes.
///
/// # Errors
/// [`NoRandomness`].
pub fn new_password() -> Result<String, NoRandomness> {
    Ok(format!("{}-{}", new_code()?, new_code()?))
}

/// A request id that nobody has used.
///
/// # Errors
/// [`NoRandomness`].
pub fn new_request() -> Result<RequestId, NoRandomness> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(RequestId::from_bytes(bytes))
}

/// A new token of a session.
pub(crate) fn new_token() -> Result<String, NoRandomness> {
    marked(SESSION_MARK)
}

fn marked(mark: &str) -> Result<String, NoRandomness> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    let mut text = mark.to_owned();
    for byte in bytes {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// A new code, such as `7KQM-2RTX`: seven random characters and one that tells a typing mistake.
pub(crate) fn new_code() -> Result<String, NoRandomness> {
    let mut digits = Vec::with_capacity(CODE_RANDOM + 1);
    while digits.len() < CODE_RANDOM {
        let mut byte = [0];
        getrandom::fill(&mut byte)?;
        let digit = byte[0] >> 3;
        // 31 of 32 values are characters.
        if usize::from(digit) < ALPHABET.len() {
            digits.push(digit);
        }
    }
    digits.push(check_digit(&digits));
    let text: String =
        digits.iter().filter_map(|digit| ALPHABET.get(usize::from(*digit)).map(|c| char::from(*c))).collect();
    let (left, right) = text.split_at(text.len() / 2);
    Ok(format!("{left}-{right}"))
}

/// The last character: with weights 1 to 7 modulo a prime, one wrong character or two exchanged ones never fit.
fn check_digit(digits: &[u8]) -> u8 {
    let sum: usize = digits.iter().zip(1..).map(|(digit, weight)| usize::from(*digit) * weight).sum();
    u8::try_from(sum % ALPHABET.len()).unwrap_or_default()
}

/// The code in one spelling; `None` when it was mistyped.
pub(crate) fn read_code(typed: &str) -> Option<String> {
    let letters: Vec<u8> = typed
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'-')
        .map(|byte| byte.to_ascii_uppercase())
        .collect();
    let digit = |letter: &u8| ALPHABET.iter().position(|known| known == letter).and_then(|at| u8::try_from(at).ok());
    let digits: Vec<u8> = letters.iter().map(digit).collect::<Option<_>>()?;
    let (check, random) = digits.split_last()?;
    let fits = random.len() == CODE_RANDOM && check_digit(random) == *check;
    fits.then(|| String::from_utf8(letters).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = new_code().unwrap();
        assert_eq!(code.len(), 9);
        let read = read_code(&code).unwrap();
        assert_eq!(read_code(&code.to_lowercase()), Some(read.clone()));
        assert_eq!(read_code(&format!(" {} ", code.replace('-', " "))), Some(read));
    }

    #[test]
    fn one_wrong_character_or_two_exchanged_ones_are_told() {
        let code: Vec<u8> = read_code(&new_code().unwrap()).unwrap().into_bytes();
        let refused = |letters: &[u8]| read_code(std::str::from_utf8(letters).unwrap()).is_none();
        for at in 0..code.len() {
            for letter in ALPHABET.iter().filter(|letter| **letter != code[at]) {
                let mut wrong = code.clone();
                wrong[at] = *letter;
                assert!(refused(&wrong), "{wrong:?}");
            }
            for other in (at + 1)..code.len() {
                let mut swapped = code.clone();
                swapped.swap(at, other);
                assert!(code[at] == code[other] || refused(&swapped), "{swapped:?}");
            }
        }
        assert!(read_code("").is_none() && read_code("7KQM-2RT").is_none() && read_code("OIL1-0000").is_none());
    }

    #[test]
    fn no_key_is_made_twice() {
        assert_ne!(new_key().unwrap(), new_key().unwrap());
        assert_eq!(new_token().unwrap().len(), SESSION_MARK.len() + 2 * SECRET_BYTES);
    }
}
