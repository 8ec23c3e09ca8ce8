-- The last use of a secret is deleted by age: the secret of a registration that expired is not known any more.
CREATE INDEX secret_uses_by_age ON secret_uses (used_at);
