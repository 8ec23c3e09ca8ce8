// A program that uses an MCP server with the unmodified @modelcontextprotocol/client.
// usage: node mcp-client.mjs <MCP server> <store file> [protected-resource metadata, if no MCP server is running there]
// If the environment variable CLIENT_METADATA_URL is set, it is the client id; otherwise the client registers.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { auth, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { take } from './steps.mjs';

const [serverUrl, storeFile, resourceMetadataUrl] = process.argv.slice(2);
const redirectUrl = 'http://127.0.0.1:33418/callback';

/** Keeps the client's state in one file, so that it survives a restart. */
class Provider {
  kept = existsSync(storeFile) ? JSON.parse(readFileSync(storeFile, 'utf8')) : {};
  asked = undefined;
  forgot = [];

  keep(change) {
    Object.assign(this.kept, change);
    writeFileSync(storeFile, JSON.stringify(this.kept), { mode: 0o600 });
  }

  redirectUrl = redirectUrl;
  clientMetadataUrl = process.env.CLIENT_METADATA_URL;
  clientMetadata = {
    client_name: 'Notes on the command line',
    redirect_uris: [redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  };

  state() {
    this.keep({ state: randomUUID() });
    return this.kept.state;
  }

  clientInformation = () => this.kept.client;
  saveClientInformation = (client) => this.keep({ client });
  tokens = () => this.kept.tokens;
  saveTokens = (tokens) => this.keep({ tokens });
  codeVerifier = () => this.kept.verifier;
  saveCodeVerifier = (verifier) => this.keep({ verifier });
  discoveryState = () => this.kept.discovery;
  saveDiscoveryState = (discovery) => this.keep({ discovery });

  redirectToAuthorization(url) {
    this.asked = url.href;
  }

  invalidateCredentials(what) {
    this.forgot.push(what);
    const all = { client: undefined, tokens: undefined, verifier: undefined, discovery: undefined };
    this.keep(what === 'all' ? all : { [what]: undefined });
  }
}

const provider = new Provider();
const exchanges = [];
let transport;
let client;

/** The fetch of the transport and of auth(): records each exchange and changes nothing. */
async function noting(url, init) {
  const response = await fetch(url, init);
  if (String(url) === serverUrl && init.method === 'GET') {
    // The event stream is requested concurrently, so its place in the list would be random.
    return response;
  }
  const { error } = response.status === 400 ? await response.clone().json().catch(() => ({})) : {};
  exchanges.push([init?.method ?? 'GET', new URL(url).pathname, response.status, error].filter(Boolean).join(' '));
  return response;
}

function newTransport() {
  transport = new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: provider, fetch: noting });
  client = new Client({ name: 'notes-cli', version: '1.0.0' });
  return transport;
}

async function toolResult(name, given) {
  const result = await client.callTool({ name, arguments: given });
  return { isError: result.isError === true, result: result.structuredContent ?? result.content };
}

const commands = {
  async connect() {
    await client?.close();
    newTransport();
    await client.connect(transport);
    return { connected: true };
  },

  call: ({ tool, arguments: given }) => toolResult(tool, given),

  /** Discovery, registration and a refresh if possible; otherwise an authorization request. */
  async authorize({ scope, anew }) {
    const options = { serverUrl, resourceMetadataUrl: resourceMetadataUrl && new URL(resourceMetadataUrl), scope, forceReauthorization: anew, fetchFn: noting };
    return { outcome: await auth(provider, options) };
  },

  /** The browser has returned to the redirect URI. */
  async finish({ redirect }) {
    const parameters = new URL(redirect).searchParams;
    if (parameters.get('state') !== provider.kept.state) {
      throw new Error('The state of the response differs from the state of the request.');
    }
    // Without a connected transport, a new one reads the response, including errors.
    const reader = transport ?? new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: provider, fetch: noting });
    await reader.finishAuth(parameters);
  },
};

await take(commands, () => {
  const told = { asked: provider.asked, forgot: provider.forgot.splice(0), exchanges: exchanges.splice(0) };
  provider.asked = undefined;
  return told;
});
