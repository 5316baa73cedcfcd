// An identity provider: what oidc-provider is, with the client credentials grant, JWTs for access tokens (RFC 9068), and
// opaque access tokens for the vault, which it introspects. One client can act for another (RFC 8693).
//
// A line of settings comes first: the certificate, its key, and the clients with their secrets and roles. Every further
// line is a list of names of keys: they are published from then on, and the first one signs. A line comes back for
// each, with the issuer and how often keys were fetched until then. A line with an object asks for a token of its `subject`
// that its `actor` exchanged for its `resource`. The argument is where oidc-provider is installed.

import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:https";
import { createInterface } from "node:readline";

const { default: Provider } = await import(`${process.argv[2]}/lib/index.js`);
const { default: MemoryAdapter } = await import(`${process.argv[2]}/lib/adapters/memory_adapter.js`);

const keys = new Map();

function key(kid) {
  if (!keys.has(kid)) {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    keys.set(kid, { ...privateKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" });
  }
  return keys.get(kid);
}

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

// Its client gets a token of the client of the subject token, and is the actor in it.
const exchange = resourceServer => async (ctx, next) => {
  const { params, provider } = ctx.oidc;
  const subject = await provider.ClientCredentials.find(params.subject_token);
  const client = await provider.Client.find(subject.clientId);
  const token = new provider.ClientCredentials({ client, scope: subject.scope });
  token.actor = ctx.oidc.client.clientId;
  token.resourceServer = new provider.ResourceServer(params.resource, resourceServer(params.resource));
  ctx.body = { access_token: await token.save(), issued_token_type: ACCESS_TOKEN, token_type: token.tokenType };
  await next();
};

// The claims beside the standard ones.
const extraClaims = clients => (_, token) => {
  const { roles } = clients.find(({ id }) => id === token.clientId);
  return token.actor ? { roles, act: { sub: token.actor } } : { roles };
};

// A provider has its keys from its start: one with others takes the place of the last.
function provider(issuer, clients, kids) {
  const resourceServer = audience => ({
    audience,
    accessTokenFormat: audience.startsWith("https://vault.") ? "opaque" : "jwt",
    jwt: { sign: { alg: "RS256", kid: kids[0] } },
    scope: "bank:read bank:write",
  });
  const started = new Provider(issuer, {
    adapter: class extends MemoryAdapter {}, // said, so that nobody is warned of it
    clients: clients.map(({ id, secret }) => ({
      client_id: id,
      client_secret: secret,
      grant_types: ["client_credentials", EXCHANGE],
      redirect_uris: [],
      response_types: [],
    })),
    cookies: { keys: ["unused: nobody logs in"] },
    extraTokenClaims: extraClaims(clients),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: (_, audience) => resourceServer(audience) },
    },
    jwks: { keys: kids.map(key) },
    ttl: { ClientCredentials: 3600 },
  });
  started.registerGrantType(EXCHANGE, exchange(resourceServer), ["subject_token", "subject_token_type", "resource"]);
  return started;
}

// The access token that a client gets at the token endpoint.
async function token(issuer, { id, secret }, form) {
  const authorization = `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`;
  const headers = { authorization, "content-type": "application/x-www-form-urlencoded" };
  // The certificate is that of this process.
  const sent = request(`${issuer}/token`, { method: "POST", headers, rejectUnauthorized: false });
  sent.end(new URLSearchParams(form).toString());
  const [response] = await once(sent, "response");
  const { access_token, error } = JSON.parse((await response.toArray()).join(""));
  if (error) throw new Error(error);
  return access_token;
}

async function exchanged(issuer, clients, { subject, actor, resource }) {
  const [of, by] = [subject, actor].map(name => clients.find(({ id }) => id === name));
  const opaque = { grant_type: "client_credentials", resource: "https://vault.example.com", scope: "bank:read bank:write" };
  const subject_token = await token(issuer, of, opaque);
  return token(issuer, by, { grant_type: EXCHANGE, subject_token, subject_token_type: ACCESS_TOKEN, resource });
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { certificate, key: ownKey, clients } = JSON.parse((await lines.next()).value);

let answer;
let fetches = 0;
const server = createServer({ cert: certificate, key: ownKey }, (request, response) => {
  fetches += request.url === "/jwks";
  answer(request, response);
});
await once(server.listen(0, "127.0.0.1"), "listening");
const issuer = `https://localhost:${server.address().port}`;

for await (const line of lines) {
  const asked = JSON.parse(line);
  if (asked.subject) {
    console.log(JSON.stringify({ token: await exchanged(issuer, clients, asked) }));
    continue;
  }
  answer = provider(issuer, clients, asked).callback();
  console.log(JSON.stringify({ issuer, fetches }));
}
process.exit();
