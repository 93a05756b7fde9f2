//! QR symbols the printer draws itself (`GS ( k`, symbol type 49).

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use super::command::Qr;

/// Longest text a symbol can be asked for, in bytes (reference: 7,089 characters, all digits).
pub const QR_BYTES_MAX: usize = 7_089;

#[derive(Debug, Clone)]
pub(super) struct SymbolStore {
    module_dots: usize,
    level: QrCodeEcc,
    data: Vec<u8>,
}

/// A symbol as rows of modules.
pub(super) struct Symbol {
    pub(super) module_dots: usize,
    pub(super) modules: Vec<Vec<bool>>,
}

impl Default for SymbolStore {
    fn default() -> Self {
        Self { module_dots: 3, level: QrCodeEcc::Low, data: Vec::new() }
    }
}

impl SymbolStore {
    /// Obeys; a symbol comes out for [`Qr::Print`], `None` when there is nothing that could be printed.
    pub(super) fn obey(&mut self, command: Qr) -> Option<Symbol> {
        match command {
            Qr::Model => {}
            Qr::ModuleDots(dots) => self.module_dots = usize::from(dots),
            Qr::Level(level) => {
                self.level = match level {
                    49 => QrCodeEcc::Medium,
                    50 => QrCodeEcc::Quartile,
                    51.. => QrCodeEcc::High,
                    ..49 => QrCodeEcc::Low,
                };
            }
            Qr::Store(mut data) => {
                data.truncate(QR_BYTES_MAX);
                self.data = data;
            }
            Qr::Print => return self.draw(),
        }
        None
    }

    fn draw(&self) -> Option<Symbol> {
        if self.data.is_empty() {
            return None;
        }
        let text = std::str::from_utf8(&self.data).ok().map(QrSegment::make_segments);
        let segments = text.unwrap_or_else(|| vec![QrSegment::make_bytes(&self.data)]);
        let code =
            QrCode::encode_segments_advanced(&segments, self.level, Version::MIN, Version::MAX, None, false).ok()?;
        let row = |y| (0..code.size()).map(|x| code.get_module(x, y)).collect();
        Some(Symbol { module_dots: self.module_dots, modules: (0..code.size()).map(row).collect() })
    }
}
