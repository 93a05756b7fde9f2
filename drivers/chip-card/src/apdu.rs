//! Command and response APDUs (ISO 7816-4, 5.1).

use zeroize::Zeroizing;

use crate::status::StatusWord;

/// Most data bytes of a short command, and most response bytes it can ask for.
pub(crate) const SHORT_NE_MAX: usize = 256;
/// Most response bytes an extended command can ask for.
pub(crate) const EXTENDED_NE_MAX: usize = 65_536;
/// Most data bytes of a short command.
const SHORT_NC_MAX: usize = 255;

/// A command APDU before it is encoded.
#[derive(Clone)]
pub(crate) struct Command {
    /// CLA, INS, P1, P2.
    pub(crate) header: [u8; 4],
    /// The command's data; empty for none.
    pub(crate) data: Zeroizing<Vec<u8>>,
    /// Most bytes wanted in response: 1 to 65,536; `None` for a command without Le.
    pub(crate) ne: Option<usize>,
}

impl Command {
    pub(crate) fn new(header: [u8; 4]) -> Self {
        Self { header, data: Zeroizing::new(Vec::new()), ne: None }
    }

    pub(crate) fn data(mut self, data: &[u8]) -> Self {
        self.data = Zeroizing::new(data.to_vec());
        self
    }

    pub(crate) const fn ne(mut self, ne: usize) -> Self {
        self.ne = Some(ne);
        self
    }

    /// Whether the command needs the extended form.
    pub(crate) fn is_extended(&self) -> bool {
        self.data.len() > SHORT_NC_MAX || self.ne.is_some_and(|ne| ne > SHORT_NE_MAX)
    }

    /// The bytes to send: short when data and Le fit, otherwise extended.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let extended = self.is_extended();
        let mut out = Zeroizing::new(self.header.to_vec());
        if extended {
            out.push(0);
        }
        if !self.data.is_empty() {
            out.extend_from_slice(&length_field(self.data.len(), extended));
            out.extend_from_slice(&self.data);
        }
        if let Some(ne) = self.ne {
            out.extend_from_slice(&length_field(ne, extended));
        }
        out
    }
}

/// Lc or Le: one byte in the short form, two in the extended. The largest Le is written as zero.
pub(crate) fn length_field(length: usize, extended: bool) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    let width = if extended { 2 } else { 1 };
    bytes.get(bytes.len() - width..).unwrap_or_default().to_vec()
}

/// A response APDU, taken apart. Its data is wiped on drop.
#[derive(Clone)]
pub(crate) struct Response {
    pub(crate) data: Zeroizing<Vec<u8>>,
    pub(crate) status: StatusWord,
}

impl Response {
    /// `None` when the answer has fewer than two bytes.
    pub(crate) fn parse(answer: &[u8]) -> Option<Self> {
        let (data, status) = StatusWord::split(answer)?;
        Some(Self { data: Zeroizing::new(data.to_vec()), status })
    }
}
