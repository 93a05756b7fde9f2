-- A number is written with less work: SQLite builds a table in memory for each list of three and more words that a row
-- is compared with, in every CHECK and every condition of an index, so the words are compared one by one. The index over
-- the places of all tickets goes; those over who waits and who is aside have what was looked for in it.
--
-- `ticket` and `event` are made anew because SQLite cannot change a CHECK. Columns and promises are the same.

INSERT INTO schema_step VALUES (7, 'lighter writes', 2);

CREATE TABLE new_ticket (
    -- Order of arrival. Never reused, never derived from a clock.
    id INTEGER PRIMARY KEY,
    request BLOB NOT NULL UNIQUE CHECK (length(request) = 16),
    kiosk TEXT NOT NULL,
    -- Service day in the hospital's time zone, as it was when the number was issued.
    day TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    series TEXT NOT NULL CHECK (series GLOB '[A-Z]' OR series GLOB '[A-Z][A-Z]'),
    ordinal INTEGER NOT NULL CHECK (ordinal BETWEEN 1 AND 9999),
    -- As issued and printed; never changed.
    service TEXT NOT NULL,
    service_name TEXT NOT NULL,
    place TEXT NOT NULL,
    zone TEXT NOT NULL,
    ahead INTEGER NOT NULL CHECK (ahead >= 0),
    issued_at INTEGER NOT NULL,
    issued_at_local TEXT NOT NULL,
    issued_line TEXT NOT NULL DEFAULT 'normal',
    -- Milliseconds; not before the ticket before it in its series, even if the clock went back.
    arrived_at INTEGER NOT NULL,
    booked_for INTEGER,
    person BLOB CHECK (person IS NULL OR length(person) = 32),
    -- Where it is.
    state TEXT NOT NULL CHECK (
        state = 'waiting' OR state = 'called' OR state = 'in_room' OR state = 'done' OR state = 'missed'
        OR state = 'away' OR state = 'held' OR state = 'cancelled' OR state = 'voided'
    ),
    at_service TEXT NOT NULL,
    at_zone TEXT NOT NULL,
    -- The room it is with, or the only one that may call it; '' for none.
    room TEXT NOT NULL DEFAULT '',
    line TEXT NOT NULL DEFAULT 'normal' CHECK (
        line = 'normal' OR line = 'priority' OR line = 'booked' OR line = 'emergency'
    ),
    lane TEXT NOT NULL DEFAULT 'normal' CHECK (
        lane = 'normal' OR lane = 'priority' OR lane = 'booked' OR lane = 'back' OR lane = 'emergency'
    ),
    due INTEGER NOT NULL DEFAULT 0,
    position INTEGER NOT NULL,
    claims TEXT NOT NULL DEFAULT '',
    rejoins INTEGER NOT NULL DEFAULT 0,
    -- Issued by a kiosk from its own series.
    provisional INTEGER NOT NULL DEFAULT 0 CHECK (provisional = 0 OR provisional = 1),
    -- Place in the order of arrival; NULL: that of its id.
    arrival_place INTEGER,
    -- What the clock of the kiosk showed when it issued a provisional number.
    kiosk_clock INTEGER,
    -- Its patient came without any identity.
    no_identity INTEGER NOT NULL DEFAULT 0 CHECK (no_identity = 0 OR no_identity = 1),
    UNIQUE (day, series, ordinal)
) STRICT;

INSERT INTO new_ticket (id, request, kiosk, day, series, ordinal, service, service_name, place, zone, ahead, issued_at,
    issued_at_local, issued_line, arrived_at, booked_for, person, state, at_service, at_zone, room, line, lane, due,
    position, claims, rejoins, provisional, arrival_place, kiosk_clock, no_identity)
SELECT id, request, kiosk, day, series, ordinal, service, service_name, place, zone, ahead, issued_at,
    issued_at_local, issued_line, arrived_at, booked_for, person, state, at_service, at_zone, room, line, lane, due,
    position, claims, rejoins, provisional, arrival_place, kiosk_clock, no_identity
FROM ticket ORDER BY id;

CREATE TABLE new_event (
    zone TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    day TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (
        kind = 'issued' OR kind = 'called' OR kind = 'stepped' OR kind = 'recalled' OR kind = 'voided'
        OR kind = 'left' OR kind = 'joined' OR kind = 'marked'
    ),
    ticket INTEGER NOT NULL REFERENCES ticket (id),
    call INTEGER REFERENCES call (id),
    from_state TEXT,
    to_state TEXT,
    service TEXT NOT NULL,
    line TEXT NOT NULL DEFAULT 'normal',
    recalls INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (zone, seq),
    CHECK ((kind = 'called' OR kind = 'recalled') = (call IS NOT NULL)),
    CHECK ((kind = 'voided' OR kind = 'stepped' OR kind = 'left') = (from_state IS NOT NULL)),
    CHECK ((kind = 'stepped') = (to_state IS NOT NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO new_event (zone, seq, day, kind, ticket, call, from_state, to_state, service, line, recalls)
SELECT zone, seq, day, kind, ticket, call, from_state, to_state, service, line, recalls FROM event ORDER BY zone, seq;

DROP TABLE event;
DROP TABLE ticket;
ALTER TABLE new_ticket RENAME TO ticket;
ALTER TABLE new_event RENAME TO event;

CREATE INDEX event_day ON event (zone, day, seq);
CREATE INDEX event_call ON event (call) WHERE call IS NOT NULL;
CREATE INDEX ticket_line ON ticket (day, at_service, lane, due, position) WHERE state = 'waiting';
CREATE INDEX ticket_aside ON ticket (day, at_service) WHERE state = 'missed' OR state = 'away' OR state = 'held';
CREATE UNIQUE INDEX ticket_at_room ON ticket (day, room) WHERE state = 'called' OR state = 'in_room';
CREATE UNIQUE INDEX ticket_person ON ticket (day, at_service, person)
    WHERE person IS NOT NULL AND (
        state = 'waiting' OR state = 'called' OR state = 'in_room' OR state = 'missed' OR state = 'away'
        OR state = 'held'
    );
CREATE INDEX ticket_person_day ON ticket (day) WHERE person IS NOT NULL;
