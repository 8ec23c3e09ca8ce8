// A company's application: its login page and its calls to Latchkey through the unmodified @scalekit-sdk/node.
// usage: node scalekit-app.mjs <environment URL> <client id> <connection id> <port of the login page> [proof]
// With `proof` it appends auth_request_id to the redirect; otherwise the redirect has `state` alone. The secret is in the environment variable CLIENT_SECRET.
import { createServer } from 'node:http';
import { subscribe } from 'node:diagnostics_channel';
import { ScalekitClient } from '@scalekit-sdk/node';
import { take, tell } from './steps.mjs';

const [environmentUrl, clientId, connectionId, port, proof] = process.argv.slice(2);
const scalekit = new ScalekitClient(environmentUrl, clientId, process.env.CLIENT_SECRET);
let signedIn = { sub: 'user_1', email: 'user@app.example' };

const loginPage = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app.example');
  if (pathname !== '/login') {
    response.writeHead(404).end();
    return;
  }
  if (request.method !== 'POST') {
    // The login is reported only after a click.
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Connect?</h1><form id="continue" method="post"><button>Continue</button></form>');
    return;
  }
  const loginRequestId = searchParams.get('login_request_id');
  const state = searchParams.get('state');
  try {
    const { authRequestId } = await scalekit.auth.updateLoginUserDetails(connectionId, loginRequestId, signedIn);
    const proven = proof ? `&auth_request_id=${authRequestId}` : '';
    response.writeHead(302, { location: `${environmentUrl}/sso/v1/connections/${connectionId}/partner:callback?state=${state}${proven}` }).end();
  } catch (error) {
    console.error(error.name, error.message);
    response.writeHead(500).end();
  }
});

// The requests that the SDK has sent since the last command, as Node reports them: HTTP/1.1 and HTTP/2.
const sent = [];
subscribe('http.client.request.start', ({ request }) => sent.push(`HTTP/1.1 ${request.method} ${request.path}`));
subscribe('http2.client.stream.start', ({ headers }) => sent.push(`HTTP/2 ${headers[':method']} ${headers[':path']}`));

const commands = {
  /** Sets the user who is signed in at the application. */
  signIn({ user }) {
    signedIn = user;
  },

  report: ({ loginRequest, user, connection = connectionId }) => scalekit.auth.updateLoginUserDetails(connection, loginRequest, user),

  /** Sends several reports at once. A refused stream was not processed (RFC 9113 §8.7); the SDK has no exception of its own for it. */
  async reportAll({ loginRequests, user }) {
    const outcomes = await Promise.allSettled(loginRequests.map((id) => scalekit.auth.updateLoginUserDetails(connectionId, id, user)));
    return { answers: outcomes.map(({ value, reason }) => value?.authRequestId ?? (reason.message.includes('NGHTTP2_REFUSED_STREAM') ? 'REFUSED_STREAM' : reason.name)) };
  },

  listOrganizations: () => scalekit.organization.listOrganization({ pageSize: 10 }),

  /** Calls a method of the SDK for clients of organisations. */
  m2m: ({ call, values }) => scalekit.m2m[call](...values),

  machineToken: async ({ id, secret }) => ({ token: await scalekit.generateClientToken(id, secret) }),

  clientToken: async ({ secret }) => ({ tokenType: typeof (await scalekit.generateClientToken(clientId, secret)) }),

  validate: async ({ token, options }) => ({ claims: await scalekit.validateToken(token, options) }),
};

loginPage.listen(Number(port), '127.0.0.1', () => tell({ step: 'listening' }));
await take(commands, () => ({ sent: sent.splice(0) }));
