-- The consent page ticked every scope that a client asked for. That is written down, so that an upgrade gives no client less; a new
-- resource chooses the scopes with access read at first.
UPDATE resources SET revision = revision + 1, document = json_set(document, '$.first_preset', 'asked');

-- The external id of the organisation that the person chose on the consent page. Null when there was no choice.
ALTER TABLE grants ADD COLUMN organization TEXT;

-- What the person wants not to be asked again, as JSON: the redirect host, the scopes, the organisation and what the page said. Null when
-- the person wants to be asked.
ALTER TABLE consents ADD COLUMN remembered TEXT;
