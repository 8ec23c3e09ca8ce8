-- What changed in the documents by which clients describe themselves.
CREATE TABLE client_changes (
    client_id TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    what      TEXT   NOT NULL
);
CREATE INDEX client_changes_by_client ON client_changes (client_id, at);

-- Assertions (private_key_jwt) are good once; a row is needed until the assertion would have expired anyway.
CREATE TABLE used_assertions (
    hash       BLOB   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_assertions_by_end ON used_assertions (expires_at);
