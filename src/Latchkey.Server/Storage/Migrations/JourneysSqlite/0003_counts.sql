-- The number of ended sign-ins per hour and per day, for the overview. Family, resource and cause are '' when there is none. The hour is that of
-- the start, in hours since 1970. `counted_outcome` and `counted_cause` say as what a sign-in is counted at present.
CREATE TABLE journey_hours (
    hour        BIGINT NOT NULL,
    resource_id TEXT   NOT NULL,
    family      TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    cause       TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    PRIMARY KEY (hour, resource_id, family, outcome, cause)
) WITHOUT ROWID;
CREATE TABLE journey_days (
    day         BIGINT NOT NULL,
    resource_id TEXT   NOT NULL,
    family      TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    cause       TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    PRIMARY KEY (day, resource_id, family, outcome, cause)
) WITHOUT ROWID;
ALTER TABLE journeys ADD COLUMN counted_outcome TEXT;
ALTER TABLE journeys ADD COLUMN counted_cause TEXT;

-- What earlier versions recorded.
UPDATE journeys SET counted_outcome = outcome, counted_cause = cause WHERE outcome <> 'running';
INSERT INTO journey_hours (hour, resource_id, family, outcome, cause, number)
SELECT started_at / 3600000, COALESCE(resource_id, ''), COALESCE(family, ''), counted_outcome, COALESCE(counted_cause, ''), COUNT(*)
  FROM journeys WHERE counted_outcome IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
INSERT INTO journey_days (day, resource_id, family, outcome, cause, number)
SELECT hour / 24, resource_id, family, outcome, cause, SUM(number) FROM journey_hours GROUP BY 1, 2, 3, 4, 5;
