-- What a login request is for. Null: an authorization request of a client. Otherwise client_id and resource_id are '', and `request` is the
-- document of the purpose. `context_at`: when the backend first asked what is wanted, for tests of a login page.
ALTER TABLE login_requests ADD COLUMN purpose TEXT;
ALTER TABLE login_requests ADD COLUMN context_at BIGINT;
