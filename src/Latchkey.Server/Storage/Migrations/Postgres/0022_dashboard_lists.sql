-- What the lists of the dashboard are read by. Their numbers are counted on the page, up to a cap (docs/decisions/0016).

-- used_at: the last use of a client, exact to one hour. 0: never used.
ALTER TABLE clients ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
UPDATE clients SET used_at = COALESCE((SELECT MAX(g.used_at) FROM grants g WHERE g.client_id = clients.id), 0);

-- kind: who described the client. is_blocked: whether an operator blocked it. JSON escapes quotation marks, so no text of a client can
-- look like a member. name_key begins with the lower-case name, as JSON writes it; what follows it does not change a search by prefix.
ALTER TABLE clients ADD COLUMN kind TEXT COLLATE "C" GENERATED ALWAYS AS
    (CASE WHEN metadata IS NOT NULL THEN 'registered' WHEN substr(id, 1, 4) = 'http' THEN 'document' ELSE 'operator' END) STORED;
ALTER TABLE clients ADD COLUMN is_blocked SMALLINT GENERATED ALWAYS AS
    (CASE WHEN document LIKE '%"is_enabled":false%' THEN 1 ELSE 0 END) STORED;
ALTER TABLE clients ADD COLUMN name_key TEXT COLLATE "C" GENERATED ALWAYS AS
    (lower(substr(document, strpos(document, '"name":"') + 8, 200) COLLATE "C")) STORED;
CREATE INDEX clients_by_use ON clients (used_at, id) WHERE expired_at IS NULL;
CREATE INDEX clients_by_creation ON clients (created_at, id) WHERE expired_at IS NULL;
CREATE INDEX clients_of_kind_by_use ON clients (kind, used_at, id) WHERE expired_at IS NULL;
CREATE INDEX clients_of_kind_by_creation ON clients (kind, created_at, id) WHERE expired_at IS NULL;
CREATE INDEX clients_of_resource_by_use ON clients (resource_id, used_at, id) WHERE expired_at IS NULL;
CREATE INDEX clients_of_resource_by_creation ON clients (resource_id, created_at, id) WHERE expired_at IS NULL;
CREATE INDEX blocked_clients_by_use ON clients (used_at, id) WHERE expired_at IS NULL AND is_blocked = 1;
CREATE INDEX clients_by_name ON clients (name_key, id) WHERE expired_at IS NULL;

-- email_key begins with the lower-case e-mail address: the second line of the text that operators search people by.
ALTER TABLE users ADD COLUMN email_key TEXT COLLATE "C" GENERATED ALWAYS AS (substr(search_text, strpos(search_text, chr(10)) + 1, 320)) STORED;
CREATE INDEX users_by_report ON users (updated_at, connection_id, subject);
CREATE INDEX users_of_connection_by_report ON users (connection_id, updated_at, subject);
CREATE INDEX users_by_email ON users (email_key, connection_id, subject);

CREATE INDEX live_grants_by_use ON grants (used_at, id) WHERE ended_at IS NULL;
CREATE INDEX live_grants_of_resource_by_use ON grants (resource_id, used_at, id) WHERE ended_at IS NULL;
CREATE INDEX live_grants_of_client_by_use ON grants (client_id, used_at, id) WHERE ended_at IS NULL;
CREATE INDEX ended_grants_by_end ON grants (ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX ended_grants_of_resource_by_end ON grants (resource_id, ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX ended_grants_of_client_by_end ON grants (client_id, ended_at, id) WHERE ended_at IS NOT NULL;

CREATE INDEX audit_entries_by_actor ON audit_entries (actor, position);
CREATE INDEX audit_entries_by_action ON audit_entries (action, position);
