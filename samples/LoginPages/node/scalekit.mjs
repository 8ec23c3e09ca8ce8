// The same login page with Scalekit's unmodified SDK: npm install, then node scalekit.mjs. Only the environment URL and the credential are Latchkey's.
// LATCHKEY_URL, LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET (an API client of role login), LATCHKEY_CONNECTION_ID, PORT
import { createServer } from 'node:http';
import { ScalekitClient } from '@scalekit-sdk/node';

const { LATCHKEY_URL: url, LATCHKEY_CLIENT_ID: id, LATCHKEY_CLIENT_SECRET: secret, LATCHKEY_CONNECTION_ID: connection, PORT = '8080' } = process.env;
const html = { 'content-type': 'text/html; charset=utf-8', 'x-frame-options': 'DENY' };
const over = '<!doctype html><title>Connect</title><p>This sign-in is unknown, or it is over. Go back to the program and connect again.</p>';
const escape = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const scalekit = new ScalekitClient(url, id, secret);

// Replace this: returns the signed-in user of your session. Without a session, show your login form first and then return to this page.
const signedIn = (request) => ({ sub: 'user_1', email: 'ada@app.example', name: 'Ada Lovelace' });

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const [loginRequest, state] = [searchParams.get('login_request_id') ?? '', searchParams.get('state') ?? ''];
  try {
    if (pathname !== '/login' || !/^lri_[0-9A-Za-z]+$/.test(loginRequest)) {
      response.writeHead(404, html).end(over);
    } else if (request.method === 'GET') {
      // An attacker may have sent the link to this user: report the login only after a click. (plain.mjs shows how to name the client.)
      const page = `<!doctype html><title>Connect</title><h1>Connect a program</h1>
        <p>A program wants to act as ${escape(signedIn(request).name)}. Continue only if you have just asked for that.</p>
        <form id="continue" method="post"><button>Continue</button></form>`;
      response.writeHead(200, html).end(page);
    } else if ((request.headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin') {
      // CSRF protection; or use your framework's form token.
      response.writeHead(403).end();
    } else {
      const { authRequestId } = await scalekit.auth.updateLoginUserDetails(connection, loginRequest, signedIn(request));
      // auth_request_id proves that the same browser returns; without it the connection must be set to state_only.
      const back = new URLSearchParams({ state, auth_request_id: authRequestId });
      response.writeHead(302, { location: `${url}/sso/v1/connections/${connection}/partner:callback?${back}` }).end();
    }
  } catch (error) {
    console.error(error.message);
    if (/LOGIN_REQUEST|USER_REPORTED/.test(error.errorCode ?? error.message)) return response.writeHead(410, html).end(over);
    response.writeHead(502, { 'content-type': 'text/plain' }).end('Signing in does not work at the moment.');
  }
}).listen(Number(PORT), '127.0.0.1', () => console.log('listening'));
