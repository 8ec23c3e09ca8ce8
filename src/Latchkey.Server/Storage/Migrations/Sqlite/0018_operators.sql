-- Operators of the dashboard: their passwords and passkeys, their sessions, the links that create them,
-- and the used challenges of passkeys.
CREATE TABLE operators (
    id            TEXT   NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL UNIQUE,
    name          TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    password_hash TEXT,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

CREATE TABLE operator_passkeys (
    credential_id      BLOB     NOT NULL PRIMARY KEY,
    operator_id        TEXT     NOT NULL,
    name               TEXT     NOT NULL,
    public_key         BLOB     NOT NULL,
    sign_count         BIGINT   NOT NULL,
    transports         TEXT     NOT NULL,
    is_user_verified   SMALLINT NOT NULL,
    is_backup_eligible SMALLINT NOT NULL,
    is_backed_up       SMALLINT NOT NULL,
    attestation_object BLOB     NOT NULL,
    client_data        BLOB     NOT NULL,
    created_at         BIGINT   NOT NULL,
    used_at            BIGINT
);
CREATE INDEX operator_passkeys_of_operator ON operator_passkeys (operator_id);

CREATE TABLE operator_sessions (
    hash         BLOB   NOT NULL PRIMARY KEY,
    id           TEXT   NOT NULL UNIQUE,
    operator_id  TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    network      TEXT   NOT NULL,
    agent        TEXT   NOT NULL,
    toast        TEXT,
    toast_at     BIGINT
);
CREATE INDEX operator_sessions_of_operator ON operator_sessions (operator_id);
CREATE INDEX operator_sessions_by_seen_at ON operator_sessions (seen_at);

CREATE TABLE operator_invites (
    hash        BLOB   NOT NULL PRIMARY KEY,
    id          TEXT   NOT NULL UNIQUE,
    kind        TEXT   NOT NULL,
    email       TEXT,
    role        TEXT   NOT NULL,
    operator_id TEXT,
    created_by  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX operator_invites_by_expiry ON operator_invites (expires_at);

-- The challenges of passkeys that were used. A challenge itself is not stored: the browser holds it, signed by the server.
CREATE TABLE operator_challenges (
    hash       BLOB   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX operator_challenges_by_expiry ON operator_challenges (expires_at);
