-- A request without a known scope was offered every scope of the resource. That is written down, so that an upgrade changes no resource;
-- a new resource offers the scopes with access read.
UPDATE resources SET revision = revision + 1, document = json_set(document, '$.default_scopes', json((
  SELECT json_group_array(json_extract(s.value, '$.name')) FROM json_each(resources.document, '$.scopes') s)));

-- The claims about the person that the consent page named and the person did not untick, as words. Null before this version: the default
-- of token_claims.
ALTER TABLE login_requests ADD COLUMN claims TEXT;
ALTER TABLE grants ADD COLUMN claims TEXT;
