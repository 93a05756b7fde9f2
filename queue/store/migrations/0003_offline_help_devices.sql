-- Numbers that kiosks issue while the service is away, calls for help, and how devices are.

INSERT INTO schema_step VALUES (3, 'offline series, help, devices', 2);

-- Issued by a kiosk from its own series.
ALTER TABLE ticket ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0 CHECK (provisional IN (0, 1));
-- Place in the order of arrival; NULL: that of its id.
ALTER TABLE ticket ADD COLUMN arrival_place INTEGER;
-- What the clock of the kiosk showed when it issued a provisional number. The difference to `arrived_at` is how wrong
-- it was, as far as that can be told.
ALTER TABLE ticket ADD COLUMN kiosk_clock INTEGER;

-- Whose a series is, for good: what an installation has issued and not handed over is not known.
CREATE TABLE kiosk_series (
    series TEXT NOT NULL PRIMARY KEY CHECK (series GLOB '[A-Z][A-Z]'),
    kiosk TEXT NOT NULL,
    installation BLOB NOT NULL CHECK (length(installation) = 16),
    leased_at INTEGER NOT NULL,
    UNIQUE (kiosk, installation)
) STRICT, WITHOUT ROWID;

CREATE TABLE help_call (
    request BLOB NOT NULL PRIMARY KEY CHECK (length(request) = 16),
    kiosk TEXT NOT NULL,
    called_at INTEGER NOT NULL,
    cleared_at INTEGER,
    cleared_by BLOB CHECK (cleared_by IS NULL OR length(cleared_by) = 16),
    CHECK ((cleared_at IS NULL) = (cleared_by IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX help_open ON help_call (kiosk) WHERE cleared_at IS NULL;
CREATE INDEX help_cleared ON help_call (cleared_by) WHERE cleared_by IS NOT NULL;

-- What each device told last, as JSON.
CREATE TABLE device_state (
    device TEXT NOT NULL PRIMARY KEY,
    told_at INTEGER NOT NULL,
    report TEXT NOT NULL
) STRICT, WITHOUT ROWID;
