// What the site says no to, and what works without scripts, without a mouse, and with programs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, PASSWORD, Person, PORTRAIT, Site } from "./site.mjs";

let site, browser, ada;

/// A wall in the evening: nobody is in it, and no detector can think so.
function noFace(folder) {
  const file = path.join(folder, "wall.png");
  const draw = "import sys, cv2, numpy; cv2.imwrite(sys.argv[1], numpy.tile(numpy.linspace(90, 200, 640, dtype='uint8'), (480, 1)))";
  execFileSync("/usr/bin/python3", ["-c", draw, file]);
  return file;
}

before(async () => {
  site = await Site.start({ databaseUrl: process.env.EVERYFACE_E2E_DATABASE ?? "" });
  browser = await openBrowser();
  ada = await Person.arrive(site, browser, "ada@example.org");
  await ada.becomeContributor();
});

after(async () => {
  await browser?.close();
  await site?.stop();
});

test("joining needs 18 years; a mail link works once; answers do not tell who has an account", async () => {
  const person = await Person.arrive(site, browser, "eve@example.org");
  const { page } = person;
  await page.goto("/join");
  await page.getByLabel("E-mail address").fill("eve@example.org");
  await page.evaluate(() => document.querySelector("[name=adult]").removeAttribute("required"));
  await page.getByRole("button", { name: "Send me the link" }).click();
  await page.getByText("Only people of 18 years and older").waitFor();
  const texts = [];
  for (const email of ["ada@example.org", "nobody@example.org"]) {
    await page.goto("/forgot");
    await page.getByLabel("E-mail address").fill(email);
    await page.getByRole("button", { name: "Send me the link" }).click();
    await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
    texts.push((await page.locator("main").innerText()).replaceAll(email, "…"));
  }
  assert.equal(texts[0], texts[1]);
  const link = await site.mailedLink("ada@example.org");
  await page.goto(link);
  await page.getByLabel("Password").fill("short");
  await page.evaluate(() => document.querySelector("#password").removeAttribute("minlength"));
  await page.getByRole("button", { name: "Use this password" }).click();
  await page.getByText("The password is too short").waitFor();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Use this password" }).click();
  await page.getByText("The password is set.").waitFor();
  await page.goto(link);
  await page.getByText("This link has been used or is too old.").waitFor();
  await ada.signIn();
  await person.context.close();
});

test("a wrong password and an unknown address are answered alike", async () => {
  const person = await Person.arrive(site, browser, "");
  for (const email of ["ada@example.org", "nobody@example.org"]) {
    await person.page.goto("/sign-in");
    await person.page.getByLabel("E-mail address").fill(email);
    await person.page.getByLabel("Password").fill("wrong horse battery staple");
    await person.page.getByRole("button", { name: "Sign in" }).click();
    await person.page.getByText("Address or password is not right.").waitFor();
  }
  await person.context.close();
});

