-- When the person began the last two visits of the page of connected programs, which marks what is new since the one before.
ALTER TABLE users ADD COLUMN account_visit_at BIGINT;
ALTER TABLE users ADD COLUMN account_former_visit_at BIGINT;
