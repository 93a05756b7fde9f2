use super::VietQrRefusal;

/// Longest value: its length has two digits.
pub const VALUE_CHARS_MAX: usize = 99;

/// Most fields of one level: there are no more tags than this.
const TAGS: usize = 100;

/// The fields of one level: two digits of tag, two of length, the value. Tags are unique.
pub struct Fields<'a>(Vec<(&'a str, &'a str)>);

/// Why a text is no sequence of fields.
pub enum NotFields {
    /// It ends inside a field.
    Truncated,
    /// Tag or length are no digits.
    Head,
    /// A tag is there twice.
    Twice,
}

impl<'a> Fields<'a> {
    pub fn split(text: &'a str) -> Result<Self, NotFields> {
        let mut fields: Vec<(&str, &str)> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (tag, after_tag) = rest.split_at_checked(2).ok_or(NotFields::Truncated)?;
            let (length, after_length) = after_tag.split_at_checked(2).ok_or(NotFields::Truncated)?;
            if ![tag, length].iter().all(|text| text.bytes().all(|byte| byte.is_ascii_digit())) {
                return Err(NotFields::Head);
            }
            let length = length.parse().map_err(|_| NotFields::Head)?;
            let (value, after_value) = after_length.split_at_checked(length).ok_or(NotFields::Truncated)?;
            if fields.len() == TAGS || fields.iter().any(|(earlier, _)| *earlier == tag) {
                return Err(NotFields::Twice);
            }
            fields.push((tag, value));
            rest = after_value;
        }
        Ok(Self(fields))
    }

    /// Splits the value of a field that holds fields.
    pub fn nested(value: &'a str) -> Result<Self, VietQrRefusal> {
        Self::split(value).map_err(|why| match why {
            NotFields::Truncated | NotFields::Head => VietQrRefusal::NestedLength,
            NotFields::Twice => VietQrRefusal::DuplicateTag,
        })
    }

    pub fn get(&self, tag: &str) -> Option<&'a str> {
        self.0.iter().find(|(found, _)| *found == tag).map(|(_, value)| *value)
    }

    pub fn first(&self) -> Option<(&'a str, &'a str)> {
        self.0.first().copied()
    }

    pub fn last(&self) -> Option<(&'a str, &'a str)> {
        self.0.last().copied()
    }
}

/// Appends a field.
pub fn push(to: &mut String, tag: &str, value: &str) -> Result<(), VietQrRefusal> {
    if value.len() > VALUE_CHARS_MAX {
        return Err(VietQrRefusal::FieldTooLong { max: VALUE_CHARS_MAX, got: value.len() });
    }
    to.push_str(tag);
    to.push_str(&format!("{:02}", value.len()));
    to.push_str(value);
    Ok(())
}

/// CRC-16: polynomial 1021, start FFFF, not reflected (ISO/IEC 13239, as EMVCo takes it).
pub fn crc(text: &str) -> u16 {
    text.bytes().fold(0xFFFF, |crc, byte| {
        (0..8)
            .fold(crc ^ (u16::from(byte) << 8), |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_crc_is_the_published_one() {
        assert_eq!(crc("123456789"), 0x29B1);
    }
}
