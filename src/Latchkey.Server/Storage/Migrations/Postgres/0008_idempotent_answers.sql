-- The answer to a create that named an Idempotency-Key, sealed: it may hold a secret that is shown once. hash: over the caller and its key; request: over what was asked;
-- answer null: still under way.
CREATE TABLE idempotent_answers (
    hash     BYTEA   NOT NULL PRIMARY KEY,
    request  BYTEA   NOT NULL,
    answer   BYTEA,
    begun_at BIGINT NOT NULL
);
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (begun_at);

-- From where API clients were used.
CREATE TABLE api_client_addresses (
    client_id TEXT   NOT NULL,
    address   TEXT   NOT NULL,
    seen_at   BIGINT NOT NULL,
    PRIMARY KEY (client_id, address)
);

-- Codes on their way, to be found by their person when a consent is taken back.
CREATE INDEX login_requests_to_exchange ON login_requests (connection_id, subject) WHERE stage = 'awaiting_exchange';