test("files that are no usable photos are refused in words, and nothing is kept", async () => {
  const folder = fs.mkdtempSync(path.join(site.folder, "bad-"));
  const bad = (name, content) => {
    fs.writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const portrait = fs.readFileSync(PORTRAIT);
  for (const file of [
    bad("words.jpg", "not a photo at all"),
    bad("empty.jpg", ""),
    bad("cut.png", portrait.subarray(0, portrait.length / 2)),
    noFace(folder),
  ]) {
    await ada.uploadFile(file);
    await ada.page.getByRole("heading", { name: `${path.basename(file)}: not accepted` }).waitFor();
  }
  await ada.page.goto("/my/photos");
  await ada.page.getByText("You have not sent any photos yet.").waitFor();
});

test("a form without its token is refused, and so is one from another site", async () => {
  const cookies = (await ada.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const post = (headers, body) =>
    fetch(`${site.url}/my/withdraw-all`, { method: "POST", redirect: "manual", headers: { Cookie: cookies, "Content-Type": "application/x-www-form-urlencoded", ...headers }, body });
  assert.equal((await post({}, "sure=yes")).status, 403);
  await ada.page.goto("/my/data");
  const token = await ada.page.locator("[name=csrf]").first().inputValue();
  const body = new URLSearchParams({ csrf: token, sure: "yes" }).toString();
  assert.equal((await post({ Origin: "https://elsewhere.example", "Sec-Fetch-Site": "cross-site" }, body)).status, 403);
  assert.equal((await post({ Origin: site.url, "Sec-Fetch-Site": "same-origin" }, body)).status, 303);
});

test("contributors do not get to other people's photos or to the moderators' desk", async () => {
  await ada.uploadFile(PORTRAIT);
  await ada.page.getByRole("heading", { name: /astronaut\.png: sent/ }).waitFor();
  await ada.page.goto("/my/photos");
  const address = await ada.page.locator(".photos > li a").first().getAttribute("href");
  const bob = await Person.arrive(site, browser, "bob@example.org");
  await bob.join();
  await bob.signIn();
  for (const path of [address, `${address}/image`, `${address}/thumbnail`]) {
    assert.equal((await bob.page.goto(path)).status(), 404, path);
  }
  for (const path of ["/moderation", "/admin"]) {
    assert.equal((await bob.page.goto(path)).status(), 403, path);
  }
  await bob.context.close();
});

test("joining, declaring and uploading work without scripts", async () => {
  const person = await Person.arrive(site, browser, "noscript@example.org", { javaScriptEnabled: false });
  await person.becomeContributor();
  await person.uploadFile(PORTRAIT);
  await person.page.getByRole("heading", { name: /astronaut\.png: sent/ }).waitFor();
  await person.page.goto("/try");
  await person.page.getByLabel(/^A photo/).setInputFiles(PORTRAIT);
  await person.page.getByRole("button", { name: "Enhance it" }).click();
  await person.page.getByRole("heading", { name: /face.* found after enhancement/ }).waitFor();
  await person.context.close();
});

test("a photo that anybody tries out is shown before and after, from the answer alone", async () => {
  const person = await Person.arrive(site, browser, "");
  const { page } = person;
  await page.goto("/try");
  await page.getByLabel(/^A photo/).setInputFiles(PORTRAIT);
  await page.getByRole("button", { name: "Enhance it" }).click();
  await page.getByRole("heading", { name: /found after enhancement/ }).waitFor();
  const widths = await page.locator(".stage img").evaluateAll((images) => images.map((image) => image.naturalWidth));
  assert.deepEqual(widths, [512, 512]);
  await person.context.close();
});

test("signing in and withdrawing work with the keyboard alone", async () => {
  const person = await Person.arrive(site, browser, "ada@example.org");
  const { page } = person;
  const tabTo = async (locator) => {
    for (let presses = 0; presses < 80; ++presses) {
      if (await locator.evaluate((element) => element === document.activeElement)) {
        return;
      }
      await page.keyboard.press("Tab");
    }
    assert.fail("not reached with the Tab key");
  };
  await page.goto("/sign-in");
  await tabTo(page.getByLabel("E-mail address"));
  await page.keyboard.type("ada@example.org");
  await tabTo(page.getByLabel("Password"));
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "My photos" }).waitFor();
  await tabTo(page.locator(".photos > li a").first());
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /Photo sent on/ }).waitFor();
  await tabTo(page.getByLabel("Yes, erase this photo"));
  await page.keyboard.press("Space");
  await tabTo(page.getByRole("button", { name: "Withdraw the photo" }));
  await page.keyboard.press("Enter");
  await page.getByText("The photo is withdrawn").waitFor();
  await person.context.close();
});

test("a token lets a program send and withdraw photos, within its scopes", async () => {
  const { page } = ada;
  await page.goto("/my/data");
  await page.getByText("Make a token").click();
  await page.getByLabel("What is it for?").fill("Backup");
  await page.getByLabel(/photos:read/).check();
  await page.getByLabel(/photos:write/).check();
  await page.getByRole("button", { name: "Make it" }).click();
  const token = await page.locator(".note.good .code").innerText();
  const headers = { Authorization: `Bearer ${token}` };
  const form = new FormData();
  form.append("photo", new Blob([fs.readFileSync(PORTRAIT)]), "me.png");
  const sent = await fetch(`${site.url}/api/v1/me/photos`, { method: "POST", headers, body: form });
  assert.equal(sent.status, 201);
  const { id } = await sent.json();
  const photo = await (await fetch(`${site.url}/api/v1/me/photos/${id}`, { headers })).json();
  assert.equal(photo.state, "pending");
  assert.equal((await fetch(`${site.url}/api/v1/me`, { headers })).status, 403, "account:read was not given");
  assert.equal((await fetch(`${site.url}/api/v1/me/photos/${id}`, { method: "DELETE", headers })).status, 204);
  await page.goto("/my/data");
  await page.getByRole("button", { name: /Revoke/ }).click();
  await page.getByText("The token is revoked.").waitFor();
  assert.equal((await fetch(`${site.url}/api/v1/me/photos`, { headers })).status, 401);
});

test("signing out everywhere ends every session", async () => {
  const elsewhere = await Person.arrive(site, browser, "ada@example.org");
  await elsewhere.signIn();
  await ada.page.goto("/my/data");
  await ada.page.getByRole("button", { name: "Sign out everywhere" }).click();
  await ada.page.getByText("You are signed out everywhere.").waitFor();
  await elsewhere.page.goto("/my/photos");
  await elsewhere.page.getByRole("heading", { name: "Sign in" }).waitFor();
  await elsewhere.context.close();
});
