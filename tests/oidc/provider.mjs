// An identity provider: what oidc-provider is, with the client credentials grant, JWTs for access tokens (RFC 9068), and
// opaque access tokens for the vault, which it introspects.
//
// A line of settings comes first: the certificate, its key, and the clients with their secrets and roles. Every further
// line is a list of names of keys: they are published from then on, and the first one signs. A line comes back for
// each, with the issuer and how often keys were fetched until then. The argument is where oidc-provider is installed.

import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
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

// A provider has its keys from its start: one with others takes the place of the last.
function provider(issuer, clients, kids) {
  const resourceServer = audience => ({
    audience,
    accessTokenFormat: audience.startsWith("https://vault.") ? "opaque" : "jwt",
    jwt: { sign: { alg: "RS256", kid: kids[0] } },
    scope: "bank:read bank:write",
  });
  return new Provider(issuer, {
    adapter: class extends MemoryAdapter {}, // said, so that nobody is warned of it
    clients: clients.map(({ id, secret }) => ({
      client_id: id,
      client_secret: secret,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    })),
    cookies: { keys: ["unused: nobody logs in"] },
    extraTokenClaims: (_, token) => ({ roles: clients.find(({ id }) => id === token.clientId).roles }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: (_, audience) => resourceServer(audience) },
    },
    jwks: { keys: kids.map(key) },
    ttl: { ClientCredentials: 3600 },
  });
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
  answer = provider(issuer, clients, JSON.parse(line)).callback();
  console.log(JSON.stringify({ issuer, fetches }));
}
process.exit();
