-- When a secret was last used, updated at most once per hour.
CREATE TABLE secret_uses (
    secret_id TEXT   NOT NULL PRIMARY KEY,
    used_at   BIGINT NOT NULL
);

-- The customer's organisation that a client acts for, or null.
ALTER TABLE clients ADD COLUMN organization_id TEXT;
CREATE INDEX clients_by_organization ON clients (organization_id, created_at);
CREATE INDEX clients_by_age ON clients (created_at);

-- The lower-case text that operators search people by. Null when the last report is older than this column.
ALTER TABLE users ADD COLUMN search_text TEXT;

CREATE INDEX consents_by_resource ON consents (resource_id, granted_at);
CREATE INDEX consents_by_client ON consents (client_id, granted_at);
CREATE INDEX consents_by_age ON consents (granted_at);
CREATE INDEX grants_by_client ON grants (client_id, created_at);
CREATE INDEX grants_by_resource ON grants (resource_id, created_at);
CREATE INDEX grants_by_age ON grants (created_at);
