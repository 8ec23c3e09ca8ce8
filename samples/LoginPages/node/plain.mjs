// A login page for an application with its own login, in Node without packages: node plain.mjs
// LATCHKEY_URL, LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET (an API client of role login), LATCHKEY_CONNECTION_ID, PORT
import { createServer } from 'node:http';

const { LATCHKEY_URL: url, LATCHKEY_CLIENT_ID: id, LATCHKEY_CLIENT_SECRET: secret, LATCHKEY_CONNECTION_ID: connection, PORT = '8080' } = process.env;
const api = `${url}/api/v1/connections/${connection}/auth-requests`;
const html = { 'content-type': 'text/html; charset=utf-8', 'x-frame-options': 'DENY' };
const over = '<!doctype html><title>Connect</title><p>This sign-in is unknown, or it is over. Go back to the program and connect again.</p>';
const escape = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

// It came from the browser and becomes part of a URL: '..' or a slash would address another call of the API.
const loginRequestOf = (params) => /^lri_[0-9A-Za-z]+$/.test(params.get('login_request_id') ?? '') ? params.get('login_request_id') : null;

// Replace this: returns the signed-in user of your session. Without a session, show your login form first and then return to this page.
const signedIn = (request) => ({ sub: 'user_1', email: 'ada@app.example', name: 'Ada Lovelace' });

let token = { value: '', until: 0 };
async function bearer() {
  if (Date.now() > token.until) {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
    const reply = await (await fetch(`${url}/oauth/token`, { method: 'POST', body })).json();
    token = { value: reply.access_token, until: Date.now() + (reply.expires_in - 60) * 1000 };
  }
  return { authorization: `Bearer ${token.value}` };
}
async function call(path, init = {}) {
  const reply = await fetch(`${api}/${path}`, { ...init, headers: { ...(await bearer()), 'content-type': 'application/json' } });
  const json = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(json.detail), { status: reply.status });
  return json;
}

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const loginRequest = loginRequestOf(searchParams);
  try {
    if (pathname !== '/login' || !loginRequest) {
      response.writeHead(404, html).end(over);
    } else if (request.method === 'GET') {
      // An attacker may have sent the link to this user: name the client, and report the login only after a click.
      const { client, resource, stage, purpose } = await call(loginRequest);
      if (!/^awaiting_(login|return|consent)$/.test(stage)) return response.writeHead(410, html).end(over);
      const [name, what] = client ? [client.name ?? client.host, `${client.host} wants to use ${resource.name}`] : ['Latchkey', purpose === 'account' ? 'Manage connected programs' : `This is a ${purpose}`]; // without a client
      const page = `<!doctype html><title>Connect</title><h1>Connect ${escape(name)}</h1>
        <p>${escape(what)} as ${escape(signedIn(request).name)}.</p><form id="continue" method="post"><button>Continue</button></form>`;
      response.writeHead(200, html).end(page);
    } else if ((request.headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin') {
      // CSRF protection; or use your framework's form token.
      response.writeHead(403).end();
    } else {
      const { redirect_uri: location } = await call(`${loginRequest}/user`, { method: 'POST', body: JSON.stringify(signedIn(request)) });
      response.writeHead(302, { location }).end();
    }
  } catch (error) {
    console.error(error.message);
    if ([404, 409, 410].includes(error.status)) return response.writeHead(error.status, html).end(over);
    response.writeHead(502, { 'content-type': 'text/plain' }).end('Signing in does not work at the moment.');
  }
}).listen(Number(PORT), '127.0.0.1', () => console.log('listening'));
