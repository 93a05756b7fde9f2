//! The chip-card reader's keys.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::bounded_file;

/// Most certificates in the folder of anchors.
const ANCHORS_MAX: usize = 64;

/// The chip-card reader, found by PC/SC.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardConfig {
    /// A part of the reader's name; without it the first reader with a card.
    pub reader: Option<String>,
    /// A folder of certificates (DER or PEM) of issuing authorities; without it no issuer is vouched for.
    pub anchors: Option<PathBuf>,
}

impl CardConfig {
    pub(super) fn anchors(&self) -> Result<Vec<Vec<u8>>, String> {
        let Some(folder) = &self.anchors else { return Ok(Vec::new()) };
        let said = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
        let mut anchors = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(said)? {
            let path = entry.map_err(said)?.path();
            anchors.push(certificate(&path)?);
            if anchors.len() > ANCHORS_MAX {
                return Err(format!("{} has more than {ANCHORS_MAX} files", folder.display()));
            }
        }
        if anchors.is_empty() {
            return Err(format!("there is no certificate in {}", folder.display()));
        }
        Ok(anchors)
    }
}

/// The bytes of a certificate that can be trusted as an anchor.
fn certificate(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = bounded_file(path)?;
    let mut trial = chip_card::Trust::new(TRIAL_DAY);
    trial.add_anchor(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes)
}

/// Whether a certificate has expired is looked at when a chip is read, not here.
const TRIAL_DAY: vn_identity::Date = vn_identity::Date { year: 2026, month: 1, day: 1 };
