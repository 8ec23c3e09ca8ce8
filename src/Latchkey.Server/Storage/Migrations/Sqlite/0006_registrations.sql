-- metadata: the hash of the metadata that a client registered, or its id where that hash is unknown.
-- expired_at: the registration was not used for long. The row is a tombstone until the client uses it again.
ALTER TABLE clients ADD COLUMN metadata   BLOB;
ALTER TABLE clients ADD COLUMN expired_at BIGINT;
UPDATE clients SET metadata = COALESCE(fingerprint, CAST(id AS BLOB)) WHERE json_extract(document, '$.origin') = 'Registered';
UPDATE clients SET last_seen_at = (SELECT MAX(used_at) FROM grants WHERE client_id = clients.id)
 WHERE EXISTS (SELECT 1 FROM grants WHERE client_id = clients.id AND used_at > clients.last_seen_at);
CREATE INDEX clients_by_last_use ON clients (last_seen_at) WHERE metadata IS NOT NULL AND expired_at IS NULL;
CREATE INDEX clients_by_expiry ON clients (expired_at) WHERE expired_at IS NOT NULL;

-- Registrations that an operator blocked: the same metadata cannot be registered again under another id.
CREATE TABLE blocked_registrations (
    metadata   BLOB   NOT NULL,
    client_id  TEXT   NOT NULL,
    blocked_at BIGINT NOT NULL,
    PRIMARY KEY (metadata, client_id)
);
CREATE INDEX blocked_registrations_by_client ON blocked_registrations (client_id);
INSERT INTO blocked_registrations SELECT metadata, id, created_at FROM clients WHERE json_extract(document, '$.deleted_at') IS NOT NULL;

-- last_client_id: the client that took the latest use, so that counting and registering are one step.
CREATE TABLE initial_access_tokens (
    id             TEXT   NOT NULL PRIMARY KEY,
    resource_id    TEXT   NOT NULL,
    hash           BLOB   NOT NULL UNIQUE,
    name           TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    max_uses       BIGINT NOT NULL,
    uses           BIGINT NOT NULL,
    last_client_id TEXT
);
CREATE INDEX initial_access_tokens_by_resource ON initial_access_tokens (resource_id, created_at);
CREATE INDEX initial_access_tokens_by_end ON initial_access_tokens (expires_at);
