// Calls the shop as everybody, and shows how each call ended. The address and the tokens are in the fragment of the URL.

const { server, tokens } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const lines = [];
for (const [caller, token] of Object.entries({ nobody: null, ...tokens })) {
  for (const method of ["Ping", "WhoAmI", "Get", "Nope"]) {
    lines.push(`${caller} ${method}: ${await call(method, token)}`);
  }
}
document.querySelector("#outcomes").textContent = lines.join("\n");

// A message without fields, in a frame of gRPC-Web. The status is a header of a refusal, or in the last frame.
async function call(method, token) {
  const headers = { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" };
  if (token !== null) {
    headers.authorization = `Bearer ${token}`;
  }
  const answer = await fetch(`${server}/shop.v1.Orders/${method}`, { method: "POST", headers, body: new Uint8Array(5) });
  const status = answer.headers.get("grpc-status") ?? /grpc-status: ?(\d+)/.exec(await answer.text())?.[1];
  return status ?? `HTTP ${answer.status}`;
}
