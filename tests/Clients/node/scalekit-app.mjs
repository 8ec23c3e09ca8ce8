// A company's application: its login page and its calls to Latchkey, through @scalekit-sdk/node as it is on npm. It was written for another service.
// usage: node scalekit-app.mjs <environment URL> <client id> <connection id> <port of the login page> [proof]
// With `proof` it appends auth_request_id to the redirect; else the redirect carries `state` alone. The secret is the environment's CLIENT_SECRET.
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
    // Nobody is reported on the mere arrival of a link.
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

// What the SDK sent since the last step, as Node itself reports it: HTTP/1.1 and HTTP/2.
const sent = [];
subscribe('http.client.request.start', ({ request }) => sent.push(`HTTP/1.1 ${request.method} ${request.path}`));
subscribe('http2.client.stream.start', ({ headers }) => sent.push(`HTTP/2 ${headers[':method']} ${headers[':path']}`));

const commands = {
  /** Who has signed in at the application. */
  signIn({ user }) {
    signedIn = user;
  },

  report: ({ loginRequest, user, connection = connectionId }) => scalekit.auth.updateLoginUserDetails(connection, loginRequest, user),

  /** Several at once. A stream that was refused says that nothing was done with it (RFC 9113 §8.7); the SDK knows no name of its own for that. */
  async reportAll({ loginRequests, user }) {
    const outcomes = await Promise.allSettled(loginRequests.map((id) => scalekit.auth.updateLoginUserDetails(connectionId, id, user)));
    return { answers: outcomes.map(({ value, reason }) => value?.authRequestId ?? (reason.message.includes('NGHTTP2_REFUSED_STREAM') ? 'REFUSED_STREAM' : reason.name)) };
  },

  listOrganizations: () => scalekit.organization.listOrganization({ pageSize: 10 }),

  /** Any call of the SDK for clients of organisations. */
  m2m: ({ call, values }) => scalekit.m2m[call](...values),

  machineToken: async ({ id, secret }) => ({ token: await scalekit.generateClientToken(id, secret) }),

  clientToken: async ({ secret }) => ({ tokenType: typeof (await scalekit.generateClientToken(clientId, secret)) }),

  validate: async ({ token, options }) => ({ claims: await scalekit.validateToken(token, options) }),
};

loginPage.listen(Number(port), '127.0.0.1', () => tell({ step: 'listening' }));
await take(commands, () => ({ sent: sent.splice(0) }));
