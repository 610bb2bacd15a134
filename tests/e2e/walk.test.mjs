// The whole way, in a browser: join, consent, declare, upload by file and by camera, two moderators,
// a release, an anonymous download that is verified and studied, a withdrawal, the next release.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person, PORTRAIT, PROGRAM, Site } from "./site.mjs";

let site, browser, contributor, administrator;
const moderators = [];

/// What the fake camera shows: the portrait, mirrored and a little brighter, as a film of one frame.
function cameraFilm(folder) {
  const file = path.join(folder, "camera.mjpeg");
  execFileSync("/usr/bin/python3", [
    "-c",
    "import sys, cv2; frame = cv2.convertScaleAbs(cv2.flip(cv2.imread(sys.argv[1]), 1), alpha=1.1)\n" +
      "frame = cv2.copyMakeBorder(frame, 0, 0, 64, 64, cv2.BORDER_REPLICATE)\n" +
      "frame = cv2.resize(frame, (800, 640))\n" +
      "open(sys.argv[2], 'wb').write(cv2.imencode('.jpg', frame)[1].tobytes() * 4)",
    PORTRAIT,
    file,
  ]);
  return file;
}

before(async () => {
  site = await Site.start({ databaseUrl: process.env.EVERYFACE_E2E_DATABASE ?? "" });
  browser = await openBrowser(
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${cameraFilm(site.folder)}`,
  );
});

after(async () => {
  await browser?.close();
  await site?.stop();
});

test("the first administrator comes from the command line and sets up a second factor", async () => {
  site.createAdministrator("admin@example.org");
  administrator = await Person.arrive(site, browser, "admin@example.org");
  await administrator.signIn();
  const refused = await administrator.page.goto("/admin");
  assert.equal(refused.status(), 403, "without a second factor an administrator is a contributor");
  await administrator.setUpSecondFactor();
  await administrator.page.goto("/admin");
  await administrator.page.getByRole("heading", { name: "Administration" }).waitFor();
});

test("two people become moderators", async () => {
  for (const email of ["mod1@example.org", "mod2@example.org"]) {
    const moderator = await Person.arrive(site, browser, email);
    await moderator.join();
    const { page } = administrator;
    await page.goto("/admin");
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Role").selectOption("moderator");
    await page.getByRole("button", { name: "Give this role" }).click();
    await page.getByText("The role is given.").waitFor();
    await moderator.signIn();
    await moderator.setUpSecondFactor();
    moderators.push(moderator);
  }
});

test("a contributor joins, consents, declares and sends a photo from a file", async () => {
  contributor = await Person.arrive(site, browser, "ada@example.org", { permissions: ["camera"] });
  await contributor.becomeContributor();
  await contributor.uploadFile(PORTRAIT);
  await contributor.page.getByRole("heading", { name: /astronaut\.png: sent/ }).waitFor();
});

test("and one from the camera", async () => {
  const { page } = contributor;
  await page.goto("/contribute");
  await page.getByRole("button", { name: "Open the camera" }).click();
  await page.waitForFunction(() => document.querySelector("video").videoWidth > 0);
  await page.getByRole("button", { name: "Take the photo" }).click();
  await page.getByRole("heading", { name: /camera-1\.jpg: sent/ }).waitFor();
  await page.goto("/my/photos");
  assert.equal(await page.locator(".photos > li").count(), 2);
  assert.deepEqual(await page.locator(".photos .badge").allInnerTexts(), ["waiting", "waiting"]);
});

test("a moderator works with the keyboard alone; the other one clicks", async () => {
  const [first, second] = moderators;
  await first.page.goto("/moderation");
  await first.page.getByRole("link", { name: "Begin with the oldest" }).click();
  for (let photo = 0; photo < 2; ++photo) {
    await first.page.getByRole("heading", { name: /Photo sent on/ }).waitFor();
    await first.page.keyboard.press("4");
    await Promise.all([first.page.waitForURL(/done=verdict_approve/), first.page.keyboard.press("a")]);
  }
  await second.page.goto("/moderation");
  for (let photo = 0; photo < 2; ++photo) {
    await second.page.goto("/moderation");
    await second.page.getByRole("link", { name: "Begin with the oldest" }).click();
    await second.page.getByRole("button", { name: /Approve/ }).click();
    await second.page.waitForURL(/done=verdict_approve/);
  }
  await second.page.goto("/moderation");
  await second.page.getByText("Nothing waits for you.").waitFor();
  await contributor.page.goto("/my/photos");
  assert.deepEqual(await contributor.page.locator(".photos .badge").allInnerTexts(), ["approved", "approved"]);
});

async function cutRelease(version) {
  const { page } = administrator;
  await page.goto("/admin");
  await page.getByRole("button", { name: "Cut the release" }).click();
  await page.getByText("The release is being cut.").waitFor();
  for (;;) {
    const { releases } = await (await fetch(`${site.url}/api/v1/releases`)).json();
    if (releases.some((release) => release.version === version)) {
      return releases.find((release) => release.version === version);
    }
    assert.ok(!(await page.goto("/admin").then(() => page.locator(".note.bad").count())), await page.locator(".note.bad").allInnerTexts());
    await page.waitForTimeout(200);
  }
}

async function download(file, to) {
  const answer = await fetch(`${file.url}?licence=accepted`);
  assert.equal(answer.status, 200, file.name);
  const bytes = Buffer.from(await answer.arrayBuffer());
  fs.writeFileSync(path.join(to, file.name), bytes);
  return bytes;
}

test("an administrator cuts a release, which anyone can download, verify and study", async () => {
  const release = await cutRelease("1.0");
  assert.equal(release.photos, 2);
  assert.equal(release.people, 1);

  const visitor = await Person.arrive(site, browser, "");
  const { page } = visitor;
  await page.goto("/releases");
  await page.getByRole("link", { name: /Files and licence/ }).click();
  assert.equal(await page.getByRole("link", { name: /\.zip/ }).count(), 0, "files come after the licence");
  await page.getByLabel("I have read the licence and keep to it.").check();
  await page.getByRole("button", { name: "Show me the files" }).click();
  const [zip] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /\.zip$/ }).first().click()]);
  const folder = path.join(site.folder, "release");
  fs.mkdirSync(folder);
  await zip.saveAs(path.join(folder, zip.suggestedFilename()));

  for (const file of release.files) {
    const bytes = await download(file, folder);
    assert.equal(crypto.createHash("sha256").update(bytes).digest("hex"), file.sha256, file.name);
  }
  fs.writeFileSync(path.join(folder, "key.pem"), await (await fetch(`${site.url}/release-key.pem`)).text());
  const sums = execFileSync("sha256sum", ["--ignore-missing", "-c", "SHA256SUMS"], { cwd: folder, encoding: "utf8" });
  assert.match(sums, /\.zip: OK/);
  execFileSync("openssl", ["pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "SHA256SUMS", "-sigfile", "SHA256SUMS.sig"], { cwd: folder });

  execFileSync("/usr/bin/python3", ["-m", "zipfile", "-e", path.join(folder, zip.suggestedFilename()), path.join(folder, "unzipped")]);
  const metadata = execFileSync("find", [path.join(folder, "unzipped"), "-name", "metadata.csv"], { encoding: "utf8" }).trim();
  execFileSync(PROGRAM, ["study", "--dataset", "csv", metadata, "--detector", "haar", "--enhance", "none,gain", "-o", path.join(folder, "run")], { stdio: "pipe" });
  const report = JSON.parse(fs.readFileSync(path.join(folder, "run", "report.json"), "utf8"));
  assert.equal(report.cells[0].images, 2);
  assert.equal(report.cells[0].faces, 2);
});

test("a download that breaks off goes on where it stopped", async () => {
  const { releases } = await (await fetch(`${site.url}/api/v1/releases`)).json();
  const archive = releases[0].files.find((file) => file.name.endsWith(".zip"));
  const half = Math.floor(archive.bytes / 2);
  const first = await fetch(`${archive.url}?licence=accepted`, { headers: { Range: `bytes=0-${half - 1}` } });
  assert.equal(first.status, 206);
  const file = path.join(site.folder, "resumed.zip");
  fs.writeFileSync(file, Buffer.from(await first.arrayBuffer()));
  execFileSync("curl", ["-sS", "-C", "-", "-o", file, `${archive.url}?licence=accepted`]);
  assert.equal(crypto.createHash("sha256").update(fs.readFileSync(file)).digest("hex"), archive.sha256);
});

test("a withdrawn photo is gone from the next release and on the signed list", async () => {
  const { page } = contributor;
  await page.goto("/my/photos");
  await page.locator(".photos > li a").first().click();
  await page.getByLabel("Yes, erase this photo").check();
  await page.getByRole("button", { name: "Withdraw the photo" }).click();
  await page.getByText("The photo is withdrawn").waitFor();

  const release = await cutRelease("2.0");
  assert.equal(release.photos, 1);
  assert.equal(release.removed, 1);
  const { releases } = await (await fetch(`${site.url}/api/v1/releases`)).json();
  const old = releases.find((one) => one.version === "1.0");
  assert.ok(old.retired);
  const archive = old.files.find((file) => file.name.endsWith(".zip"));
  assert.equal((await fetch(`${site.url}/releases/1.0/${archive.name}?licence=accepted`)).status, 404);

  const folder = path.join(site.folder, "tombstones");
  fs.mkdirSync(folder);
  for (const name of ["tombstones.json", "tombstones.json.sig", "release-key.pem"]) {
    fs.writeFileSync(path.join(folder, name), Buffer.from(await (await fetch(`${site.url}/${name}`)).arrayBuffer()));
  }
  execFileSync("openssl", ["pkeyutl", "-verify", "-pubin", "-inkey", "release-key.pem", "-rawin", "-in", "tombstones.json", "-sigfile", "tombstones.json.sig"], { cwd: folder });
  const list = JSON.parse(fs.readFileSync(path.join(folder, "tombstones.json"), "utf8"));
  assert.equal(list.tombstones.length, 1);
});

test("the audit log holds together", () => {
  assert.match(site.run("admin", "audit", "verify"), /\d+/);
});

test("people get a copy of their data, and can leave", async () => {
  const { page } = contributor;
  await page.goto("/my/data");
  const [archive] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download my data" }).click()]);
  const file = path.join(site.folder, "export.zip");
  await archive.saveAs(file);
  const names = execFileSync("/usr/bin/python3", ["-m", "zipfile", "-l", file], { encoding: "utf8" });
  for (const name of ["account.json", "consents.json", "declarations.json", "photos.json", "rewards.json"]) {
    assert.ok(names.includes(name), name);
  }
  await page.getByText("Close my account").first().click();
  await page.locator("#close-password").fill("copper lantern over nine quiet rivers");
  await page.getByLabel("Yes, erase everything").check();
  await page.getByRole("button", { name: "Close my account" }).click();
  await page.getByText("Your account is closed").waitFor();
  await page.goto("/my/photos");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});
