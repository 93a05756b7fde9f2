-- Who may ask for what: devices with their keys, codes to enrol them, people, their sessions, and who changed it.

CREATE TABLE device (
    id TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('kiosk', 'display', 'room')),
    room TEXT NOT NULL DEFAULT '',
    -- SHA-256 of the key: 32 random bytes cannot be guessed from it.
    key_hash BYTEA NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    -- The key that takes its place when it is first used.
    next_key_hash BYTEA UNIQUE CHECK (next_key_hash IS NULL OR length(next_key_hash) = 32),
    enrolled_at BIGINT NOT NULL,
    seen_at BIGINT,
    revoked_at BIGINT,
    CHECK ((role = 'room') = (room <> ''))
);

CREATE TABLE enrolment (
    code_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(code_hash) = 32),
    device TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    room TEXT NOT NULL DEFAULT '',
    expires_at BIGINT NOT NULL
);

CREATE TABLE staff (
    user_name TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('nurse', 'administrator', 'statistics')),
    -- Ids, parted by spaces.
    rooms TEXT NOT NULL DEFAULT '',
    -- Argon2id in the PHC format.
    password TEXT NOT NULL,
    -- Wrong passwords since the last right one.
    failures BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT,
    closed_at BIGINT
);

CREATE TABLE session (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_name TEXT NOT NULL REFERENCES staff (user_name),
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX session_of_user ON session (user_name);

-- Who changed what besides tickets. Nothing in it is ever changed or removed.
CREATE TABLE change_audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    step TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE TRIGGER change_audit_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON change_audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
