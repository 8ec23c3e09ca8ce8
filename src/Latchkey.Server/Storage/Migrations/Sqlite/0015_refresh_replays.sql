-- For each of the last 8 rotations: the generation of the token that was rotated, the network, and a short hash of the user agent.
-- It replaces rotated_by, which only earlier versions read and write.
ALTER TABLE grants ADD COLUMN rotated_from TEXT NOT NULL DEFAULT '';

-- The generation of the last token that got its successor after the reuse window, because the response of its rotation was lost.
ALTER TABLE grants ADD COLUMN answered_again BIGINT;

UPDATE grants SET rotated_from = (generation - 1) || ' ' || rotated_by WHERE rotated_by IS NOT NULL AND generation > 0;
