// Money comes in by a bank statement, a release gives it to contributors, and everybody sees where
// it goes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person, PORTRAIT, Site } from "./site.mjs";

let site, browser, administrator, moderator, contributor;

before(async () => {
  site = await Site.start({
    databaseUrl: process.env.EVERYFACE_E2E_DATABASE ?? "",
    environment: {
      EVERYFACE_PAYMENTS_IBAN: "DE89 3704 0044 0532 0130 00",
      EVERYFACE_PAYMENTS_ACCOUNT_NAME: "Gesichter für alle e. V.",
      EVERYFACE_MONEY_CAP_PERCENT: "100",
    },
  });
  browser = await openBrowser();
  site.createAdministrator("admin@example.org");
  administrator = await Person.arrive(site, browser, "admin@example.org");
  await administrator.signIn();
  await administrator.setUpSecondFactor();
  contributor = await Person.arrive(site, browser, "ada@example.org");
  await contributor.becomeContributor();
});

after(async () => {
  await browser?.close();
  await site?.stop();
});

/// What a banking app reads off the screen.
async function scanned(page) {
  const file = path.join(site.folder, "qr.png");
  await page.locator("svg.qr").screenshot({ path: file });
  return execFileSync("zbarimg", ["--quiet", "--raw", "-Sbinary", file], { encoding: "utf8" }).trim();
}

let receipt, reference;

test("somebody without an account gets the transfer as a QR code", async () => {
  const donor = await Person.arrive(site, browser, "");
  const { page } = donor;
  await page.goto("/donate");
  await page.getByLabel("Amount in EUR").fill("many");
  await page.getByRole("button", { name: "Show me the transfer" }).click();
  await page.getByText("Please type an amount such as 25.00.").waitFor();
  await page.getByLabel("Amount in EUR").fill("100,50");
  await page.getByRole("button", { name: "Show me the transfer" }).click();
  await page.getByText("Nothing has come in with it yet").waitFor();
  receipt = page.url();
  const lines = (await scanned(page)).split("\n");
  reference = lines[9];
  assert.deepEqual(lines, ["BCD", "002", "1", "SCT", "", "Gesichter für alle e. V.", "DE89370400440532013000", "EUR100.50", "", reference]);
  assert.match(reference, /^RF\d\d[0-9A-F]{15}$/);
  await donor.context.close();
});

async function upload(text) {
  const { page } = administrator;
  const file = path.join(site.folder, "statement.csv");
  fs.writeFileSync(file, text);
  await page.goto("/admin/money/statements");
  await page.getByLabel("Statement").setInputFiles(file);
  await page.getByRole("button", { name: "Look at it" }).click();
}

test("an administrator sees what would be booked, and books it once", async () => {
  const { page } = administrator;
  await upload("date;amount\n");
  await page.getByText("there is no column currency").waitFor();
  const statement =
    "Buchungstag;Betrag;Währung;Verwendungszweck\n" +
    `02.11.2026;"100,50";EUR;Spende ${reference}\n02.11.2026;20,00;EUR;from an aunt\n03.11.2026;-9,00;EUR;Bank\n`;
  await upload(statement);
  for (const fate of ["will be booked", "no known reference: left to you", "went out"]) {
    await page.getByText(fate).waitFor();
  }
  await page.getByRole("button", { name: "Book 1 line" }).click();
  await page.getByText("Booked.").waitFor();
  await upload(statement);
  await page.getByText("is in the books").waitFor();
  await page.getByText("Nothing in it is to be booked.").waitFor();
  await page.goto(receipt);
  await page.getByText("Thank you. It has come in and is in the books.").waitFor();
  await page.getByText(/100\.50.EUR/).first().waitFor();
});

test("a release gives half of the pool to whoever is new in it", async () => {
  await contributor.uploadFile(PORTRAIT);
  await contributor.page.getByRole("heading", { name: /sent/ }).waitFor();
  for (const email of ["mo@example.org", "mia@example.org"]) {
    moderator = await Person.arrive(site, browser, email);
    await moderator.join();
    site.run("admin", "role", email, "moderator");
    await moderator.signIn();
    await moderator.setUpSecondFactor();
    await moderator.page.goto("/moderation");
    await moderator.page.getByRole("link", { name: "Begin with the oldest" }).click();
    await moderator.page.getByRole("button", { name: /Approve/ }).click();
    await moderator.page.waitForURL(/done=verdict_approve/);
  }
  const desk = administrator.page;
  await desk.goto("/admin");
  await desk.getByRole("button", { name: "Cut the release" }).click();
  while ((await (await fetch(`${site.url}/api/v1/releases`)).json()).releases.length === 0) {
    await desk.waitForTimeout(200);
  }
  site.run("admin", "upkeep");
  const { page } = contributor;
  await page.goto("/my/rewards");
  await page.getByRole("heading", { name: /Release 1\.0: 40\.20.EUR/ }).waitFor();
  await page.getByText("1 new photo, counted as: usual").waitFor();
});

test("what was paid is booked, and the books balance", async () => {
  const paid = ["admin", "ledger", "paid", "--account", "ada@example.org", "--amount", "40.20", "--reference", "p1"];
  site.run(...paid);
  site.run(...paid);
  await contributor.page.goto("/my/rewards");
  const paidOut = contributor.page.locator(".numbers div").last();
  assert.match(await paidOut.innerText(), /40\.20/);
  const books = JSON.parse(site.run("admin", "ledger", "verify", "--json"));
  assert.deepEqual(books.assets[0].accounts, {
    held_bank: 10050 - 4020,
    source_bank: -10050,
    allocated: 10050,
    pool: -4020,
    site: -2010,
    vested: 0,
    paid: -4020,
    payouts: 4020,
  });
  await administrator.page.goto("/admin/money");
  await administrator.page.getByText(/The books balance: \d+ postings/).waitFor();
});
