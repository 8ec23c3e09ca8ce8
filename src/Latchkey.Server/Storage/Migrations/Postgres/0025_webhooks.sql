-- Webhooks: endpoints, events that wait to be sent (an outbox, written in the transaction of the change),
-- and one delivery per event and endpoint.
CREATE TABLE webhook_endpoints (
    id         TEXT   NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    revision   BIGINT NOT NULL,
    document   TEXT   NOT NULL
);

CREATE TABLE webhook_events (
    id            TEXT   NOT NULL PRIMARY KEY,
    type          TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    grant_id      TEXT,
    connection_id TEXT,
    subject       TEXT,
    client_id     TEXT,
    resource_id   TEXT,
    data          TEXT   NOT NULL,
    spread_at     BIGINT,
    payload       TEXT
);
CREATE INDEX webhook_events_to_spread ON webhook_events (created_at) WHERE spread_at IS NULL;
CREATE INDEX webhook_events_by_time ON webhook_events (created_at);
CREATE INDEX webhook_events_of_person ON webhook_events (connection_id, subject) WHERE subject IS NOT NULL;

CREATE TABLE webhook_deliveries (
    id           TEXT   NOT NULL PRIMARY KEY,
    endpoint_id  TEXT   NOT NULL,
    event_id     TEXT   NOT NULL,
    event_type   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    attempts     BIGINT NOT NULL,
    retries_left BIGINT NOT NULL,
    due_at       BIGINT,
    attempted_at BIGINT,
    duration     BIGINT,
    status       BIGINT,
    answer       TEXT,
    failure      TEXT,
    UNIQUE (event_id, endpoint_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (created_at);

-- Since when no delivery to an endpoint has succeeded. No row: the last one succeeded.
CREATE TABLE webhook_failures (
    endpoint_id TEXT   NOT NULL PRIMARY KEY,
    since       BIGINT NOT NULL
);
