// The tests' wallet understands npm's own client, and keeps to the specification with it.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { spawn } from "node:child_process";
import readline from "node:readline";
import { after, before, test } from "node:test";
import { createAuthenticatedClient } from "@interledger/open-payments";

let server, origin, client;
const control = async (name, body = {}) => (await fetch(`${origin}/control/${name}`, { method: "POST", body: JSON.stringify(body) })).json();

before(async () => {
  server = spawn(process.execPath, [new URL("server.mjs", import.meta.url).pathname], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await new Promise((resolve) => readline.createInterface({ input: server.stdout }).once("line", (text) => resolve([text])));
  ({ origin } = JSON.parse(line));
  const { privateKey, publicKey } = crypto.generateKeyPairSync("ed25519");
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "key-1", alg: "EdDSA", use: "sig" };
  await control("keys", { name: "site", keys: [jwk] });
  client = await createAuthenticatedClient({ walletAddressUrl: `${origin}/wallets/site`, keyId: "key-1", privateKey, useHttp: true, logger: undefined });
});
after(() => server.stdin.end());

async function consent(grant, answer) {
  const page = await fetch(grant.interact.redirect);
  assert.equal(page.status, 200);
  const back = await fetch(`${grant.interact.redirect}/${answer}`, { method: "POST", redirect: "manual" });
  return new URL(back.headers.get("location")).searchParams;
}

test("npm's client pays, and no request or answer is against the specification", async () => {
  const [site, alice] = await Promise.all(["site", "alice"].map((name) => client.walletAddress.get({ url: `${origin}/wallets/${name}` })));
  const receive = await client.grant.request(
    { url: alice.authServer },
    { access_token: { access: [{ type: "incoming-payment", actions: ["create", "read", "complete", "list"], identifier: alice.id }] } },
  );
  const incoming = await client.incomingPayment.create(
    { url: alice.resourceServer, accessToken: receive.access_token.value },
    { walletAddress: alice.id, incomingAmount: { value: "500", assetCode: "EUR", assetScale: 2 } },
  );
  const quoting = await client.grant.request({ url: site.authServer }, { access_token: { access: [{ type: "quote", actions: ["create", "read"] }] } });
  const quote = await client.quote.create(
    { url: site.resourceServer, accessToken: quoting.access_token.value },
    { walletAddress: site.id, receiver: incoming.id, method: "ilp" },
  );
  const pay = await client.grant.request(
    { url: site.authServer },
    {
      access_token: { access: [{ type: "outgoing-payment", actions: ["create", "read", "list"], identifier: site.id, limits: { debitAmount: quote.debitAmount } }] },
      interact: { start: ["redirect"], finish: { method: "redirect", uri: "http://127.0.0.1:9/back", nonce: "ours" } },
    },
  );
  const back = await consent(pay, "accept");
  const hash = crypto.createHash("sha256").update(["ours", pay.interact.finish, back.get("interact_ref"), `${site.authServer}/`].join("\n"));
  assert.equal(back.get("hash"), hash.digest("base64"));
  const { access_token: token } = await client.grant.continue(
    { url: pay.continue.uri, accessToken: pay.continue.access_token.value },
    { interact_ref: back.get("interact_ref") },
  );
  const rotated = (await client.token.rotate({ url: token.manage, accessToken: token.value })).access_token;
  const paying = { url: site.resourceServer, accessToken: rotated.value };
  await assert.rejects(client.outgoingPayment.create({ ...paying, accessToken: token.value }, { walletAddress: site.id, quoteId: quote.id }), { status: 403 });
  const outgoing = await client.outgoingPayment.create(paying, { walletAddress: site.id, quoteId: quote.id });
  assert.equal(outgoing.sentAmount.value, "0");
  assert.equal((await client.outgoingPayment.get({ url: outgoing.id, accessToken: rotated.value })).sentAmount.value, "500");
  await assert.rejects(client.outgoingPayment.create(paying, { walletAddress: site.id, quoteId: quote.id }), { status: 400 });
  const list = await client.outgoingPayment.list({ ...paying, walletAddress: site.id }, { first: 5 });
  assert.deepEqual(list.result.map((one) => one.quoteId), [quote.id]);
  assert.equal((await client.incomingPayment.get({ url: incoming.id, accessToken: receive.access_token.value })).completed, true);
  await client.token.revoke({ url: rotated.manage, accessToken: rotated.value });
  const state = await control("state");
  assert.deepEqual(state.violations, []);
  assert.deepEqual(state.balances, { site: "999500", alice: "1000500", bob: "1000000", carol: "1000000" });
});

test("what is against the specification is refused and noted", async () => {
  const answer = await fetch(`${origin}/auth/`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ client: 7 }) });
  assert.equal(answer.status, 400);
  const { violations } = await control("state");
  assert.equal(violations[0].step, "grant");
});

test("it fails as it is told, once", async () => {
  const url = `${origin}/wallets/alice`;
  for (const [how, status] of [["401", 401], ["429", 429], ["500", 500]]) {
    await control("fail", { step: "wallet", how });
    assert.equal((await fetch(url)).status, status);
  }
  for (const how of ["lost_before", "lost_after"]) {
    await control("fail", { step: "wallet", how });
    await assert.rejects(fetch(url));
  }
  assert.equal((await fetch(url)).status, 200);
});
