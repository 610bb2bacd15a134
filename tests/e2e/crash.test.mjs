// The server is killed at random moments while people send and withdraw photos. Afterwards nothing
// is half there: every photo listed can be seen, and after upkeep no file is left without a photo.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person, PORTRAIT, Site } from "./site.mjs";

const ROUNDS = 6;
let site, headers;

before(async () => {
  site = await Site.start({ databaseUrl: process.env.EVERYFACE_E2E_DATABASE ?? "" });
  const browser = await openBrowser();
  const ada = await Person.arrive(site, browser, "ada@example.org");
  await ada.becomeContributor();
  const { page } = ada;
  await page.goto("/my/data");
  await page.getByText("Make a token").click();
  await page.getByLabel("What is it for?").fill("load");
  await page.getByLabel(/photos:read/).check();
  await page.getByLabel(/photos:write/).check();
  await page.getByRole("button", { name: "Make it" }).click();
  headers = { Authorization: `Bearer ${await page.locator(".note.good .code").innerText()}` };
  await browser.close();
});

after(() => site?.stop());

const api = (address, options = {}) => fetch(`${site.url}/api/v1/me/photos${address}`, { headers, ...options });

/// Sends photos, and withdraws some, until told to stop; what the dying server does to a request is
/// of no interest.
async function load(goOn) {
  const bytes = fs.readFileSync(PORTRAIT);
  for (let i = 0; goOn(); ++i) {
    const form = new FormData();
    form.append("photo", new Blob([bytes]), "me.png");
    form.append("light", "as-it-is");
    const answer = await api("", { method: "POST", body: form }).catch(() => null);
    if (answer?.status === 201 && i % 2 === 1) {
      const { id } = await answer.json().catch(() => ({}));
      await api(`/${id}`, { method: "DELETE" }).catch(() => null);
    }
  }
}

test("killed under load, the site loses nothing that it promised and keeps nothing half", async () => {
  for (let round = 0; round < ROUNDS; ++round) {
    let running = true;
    const clients = [1, 2, 3].map(() => load(() => running));
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 1500));
    const gone = new Promise((resolve) => site.server.once("exit", resolve));
    site.server.kill("SIGKILL");
    await gone;
    running = false;
    await Promise.all(clients);
    await site.launch();
  }
  const { photos } = await (await api("")).json();
  assert.ok(photos.length > 0, "something was sent at all");
  const kept = photos.filter((photo) => photo.state !== "withdrawn");
  for (const photo of kept) {
    const image = await api(`/${photo.id}/image`);
    assert.equal(image.status, 200, photo.id);
    assert.ok((await image.arrayBuffer()).byteLength > 1000);
  }
  for (const photo of photos.filter((one) => one.state === "withdrawn")) {
    assert.equal((await api(`/${photo.id}/image`)).status, 404, photo.id);
  }
  site.run("admin", "upkeep", "--ahead", "48");
  const blobs = fs
    .readdirSync(path.join(site.environment.EVERYFACE_DATA_FOLDER, "blobs"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile());
  assert.equal(blobs.length, 2 * kept.length, "a photo and a thumbnail each, and nothing else");
  assert.match(site.run("admin", "audit", "verify"), /\d+/);
});
