-- Lines, steps, one live ticket a person, rooms that are busy, requests of every kind, and who did what.
--
-- `ticket` and `event` are made anew because SQLite cannot widen a CHECK. What the first release wrote stays as it was.

CREATE TABLE schema_step (
    step INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    -- The oldest schema a program must know to work on this one.
    opens_from INTEGER NOT NULL
) STRICT;
INSERT INTO schema_step VALUES (1, 'tickets, calls, events', 1), (2, 'lines, steps, audit', 2);

-- Which log the sequence numbers belong to: a restored copy gets another one.
CREATE TABLE log_identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id INTEGER NOT NULL
) STRICT;
INSERT INTO log_identity VALUES (1, random());

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
        state IN ('waiting', 'called', 'in_room', 'done', 'missed', 'away', 'held', 'cancelled', 'voided')
    ),
    at_service TEXT NOT NULL,
    at_zone TEXT NOT NULL,
    -- The room it is with, or the only one that may call it; '' for none.
    room TEXT NOT NULL DEFAULT '',
    line TEXT NOT NULL DEFAULT 'normal' CHECK (line IN ('emergency', 'priority', 'booked', 'normal')),
    lane TEXT NOT NULL DEFAULT 'normal' CHECK (lane IN ('emergency', 'priority', 'booked', 'normal', 'back')),
    due INTEGER NOT NULL DEFAULT 0,
    position INTEGER NOT NULL,
    claims TEXT NOT NULL DEFAULT '',
    rejoins INTEGER NOT NULL DEFAULT 0,
    UNIQUE (day, series, ordinal)
) STRICT;

INSERT INTO new_ticket (id, request, kiosk, day, series, ordinal, service, service_name, place, zone, ahead, issued_at,
    issued_at_local, arrived_at, state, at_service, at_zone, room, position)
SELECT id, request, kiosk, day, series, ordinal, service, service_name, place, zone, ahead, issued_at,
    issued_at_local, issued_at, state, service, zone,
    coalesce((SELECT call.room FROM call WHERE call.ticket = ticket.id ORDER BY call.id DESC LIMIT 1), ''),
    id * 1048576
FROM ticket;

-- A room is busy with the last one it called; those before are done.
UPDATE new_ticket SET state = 'done'
WHERE state = 'called' AND id <> (
    SELECT call.ticket FROM call JOIN new_ticket AS other ON other.id = call.ticket
    WHERE call.room = new_ticket.room AND other.day = new_ticket.day AND other.state = 'called'
    ORDER BY call.id DESC LIMIT 1
);

CREATE TABLE new_event (
    zone TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    day TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (
        kind IN ('issued', 'called', 'voided', 'recalled', 'stepped', 'left', 'joined', 'marked')
    ),
    ticket INTEGER NOT NULL REFERENCES ticket (id),
    call INTEGER REFERENCES call (id),
    from_state TEXT,
    to_state TEXT,
    service TEXT NOT NULL,
    line TEXT NOT NULL DEFAULT 'normal',
    recalls INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (zone, seq),
    CHECK ((kind IN ('called', 'recalled')) = (call IS NOT NULL)),
    CHECK ((kind IN ('voided', 'stepped', 'left')) = (from_state IS NOT NULL)),
    CHECK ((kind = 'stepped') = (to_state IS NOT NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO new_event (zone, seq, day, kind, ticket, call, from_state, service)
SELECT event.zone, event.seq, event.day, event.kind, event.ticket, event.call, event.from_state, ticket.service
FROM event JOIN ticket ON ticket.id = event.ticket;

DROP TABLE event;
DROP TABLE ticket;
ALTER TABLE new_ticket RENAME TO ticket;
ALTER TABLE new_event RENAME TO event;

CREATE INDEX event_day ON event (zone, day, seq);
CREATE INDEX event_call ON event (call) WHERE call IS NOT NULL;
CREATE INDEX ticket_line ON ticket (day, at_service, lane, due, position) WHERE state = 'waiting';
CREATE INDEX ticket_position ON ticket (day, at_service, position);
CREATE INDEX ticket_aside ON ticket (day, at_service) WHERE state IN ('missed', 'away', 'held');
CREATE UNIQUE INDEX ticket_at_room ON ticket (day, room) WHERE state IN ('called', 'in_room');
CREATE UNIQUE INDEX ticket_person ON ticket (day, at_service, person)
    WHERE person IS NOT NULL AND state IN ('waiting', 'called', 'in_room', 'missed', 'away', 'held');
CREATE INDEX ticket_person_day ON ticket (day) WHERE person IS NOT NULL;

ALTER TABLE call ADD COLUMN line TEXT NOT NULL DEFAULT 'normal';
ALTER TABLE call ADD COLUMN recalls INTEGER NOT NULL DEFAULT 0;

-- What a step has answered, so that its request answers the same again.
CREATE TABLE done_request (
    request BLOB NOT NULL PRIMARY KEY CHECK (length(request) = 16),
    step TEXT NOT NULL,
    -- What was asked, in one spelling.
    subject TEXT NOT NULL,
    ticket INTEGER NOT NULL REFERENCES ticket (id),
    state TEXT NOT NULL,
    service TEXT NOT NULL,
    line TEXT NOT NULL,
    room TEXT NOT NULL,
    call INTEGER REFERENCES call (id),
    recalls INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- How often a service has called on a day, and when the last one back from tests is due.
CREATE TABLE service_turn (
    day TEXT NOT NULL,
    service TEXT NOT NULL,
    calls INTEGER NOT NULL,
    back_due INTEGER,
    PRIMARY KEY (day, service)
) STRICT, WITHOUT ROWID;

-- Which line a room has called from last, and how often in a row.
CREATE TABLE room_turn (
    day TEXT NOT NULL,
    room TEXT NOT NULL,
    line TEXT NOT NULL,
    run INTEGER NOT NULL,
    PRIMARY KEY (day, room)
) STRICT, WITHOUT ROWID;

-- Who did what. Nothing in it is ever changed or removed.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    day TEXT NOT NULL,
    actor TEXT NOT NULL,
    step TEXT NOT NULL,
    ticket INTEGER REFERENCES ticket (id),
    room TEXT NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 16),
    detail TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
