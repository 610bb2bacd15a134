// Who sent a request: the client whose key has signed it.
import signatures from "@interledger/http-signature-utils";
import { Refusal } from "./refusal.mjs";

const longestAgeSeconds = 300;

// A grant request names its client by a wallet address, in two ways, or by the key itself.
export const readClient = (client) => (typeof client === "string" ? { walletAddress: client } : client);

async function fetchJson(url) {
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(5000) });
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

async function keysOf(state, { walletAddress, jwk }) {
  if (jwk) {
    return [jwk];
  }
  const own = state.walletAt(walletAddress);
  return own ? own.keys : ((await fetchJson(`${walletAddress}/jwks.json`)).keys ?? []);
}

// What a client's owner calls it; undefined where there is no such wallet address.
export async function publicName(state, { walletAddress }) {
  const own = state.walletAt(walletAddress);
  if (own) {
    return own.name;
  }
  const { id, publicName: name } = await fetchJson(walletAddress);
  return id && (name ?? id);
}

async function findProblem(request, keys) {
  const { headers, text, method, url } = request;
  const input = headers["signature-input"];
  if (!input || !headers.signature) {
    return "there is no Signature or no Signature-Input";
  }
  // Rafiki reads the body and writes it anew before it compares the digest.
  if (text && text !== JSON.stringify(JSON.parse(text))) {
    return "the body is not written as JSON.stringify writes it";
  }
  if (text && !input.includes('"content-digest"')) {
    return "the body's digest is not signed";
  }
  const created = Number(/;created=(\d+)/.exec(input)?.[1]);
  if (!(Math.abs(Date.now() / 1000 - created) < longestAgeSeconds)) {
    return "created is missing, or not of now";
  }
  const signed = { method, url, headers, body: text || undefined };
  if (!signatures.validateSignatureHeaders(signed)) {
    return "the components signed are not those of the specification, or the digest is wrong";
  }
  const id = signatures.getKeyId(input);
  const key = keys.find((one) => one.kid === id);
  if (!key) {
    return `the client has no key ${id}`;
  }
  return (await signatures.validateSignature(key, signed)) ? undefined : "the signature is wrong";
}

export async function requireSignature(state, request, client) {
  const problem = await findProblem(request, await keysOf(state, client));
  if (problem) {
    state.violate("signature", request.operation.step, problem);
    throw new Refusal(401, `invalid signature: ${problem}`, request.operation.server === "auth" ? "invalid_client" : undefined);
  }
}
