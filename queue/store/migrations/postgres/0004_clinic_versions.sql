-- The hospital's settings, a whole version a change, and an index for statistics.

CREATE TABLE clinic_version (
    version BIGINT PRIMARY KEY CHECK (version >= 1),
    request BYTEA UNIQUE CHECK (request IS NULL OR length(request) = 16),
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    settings TEXT NOT NULL
);

CREATE INDEX audit_day ON audit (day, id);
