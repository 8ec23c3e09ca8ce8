-- Configuration: one row per entity. What is looked up or must be unique is a column; the rest is a JSON document.
CREATE TABLE connections (
    id         TEXT   NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    revision   BIGINT NOT NULL,
    document   TEXT   NOT NULL
);

CREATE TABLE resources (
    id            TEXT   NOT NULL PRIMARY KEY,
    canonical_uri TEXT   NOT NULL UNIQUE,
    created_at    BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    document      TEXT   NOT NULL
);

CREATE TABLE api_clients (
    id         TEXT   NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    revision   BIGINT NOT NULL,
    document   TEXT   NOT NULL
);

-- fingerprint: hash of the metadata of a public registration, so that the same program registering again gets the same client.
CREATE TABLE clients (
    id           TEXT   NOT NULL PRIMARY KEY,
    resource_id  TEXT,
    fingerprint  BLOB   UNIQUE,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    revision     BIGINT NOT NULL,
    document     TEXT   NOT NULL
);
CREATE INDEX clients_by_resource ON clients (resource_id, created_at);

-- Keys are encrypted with the key-encryption key. Each purpose has one current key and at most one next key.
CREATE TABLE keys (
    id         TEXT   NOT NULL PRIMARY KEY,
    purpose    TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    sealed     BLOB   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX keys_one_current_one_next ON keys (purpose, state) WHERE state IN ('current', 'next');

-- The newest snapshot of a person at a connection. The person is (connection, subject), never an e-mail address.
CREATE TABLE users (
    connection_id TEXT   NOT NULL,
    subject       TEXT   NOT NULL,
    snapshot      TEXT   NOT NULL,
    updated_at    BIGINT NOT NULL,
    revoked_at    BIGINT,
    PRIMARY KEY (connection_id, subject)
);

-- One row is one login request: one redirect to the login page and its result. An authorization has several after "Not you?" on the consent page.
-- State, binding cookie, proof, code and form token are keyed hashes of the id (derive_key names the key) and are not stored.
CREATE TABLE login_requests (
    id              TEXT     NOT NULL PRIMARY KEY,
    auth_request_id TEXT     NOT NULL,
    connection_id   TEXT     NOT NULL,
    resource_id     TEXT     NOT NULL,
    client_id       TEXT     NOT NULL,
    derive_key      TEXT     NOT NULL,
    verification    TEXT     NOT NULL,
    request         TEXT     NOT NULL,
    created_at      BIGINT   NOT NULL,
    login_by        BIGINT   NOT NULL,
    stage           TEXT     NOT NULL,
    subject         TEXT,
    report          TEXT,
    reported_at     BIGINT,
    return_by       BIGINT,
    consent_from    BIGINT,
    consent_by      BIGINT,
    scope           TEXT,
    decided_at      BIGINT,
    code_by         BIGINT,
    grant_id        TEXT,
    exchanged_at    BIGINT,
    error           TEXT,
    reason          TEXT,
    ended_at        BIGINT,
    successor_id    TEXT
);
CREATE INDEX login_requests_by_auth_request ON login_requests (auth_request_id);
CREATE INDEX login_requests_by_age ON login_requests (created_at);

CREATE TABLE consents (
    id            TEXT   NOT NULL PRIMARY KEY,
    connection_id TEXT   NOT NULL,
    subject       TEXT   NOT NULL,
    client_id     TEXT   NOT NULL,
    resource_id   TEXT   NOT NULL,
    scope         TEXT   NOT NULL,
    granted_at    BIGINT NOT NULL,
    UNIQUE (connection_id, subject, client_id, resource_id)
);

-- A grant is one completed authorization. It has ended when ended_at is set, or when its login was reported before the person was revoked.
-- The refresh token is a keyed hash of (id, generation). rotations holds the times of the last 8 rotations.
CREATE TABLE grants (
    id              TEXT     NOT NULL PRIMARY KEY,
    connection_id   TEXT     NOT NULL,
    subject         TEXT     NOT NULL,
    client_id       TEXT     NOT NULL,
    resource_id     TEXT     NOT NULL,
    auth_request_id TEXT     NOT NULL,
    scope           TEXT     NOT NULL,
    client_class    TEXT     NOT NULL,
    issuer          TEXT     NOT NULL,
    login           TEXT     NOT NULL,
    reported_at     BIGINT   NOT NULL,
    created_at      BIGINT   NOT NULL,
    refresh_key     TEXT,
    generation      BIGINT   NOT NULL,
    rotations       TEXT     NOT NULL,
    used_at         BIGINT   NOT NULL,
    idle_by         BIGINT   NOT NULL,
    absolute_by     BIGINT   NOT NULL,
    ended_at        BIGINT,
    ended_reason    TEXT
);
CREATE INDEX grants_by_person ON grants (connection_id, subject);
CREATE INDEX grants_by_end ON grants (absolute_by);

-- Access tokens that were revoked individually. A row is needed until the token expires.
CREATE TABLE revoked_tokens (
    id         TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
