// jose, configured with all the care its documentation asks for.
//
// A line of settings, then a line for each token, all of them JSON; a line for each token comes back: null if it is
// accepted, or else the error. The argument is where jose is installed.

import { readFileSync } from "node:fs";

const { createLocalJWKSet, jwtVerify } = await import(process.argv[2]);

const [settings, ...tokens] = readFileSync(0, "utf8").trimEnd().split("\n").map(line => JSON.parse(line));

// A set has no secrets for it: a shared one is handed over as bytes.
const [first] = settings.jwks.keys;
const keys = first.kty === "oct" ? Buffer.from(first.k, "base64url") : createLocalJWKSet(settings.jwks);

// `iat` is looked at only together with an age: this one is never reached.
const options = {
  algorithms: settings.algorithms,
  audience: settings.audience,
  clockTolerance: settings.leeway,
  issuer: settings.issuer,
  maxTokenAge: Number.MAX_SAFE_INTEGER,
  requiredClaims: ["aud", "exp", "iss", "sub"],
  typ: "at+jwt",
};

for (const token of tokens) {
  const refusal = await jwtVerify(token, keys, options).then(() => null, error => error.message);
  console.log(JSON.stringify(refusal));
}
