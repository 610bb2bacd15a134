// Money in and out by wallets: a visitor's agent, a donor, contributors who are paid while the wallet
// loses answers and the server is killed. In the end the books and the wallet agree to the cent.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { findings } from "./accessibility.mjs";
import { openBrowser, Person, PORTRAIT, Site } from "./site.mjs";
import { RECEIPT_SEED, Wallet, WEBHOOK_SECRET } from "./wallet.mjs";

const require = createRequire(new URL("../payments/wallet/package.json", import.meta.url));
const { createUnauthenticatedClient } = require("@interledger/open-payments");
const START = 1_000_000; // minor units in every wallet
let wallet, site, browser, administrator, other, contributor;

before(async () => {
  wallet = await Wallet.start();
  site = await Site.start({
    databaseUrl: process.env.EVERYFACE_E2E_DATABASE ?? "",
    environment: wallet.environment({
      EVERYFACE_PAYMENTS_IBAN: "DE89370400440532013000",
      EVERYFACE_PAYMENTS_ACCOUNT_NAME: "Faces",
      EVERYFACE_MONEY_CAP_PERCENT: "100",
      EVERYFACE_WALLET_CONTRIBUTORS_PERCENT: "50",
    }),
  });
  browser = await openBrowser();
  contributor = await Person.arrive(site, browser, "ada@example.org");
  await contributor.becomeContributor();
});

after(async () => {
  await browser?.close();
  await site?.stop();
  wallet?.stop();
});

const books = () => JSON.parse(site.run("admin", "ledger", "verify", "--json")).assets[0]?.accounts ?? {};

async function staff(email, role) {
  const person = await Person.arrive(site, browser, email, { bypassCSP: true });
  if (role === "administrator") {
    site.createAdministrator(email);
  } else {
    await person.join();
    site.run("admin", "role", email, role);
  }
  await person.signIn();
  await person.setUpSecondFactor();
  person.codes = await person.page.locator("ul.code li").allInnerTexts();
  return person;
}

test("a visitor's agent pays, and it is booked once although it says so five times", async () => {
  const visitor = await Person.arrive(site, browser, "");
  const { page } = visitor;
  const answer = await page.goto("/");
  assert.match(answer.headers()["content-security-policy"], /monetization-src https:/);
  assert.match(answer.headers()["permissions-policy"], /monetization=\(self\)/);
  const link = page.locator("link[rel=monetization]");
  assert.equal(await link.getAttribute("href"), wallet.address("site"));
  assert.equal(await page.locator("meta[name=monetization]").getAttribute("content"), wallet.address("site").replace("http://", "$"));
  const { incomingPayment } = await wallet.control("pay", { name: "site", value: 1000 });
  assert.ok(await page.locator("[data-thanks]").isHidden());
  await link.evaluate((element, url) => {
    for (let i = 0; i < 5; ++i) {
      element.dispatchEvent(Object.assign(new Event("monetization", { bubbles: true }), { incomingPayment: url }));
    }
  }, incomingPayment);
  await page.getByText("Thank you for paying the people in the data").waitFor();
  await page.waitForLoadState("networkidle");
  assert.equal(books().held_wallet, 1000);
  assert.equal(books().source_monetization, -1000);
  await page.goto("/try");
  await page.locator("#photo").setInputFiles(PORTRAIT);
  await page.locator(".drop button").click();
  await page.locator(".compare.large").waitFor();
  // Somebody else's payment is nothing to the site.
  const foreign = await wallet.control("pay", { name: "alice", value: 1000 });
  const refused = await fetch(`${site.url}/monetization/payments`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(foreign),
  });
  assert.equal(refused.status, 422);
  // The wallet says that more has come.
  await wallet.control("pay", { incomingPayment, value: 500 });
  const webhook = { url: `${site.url}/webhooks/wallet`, data: { id: incomingPayment } };
  assert.equal((await wallet.control("webhook", { ...webhook, secret: "another" })).status, 401);
  assert.equal((await wallet.control("webhook", { ...webhook, secret: WEBHOOK_SECRET })).status, 204);
  while (books().held_wallet !== 1500) {
    await page.waitForTimeout(200);
  }
  await visitor.context.close();
});

