-- The sign-in log: the events of each authorization. This is the only database that may lose its latest writes in a power cut.
CREATE TABLE journeys (
    auth_request_id TEXT   NOT NULL PRIMARY KEY,
    reference       TEXT   NOT NULL,
    started_at      BIGINT NOT NULL
);
CREATE INDEX journeys_by_reference ON journeys (reference);
CREATE INDEX journeys_by_age ON journeys (started_at);

CREATE TABLE journey_events (
    position         INTEGER PRIMARY KEY,
    auth_request_id  TEXT   NOT NULL,
    login_request_id TEXT,
    at               BIGINT NOT NULL,
    name             TEXT   NOT NULL,
    detail           TEXT   NOT NULL
);
CREATE INDEX journey_events_by_auth_request ON journey_events (auth_request_id, position);
CREATE INDEX journey_events_by_login_request ON journey_events (login_request_id) WHERE login_request_id IS NOT NULL;
