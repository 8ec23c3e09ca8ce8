-- The version that every node watches. It is raised in the transaction of every change of configuration.
CREATE TABLE config_version (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO config_version (id, version) VALUES (1, 1);

-- The trigger notifies every node at commit, whichever statement raised the version.
CREATE FUNCTION config_version_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('latchkey_config', NEW.version::text);
    RETURN NULL;
END $$;
CREATE TRIGGER config_version_changed AFTER UPDATE ON config_version FOR EACH ROW EXECUTE FUNCTION config_version_changed();
