-- The audit log, append-only and chained by hashes. The triggers prevent accidental changes; the chain and the sealed head reveal deliberate ones.
CREATE TABLE audit_entries (
    position BIGINT NOT NULL PRIMARY KEY,
    id       TEXT   NOT NULL UNIQUE,
    at       BIGINT NOT NULL,
    actor    TEXT   NOT NULL,
    action   TEXT   NOT NULL,
    target   TEXT   NOT NULL,
    detail   TEXT   NOT NULL,
    previous BLOB   NOT NULL,
    hash     BLOB   NOT NULL
);
CREATE INDEX audit_entries_by_target ON audit_entries (target, position);

CREATE TABLE audit_head (
    id       SMALLINT NOT NULL PRIMARY KEY,
    position BIGINT   NOT NULL,
    hash     BLOB     NOT NULL,
    seal     BLOB
);
INSERT INTO audit_head (id, position, hash, seal) VALUES (1, 0, X'0000000000000000000000000000000000000000000000000000000000000000', NULL);

CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END;
CREATE TRIGGER audit_entries_are_not_deleted BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END;
