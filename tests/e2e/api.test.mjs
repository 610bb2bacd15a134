// The JSON API keeps what its OpenAPI document promises: each operation, with each status.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { ApiContract } from "./api_contract.mjs";
import { openBrowser, Person, PORTRAIT, Site } from "./site.mjs";

const NOBODYS = "01890a5d-ac96-774b-bcce-b302099a8057";
let site, browser, api;

async function makeToken(page, scopes) {
  await page.goto("/my/data");
  await page.getByText("Make a token").click();
  await page.getByLabel("What is it for?").fill(scopes.join(" ") || "nothing");
  for (const scope of scopes) {
    await page.getByLabel(new RegExp(scope)).check();
  }
  await page.getByRole("button", { name: "Make it" }).click();
  return { Authorization: `Bearer ${await page.locator(".note.good .code").innerText()}` };
}

const photoForm = (bytes) => {
  const form = new FormData();
  form.append("photo", new Blob([bytes]), "me.png");
  return form;
};

before(async () => {
  site = await Site.startDemo();
  browser = await openBrowser();
  api = await ApiContract.of(site.url);
});

after(async () => {
  await browser?.close();
  await site?.stop();
});

test("every answer that the document promises is given as it says", async () => {
  const person = await Person.arrive(site, browser, "contributor1@demo.example");
  await person.signIn("", await site.demoPassword(person.email));
  const { page } = person;
  const all = await makeToken(page, ["account:read", "photos:read", "photos:write"]);
  const reading = await makeToken(page, ["photos:read"]);
  const nothingMuch = await makeToken(page, ["account:read"]);

  await api.call("get", "/openapi.json");
  await api.call("get", "/statistics");
  const { body } = await api.call("get", "/releases");
  assert.ok(body.releases.length > 0);
  await api.call("get", "/releases/{version}", { parameters: { version: body.releases[0].version } });
  await api.call("get", "/releases/{version}", { parameters: { version: "99.0" } });

  const sent = await api.call("post", "/me/photos", { headers: all, body: photoForm(fs.readFileSync(PORTRAIT)) });
  assert.equal(sent.status, 201);
  const mine = { photo: sent.body.id };
  await api.call("post", "/me/photos", { headers: all, body: photoForm("no photo") });
  await api.call("post", "/me/photos", { headers: all, body: photoForm(Buffer.alloc(23 << 20)) });
  await api.call("get", "/me", { headers: all });
  await api.call("get", "/me/photos", { headers: all });
  for (const path of ["/me/photos/{photo}", "/me/photos/{photo}/image"]) {
    assert.equal((await api.call("get", path, { parameters: mine, headers: reading })).status, 200);
    assert.equal((await api.call("get", path, { parameters: { photo: NOBODYS }, headers: reading })).status, 404);
  }
  const withdraw = (options) => api.call("delete", "/me/photos/{photo}", { parameters: mine, headers: all, ...options });
  assert.equal((await withdraw({ headers: reading })).status, 403);
  assert.equal((await withdraw()).status, 204);
  assert.equal((await withdraw()).status, 422);
  assert.equal((await withdraw({ parameters: { photo: NOBODYS } })).status, 404);

  for (const promised of api.promised().filter((one) => /40[13]$/.test(one))) {
    const [method, path, status] = promised.split(" ");
    const headers = status === "401" ? { Authorization: "Bearer unknown" } : path === "/me" ? reading : nothingMuch;
    const body = method === "post" ? photoForm("no photo") : undefined;
    assert.equal((await api.call(method, path, { parameters: mine, headers, body })).status, Number(status), promised);
  }

  for (const promised of api.promised().filter((one) => one.endsWith(" 429"))) {
    const [method, path] = promised.split(" ");
    const options = { parameters: { ...mine, version: "1.0" }, headers: path.startsWith("/me") ? all : {}, body: method === "post" ? photoForm("no photo") : undefined };
    while ((await api.call(method, path, options)).status !== 429);
  }
  assert.deepEqual(api.promised().filter((one) => !api.seen.has(one)), []);
});
