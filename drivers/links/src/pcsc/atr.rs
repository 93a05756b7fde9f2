use std::fmt;

/// Longest answer to reset (ISO 7816-3, 8.2.1).
pub const ATR_BYTES_MAX: usize = 33;

/// A card's answer to reset: which kind of card it is and what it can. The same for all cards of one kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atr(Vec<u8>);

/// What the historical bytes say about extended length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExtendedLength {
    /// The card says that it takes extended APDUs.
    Announced,
    /// The card lists its capabilities without it.
    NotAnnounced,
    /// The card lists no capabilities.
    Unsaid,
}

impl Atr {
    /// The answer as the reader gave it, cut at the longest there can be.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.iter().copied().take(ATR_BYTES_MAX).collect())
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What the card says about extended length (ISO 7816-4, 8.1.1.2.7). Cards and readers are known to disagree: take
    /// it as a hint, and try.
    #[must_use]
    pub fn extended_length(&self) -> ExtendedLength {
        let Some([0x00 | 0x80, objects @ ..]) = self.historical() else { return ExtendedLength::Unsaid };
        match compact_tlv(objects, 7) {
            Some([_, _, third, ..]) if third & 0x40 != 0 => ExtendedLength::Announced,
            Some(_) => ExtendedLength::NotAnnounced,
            None => ExtendedLength::Unsaid,
        }
    }

    /// The historical bytes, behind the interface bytes that T0 and each TD announce (ISO 7816-3, 8.2).
    fn historical(&self) -> Option<&[u8]> {
        let (&[_, format], mut rest) = self.0.split_first_chunk::<2>()?;
        let mut announced = format >> 4;
        while announced != 0 {
            let (level, after) = rest.split_at_checked(announced.count_ones().try_into().ok()?)?;
            // TD comes last on its level and announces the next one.
            announced = if announced & 0b1000 == 0 { 0 } else { level.last()? >> 4 };
            rest = after;
        }
        rest.get(..usize::from(format & 0x0F))
    }
}

fn compact_tlv(mut objects: &[u8], tag: u8) -> Option<&[u8]> {
    loop {
        let (head, rest) = objects.split_first()?;
        let (content, after) = rest.split_at_checked(usize::from(head & 0x0F))?;
        if head >> 4 == tag {
            return Some(content);
        }
        objects = after;
    }
}

impl fmt::Display for Atr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Atr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Atr({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_found_behind_the_interface_bytes() {
        let said = |bytes: &[u8]| Atr::new(bytes).extended_length();
        // Contactless, as PC/SC makes it up: TD1 and TD2, then the historical bytes.
        let announced = [0x3B, 0x85, 0x80, 0x01, 0x80, 0x73, 0x94, 0x01, 0x40, 0xC3];
        assert_eq!(said(&announced), ExtendedLength::Announced);
        let mut not = announced;
        not[8] = 0;
        assert_eq!(said(&not), ExtendedLength::NotAnnounced);
        // A contact card: TA1 and TD1, TA and TB after it, a card service object before the capabilities.
        let contact = [0x3B, 0x97, 0x96, 0x31, 0xFE, 0x45, 0x00, 0x31, 0x80, 0x73, 0x94, 0x01, 0x40];
        assert_eq!(said(&contact), ExtendedLength::Announced);
    }

    #[test]
    fn an_answer_that_is_cut_off_or_says_nothing_is_unsaid() {
        for bytes in [&[][..], &[0x3B], &[0x3B, 0xF5, 1], &[0x3B, 0x02, 0x80], &[0x3B, 0x01, 0x55]] {
            assert_eq!(Atr::new(bytes).extended_length(), ExtendedLength::Unsaid, "{bytes:?}");
        }
    }
}
