// Another authorization server: the unmodified node-oidc-provider, configured like Latchkey: the same clients, one resource, PKCE for all clients, no further features.
// usage: node oidc-provider.mjs <port> <resource URI> <clients as JSON, RFC 7591 members>
import { createServer } from 'node:http';
import Provider, { errors } from 'oidc-provider';
import { take, tell } from './steps.mjs';

// stdout is for results; the library's notices go to stderr.
console.info = console.warn;

const [port, resourceUri, clients] = process.argv.slice(2);
const scope = 'notes:read notes:write';

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: JSON.parse(clients),
  scopes: ['openid', 'offline_access', ...scope.split(' ')],
  responseTypes: ['code'],
  enableHttpPostMethods: true,
  cookies: { keys: ['of this process'], long: { sameSite: 'none' } },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: true },
    resourceIndicators: {
      enabled: true,
      // Repetitions of the resource count as one; others are passed on and refused.
      defaultResource: (_ctx, _client, several = []) => (several.every((resource) => resource === resourceUri) ? resourceUri : several),
      useGrantedResource: () => true,
      getResourceServerInfo(_, resource) {
        if (resource !== resourceUri) {
          throw new errors.InvalidTarget();
        }
        return { scope, audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
      },
    },
  },
});

const commands = {
  /** Creates the code that a sign-in and a consent would lead to. */
  async code({ clientId, redirectUri, codeChallenge }) {
    const grant = new provider.Grant({ accountId: 'ada', clientId });
    grant.addOIDCScope('openid offline_access');
    grant.addResourceScope(resourceUri, scope);
    const code = new provider.AuthorizationCode({
      accountId: 'ada',
      client: await provider.Client.find(clientId),
      grantId: await grant.save(),
      gty: 'authorization_code',
      authTime: Math.floor(Date.now() / 1000),
      codeChallenge,
      codeChallengeMethod: 'S256',
      redirectUri,
      resource: resourceUri,
      scope: `openid offline_access ${scope}`,
    });
    return { code: await code.save() };
  },
};

createServer(provider.callback()).listen(Number(port), '127.0.0.1', () => tell({ step: 'listening' }));
await take(commands);
