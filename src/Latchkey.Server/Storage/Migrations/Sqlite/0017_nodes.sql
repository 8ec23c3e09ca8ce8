-- The heartbeat of every node, written when its readiness is asked for.
CREATE TABLE nodes (
    id      TEXT   NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
