// Our signatures and those of the package that wallets use, each verified by the other.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import readline from "node:readline";
import { after, before, test } from "node:test";
import utils from "@interledger/http-signature-utils";

const { createHeaders, getKeyId, validateSignature, validateSignatureHeaders } = utils;
let tool, answers;

before(() => {
  tool = spawn(process.env.SIGNATURE_TOOL, { stdio: ["pipe", "pipe", "inherit"] });
  answers = readline.createInterface({ input: tool.stdout })[Symbol.asyncIterator]();
});
after(() => tool.stdin.end());

async function ask(question) {
  tool.stdin.write(JSON.stringify(question) + "\n");
  return JSON.parse((await answers.next()).value);
}

const now = () => Math.floor(Date.now() / 1000);
const lowerCase = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
const bodies = [
  "",
  { incomingAmount: { value: "18446744073709551615", assetCode: "EUR", assetScale: 2 }, metadata: { note: "ü 😀 \u2028 \"\\/\b\u001f" } },
  { list: [1, -2, true, null, {}, []], nested: { z: 1, a: 2 } },
];
const requests = bodies.flatMap((body) =>
  ["https://wallet.example/alice", "https://wallet.example/incoming-payments?cursor=a%20b&first=10"].flatMap((url) =>
    [{}, { authorization: "GNAP 123454321" }].map((headers) => ({
      method: body === "" ? "GET" : "POST",
      url,
      headers: body === "" ? headers : { ...headers, "content-type": "application/json" },
      body: body === "" ? "" : JSON.stringify(body),
    })),
  ),
);

test("npm takes what we sign, and our key", async () => {
  for (const request of requests) {
    const { privateKey } = crypto.generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    const made = await ask({ do: "sign", ...request, pem, key_id: "our-key", time: now() });
    assert.equal(made.body, request.body);
    const [jwk] = JSON.parse(made.jwks).keys;
    const signed = { ...request, headers: made.headers, body: made.body || undefined };
    assert.equal(getKeyId(made.headers["signature-input"]), "our-key");
    assert.ok(validateSignatureHeaders(signed));
    assert.ok(await validateSignature(jwk, signed));
    for (const changed of [{ url: request.url + "x" }, { method: "PUT" }]) {
      assert.ok(!(await validateSignature(jwk, { ...signed, ...changed })));
    }
  }
});

test("we take what npm signs", async () => {
  for (const request of requests) {
    const { privateKey, publicKey } = crypto.generateKeyPairSync("ed25519");
    const key = Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url").toString("base64");
    const made = await createHeaders({ request: { ...request, body: request.body || undefined }, privateKey, keyId: "their-key" });
    const signed = { ...request, headers: { ...request.headers, ...lowerCase(made) } };
    const verify = async (changes = {}) => (await ask({ do: "verify", ...signed, key, time: now(), ...changes })).code;
    assert.equal(await verify(), "");
    assert.equal(await verify({ url: request.url + "x" }), "signature_wrong");
    assert.equal(await verify({ time: now() + 3600 }), "signature_expired");
    if (request.body) {
      assert.equal(await verify({ body: request.body + " " }), "digest_wrong");
    }
  }
});
