-- The clients that operators created for a resource, beside any number of those that registered themselves.
CREATE INDEX clients_of_operators ON clients (resource_id, created_at, id) WHERE metadata IS NULL AND resource_id IS NOT NULL;
