-- Changes of client metadata documents.
CREATE TABLE client_changes (
    client_id TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    what      TEXT   NOT NULL
);
CREATE INDEX client_changes_by_client ON client_changes (client_id, at);

-- Replay protection for assertions (private_key_jwt). A row is needed until the assertion expires.
CREATE TABLE used_assertions (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_assertions_by_end ON used_assertions (expires_at);
