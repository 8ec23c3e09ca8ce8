-- When a secret was last used, noted at most once an hour.
CREATE TABLE secret_uses (
    secret_id TEXT   NOT NULL PRIMARY KEY,
    used_at   BIGINT NOT NULL
);

-- The customer's organisation a client acts for; null: none.
ALTER TABLE clients ADD COLUMN organization_id TEXT;
CREATE INDEX clients_by_organization ON clients (organization_id, created_at);
CREATE INDEX clients_by_age ON clients (created_at);

-- What operators search people by, in lower case; null: the person was last reported before there was a search.
ALTER TABLE users ADD COLUMN search_text TEXT;

CREATE INDEX consents_by_resource ON consents (resource_id, granted_at);
CREATE INDEX consents_by_client ON consents (client_id, granted_at);
CREATE INDEX consents_by_age ON consents (granted_at);
CREATE INDEX grants_by_client ON grants (client_id, created_at);
CREATE INDEX grants_by_resource ON grants (resource_id, created_at);
CREATE INDEX grants_by_age ON grants (created_at);
