-- Responses to creates with an Idempotency-Key, encrypted because they may contain a secret that is shown once. hash: of the caller and its key;
-- request: hash of the request; answer: null while the request is in progress.
CREATE TABLE idempotent_answers (
    hash     BYTEA   NOT NULL PRIMARY KEY,
    request  BYTEA   NOT NULL,
    answer   BYTEA,
    begun_at BIGINT NOT NULL
);
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (begun_at);

-- Addresses from which API clients were used.
CREATE TABLE api_client_addresses (
    client_id TEXT   NOT NULL,
    address   TEXT   NOT NULL,
    seen_at   BIGINT NOT NULL,
    PRIMARY KEY (client_id, address)
);

-- Finds a person's unredeemed codes when a consent is revoked.
CREATE INDEX login_requests_to_exchange ON login_requests (connection_id, subject) WHERE stage = 'awaiting_exchange';
