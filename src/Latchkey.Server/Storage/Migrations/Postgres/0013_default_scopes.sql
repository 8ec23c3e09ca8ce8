-- A request without a known scope was offered every scope of the resource. That is written down, so that an upgrade changes no resource;
-- a new resource offers the scopes with access read.
UPDATE resources SET revision = revision + 1, document = jsonb_set(document::jsonb, '{default_scopes}', (
  SELECT COALESCE(jsonb_agg(s.value -> 'name' ORDER BY s.ordinality), '[]')
    FROM jsonb_array_elements(document::jsonb -> 'scopes') WITH ORDINALITY s))::text;

-- The claims about the person that the consent page named and the person did not untick, as words. Null before this version: the default
-- of token_claims.
ALTER TABLE login_requests ADD COLUMN claims TEXT;
ALTER TABLE grants ADD COLUMN claims TEXT;
