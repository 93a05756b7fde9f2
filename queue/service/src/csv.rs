//! Tables as a spreadsheet saves them: CSV (RFC 4180) with names in its first line, each cell with the line it is on.

use std::collections::BTreeMap;

/// Longest table, in bytes: some ten thousand lines.
pub(crate) const TABLE_BYTES_MAX: usize = 1024 * 1024;

/// Why a text is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CsvError {
    /// It is longer than a table of ours ever is.
    #[error("expected at most {TABLE_BYTES_MAX} bytes, got {got}")]
    TooLong {
        /// Its bytes.
        got: usize,
    },
    /// The names of the columns are missing.
    #[error("expected the names of the columns: {expected}")]
    NoHead {
        /// Names of columns.
        expected: String,
    },
    /// A column that nobody reads: perhaps a mistake in its name.
    #[error("unknown column {name:?}, expected some of: {expected}")]
    UnknownColumn {
        /// Its name.
        name: String,
        /// Names of columns.
        expected: String,
    },
    /// A column that is needed.
    #[error("the column {name:?} is missing")]
    MissingColumn {
        /// Its name.
        name: &'static str,
    },
    /// A column that is there twice.
    #[error("the column {name:?} is there twice")]
    ColumnTwice {
        /// Its name.
        name: String,
    },
    /// More or fewer cells than columns.
    #[error("expected {expected} cells, got {got}")]
    Cells {
        /// Columns.
        expected: usize,
        /// Cells.
        got: usize,
    },
    /// A quotation mark in a cell that does not begin with one, or text behind the one that ends it.
    #[error("a quotation mark inside a cell; such a cell begins and ends with one, and has two for each inside")]
    QuoteInside,
    /// A cell that begins with a quotation mark and never ends.
    #[error("the quotation mark that begins a cell here is never closed")]
    QuoteOpen,
}

/// An error and the line it is on, counted from 1.
pub(crate) type Located<E> = (usize, E);

/// One line of a table: its cells by the names of their columns.
#[derive(Debug)]
pub(crate) struct CsvRow {
    /// Counted from 1.
    pub(crate) line: usize,
    cells: BTreeMap<&'static str, String>,
}

impl CsvRow {
    /// The cell of a column, without spaces around it; `""` where there is none.
    pub(crate) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }
}

/// Reads a table whose columns are `needed` and perhaps some of `others`, in any order. Between cells is a comma or, as
/// spreadsheets write it where the comma is for decimals, a semicolon. Empty lines are passed over.
pub(crate) fn table(
    text: &str,
    needed: &[&'static str],
    others: &[&'static str],
) -> Result<Vec<CsvRow>, Located<CsvError>> {
    if text.len() > TABLE_BYTES_MAX {
        return Err((1, CsvError::TooLong { got: text.len() }));
    }
    // Spreadsheets put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let known: Vec<&'static str> = needed.iter().chain(others).copied().collect();
    let mut records = records(text)?.into_iter();
    let Some((line, head)) = records.next() else {
        return Err((1, CsvError::NoHead { expected: known.join(", ") }));
    };
    let columns = columns(&head, needed, &known).map_err(|error| (line, error))?;
    records
        .map(|(line, cells)| {
            if cells.len() != columns.len() {
                return Err((line, CsvError::Cells { expected: columns.len(), got: cells.len() }));
            }
            Ok(CsvRow { line, cells: columns.iter().copied().zip(cells).collect() })
        })
        .collect()
}

fn columns(head: &[String], needed: &[&'static str], known: &[&'static str]) -> Result<Vec<&'static str>, CsvError> {
    let mut columns = Vec::new();
    for name in head.iter().map(|name| name.trim()) {
        let Some(column) = known.iter().find(|known| **known == name) else {
            return Err(CsvError::UnknownColumn { name: name.to_owned(), expected: known.join(", ") });
        };
        if columns.contains(column) {
            return Err(CsvError::ColumnTwice { name: name.to_owned() });
        }
        columns.push(*column);
    }
    match needed.iter().find(|name| !columns.contains(*name)) {
        Some(name) => Err(CsvError::MissingColumn { name }),
        None => Ok(columns),
    }
}

/// Where the reading is in a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Plain,
    Quoted,
    /// Behind a quotation mark in a quoted cell: its end, or the first of two.
    Quote,
}