test("an agent of the older kind shows receipts, and only increases count", async () => {
  const seed = Buffer.from(RECEIPT_SEED, "base64");
  const hmac = (key, ...parts) => parts.reduce((sum, part) => sum.update(part), crypto.createHmac("sha256", key)).digest();
  const receipt = (total) => {
    const bytes = Buffer.alloc(26);
    bytes[0] = 1;
    bytes.fill("n", 1, 17);
    bytes.writeBigUInt64BE(total, 18);
    const secret = hmac(hmac(seed, "receipt_secret"), bytes.subarray(1, 17));
    return Buffer.concat([bytes, hmac(secret, bytes)]).toString("base64");
  };
  const show = async (text) => {
    const answer = await fetch(`${site.url}/monetization/receipts`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ receipt: text }),
    });
    return answer.status;
  };
  const before = books().held_wallet;
  assert.equal(await show(receipt(20_000_000n)), 200);
  assert.equal(await show(receipt(20_000_000n)), 200);
  assert.equal(await show(receipt(10_000_000n)), 200);
  assert.equal(await show("nothing"), 422);
  assert.equal(books().held_wallet, before + 2);
});

test("a donor sees what it costs, agrees on the wallet's page, and gets a receipt", async () => {
  const donor = await Person.arrive(site, browser, "");
  const { page } = donor;
  const amount = page.getByRole("region", { name: "From a wallet" }).getByLabel("Amount in EUR");
  await page.goto("/donate");
  await page.getByLabel("Wallet address").fill("https://169.254.169.254/latest");
  await amount.fill("12,50");
  await page.getByRole("button", { name: "Show me what it costs" }).click();
  await page.getByText("This is no wallet address that we can ask").waitFor();
  const give = async (name) => {
    await page.goto("/donate");
    await page.getByLabel("Wallet address").fill(wallet.address(name));
    await amount.fill("12,50");
    await page.getByRole("button", { name: "Show me what it costs" }).click();
    await page.getByText("Nothing has moved yet").waitFor();
  };
  const before = books().held_wallet;
  await give("carol");
  await page.getByText(/13\.75.USD/).waitFor();
  const receipt = page.url();
  await page.getByRole("button", { name: "Go to my wallet" }).click();
  await page.getByRole("button", { name: "Reject" }).click();
  await page.getByText("You said no, and nothing was paid.").waitFor();
  assert.equal(page.url(), receipt);
  await page.getByRole("button", { name: "Go to my wallet" }).click();
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByText("Thank you. It has come in and is in the books.").waitFor();
  assert.equal(page.url(), receipt);
  assert.equal(books().held_wallet, before + 1250);
  assert.equal(await wallet.balance("carol"), START - 1375);
  // Monthly, and stopped.
  await page.goto("/donate");
  await page.getByLabel("How often").selectOption("12");
  await page.getByLabel("Wallet address").fill(wallet.address("alice"));
  await amount.fill("5");
  await page.getByRole("button", { name: "Show me what it costs" }).click();
  await page.getByRole("button", { name: "Go to my wallet" }).click();
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByText("Your wallet pays every month").waitFor();
  await page.getByRole("button", { name: "Stop it" }).click();
  await page.getByText("It is stopped.").waitFor();
  assert.equal(books().held_wallet, before + 1750);
  await donor.context.close();
});

