-- Changes of clients are deleted by age, and metadata documents by their last use.
CREATE INDEX client_changes_by_age ON client_changes (at);
CREATE INDEX clients_with_document_by_last_use ON clients (last_seen_at) WHERE metadata IS NULL;
