-- Pushed authorization requests (RFC 9126). Only the hash of the request_uri is stored.
CREATE TABLE pushed_requests (
    hash             BLOB   NOT NULL PRIMARY KEY,
    client_id        TEXT   NOT NULL,
    issuer           TEXT   NOT NULL,
    parameters       TEXT   NOT NULL,
    expires_at       BIGINT NOT NULL,
    login_request_id TEXT
);
CREATE INDEX pushed_requests_by_end ON pushed_requests (expires_at);
