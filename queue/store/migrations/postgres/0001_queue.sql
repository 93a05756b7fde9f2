-- The queue of a hospital on PostgreSQL. Same tables, columns and promises as the newest SQLite schema.

CREATE TABLE log_identity (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    id BIGINT NOT NULL,
    -- Which database of which cluster it was made in.
    lives_in TEXT NOT NULL DEFAULT ''
);
INSERT INTO log_identity (one, id) VALUES (1, ('x' || replace(left(gen_random_uuid()::text, 18), '-', ''))::bit(64)::bigint);

CREATE TABLE ticket (
    id BIGINT PRIMARY KEY,
    request BYTEA NOT NULL UNIQUE CHECK (length(request) = 16),
    kiosk TEXT NOT NULL,
    day TEXT NOT NULL CHECK (day ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'),
    series TEXT NOT NULL CHECK (series ~ '^[A-Z]{1,2}$'),
    ordinal BIGINT NOT NULL CHECK (ordinal BETWEEN 1 AND 9999),
    service TEXT NOT NULL,
    service_name TEXT NOT NULL,
    place TEXT NOT NULL,
    zone TEXT NOT NULL,
    ahead BIGINT NOT NULL CHECK (ahead >= 0),
    issued_at BIGINT NOT NULL,
    issued_at_local TEXT NOT NULL,
    issued_line TEXT NOT NULL DEFAULT 'normal',
    arrived_at BIGINT NOT NULL,
    booked_for BIGINT,
    person BYTEA CHECK (person IS NULL OR length(person) = 32),
    state TEXT NOT NULL CHECK (
        state IN ('waiting', 'called', 'in_room', 'done', 'missed', 'away', 'held', 'cancelled', 'voided')
    ),
    at_service TEXT NOT NULL,
    at_zone TEXT NOT NULL,
    room TEXT NOT NULL DEFAULT '',
    line TEXT NOT NULL DEFAULT 'normal' CHECK (line IN ('emergency', 'priority', 'booked', 'normal')),
    lane TEXT NOT NULL DEFAULT 'normal' CHECK (lane IN ('emergency', 'priority', 'booked', 'normal', 'back')),
    due BIGINT NOT NULL DEFAULT 0,
    position BIGINT NOT NULL,
    claims TEXT NOT NULL DEFAULT '',
    rejoins BIGINT NOT NULL DEFAULT 0,
    UNIQUE (day, series, ordinal)
);

CREATE INDEX ticket_line ON ticket (day, at_service, lane, due, position) WHERE state = 'waiting';
CREATE INDEX ticket_position ON ticket (day, at_service, position);
CREATE INDEX ticket_aside ON ticket (day, at_service) WHERE state IN ('missed', 'away', 'held');
CREATE UNIQUE INDEX ticket_at_room ON ticket (day, room) WHERE state IN ('called', 'in_room');
CREATE UNIQUE INDEX ticket_person ON ticket (day, at_service, person)
    WHERE person IS NOT NULL AND state IN ('waiting', 'called', 'in_room', 'missed', 'away', 'held');
CREATE INDEX ticket_person_day ON ticket (day) WHERE person IS NOT NULL;

CREATE TABLE spent_request (
    request BYTEA NOT NULL PRIMARY KEY CHECK (length(request) = 16),
    voided_at BIGINT NOT NULL
);

CREATE TABLE call (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request BYTEA NOT NULL UNIQUE CHECK (length(request) = 16),
    ticket BIGINT NOT NULL REFERENCES ticket (id),
    room TEXT NOT NULL,
    room_name TEXT NOT NULL,
    called_at BIGINT NOT NULL,
    line TEXT NOT NULL DEFAULT 'normal',
    recalls BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX call_ticket ON call (ticket);

CREATE TABLE event (
    zone TEXT NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 1),
    day TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (
        kind IN ('issued', 'called', 'voided', 'recalled', 'stepped', 'left', 'joined', 'marked')
    ),
    ticket BIGINT NOT NULL REFERENCES ticket (id),
    call BIGINT REFERENCES call (id),
    from_state TEXT,
    to_state TEXT,
    service TEXT NOT NULL,
    line TEXT NOT NULL DEFAULT 'normal',
    recalls BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (zone, seq),
    CHECK ((kind IN ('called', 'recalled')) = (call IS NOT NULL)),
    CHECK ((kind IN ('voided', 'stepped', 'left')) = (from_state IS NOT NULL)),
    CHECK ((kind = 'stepped') = (to_state IS NOT NULL))
);
CREATE INDEX event_day ON event (zone, day, seq);
CREATE INDEX event_call ON event (call) WHERE call IS NOT NULL;

CREATE TABLE done_request (
    request BYTEA NOT NULL PRIMARY KEY CHECK (length(request) = 16),
    step TEXT NOT NULL,
    subject TEXT NOT NULL,
    ticket BIGINT NOT NULL REFERENCES ticket (id),
    state TEXT NOT NULL,
    service TEXT NOT NULL,
    line TEXT NOT NULL,
    room TEXT NOT NULL,
    call BIGINT REFERENCES call (id),
    recalls BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE service_turn (
    day TEXT NOT NULL,
    service TEXT NOT NULL,
    calls BIGINT NOT NULL,
    back_due BIGINT,
    PRIMARY KEY (day, service)
);

CREATE TABLE room_turn (
    day TEXT NOT NULL,
    room TEXT NOT NULL,
    line TEXT NOT NULL,
    run BIGINT NOT NULL,
    PRIMARY KEY (day, room)
);

CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    day TEXT NOT NULL,
    actor TEXT NOT NULL,
    step TEXT NOT NULL,
    ticket BIGINT REFERENCES ticket (id),
    room TEXT NOT NULL,
    request BYTEA NOT NULL CHECK (length(request) = 16),
    detail TEXT NOT NULL
);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END
$$;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
