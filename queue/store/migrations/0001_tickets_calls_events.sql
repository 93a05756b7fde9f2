-- Numbers, calls and the event log of a hospital's queues.

CREATE TABLE ticket (
    -- Order of arrival. Never reused, never derived from a clock.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request BLOB NOT NULL UNIQUE CHECK (length(request) = 16),
    kiosk TEXT NOT NULL,
    -- Service day in the hospital's time zone, as it was when the number was issued.
    day TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    series TEXT NOT NULL CHECK (series GLOB '[A-Z]' OR series GLOB '[A-Z][A-Z]'),
    ordinal INTEGER NOT NULL CHECK (ordinal BETWEEN 1 AND 9999),
    service TEXT NOT NULL,
    service_name TEXT NOT NULL,
    place TEXT NOT NULL,
    -- The zone whose log tells of this ticket, for all its life.
    zone TEXT NOT NULL,
    ahead INTEGER NOT NULL CHECK (ahead >= 0),
    issued_at INTEGER NOT NULL,
    issued_at_local TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'called', 'voided')),
    UNIQUE (day, series, ordinal)
) STRICT;

CREATE INDEX ticket_waiting ON ticket (day, service, id) WHERE state = 'waiting';

-- Requests voided before they arrived: they never get a number.
CREATE TABLE spent_request (
    request BLOB NOT NULL PRIMARY KEY CHECK (length(request) = 16),
    voided_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE call (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request BLOB NOT NULL UNIQUE CHECK (length(request) = 16),
    ticket INTEGER NOT NULL REFERENCES ticket (id),
    room TEXT NOT NULL,
    room_name TEXT NOT NULL,
    called_at INTEGER NOT NULL
) STRICT;

CREATE INDEX call_ticket ON call (ticket);

-- What displays are told. Contiguous in each zone, over all days; written in the transaction of what it tells.
CREATE TABLE event (
    zone TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    day TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('issued', 'called', 'voided')),
    ticket INTEGER NOT NULL REFERENCES ticket (id),
    call INTEGER REFERENCES call (id),
    from_state TEXT CHECK (from_state IN ('waiting', 'called')),
    PRIMARY KEY (zone, seq),
    CHECK ((kind = 'called') = (call IS NOT NULL)),
    CHECK ((kind = 'voided') = (from_state IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX event_day ON event (zone, day, seq);
