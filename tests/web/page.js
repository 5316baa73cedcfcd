// Calls the catalog of another origin as everybody, and shows what a page can know of each outcome.

import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

const { server, tokens } = await (await fetch("/settings.json")).json();
const descriptors = new Uint8Array(await (await fetch("/descriptors.binpb")).arrayBuffer());
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const transport = createGrpcWebTransport({ baseUrl: server });
const catalog = createClient(registry.getService("catalog.v1.Catalog"), transport);

const callers = { nobody: undefined, ...tokens };
const lines = [];

for (const [name, token] of Object.entries(callers)) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  await show(`${name} lists`, () => list({ headers }));
  await show(`${name} reserves`, async () => (await catalog.reserve({ item: "tea" }, { headers })).by);
}
await show("a method that is not there", nope);
await show("the version", async () => (await fetch(`${server}/version`)).text());

document.querySelector("#outcomes").textContent = lines.join("\n");
await fetch("/outcomes", { method: "POST", body: lines.join("\n") });

async function list(options) {
  const items = [];
  for await (const { item } of catalog.list({}, options)) {
    items.push(item);
  }
  return items.join(", ");
}

async function nope() {
  const headers = { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" };
  const url = `${server}/catalog.v1.Catalog/Nope`;
  const answer = await fetch(url, { method: "POST", headers, body: new Uint8Array(5) });
  return `grpc-status ${answer.headers.get("grpc-status")}`;
}

async function show(what, call) {
  lines.push(`${what}: ${await call().catch(told)}`);
}

function told(error) {
  const { code, rawMessage, details } = ConnectError.from(error);
  return [Code[code], rawMessage, ...details.map((detail) => detail.type)].join(", ");
}
