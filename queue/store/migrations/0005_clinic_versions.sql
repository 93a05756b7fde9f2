-- The hospital's settings, a whole version a change, and an index for statistics.

INSERT INTO schema_step VALUES (5, 'clinic versions', 2);

CREATE TABLE clinic_version (
    version INTEGER PRIMARY KEY CHECK (version >= 1),
    -- NULL for what the database was made with.
    request BLOB UNIQUE CHECK (request IS NULL OR length(request) = 16),
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    -- JSON: `ClinicSettings` of the HTTP interface.
    settings TEXT NOT NULL
) STRICT;

CREATE INDEX audit_day ON audit (day, id);
