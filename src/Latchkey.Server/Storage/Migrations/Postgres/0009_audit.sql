-- The audit log, append-only and chained by hashes. The triggers prevent accidental changes; the chain and the sealed head reveal deliberate ones.
CREATE TABLE audit_entries (
    position BIGINT NOT NULL PRIMARY KEY,
    id       TEXT   NOT NULL UNIQUE,
    at       BIGINT NOT NULL,
    actor    TEXT   NOT NULL,
    action   TEXT   NOT NULL,
    target   TEXT   NOT NULL,
    detail   TEXT   NOT NULL,
    previous BYTEA  NOT NULL,
    hash     BYTEA  NOT NULL
);
CREATE INDEX audit_entries_by_target ON audit_entries (target, position);

CREATE TABLE audit_head (
    id       SMALLINT NOT NULL PRIMARY KEY,
    position BIGINT   NOT NULL,
    hash     BYTEA    NOT NULL,
    seal     BYTEA
);
INSERT INTO audit_head (id, position, hash, seal) VALUES (1, 0, '\x0000000000000000000000000000000000000000000000000000000000000000', NULL);

CREATE FUNCTION audit_entries_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit_entries is append-only'; END $$;
CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_entries_are_append_only();
