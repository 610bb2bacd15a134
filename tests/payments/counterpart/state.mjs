// All that the counterpart knows. It is gone when the process ends.
import { randomUUID } from "node:crypto";

export class State {
  settings = {
    padHash: true,
    quoteSeconds: 300,
    tokenSeconds: 600,
    wait: 0,
    feePercent: 0,
    settle: "at_once", // or "fail", { after_gets: n }, { after_ms: n }, { partial: percent }
  };
  wallets = [];
  grants = [];
  tokens = [];
  incomingPayments = [];
  quotes = [];
  outgoingPayments = [];
  failures = [];
  violations = [];
  log = [];

  constructor(origin) {
    this.origin = origin;
    this.authServer = `${origin}/auth`;
    this.resourceServer = `${origin}/op`;
    for (const [name, assetCode] of [["site", "EUR"], ["alice", "EUR"], ["bob", "EUR"], ["carol", "USD"]]) {
      this.addWallet({ name, assetCode, assetScale: 2, balance: "1000000" });
    }
  }

  addWallet({ name, assetCode, assetScale, balance }) {
    this.wallets.push({ id: `${this.origin}/wallets/${name}`, name, assetCode, assetScale, balance: BigInt(balance), keys: [] });
  }

  walletAt(address) {
    return this.wallets.find((one) => one.id === address);
  }

  walletNamed(name) {
    return this.wallets.find((one) => one.name === name);
  }

  violate(kind, step, text) {
    this.violations.push({ kind, step, text });
  }

  // The failure that tests asked of this step, first come first served.
  takeFailure(step) {
    const index = this.failures.findIndex((one) => one.step === step);
    if (index < 0) {
      return undefined;
    }
    const failure = this.failures[index];
    failure.times -= 1;
    if (failure.times === 0) {
      this.failures.splice(index, 1);
    }
    return failure.how;
  }
}

export const newId = () => randomUUID();
