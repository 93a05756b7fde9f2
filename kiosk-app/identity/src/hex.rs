use zeroize::Zeroizing;

/// Why a text is no hexadecimal UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotHex {
    /// A character that is no hexadecimal digit.
    Digit,
    /// Half a byte is missing.
    OddLength,
    /// The bytes are no UTF-8.
    NotUtf8,
}

/// The text that `hex` spells in UTF-8, two digits a byte, in either case.
pub(crate) fn text(hex: &str) -> Result<Zeroizing<String>, NotHex> {
    if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(NotHex::Digit);
    }
    if !hex.len().is_multiple_of(2) {
        return Err(NotHex::OddLength);
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(hex.len() / 2));
    bytes.extend(
        hex.as_bytes().chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | value(*digit))),
    );
    let text = std::str::from_utf8(&bytes).map_err(|_| NotHex::NotUtf8)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// What a hexadecimal digit counts. Only called for digits.
const fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_bytes_of_utf8_are_text() {
        assert_eq!(text("4de1baab75").unwrap().as_str(), "Mẫu");
        assert_eq!(text("4DE1BAAB75").unwrap().as_str(), "Mẫu");
        assert_eq!(text("4de1baab7"), Err(NotHex::OddLength));
        assert_eq!(text("4de1ba"), Err(NotHex::NotUtf8));
        assert_eq!(text("Mẫu"), Err(NotHex::Digit));
    }
}