test("a contributor shows that a wallet is theirs", async () => {
  const { page } = contributor;
  await page.goto("/my/rewards");
  await page.getByRole("link", { name: "Where rewards are paid to" }).click();
  await page.getByLabel("Wallet address").fill(wallet.address("bob"));
  await page.getByRole("button", { name: "Show that it is mine" }).click();
  await page.getByRole("button", { name: "Reject" }).click();
  await page.getByText("The wallet’s owner did not agree.").waitFor();
  await page.getByLabel("Wallet address").fill(wallet.address("bob"));
  await page.getByRole("button", { name: "Show that it is mine" }).click();
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByText("The wallet is yours").waitFor();
  await page.getByRole("heading", { name: wallet.address("bob") }).waitFor();
  const rival = await Person.arrive(site, browser, "eve@example.org");
  await rival.join();
  await rival.signIn();
  await rival.page.goto("/my/wallet");
  await rival.page.getByLabel("Wallet address").fill(wallet.address("bob"));
  await rival.page.getByRole("button", { name: "Show that it is mine" }).click();
  await rival.page.getByText("This wallet is another account’s").waitFor();
  await rival.context.close();
});

test("another donor gives by a transfer, and the bank's statement is booked", async () => {
  administrator = await staff("admin@example.org", "administrator");
  const donor = await Person.arrive(site, browser, "");
  await donor.page.goto("/donate");
  const bank = donor.page.getByRole("region", { name: "By bank transfer" });
  await bank.getByLabel("Amount in EUR").fill("20");
  await bank.getByRole("button").click();
  await donor.page.waitForURL(/donate.bank.RF/);
  const reference = donor.page.url().split("/").at(-1);
  await donor.context.close();
  const { page } = administrator;
  await page.goto("/admin/money/statements");
  const buffer = Buffer.from(`date,amount,currency,reference\n2026-11-02,20,EUR,${reference}\n`);
  await page.getByLabel("Statement").setInputFiles({ name: "statement.csv", mimeType: "text/csv", buffer });
  await page.getByRole("button", { name: "Look at it" }).click();
  await page.getByRole("button", { name: "Book 1 line" }).click();
  await page.getByText("Booked.").waitFor();
  assert.equal(books().held_bank, 2000);
});

test("a release gives the contributor a reward", async () => {
  other = await staff("second@example.org", "administrator");
  await contributor.uploadFile(PORTRAIT);
  await contributor.page.getByRole("heading", { name: /sent/ }).waitFor();
  for (const email of ["mo@example.org", "mia@example.org"]) {
    const { page } = await staff(email, "moderator");
    await page.goto("/moderation");
    await page.getByRole("link", { name: "Begin with the oldest" }).click();
    await page.getByRole("button", { name: /Approve/ }).click();
    await page.waitForURL(/done=verdict_approve/);
  }
  const desk = administrator.page;
  await desk.goto("/admin");
  await desk.getByRole("button", { name: "Cut the release" }).click();
  while ((await (await fetch(`${site.url}/api/v1/releases`)).json()).releases.length === 0) {
    await desk.waitForTimeout(200);
  }
  site.run("admin", "upkeep");
  assert.ok(books().vested < 0);
});

async function kill() {
  const gone = new Promise((resolve) => site.server.once("exit", resolve));
  site.server.kill("SIGKILL");
  await gone;
  await site.launch();
}

