//! What is wrong with a configuration, and in which line.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why the configuration cannot be used. Displayed as `FILE:LINE: KEY: what is wrong and what is allowed`.
#[derive(Debug)]
pub enum ConfigError {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key with its table, such as `printer.profile`; empty where the text is no TOML.
        key: String,
        /// What is wrong and what is allowed.
        message: String,
    },
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            Self::Invalid { .. } => None,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, .. } => write!(f, "cannot read {}", path.display()),
            Self::Invalid { path, line, key, message } => {
                write!(f, "{}:{line}: ", path.display())?;
                if !key.is_empty() {
                    write!(f, "{key}: ")?;
                }
                f.write_str(message)
            }
        }
    }
}

impl ConfigError {
    /// The parser's error with the line and the key it points at.
    pub(super) fn parsed(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().replace('\n', ", ");
        Self::Invalid { path: path.to_owned(), line: line_at(text, &span), key: key_at(text, &span), message }
    }

    /// What is wrong with the value of `key`, such as `printer.logo`.
    pub(super) fn at_key(path: &Path, text: &str, key: &str, message: String) -> Self {
        let lines = keyed_lines(text);
        let line = lines.iter().find(|(_, known)| known == key).map_or(1, |(line, _)| *line);
        Self::Invalid { path: path.to_owned(), line, key: key.to_owned(), message }
    }
}

fn line_at(text: &str, span: &Range<usize>) -> usize {
    1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count()
}

fn key_at(text: &str, span: &Range<usize>) -> String {
    let line = line_at(text, span);
    let here = keyed_lines(text).into_iter().find(|(known, _)| *known == line);
    here.map(|(_, key)| key).unwrap_or_default()
}

/// The key of each line that has one, with its table; a table's head counts as the table.
fn keyed_lines(text: &str) -> Vec<(usize, String)> {
    let mut table = String::new();
    let mut keys = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.trim();
        if let Some(head) = content.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            table = head.0.trim().to_owned();
            keys.push((line, table.clone()));
        } else if let Some((key, _)) = content.split_once('=').filter(|_| !content.starts_with('#')) {
            let dot = if table.is_empty() { "" } else { "." };
            keys.push((line, format!("{table}{dot}{}", key.trim())));
        }
    }
    keys
}
