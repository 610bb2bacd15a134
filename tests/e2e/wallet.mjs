// The wallet of tests/payments/wallet beside a site.
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import path from "node:path";
import readline from "node:readline";

export const WEBHOOK_SECRET = "agreed on with the wallet";
/// 32 bytes, in base64.
export const RECEIPT_SEED = Buffer.alloc(32, "s").toString("base64");

export class Wallet {
  static async start() {
    const wallet = new Wallet();
    const script = path.join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../payments/wallet/server.mjs");
    wallet.server = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = readline.createInterface({ input: wallet.server.stdout });
    const line = await new Promise((resolve) => lines.once("line", resolve));
    wallet.origin = JSON.parse(line).origin;
    const { privateKey, publicKey } = crypto.generateKeyPairSync("ed25519");
    wallet.pem = privateKey.export({ type: "pkcs8", format: "pem" });
    const jwk = { ...publicKey.export({ format: "jwk" }), kid: "site-key", alg: "EdDSA", use: "sig" };
    await wallet.control("keys", { name: "site", keys: [jwk] });
    return wallet;
  }

  stop() {
    this.server?.stdin.end();
  }

  address(name) {
    return `${this.origin}/wallets/${name}`;
  }

  /// What a site of this wallet is configured with.
  environment(more = {}) {
    return {
      EVERYFACE_WALLET_ADDRESS: this.address("site"),
      EVERYFACE_WALLET_KEY_ID: "site-key",
      EVERYFACE_WALLET_KEY: this.pem,
      EVERYFACE_WALLET_ALLOW_LOOPBACK: "yes",
      EVERYFACE_WALLET_WEBHOOK_SECRET: WEBHOOK_SECRET,
      EVERYFACE_WALLET_RECEIPT_SEED: RECEIPT_SEED,
      EVERYFACE_WALLET_MONETIZATION: "meta",
      EVERYFACE_WALLET_PAYOUT_LEAST: "1",
      ...more,
    };
  }

  /// See server.mjs.
  async control(name, body = {}) {
    const answer = await fetch(`${this.origin}/control/${name}`, { method: "POST", body: JSON.stringify(body) });
    return answer.json();
  }

  async balance(name) {
    return Number((await this.control("state")).balances[name]);
  }
}
