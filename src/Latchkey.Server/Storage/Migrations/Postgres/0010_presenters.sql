-- What rotated the refresh token last: network and a short hash of the user agent. Null before the first rotation.
ALTER TABLE grants ADD COLUMN rotated_by TEXT;
