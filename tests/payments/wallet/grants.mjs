// The wallet's authorization server: grants, their owner's consent, tokens.
import crypto from "node:crypto";
import { isSigned } from "./specification.mjs";
import { Refusal, random } from "./refusal.mjs";

const refuse = (status, code, description) => new Refusal(status, code, description);

// Milliseconds of the interval that `now` is in: "R/2026-01-01T00:00:00Z/P1M", in months or seconds.
function intervalStart(interval, now) {
  const [, start, period] = interval.split("/");
  const months = /^P(\d+)M$/.exec(period)?.[1];
  const seconds = /^PT(\d+)S$/.exec(period)?.[1];
  let begin = new Date(start);
  for (;;) {
    const next = new Date(begin);
    months ? next.setUTCMonth(next.getUTCMonth() + Number(months)) : next.setTime(next.getTime() + Number(seconds) * 1000);
    if (next.getTime() > now) {
      return begin.getTime();
    }
    begin = next;
  }
}

export class Grants {
  constructor(wallet) {
    this.wallet = wallet;
    this.all = [];
    this.old = new Set(); // tokens that no longer count
  }

  // The keys that a client signs with: at its wallet address, which may be one of ours.
  async clientKeys(client) {
    if (client?.jwk) {
      return [client.jwk];
    }
    const address = typeof client === "string" ? client : client?.walletAddress;
    const own = this.wallet.accounts.find((account) => account.id === address);
    if (own) {
      return own.keys;
    }
    const answer = await fetch(`${address}/jwks.json`);
    return answer.ok ? (await answer.json()).keys : [];
  }

  async request(request) {
    const { body } = request;
    if (!(await isSigned(request, await this.clientKeys(body.client)))) {
      throw refuse(401, "invalid_client", "the signature is not the client's");
    }
    const access = body.access_token?.access ?? [];
    const grant = {
      id: random(),
      client: body.client,
      access,
      subject: body.subject?.sub_ids[0].id,
      interact: body.interact,
      state: "pending",
      continueToken: random(),
      pollAfter: 0,
      tokens: [],
      spent: [],
    };
    this.all.push(grant);
    const asksOwner =
      grant.subject !== undefined || access.some((one) => one.type === "outgoing-payment" || one.actions.includes("list-all"));
    if (!asksOwner) {
      grant.state = "approved";
      return { access_token: this.issue(grant), continue: this.continuation(grant) };
    }
    if (!body.interact?.finish) {
      throw refuse(400, "invalid_request", "this needs its owner's consent, so it needs interact");
    }
    grant.nonce = random();
    grant.pollAfter = this.wallet.now() + this.wallet.settings.wait * 1000;
    return {
      interact: { redirect: `${this.wallet.origin}/auth/interact/${grant.id}/${grant.nonce}`, finish: grant.nonce },
      continue: { ...this.continuation(grant), wait: this.wallet.settings.wait },
    };
  }

  continuation(grant) {
    return { access_token: { value: grant.continueToken }, uri: `${this.wallet.origin}/auth/continue/${grant.id}` };
  }

  issue(grant) {
    grant.tokens.forEach((old) => this.old.add(old.value));
    const token = { value: random(), id: random(), until: this.wallet.now() + this.wallet.settings.tokenSeconds * 1000 };
    grant.tokens = [token];
    return {
      value: token.value,
      manage: `${this.wallet.origin}/auth/token/${token.id}`,
      expires_in: this.wallet.settings.tokenSeconds,
      access: grant.access,
    };
  }

  async byContinuation(id, request) {
    const grant = this.all.find((one) => one.id === id);
    if (!grant || grant.state === "ended") {
      throw refuse(404, "invalid_continuation", "there is no such grant");
    }
    if (request.headers.authorization !== `GNAP ${grant.continueToken}`) {
      throw refuse(401, "invalid_continuation", "this is not the grant's token");
    }
    if (!(await isSigned(request, await this.clientKeys(grant.client)))) {
      throw refuse(401, "invalid_client", "the signature is not the client's");
    }
    return grant;
  }

  async continue(id, request) {
    const grant = await this.byContinuation(id, request);
    // Also where its owner has answered meanwhile.
    if (this.wallet.now() < grant.pollAfter) {
      throw refuse(400, "too_fast", "asked again too soon");
    }
    if (grant.state === "rejected") {
      throw refuse(401, "request_denied", "its owner said no");
    }
    if (grant.state === "approved") {
      if (request.body?.interact_ref !== grant.reference) {
        throw refuse(401, "invalid_continuation", "this is not the reference");
      }
      grant.state = "finalized";
      grant.continueToken = random();
      const given = grant.subject ? { subject: { sub_ids: [{ id: grant.subject, format: "uri" }] } } : { access_token: this.issue(grant) };
      return { ...given, continue: this.continuation(grant) };
    }
    grant.continueToken = random();
    return { continue: { ...this.continuation(grant), wait: this.wallet.settings.wait } };
  }