test("two administrators pay out, while answers are lost and the server is killed three times", async () => {
  const owed = -books().vested;
  const held = books().held_wallet;
  const before = await wallet.balance("site");
  const { page } = administrator;
  await page.goto("/admin/money");
  await page.getByRole("link", { name: "Payouts" }).click();
  const open = page.getByRole("region", { name: "The site’s wallet" });
  await open.getByLabel("At most in a month").fill("1000");
  await open.getByLabel("Code of your app").fill("000000");
  await open.getByRole("button", { name: "Open it" }).click();
  await page.getByRole("alert").waitFor();
  await open.getByLabel("At most in a month").fill("1000");
  await open.getByLabel("Code of your app").fill(administrator.codes[0]);
  await open.getByRole("button", { name: "Open it" }).click();
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByText("The wallet is open for payouts.").first().waitFor();
  const batches = page.getByRole("region", { name: "Batches" });
  await batches.getByLabel("Code of your app").fill(administrator.codes[1]);
  await batches.getByRole("button", { name: "Propose a batch" }).click();
  await page.getByText("You proposed it, so another administrator has to approve it.").waitFor();
  const batch = new URL(page.url()).pathname;

  await wallet.control("set", { settle: { gets: 2 } });
  await wallet.control("fail", { step: "incoming.create", how: "lost_after" });
  await wallet.control("fail", { step: "quote.create", how: "lost_after" });
  await wallet.control("fail", { step: "outgoing.create", how: "lost_after" });
  await wallet.control("fail", { step: "outgoing.list", how: "lost_before" });
  await wallet.control("fail", { step: "outgoing.get", how: "lost_after" });
  await other.page.goto(batch);
  await other.page.getByLabel("Code of your app").fill(other.codes[0]);
  await other.page.getByRole("button", { name: "Approve: pay them" }).click();
  await other.page.getByText("Approved.").waitFor();
  for (let times = 0; times < 3; ++times) {
    await page.waitForTimeout(700 + Math.random() * 1500);
    await kill();
  }
  // What a server that was killed had begun is taken up again after half a minute.
  for (;;) {
    await page.goto(batch);
    if (await page.getByText("done", { exact: true }).isVisible()) {
      break;
    }
    await page.waitForTimeout(1000);
  }
  assert.deepEqual(await findings(page), []);
  assert.equal(await wallet.balance("bob"), START + owed);
  assert.equal(await wallet.balance("site"), before - owed);
  const state = await wallet.control("state");
  assert.equal(state.outgoing.filter((one) => one.walletAddress === wallet.address("site")).length, 1);
  assert.deepEqual(state.violations, []);
  const accounts = books();
  assert.equal(accounts.paid, -owed);
  assert.equal(accounts.payouts, owed);
  assert.equal(accounts.held_wallet, held - owed);
  assert.equal(accounts.vested, 0);
  assert.equal(accounts.transit ?? 0, 0);
  await contributor.page.goto("/my/rewards");
  assert.match(await contributor.page.locator(".numbers div").last().innerText(), new RegExp((owed / 100).toFixed(2).replace(".", "\\.")));
});

test("a contributor who agrees is paid by visitors directly, in the configured share of pages", async () => {
  const { page } = contributor;
  await page.goto("/my/wallet");
  await page.getByRole("button", { name: "I agree" }).click();
  await page.getByText("Changed.").waitFor();
  await kill(); // who may be named is read once a minute
  const named = { site: 0, bob: 0 };
  for (let i = 0; i < 60; ++i) {
    const answer = await fetch(`${site.url}/pay`, { redirect: "manual" });
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    ++named[answer.headers.get("location").split("/").at(-1)];
  }
  assert.ok(named.site > 5 && named.bob > 5, JSON.stringify(named)); // by chance once in a billion
  const html = await (await fetch(site.url)).text();
  assert.match(html, /<link rel="monetization" href="[^"]+\/wallets\/(site|bob)"/);
});

test("what came in unseen is found and booked, once", async () => {
  const { page } = administrator;
  await wallet.control("pay", { name: "site", value: 77 });
  const held = books().held_wallet;
  await page.goto("/admin/money/reconciliation");
  await page.getByRole("button", { name: "Compare with the wallet" }).click();
  await page.getByText("What was missing is booked.").waitFor();
  assert.equal(books().held_wallet, held + 77);
  await page.getByRole("button", { name: "Compare with the wallet" }).click();
  await page.getByText("The wallet and the books agree").waitFor();
  assert.equal(books().held_wallet, held + 77);
});

test("npm's client finds the site's address and keys", async () => {
  const client = await createUnauthenticatedClient({ useHttp: true });
  const url = `${site.url}/.well-known/pay`;
  const address = await client.walletAddress.get({ url });
  assert.equal(address.id, url);
  assert.equal(address.authServer, `${wallet.origin}/auth`);
  const { keys } = await client.walletAddress.getKeys({ url });
  assert.deepEqual(keys.map(({ kid, kty, crv }) => ({ kid, kty, crv })), [{ kid: "site-key", kty: "OKP", crv: "Ed25519" }]);
  assert.deepEqual(await (await fetch(`${site.url}/jwks.json`)).json(), { keys });
});
