// Makes the calls of a plan, and reports how each ended.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const root = path.join(__dirname, '../../..');
const includeDirs = [path.join(root, 'proto'), path.join(root, 'tests/proto')];
const { Kinds } = grpc.loadPackageDefinition(protoLoader.loadSync('kinds/v1/kinds.proto', { includeDirs })).kinds.v1;

// Calls a method of any kind, and reads its answer to the end.
function call(client, method, token) {
  const { requestStream, responseStream } = Kinds.service[method];
  const [message, messages] = [{ text: 'hello' }, []];
  const metadata = new grpc.Metadata();
  if (token !== null) metadata.set('authorization', `Bearer ${token}`);
  return new Promise((resolve) => {
    const answered = (error, answer) => {
      if (!error) messages.push(answer.text);
      resolve({ code: error ? error.code : grpc.status.OK, messages });
    };
    const options = { deadline: Date.now() + 30_000 };
    const request = requestStream ? [] : [message];
    const stream = client[method](...request, metadata, options, ...(responseStream ? [] : [answered]));
    if (responseStream) {
      stream.on('data', (answer) => messages.push(answer.text));
      stream.on('error', ({ code }) => resolve({ code, messages }));
      stream.on('end', () => resolve({ code: grpc.status.OK, messages }));
    }
    if (requestStream) {
      stream.write(message);
      stream.write(message);
      stream.end();
    }
  });
}

async function main() {
  const plan = JSON.parse(fs.readFileSync(process.argv[2]));
  const pem = (file) => file && fs.readFileSync(file);
  const tls = grpc.credentials.createSsl(pem(plan.ca), pem(plan.key), pem(plan.certificate));
  const client = new Kinds(plan.address, tls);
  for (const { method, caller, token } of plan.calls) {
    console.log(JSON.stringify({ method, caller, ...(await call(client, method, token)) }));
  }
  client.close();
}

main();
