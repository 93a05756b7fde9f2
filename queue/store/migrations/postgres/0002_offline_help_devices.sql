-- Numbers that kiosks issue while the service is away, calls for help, and how devices are.

ALTER TABLE ticket ADD COLUMN provisional BIGINT NOT NULL DEFAULT 0 CHECK (provisional IN (0, 1));
ALTER TABLE ticket ADD COLUMN arrival_place BIGINT;
ALTER TABLE ticket ADD COLUMN kiosk_clock BIGINT;

CREATE TABLE kiosk_series (
    series TEXT NOT NULL PRIMARY KEY CHECK (series ~ '^[A-Z]{2}$'),
    kiosk TEXT NOT NULL,
    installation BYTEA NOT NULL CHECK (length(installation) = 16),
    leased_at BIGINT NOT NULL,
    UNIQUE (kiosk, installation)
);

CREATE TABLE help_call (
    request BYTEA NOT NULL PRIMARY KEY CHECK (length(request) = 16),
    kiosk TEXT NOT NULL,
    called_at BIGINT NOT NULL,
    cleared_at BIGINT,
    cleared_by BYTEA CHECK (cleared_by IS NULL OR length(cleared_by) = 16),
    CHECK ((cleared_at IS NULL) = (cleared_by IS NULL))
);
CREATE UNIQUE INDEX help_open ON help_call (kiosk) WHERE cleared_at IS NULL;
CREATE INDEX help_cleared ON help_call (cleared_by) WHERE cleared_by IS NOT NULL;

CREATE TABLE device_state (
    device TEXT NOT NULL PRIMARY KEY,
    told_at BIGINT NOT NULL,
    report TEXT NOT NULL
);
