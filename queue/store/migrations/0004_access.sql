-- Who may ask for what: devices with their keys, codes to enrol them, people, their sessions, and who changed it.

INSERT INTO schema_step VALUES (4, 'access', 2);

CREATE TABLE device (
    id TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('kiosk', 'display', 'room')),
    room TEXT NOT NULL DEFAULT '',
    -- SHA-256 of the key: 32 random bytes cannot be guessed from it.
    key_hash BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    -- The key that takes its place when it is first used.
    next_key_hash BLOB UNIQUE CHECK (next_key_hash IS NULL OR length(next_key_hash) = 32),
    enrolled_at INTEGER NOT NULL,
    seen_at INTEGER,
    revoked_at INTEGER,
    CHECK ((role = 'room') = (room <> ''))
) STRICT, WITHOUT ROWID;

CREATE TABLE enrolment (
    code_hash BLOB NOT NULL PRIMARY KEY CHECK (length(code_hash) = 32),
    device TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    room TEXT NOT NULL DEFAULT '',
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff (
    user_name TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('nurse', 'administrator', 'statistics')),
    -- Ids, parted by spaces.
    rooms TEXT NOT NULL DEFAULT '',
    -- Argon2id in the PHC format.
    password TEXT NOT NULL,
    -- Wrong passwords since the last right one.
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    closed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_name TEXT NOT NULL REFERENCES staff (user_name),
    expires_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_user ON session (user_name);

-- Who changed what besides tickets. Nothing in it is ever changed or removed.
CREATE TABLE change_audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    step TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE TRIGGER change_audit_is_not_changed BEFORE UPDATE ON change_audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER change_audit_is_not_removed BEFORE DELETE ON change_audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
