-- When a key came into its state; null: when it was made.
ALTER TABLE keys ADD COLUMN changed_at BIGINT;