  async cancel(id, request) {
    const grant = await this.byContinuation(id, request);
    grant.state = "ended";
    grant.tokens = [];
  }

  // By the address where a token is managed; the token itself must be shown.
  async byToken(id, request) {
    const grant = this.all.find((one) => one.tokens.some((token) => token.id === id));
    if (!grant || request.headers.authorization !== `GNAP ${grant.tokens[0].value}`) {
      throw refuse(401, "invalid_client", "there is no such token");
    }
    if (!(await isSigned(request, await this.clientKeys(grant.client)))) {
      throw refuse(401, "invalid_client", "the signature is not the client's");
    }
    return grant;
  }

  async rotate(id, request) {
    return { access_token: this.issue(await this.byToken(id, request)) };
  }

  async revoke(id, request) {
    (await this.byToken(id, request)).tokens = [];
  }

  // The grant that allows a request to the resource server.
  async allow(request, type, action, identifier) {
    const shown = request.headers.authorization?.replace("GNAP ", "");
    const grant = this.all.find((one) => one.tokens.some((token) => token.value === shown));
    if (shown && this.old.has(shown)) {
      throw refuse(403, "invalid_request", "the token was exchanged or handed back");
    }
    if (!shown || !grant) {
      throw refuse(401, "invalid_request", "no token that is known");
    }
    if (!(await isSigned(request, await this.clientKeys(grant.client)))) {
      throw refuse(401, "invalid_client", "the signature is not the client's");
    }
    const access = grant.access.find(
      (one) =>
        one.type === type &&
        (one.actions.includes(action) || one.actions.includes(`${action}-all`)) &&
        (one.identifier === undefined || identifier === undefined || one.identifier === identifier),
    );
    if (!access || grant.tokens[0].until < this.wallet.now()) {
      throw refuse(403, "invalid_request", "the token is not active, or does not allow this");
    }
    return { grant, access };
  }

  // Counts an amount against the grant's limits.
  spend(grant, access, debit, receive, now = this.wallet.now()) {
    const { limits = {} } = access;
    const from = limits.interval ? intervalStart(limits.interval, now) : 0;
    const sum = (what) => grant.spent.filter((one) => one.at >= from).reduce((all, one) => all + one[what], 0n);
    for (const [what, limit, amount] of [
      ["debit", limits.debitAmount, debit],
      ["receive", limits.receiveAmount, receive],
    ]) {
      if (limit && sum(what) + amount > BigInt(limit.value)) {
        throw refuse(403, "invalid_request", "the grant's limit is reached");
      }
    }
    grant.spent.push({ at: now, debit, receive });
    return { debit: sum("debit"), receive: sum("receive") };
  }

  page(grant) {
    const limits = grant.access.map((one) => one.limits?.debitAmount).filter(Boolean);
    const asks = grant.subject
      ? `says that ${grant.subject} is yours`
      : limits.map((limit) => `may pay up to ${limit.value} (${limit.assetCode}, ${limit.assetScale} decimals)`).join(", ");
    const form = (answer, label) =>
      `<form method="post" action="/auth/interact/${grant.id}/${grant.nonce}/${answer}"><button>${label}</button></form>`;
    return `<!doctype html><html lang="en"><title>A wallet</title><h1>A wallet</h1><p id="asks">${JSON.stringify(grant.client)} ${asks}</p>${form("accept", "Accept")}${form("reject", "Reject")}`;
  }

  // Where the owner goes back to.
  answer(grant, accepted) {
    const back = new URL(grant.interact.finish.uri);
    if (!accepted) {
      grant.state = "rejected";
      back.searchParams.set("result", "grant_rejected");
      return back.href;
    }
    grant.state = "approved";
    grant.reference = random();
    const lines = [grant.interact.finish.nonce, grant.nonce, grant.reference, `${this.wallet.origin}/auth/`];
    const hash = crypto.createHash("sha256").update(lines.join("\n")).digest("base64");
    back.searchParams.set("hash", this.wallet.settings.padHash ? hash : hash.replace(/=+$/, ""));
    back.searchParams.set("interact_ref", grant.reference);
    return back.href;
  }
}
