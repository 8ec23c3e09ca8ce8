-- The summary of each sign-in: outcome, where it stopped, why, and whose it is. Null in rows of earlier versions. `state_at` is the time of the
-- newest event that decided outcome, station, due time or cause, so that events which are written late do not undo later ones.
ALTER TABLE journeys ADD COLUMN last_at BIGINT;
ALTER TABLE journeys ADD COLUMN state_at BIGINT;
ALTER TABLE journeys ADD COLUMN due_at BIGINT;
ALTER TABLE journeys ADD COLUMN outcome TEXT;
ALTER TABLE journeys ADD COLUMN station TEXT;
ALTER TABLE journeys ADD COLUMN cause TEXT;
ALTER TABLE journeys ADD COLUMN client_id TEXT;
ALTER TABLE journeys ADD COLUMN client_name TEXT;
ALTER TABLE journeys ADD COLUMN family TEXT;
ALTER TABLE journeys ADD COLUMN vouched SMALLINT;
ALTER TABLE journeys ADD COLUMN resource_id TEXT;
ALTER TABLE journeys ADD COLUMN connection_id TEXT;
ALTER TABLE journeys ADD COLUMN subject TEXT;
ALTER TABLE journeys ADD COLUMN email TEXT;
ALTER TABLE journeys ADD COLUMN redirect_host TEXT;
ALTER TABLE journeys ADD COLUMN network TEXT;
ALTER TABLE journeys ADD COLUMN agent TEXT;
ALTER TABLE journeys ADD COLUMN tolerated SMALLINT;
ALTER TABLE journeys ADD COLUMN grant_id TEXT;
DROP INDEX journeys_by_age;
CREATE INDEX journeys_by_start ON journeys (started_at, auth_request_id);
CREATE INDEX journeys_by_outcome ON journeys (outcome, started_at);
CREATE INDEX journeys_by_cause ON journeys (cause, started_at) WHERE cause IS NOT NULL;
CREATE INDEX journeys_by_client ON journeys (client_id, started_at) WHERE client_id IS NOT NULL;
CREATE INDEX journeys_by_family ON journeys (family, started_at) WHERE family IS NOT NULL;
CREATE INDEX journeys_by_resource ON journeys (resource_id, started_at) WHERE resource_id IS NOT NULL;
CREATE INDEX journeys_by_report ON journeys (connection_id, started_at) WHERE subject IS NOT NULL;
CREATE INDEX journeys_by_subject ON journeys (subject, started_at) WHERE subject IS NOT NULL;
CREATE INDEX journeys_by_email ON journeys (email, started_at) WHERE email IS NOT NULL;
CREATE INDEX journeys_by_network ON journeys (network, started_at) WHERE network IS NOT NULL;
CREATE INDEX journeys_by_grant ON journeys (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX journeys_by_due_time ON journeys (due_at) WHERE outcome = 'running';

-- A row holds what one batch adds to a visit, as JSON: per event its time, name, cause, actor and facts, of which the sentence is made when
-- it is shown. `name` and `detail` are those of earlier versions, with one row per event.
ALTER TABLE journey_events ADD COLUMN events TEXT;

-- What belongs to no sign-in. One row per minute, network, cause and detail.
CREATE TABLE unattributed_events (
    id        TEXT   NOT NULL PRIMARY KEY,
    reference TEXT   NOT NULL,
    minute    BIGINT NOT NULL,
    network   TEXT,
    cause     TEXT   NOT NULL,
    facts     TEXT   NOT NULL,
    last_at   BIGINT NOT NULL,
    number    BIGINT NOT NULL
);
CREATE INDEX unattributed_events_by_minute ON unattributed_events (minute, id);
CREATE INDEX unattributed_events_by_network ON unattributed_events (network, minute);
CREATE INDEX unattributed_events_by_cause ON unattributed_events (cause, minute);
CREATE INDEX unattributed_events_by_reference ON unattributed_events (reference);