/// The lines that are not empty, with where they begin.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, Located<CsvError>> {
    let head = text.lines().next().unwrap_or_default();
    let delimiter = if head.contains(';') && !head.contains(',') { ';' } else { ',' };
    let (mut records, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut at, mut line, mut begins, mut quoted) = (At::Start, 1, 1, 1);
    for c in text.chars().filter(|c| *c != '\r').chain(['\n']) {
        at = match (at, c) {
            (At::Quoted, '"') => At::Quote,
            (At::Quoted, c) => {
                cell.push(c);
                At::Quoted
            }
            (At::Quote, '"') => {
                cell.push('"');
                At::Quoted
            }
            (At::Start, '"') => {
                quoted = line;
                At::Quoted
            }
            (At::Plain, '"') => return Err((line, CsvError::QuoteInside)),
            (At::Start | At::Plain | At::Quote, '\n') => {
                cells.push(std::mem::take(&mut cell));
                let whole = std::mem::take(&mut cells);
                if whole.iter().any(|cell| !cell.trim().is_empty()) {
                    records.push((begins, whole));
                }
                begins = line + 1;
                At::Start
            }
            (At::Start | At::Plain | At::Quote, c) if c == delimiter => {
                cells.push(std::mem::take(&mut cell));
                At::Start
            }
            (At::Quote, _) => return Err((line, CsvError::QuoteInside)),
            (At::Start | At::Plain, c) => {
                cell.push(c);
                At::Plain
            }
        };
        line += usize::from(c == '\n');
    }
    if at == At::Quoted { Err((quoted, CsvError::QuoteOpen)) } else { Ok(records) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(usize, String, String)>, Located<CsvError>> {
        let rows = table(text, &["id", "name"], &["note"])?;
        Ok(rows.into_iter().map(|row| (row.line, row.cell("id").to_owned(), row.cell("name").to_owned())).collect())
    }

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it() {
        let wanted = vec![(2, "a".to_owned(), "Nội".to_owned()), (4, "b".to_owned(), "Tai, \"mũi\"; họng".to_owned())];
        for text in [
            "id,name\na,Nội\n\nb,\"Tai, \"\"mũi\"\"; họng\"\n",
            "\u{feff}name;id\r\n Nội ;a\r\n;\r\n\"Tai, \"\"mũi\"\"; họng\";b",
            "id,note,name\na,,Nội\n,,\nb,x,\"Tai, \"\"mũi\"\"; họng\"",
        ] {
            assert_eq!(read(text).unwrap(), wanted, "{text:?}");
        }
        let over_lines = read("id,name\na,\"one\ntwo\"\nb,x").unwrap();
        assert_eq!((over_lines[0].2.as_str(), over_lines[1].0), ("one\ntwo", 4));
    }

    #[test]
    fn a_mistake_has_its_line() {
        let cases: [(&str, usize, &str); 9] = [
            ("", 1, "names of the columns"),
            ("id,nmae\n", 1, "unknown column \"nmae\""),
            ("id\n", 1, "\"name\" is missing"),
            ("id,name,id\n", 1, "there twice"),
            ("id,name\na\n", 2, "expected 2 cells, got 1"),
            ("id,name\na,b\nc,d,e\n", 3, "expected 2 cells, got 3"),
            ("id,name\n\na,b \"c\"\n", 3, "inside a cell"),
            ("id,name\na,\"b\"c\n", 2, "inside a cell"),
            ("id,name\na,b\nc,\"d\ne\n", 3, "never closed"),
        ];
        for (text, line, words) in cases {
            let (at, error) = read(text).unwrap_err();
            assert_eq!(at, line, "{text:?}: {error}");
            assert!(error.to_string().contains(words), "{text:?}: {error}");
        }
        let long = format!("id,name\n{}", "x".repeat(TABLE_BYTES_MAX));
        assert!(matches!(read(&long), Err((1, CsvError::TooLong { .. }))));
    }
}
