use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use queue_protocol::model::{RequestId, ServiceDay};

use crate::sql::{DatabaseError, Insert, Result, Row, Shares, Sql, Tell, Value, Writing, damaged};

/// A connection to SQLite.
pub(crate) struct Sqlite(pub(crate) Connection);

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Sql for Sqlite {
    fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let cells: Result<Vec<Value>> = (0..columns).map(|column| cell(row.get_ref(column)?)).collect();
            found.push(Row::new(cells?));
        }
        Ok(found)
    }

    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64> {
        let changed = self.0.prepare_cached(sql)?.execute(params_from_iter(values))?;
        u64::try_from(changed).map_err(damaged)
    }

    fn change(&mut self, sql: &'static str, values: &[Value]) -> Result<()> {
        match self.execute(sql, values)? {
            1 => Ok(()),
            changed => Err(DatabaseError::Lost { changed }),
        }
    }

    fn query_each(&mut self, sql: &'static str, requests: &[RequestId]) -> Result<Vec<Row>> {
        let mut found = Vec::new();
        for request in requests {
            found.extend(self.query(sql, &[Value::from(*request)])?);
        }
        Ok(found)
    }

    fn query_day_each(&mut self, sql: &'static str, day: ServiceDay, texts: &[String]) -> Result<Vec<Row>> {
        let mut found = Vec::new();
        for text in texts {
            found.extend(self.query(sql, &[day.to_string().into(), text.as_str().into()])?);
        }
        Ok(found)
    }

    fn insert(&mut self, insert: &'static Insert, values: Vec<Value>) -> Result<()> {
        self.change(insert.text, &values)
    }
}

fn cell(value: ValueRef<'_>) -> Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(_) => return Err(damaged("no column holds a fraction")),
        ValueRef::Text(bytes) => Value::Text(std::str::from_utf8(bytes).map_err(damaged)?.to_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    })
}

impl Writing for Sqlite {
    fn begin(&mut self) -> Result<()> {
        if !self.0.is_autocommit() {
            // A commit that failed may leave its transaction open.
            self.0.execute_batch("ROLLBACK")?;
        }
        Ok(self.0.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn is_in_transaction(&self) -> bool {
        !self.0.is_autocommit()
    }

    fn savepoint(&mut self) -> Result<()> {
        self.execute("SAVEPOINT command", &[]).map(drop)
    }

    fn release(&mut self) -> Result<()> {
        self.execute("RELEASE command", &[]).map(drop)
    }

    fn undo(&mut self) -> Result<()> {
        if self.is_in_transaction() {
            self.0.execute_batch("ROLLBACK TO command; RELEASE command")?;
        }
        Ok(())
    }

    fn commit(&mut self, _: Tell) -> Result<()> {
        Ok(self.0.execute_batch("COMMIT")?)
    }

    fn give_up(&mut self) -> Result<()> {
        Ok(self.0.execute_batch("ROLLBACK")?)
    }

    fn shares(&self) -> Shares {
        Shares::WithNobody
    }
}
