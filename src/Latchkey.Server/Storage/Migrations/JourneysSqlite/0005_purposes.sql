-- What the sign-in is for. Null: an authorization request of a client; only these are counted.
ALTER TABLE journeys ADD COLUMN purpose TEXT;
