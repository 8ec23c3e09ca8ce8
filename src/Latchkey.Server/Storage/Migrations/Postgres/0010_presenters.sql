-- Who rotated the refresh token last: network and a short hash of the program's name; null: nobody yet.
ALTER TABLE grants ADD COLUMN rotated_by TEXT;
