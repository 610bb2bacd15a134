// Every page: readable by everyone (axe-core), at every width, in both colour schemes, in every
// language, with nothing from elsewhere and nothing on the console.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findings } from "./accessibility.mjs";
import { openBrowser, Person, PORTRAIT, Site } from "./site.mjs";
import { Wallet } from "./wallet.mjs";

const PUBLIC = [
  "/", "/how-it-works", "/research", "/try", "/releases", "/donate", "/transparency", "/privacy", "/licence", "/withdrawn", "/developers",
  "/join", "/sign-in", "/forgot", "/choose-password?token=x", "/confirm-email?token=x", "/no-such-page",
];
const MEMBERS = ["/consent", "/my/correction", "/contribute", "/my/photos", "/my/rewards", "/my/wallet", "/my/data", "/my/second-factor"];
const STAFF = ["/moderation", "/moderation/corrections", "/admin", "/admin/money", "/admin/money/statements", "/admin/money/payouts", "/admin/money/reconciliation"];

let wallet, site, browser, administrator, member, visitor;

before(async () => {
  wallet = await Wallet.start();
  site = await Site.start({
    environment: { ...wallet.environment({ EVERYFACE_WALLET_CONTRIBUTORS_PERCENT: "10" }), EVERYFACE_PAYMENTS_IBAN: "DE89370400440532013000", EVERYFACE_PAYMENTS_ACCOUNT_NAME: "Faces" },
  });
  browser = await openBrowser();
  site.createAdministrator("admin@example.org");
  administrator = await Person.arrive(site, browser, "admin@example.org", { bypassCSP: true });
  await administrator.signIn();
  await administrator.setUpSecondFactor();
  member = await Person.arrive(site, browser, "ada@example.org", { bypassCSP: true });
  await member.becomeContributor();
  await member.uploadFile(PORTRAIT);
  await member.page.getByRole("heading", { name: /sent/ }).waitFor();
  visitor = await Person.arrive(site, browser, "", { bypassCSP: true });
});

after(async () => {
  await browser?.close();
  await site?.stop();
  wallet?.stop();
});

async function check(person, address) {
  const { page } = person;
  const complaints = [];
  const requests = [];
  page.on("console", (message) => message.type() === "error" && !message.text().includes("status of") && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  try {
    await page.goto(address);
    for (const [width, colorScheme] of [[1280, "light"], [390, "light"], [320, "dark"]]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${address} is ${wide} px wide at ${width}`);
      assert.deepEqual(await findings(page), [], `${address} at ${width}, ${colorScheme}`);
    }
  } finally {
    page.removeAllListeners();
  }
  assert.deepEqual(complaints, [], address);
  const foreign = requests.filter((url) => !url.startsWith(site.url) && !url.startsWith("data:") && !url.startsWith("blob:"));
  assert.deepEqual(foreign, [], address);
}

for (const address of PUBLIC) {
  test(`${address} for a visitor`, () => check(visitor, address));
}

for (const address of MEMBERS) {
  test(`${address} for a contributor`, () => check(member, address));
}

for (const address of STAFF) {
  test(`${address} for an administrator`, () => check(administrator, address));
}

test("a transfer to give by, and a statement that was looked at", async () => {
  const { page } = member;
  await page.goto("/donate");
  await page.getByRole("region", { name: "By bank transfer" }).getByLabel("Amount in EUR").fill("25");
  await page.getByRole("button", { name: "Show me the transfer" }).click();
  await page.waitForURL(/RF/);
  await check(member, new URL(page.url()).pathname);
  await page.goto("/donate");
  const give = page.getByRole("region", { name: "From a wallet" });
  await give.getByLabel("Wallet address").fill(wallet.address("alice"));
  await give.getByLabel("How often").selectOption("3");
  await give.getByLabel("Amount in EUR").fill("25");
  await give.getByRole("button").click();
  await page.waitForURL(/donate.wallet./);
  await check(member, new URL(page.url()).pathname);
  const desk = administrator.page;
  await desk.goto("/admin/money/statements");
  const name = "statement.csv";
  await desk.getByLabel("Statement").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from("date,amount,currency,reference\n2026-11-02,5,EUR,x\n") });
  await desk.getByRole("button", { name: "Look at it" }).click();
  await desk.waitForURL(/statements\/./);
  await check(administrator, new URL(desk.url()).pathname);
});

test("a photo of one's own, and the same one on the moderators' desk", async () => {
  await member.page.goto("/my/photos");
  await check(member, await member.page.locator(".photos > li a").first().getAttribute("href"));
  await administrator.page.goto("/moderation");
  await check(administrator, await administrator.page.getByRole("link", { name: "Begin with the oldest" }).getAttribute("href"));
});

test("every page in German", async () => {
  const german = await Person.arrive(site, browser, "", { locale: "de-DE", bypassCSP: true });
  for (const address of PUBLIC) {
    await german.page.goto(address);
    assert.equal(await german.page.getAttribute("html", "lang"), "de", address);
    assert.deepEqual(await findings(german.page), [], address);
  }
  await german.page.getByRole("link", { name: "English" }).click();
  assert.equal(await german.page.getAttribute("html", "lang"), "en");
  await german.context.close();
});

test("the menu opens on a phone and by keyboard", async () => {
  const phone = await Person.arrive(site, browser, "", { viewport: { width: 320, height: 640 } });
  const { page } = phone;
  await page.goto("/");
  await page.keyboard.press("Tab");
  await page.getByRole("link", { name: "Skip to the content" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator("#menu").getByRole("link", { name: "Research" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#menu").getByRole("link", { name: "Research" }).waitFor({ state: "hidden" });
  await phone.context.close();
});
