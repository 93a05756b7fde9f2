//! Durable numbers, calls and events: SQLite with one writer and group commit.
