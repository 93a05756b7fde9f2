/// One element after another of BER/DER with one-byte tags and definite lengths (ITU-T X.690, 8.1).
///
/// Lengths need not be in their shortest form: which encoder wrote the cards is not known.
#[derive(Clone, Copy)]
pub(crate) struct Elements<'a> {
    rest: &'a [u8],
}

/// The bytes end before an element does, or a tag or length has a form that data groups do not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

/// Longest length field read, in bytes after the first: 65,535 is more than any file of a chip.
const LENGTH_BYTES_MAX: usize = 2;

impl<'a> Elements<'a> {
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Takes the next element's tag and content; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u8, &'a [u8])>, Damaged> {
        let Some((tag, rest)) = self.rest.split_first() else { return Ok(None) };
        // The low five bits all set announce a tag of several bytes.
        if tag & 0x1F == 0x1F {
            return Err(Damaged);
        }
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length).ok_or(Damaged)?;
        self.rest = rest;
        Ok(Some((*tag, content)))
    }

    /// Takes the next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Damaged> {
        match self.next()? {
            Some((found, content)) if found == tag => Ok(content),
            Some(_) | None => Err(Damaged),
        }
    }
}

/// The length in front of `bytes`, and what follows it.
pub(crate) fn length(bytes: &[u8]) -> Result<(usize, &[u8]), Damaged> {
    let (first, rest) = bytes.split_first().ok_or(Damaged)?;
    if *first < 0x80 {
        return Ok((usize::from(*first), rest));
    }
    let count = usize::from(first & 0x7F);
    if count == 0 || count > LENGTH_BYTES_MAX {
        return Err(Damaged);
    }
    let (digits, rest) = rest.split_at_checked(count).ok_or(Damaged)?;
    Ok((digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_one_two_and_three_bytes_are_read() {
        for head in [&[0x0C, 0x02][..], &[0x0C, 0x81, 0x02], &[0x0C, 0x82, 0x00, 0x02]] {
            let bytes = [head, b"ab"].concat();
            let mut elements = Elements::of(&bytes);
            assert_eq!(elements.next(), Ok(Some((0x0C, &b"ab"[..]))));
            assert_eq!(elements.next(), Ok(None));
        }
    }

    #[test]
    fn what_ends_early_or_has_no_length_is_damaged() {
        for bytes in
            [&[0x0C][..], &[0x0C, 0x03, b'a'], &[0x30, 0x80, 0, 0], &[0x0C, 0x83, 0, 0, 1, b'a'], &[0x1F, 1, 1]]
        {
            assert_eq!(Elements::of(bytes).next(), Err(Damaged), "{bytes:?}");
        }
    }
}
