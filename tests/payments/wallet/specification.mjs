// Holds requests and answers to the specifications that npm's @interledger/open-payments ships.
import { createRequire } from "node:module";
import path from "node:path";
import openapi from "@interledger/openapi";
import signatures from "@interledger/http-signature-utils";

const specs = path.join(path.dirname(createRequire(import.meta.url).resolve("@interledger/open-payments")), "openapi/specs");
const load = (name) => openapi.createOpenAPI(path.join(specs, `${name}.yaml`));
const [wallet, auth, resource] = await Promise.all(["wallet-address-server", "auth-server", "resource-server"].map(load));

// Every operation, by the word that tests call it.
const operations = {
  wallet: [wallet, "/", "get"],
  keys: [wallet, "/jwks.json", "get"],
  grant: [auth, "/", "post"],
  continue: [auth, "/continue/{id}", "post"],
  cancel: [auth, "/continue/{id}", "delete"],
  rotate: [auth, "/token/{id}", "post"],
  revoke: [auth, "/token/{id}", "delete"],
  "incoming.create": [resource, "/incoming-payments", "post"],
  "incoming.list": [resource, "/incoming-payments", "get"],
  "incoming.get": [resource, "/incoming-payments/{id}", "get"],
  "incoming.complete": [resource, "/incoming-payments/{id}/complete", "post"],
  "quote.create": [resource, "/quotes", "post"],
  "quote.get": [resource, "/quotes/{id}", "get"],
  "outgoing.create": [resource, "/outgoing-payments", "post"],
  "outgoing.list": [resource, "/outgoing-payments", "get"],
  "outgoing.get": [resource, "/outgoing-payments/{id}", "get"],
  "outgoing.spent": [resource, "/outgoing-payment-grant", "get"],
};

const validators = Object.fromEntries(
  Object.entries(operations).map(([name, [api, route, method]]) => [
    name,
    {
      request: api.createRequestValidator({ path: route, method }),
      answer: api.createResponseValidator({ path: route, method }),
    },
  ]),
);

function problems(check) {
  try {
    check();
    return [];
  } catch (error) {
    return (error.errors ?? [error]).map((one) => one.message);
  }
}

export const isOperation = (name) => name in validators;

export const requestProblems = (name, request) => problems(() => validators[name].request(structuredClone(request)));

// What the specification says of an answer; it lists no 404, 409, 429 or 5xx for most operations.
export const answerProblems = (name, answer) => problems(() => validators[name].answer(answer));

// Whether one of the keys has signed the request, covering all that it must. As wallets do, it reads
// the body, writes it anew and compares the digest with that.
export async function isSigned(read, keys) {
  const request = read.body === undefined ? read : { ...read, body: JSON.stringify(read.body) };
  if (!signatures.validateSignatureHeaders(request)) {
    return false;
  }
  const id = signatures.getKeyId(request.headers["signature-input"]);
  const key = keys.find((one) => one.kid === id);
  return key !== undefined && (await signatures.validateSignature(key, request));
}
