//! What is sent to the server in one go, and what comes back.

use std::error::Error;

use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Statement};

use crate::sql::{Ask, DatabaseError, Given, Insert, Kind, Result, Row, Value, damaged};

/// One of the statements that are sent in one go.
pub(super) enum Part {
    /// Without parameters.
    Plain(&'static str),
    /// Rows of one table, in one statement.
    Rows(&'static Insert, Vec<Vec<Value>>),
    /// Changes one row.
    Change(&'static str, Vec<Value>),
    /// Changes any number of rows.
    Execute(&'static str, Vec<Value>),
    Ask(Ask),
}

/// What the server says to a [`Part`].
pub(super) enum Answer {
    Done,
    Changed(u64),
    Rows(Vec<Row>),
}

impl Part {
    /// By which name its prepared statement is known, and how it is spelt.
    pub(super) fn statement(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Plain(_) => None,
            Self::Rows(insert, _) => Some((insert.text, from_arrays(insert))),
            Self::Change(text, _) | Self::Execute(text, _) => Some((text, with_dollars(text))),
            Self::Ask(Ask { text, given: Given::Values(_) }) => Some((text, with_dollars(text))),
            Self::Ask(Ask { text, given: Given::Requests(_) }) => Some((text, text.replace("= ?1", "= ANY($1)"))),
            Self::Ask(Ask { text, given: Given::Day(..) }) => {
                let one = text.replace("?1", "$1").replace("?2", "wanted.cell");
                let each = "SELECT found.* FROM unnest($2::text[]) AS wanted (cell) CROSS JOIN LATERAL";
                Some((text, format!("{each} ({one}) AS found")))
            }
        }
    }

    /// Sends it when first polled.
    pub(super) async fn send(&self, client: &Client, statement: Option<&Statement>) -> Result<Answer> {
        match (self, statement) {
            (Self::Plain(text), _) => Ok(client.batch_execute(text).await.map(|()| Answer::Done)?),
            (Self::Rows(insert, rows), Some(statement)) => {
                changed(insert_rows(client, statement, insert, rows).await?, rows.len())
            }
            (Self::Change(_, values), Some(statement)) => {
                changed(client.execute(statement, &parameters(values)).await?, 1)
            }
            (Self::Execute(_, values), Some(statement)) => {
                Ok(Answer::Changed(client.execute(statement, &parameters(values)).await?))
            }
            (Self::Ask(ask), Some(statement)) => answer(client, statement, &ask.given).await.map(Answer::Rows),
            (Self::Rows(..) | Self::Change(..) | Self::Execute(..) | Self::Ask(_), None) => {
                Err(damaged("the statement was not prepared"))
            }
        }
    }
}

fn changed(changed: u64, expected: usize) -> Result<Answer> {
    if usize::try_from(changed) == Ok(expected) {
        Ok(Answer::Changed(changed))
    } else {
        Err(DatabaseError::Lost { changed })
    }
}

fn with_dollars(text: &str) -> String {
    text.replace('?', "$")
}

/// The statement that writes any number of rows: one array a column.
fn from_arrays(insert: &Insert) -> String {
    let names: Vec<&str> = insert.columns.iter().map(|(name, _)| *name).collect();
    let kind = |kind: &Kind| match kind {
        Kind::Int => "bigint",
        Kind::Text => "text",
        Kind::Bytes => "bytea",
    };
    let arrays: Vec<String> = (1..).zip(insert.columns).map(|(n, (_, of))| format!("${n}::{}[]", kind(of))).collect();
    format!("INSERT INTO {} ({}) SELECT * FROM unnest({})", insert.table, names.join(", "), arrays.join(", "))
}

async fn insert_rows(client: &Client, statement: &Statement, insert: &Insert, rows: &[Vec<Value>]) -> Result<u64> {
    let columns: Result<Vec<Column<'_>>> =
        insert.columns.iter().enumerate().map(|(at, (_, kind))| Column::of(*kind, rows, at)).collect();
    let columns = columns?;
    let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(Column::parameter).collect();
    Ok(client.execute(statement, &parameters).await?)
}

async fn answer(client: &Client, statement: &Statement, given: &Given) -> Result<Vec<Row>> {
    let found = match given {
        Given::Values(values) => client.query(statement, &parameters(values)).await?,
        Given::Requests(requests) => {
            let requests: Vec<[u8; 16]> = requests.iter().map(|request| request.into_bytes()).collect();
            let requests: Vec<&[u8]> = requests.iter().map(<[u8; 16]>::as_slice).collect();
            client.query(statement, &[&requests]).await?
        }
        Given::Day(day, texts) => client.query(statement, &[&day.to_string(), texts]).await?,
    };
    found.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect::<Result<_>>().map(Row::new)).collect()
}

/// One column of rows that are written together.
enum Column<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Bytes(Vec<Option<&'a [u8]>>),
}

impl<'a> Column<'a> {
    fn of(kind: Kind, rows: &'a [Vec<Value>], at: usize) -> Result<Self> {
        let cells = rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null));
        Ok(match kind {
            Kind::Int => Self::Ints(cells.map(Value::int).collect::<Result<_>>()?),
            Kind::Text => Self::Texts(cells.map(Value::text).collect::<Result<_>>()?),
            Kind::Bytes => Self::Bytes(cells.map(Value::bytes).collect::<Result<_>>()?),
        })
    }

    fn parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Ints(cells) => cells,
            Self::Texts(cells) => cells,
            Self::Bytes(cells) => cells,
        }
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) => value.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn cell(row: &tokio_postgres::Row, at: usize) -> Result<Value> {
    let kind = row.columns().get(at).map(tokio_postgres::Column::type_);
    Ok(match kind {
        Some(&Type::INT8) => row.try_get::<_, Option<i64>>(at)?.into(),
        Some(&Type::TEXT) => row.try_get::<_, Option<String>>(at)?.into(),
        Some(&Type::BYTEA) => row.try_get::<_, Option<Vec<u8>>>(at)?.map_or(Value::Null, Value::Bytes),
        other => return Err(damaged(format!("no column of ours has the type {other:?}"))),
    })
}
