// A server of its own for a test file, and what its visitors have outside the browser: mails, an
// authenticator app, the command line.
import { spawn, execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

export const PROGRAM = process.env.EVERYFACE_PROGRAM;
export const PASSWORD = "copper lantern over nine quiet rivers";
const SKIMAGE = "/usr/lib/python3/dist-packages/skimage/data";
/// Eileen Collins, by NASA: in the public domain.
export const PORTRAIT = path.join(SKIMAGE, "astronaut.png");

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export class Site {
  /// `databaseUrl`: none takes SQLite in the data folder.
  static async start({ databaseUrl = "", environment = {} } = {}) {
    const site = new Site();
    site.folder = fs.mkdtempSync(path.join(os.tmpdir(), "everyface-e2e-"));
    site.port = await freePort();
    site.url = `http://127.0.0.1:${site.port}`;
    site.environment = {
      ...process.env,
      EVERYFACE_DATA_FOLDER: path.join(site.folder, "data"),
      // One machine plays everybody: the limits by network are another test's business.
      ...Object.fromEntries(["NETWORK", "SIGN_IN", "JOIN", "MAIL", "UPLOAD", "TRY_IT", "DONATE", "API", "EXPORT"].map((name) => [`EVERYFACE_LIMITS_RATE_${name}`, "100000/60"])),
      ...environment,
      ...(databaseUrl && { EVERYFACE_DATABASE_URL: databaseUrl }),
    };
    await site.launch();
    return site;
  }

  /// The made-up people of `everyface serve --demo`, on SQLite in a folder of its own.
  static async startDemo() {
    const site = new Site();
    site.folder = fs.mkdtempSync(path.join(os.tmpdir(), "everyface-e2e-"));
    site.port = await freePort();
    site.url = `http://127.0.0.1:${site.port}`;
    site.environment = process.env;
    await site.launch(["--demo"]);
    return site;
  }

  /// The password that --demo prints for somebody.
  async demoPassword(email) {
    for (;;) {
      const printed = fs.readFileSync(path.join(this.folder, "server.log"), "utf8");
      const found = printed.match(new RegExp(`${email}\\s+password (\\S+)\n`));
      if (found) {
        return found[1];
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async launch(options = []) {
    this.log = fs.openSync(path.join(this.folder, "server.log"), "a");
    this.server = spawn(PROGRAM, ["serve", "--listen", `127.0.0.1:${this.port}`, ...options], {
      env: this.environment,
      stdio: ["ignore", this.log, this.log],
    });
    const ended = new Promise((_, reject) =>
      this.server.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${this.serverLog()}`))),
    );
    ended.catch(() => {});
    const up = (async () => {
      while (!(await fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false))) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    await Promise.race([up, ended]);
  }

  serverLog() {
    return fs.readFileSync(path.join(this.folder, "server.log"), "utf8").slice(-4000);
  }

  async stop() {
    const gone = new Promise((resolve) => this.server.once("exit", resolve));
    this.server.kill("SIGTERM");
    await gone;
    fs.closeSync(this.log);
    if (process.env.EVERYFACE_E2E_KEEP) {
      console.log(`kept: ${this.folder}`);
    } else {
      fs.rmSync(this.folder, { recursive: true, force: true });
    }
  }

  /// The program's output on the same data.
  run(...args) {
    return execFileSync(PROGRAM, args, { env: this.environment, encoding: "utf8", cwd: this.folder });
  }

  createAdministrator(email) {
    const file = path.join(this.folder, "password");
    fs.writeFileSync(file, PASSWORD, { mode: 0o600 });
    this.run("admin", "create", email, "--password-file", file);
  }

  /// The link in the newest mail to an address, once there is one; the mail is taken away.
  async mailedLink(address) {
    const folder = path.join(this.environment.EVERYFACE_DATA_FOLDER, "mail");
    for (;;) {
      const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".txt")).sort().reverse() : [];
      for (const name of names) {
        const text = fs.readFileSync(path.join(folder, name), "utf8");
        const link = text.match(/https?:\/\/\S+/);
        if (text.startsWith(`To: ${address}\n`) && link) {
          fs.rmSync(path.join(folder, name));
          return link[0];
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/// The code that an authenticator app shows (RFC 6238), for the time step that begins `later` steps
/// from now.
export function totp(seedText, later = 0) {
  const bits = [...seedText.replace(/[\s-]/g, "").replace(/=+$/, "").toUpperCase()]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const seed = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + later));
  const digest = crypto.createHmac("sha1", seed).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, "0");
}

export function openBrowser(...more) {
  return chromium.launch({
    executablePath: "/usr/bin/chromium-headless-shell",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", ...more,
    ],
  });
}

/// One person with a browser of their own.
export class Person {
  constructor(site, context, email) {
    Object.assign(this, { site, context, email });
  }

  static async arrive(site, browser, email, options = {}) {
    // Without motion: on a busy machine, a click meant for what is still gliding into view falls beside it.
    const context = await browser.newContext({ baseURL: site.url, locale: "en-GB", reducedMotion: "reduce", ...options });
    const person = new Person(site, context, email);
    context.setDefaultTimeout(90_000);  // a busy machine is no failure
    person.page = await context.newPage();
    return person;
  }

  async join() {
    const { page } = this;
    await page.goto("/join");
    await page.getByLabel("E-mail address").fill(this.email);
    await page.getByLabel("I am 18 years old or older.").check();
    await page.getByRole("button", { name: "Send me the link" }).click();
    await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
    await page.goto(await this.site.mailedLink(this.email));
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Use this password" }).click();
    await page.getByText("The password is set.").waitFor();
  }

  async signIn(code = "", password = PASSWORD) {
    const { page } = this;
    await page.goto("/sign-in");
    await page.getByLabel("E-mail address").fill(this.email);
    await page.getByLabel("Password").fill(password);
    if (code) {
      await page.getByLabel("Code").fill(code);
    }
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "My photos" }).waitFor();
  }

  /// Sets up the second factor that roles need.
  async setUpSecondFactor() {
    const { page } = this;
    await page.goto("/my/second-factor");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: /Begin|Set up/ }).click();
    this.seed = await page.locator("figcaption.code").innerText();
    await page.getByLabel("The code that the app shows now").fill(totp(this.seed));
    await page.getByRole("button", { name: "Turn it on" }).click();
    await page.getByText("The second factor is on.").waitFor();
  }

  async consent({ templates = true } = {}) {
    const { page } = this;
    await page.goto("/consent");
    await page.getByLabel("Yes, publish my photos like this").check();
    await page.getByLabel("Yes, I explicitly agree to this").check();
    if (templates) {
      await page.getByLabel("Yes, use templates of my face for this").check();
    }
    await page.getByRole("button", { name: "Record my answers" }).click();
    await page.getByRole("heading", { name: "About you" }).waitFor();
  }

  async declare() {
    const { page } = this;
    await page.goto("/declare");
    await page.getByRole("checkbox", { name: "South Asian" }).check();
    await page.getByRole("radio", { name: "Woman" }).check();
    await page.getByRole("radio", { name: "35 to 44" }).check();
    await page.getByRole("radio", { name: "Tone 6" }).check();
    await page.getByRole("button", { name: "That is me" }).click();
    await page.getByRole("heading", { name: "Add photos" }).waitFor();
  }

  async becomeContributor() {
    await this.join();
    await this.signIn();
    await this.consent();
    await this.declare();
  }

  async uploadFile(file) {
    const { page } = this;
    await page.goto("/contribute");
    await page.getByLabel(/^Photos of you/).setInputFiles(file);
    await page.getByRole("button", { name: "Send my photos" }).click();
  }
}
