// An MCP client that runs in a page: discovery, registration, PKCE and tokens, with the browser's fetch from its own origin.
// usage: /?metadata=<protected resource metadata>&auth=<token_endpoint_auth_method>. Steps are written to #told; #told[data-end] holds the outcome.
const versioned = { 'MCP-Protocol-Version': '2025-11-25' };
const redirectUri = location.origin + '/';
const told = document.getElementById('told');

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function tell(step) {
  const line = document.createElement('p');
  line.textContent = step;
  told.append(line);
}

async function answerTo(step, url, { headers, ...request } = {}) {
  const response = await fetch(url, { ...request, headers: { ...versioned, ...headers } });
  const text = await response.text();
  const body = text ? JSON.parse(text) : {};
  tell([step, response.status, body.error ?? response.headers.get('WWW-Authenticate')].filter(Boolean).join(' '));
  return body;
}

/** Discovery (RFC 9728, RFC 8414) and registration (RFC 7591), up to the URL that the user has to open. */
async function prepare(metadataUrl, method) {
  const resource = await answerTo('resource', metadataUrl);
  const issuer = new URL(resource.authorization_servers[0]);
  const server = await answerTo('server', `${issuer.origin}/.well-known/oauth-authorization-server${issuer.pathname}`);
  const { keys } = await answerTo('keys', server.jwks_uri);
  tell(`${keys.length} keys`);
  const client = await answerTo('register', server.registration_endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Notes in the browser',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: method,
    }),
  });
  const attempt = { resource, server, client, verifier: random(), state: random() };
  attempt.address = `${server.authorization_endpoint}?${new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    resource: resource.resource,
    scope: 'openid email notes:read offline_access',
    state: attempt.state,
    code_challenge: base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(attempt.verifier)))),
    code_challenge_method: 'S256',
  })}`;
  return attempt;
}

/** A form with the client's authentication. */
function form({ client }, parameters) {
  const authentication = client.client_secret
    ? [{ Authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` }, {}]
    : [{}, { client_id: client.client_id }];
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...authentication[0] },
    body: new URLSearchParams({ ...parameters, ...authentication[1] }).toString(),
  };
}

/** From the response at the redirect URI to the revoked grant. */
async function finish(attempt, answer) {
  const { server } = attempt;
  if (answer.get('state') !== attempt.state || answer.get('iss') !== server.issuer) {
    throw new Error('The response belongs to another request or comes from another server.');
  }

  const bearer = (tokens) => ({ headers: { Authorization: `Bearer ${tokens.access_token}` } });
  const first = await answerTo(
    'token',
    server.token_endpoint,
    form(attempt, { grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: redirectUri, code_verifier: attempt.verifier }),
  );
  const person = await answerTo('userinfo', server.userinfo_endpoint, bearer(first));
  tell(person.email);
  const again = form(attempt, { grant_type: 'refresh_token', refresh_token: first.refresh_token });
  const second = await answerTo('refresh', server.token_endpoint, again);
  await answerTo('userinfo', server.userinfo_endpoint, bearer(second));
  await answerTo('revoke', server.revocation_endpoint, form(attempt, { token: second.refresh_token }));

  // Error responses must be readable, too: otherwise a page cannot distinguish them from a network error.
  await answerTo('refresh', server.token_endpoint, form(attempt, { grant_type: 'refresh_token', refresh_token: second.refresh_token }));
  await answerTo('userinfo', server.userinfo_endpoint, bearer(second));
}

/** Requests whose responses a page of another origin must not read. */
async function readForeign({ address, server }) {
  const base = new URL(address).origin;
  for (const [name, url] of [
    ['authorize', address],
    ['consent', `${base}/consent/lri_0000000000000000000000`],
    ['management', `${base}/api/v1/resources`],
    ['introspect', server.introspection_endpoint],
  ]) {
    // With no-cors the same request succeeds: the requests below fail because of the missing CORS headers only.
    const unread = await fetch(url, { mode: 'no-cors' });
    const read = await fetch(url).then((response) => response.status, (error) => error.name);
    const withBearer = await fetch(url, { headers: { Authorization: 'Bearer x' } }).then((response) => response.status, (error) => error.name);
    tell(`${name} ${unread.type} ${read} ${withBearer}`);
  }
}

async function ending(work) {
  try {
    await work();
    told.dataset.end = 'done';
  } catch (error) {
    told.dataset.end = `${error.name}: ${error.message}`;
  }
}

function asked() {
  const page = new URLSearchParams(location.search);
  return prepare(page.get('metadata'), page.get('auth'));
}

document.getElementById('connect').onclick = () => ending(async () => {
  const attempt = await asked();
  sessionStorage.setItem('attempt', JSON.stringify(attempt));
  sessionStorage.setItem('told', told.innerHTML);
  location.assign(attempt.address);
  await new Promise(() => {});
});

document.getElementById('connect-popup').onclick = () => {
  // Opened in the click handler, because it would be blocked later. Its URL is set later.
  const popup = open('about:blank', 'consent', 'popup,width=520,height=760');
  return ending(async () => {
    const attempt = await asked();
    const answer = new Promise((resolve) => {
      addEventListener('message', ({ data, origin }) => origin === location.origin && resolve(data), { once: true });
    });
    popup.location = attempt.address;
    await finish(attempt, new URLSearchParams(await answer));
    await readForeign(attempt);
  });
};

const answer = new URLSearchParams(location.search);
if (answer.has('state') && opener) {
  opener.postMessage(location.search, location.origin);
  close();
} else if (answer.has('state')) {
  told.innerHTML = sessionStorage.getItem('told');
  const attempt = JSON.parse(sessionStorage.getItem('attempt'));
  await ending(async () => {
    await finish(attempt, answer);
    await readForeign(attempt);
  });
}
