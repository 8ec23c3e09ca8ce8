-- When a key entered its state. Null means when it was created.
ALTER TABLE keys ADD COLUMN changed_at BIGINT;
