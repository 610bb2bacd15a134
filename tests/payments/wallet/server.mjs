// A wallet for tests: https://openpayments.dev in one process, with money of its own. It holds each
// request and each of its answers to the specification, counts payments, and fails where it is told
// to. Prints {"origin": ...} when it is ready, and ends with its standard input.
//
//   wallets         /wallets/NAME   site, alice, bob in EUR; carol in USD
//   authorization   /auth           with pages where a wallet's owner agrees
//   resources       /op
//   the test's own  /control        POST fail {step, how, times}, set {...}, keys {name, keys},
//                                   claim {name, claims}, pay {name, value}, webhook {url, secret,
//                                   data}, calm, back, state, reset, after which the wallet is as new
import crypto from "node:crypto";
import http from "node:http";
import { Grants } from "./grants.mjs";
import { Payments } from "./payments.mjs";
import { Refusal, random } from "./refusal.mjs";
import { answerProblems, isOperation, requestProblems } from "./specification.mjs";

const account = (name, assetCode) => ({ name, assetCode, assetScale: 2, balance: 1_000_000n, keys: [] });

class Wallet {
  settings = {
    padHash: true,
    quoteSeconds: 300,
    tokenSeconds: 600,
    feePercent: 0,
    wait: 0,
    settle: "at_once", // or {gets: n}, "fail", {percent: n}
    pageSize: 10,
    aheadMs: 0, // of the real clock
    rates: { "EUR/USD": ["11", "10"], "USD/EUR": ["10", "11"] },
  };
  accounts = [account("site", "EUR"), account("alice", "EUR"), account("bob", "EUR"), account("carol", "USD")];
  grants = new Grants(this);
  payments = new Payments(this);
  failures = [];
  violations = [];
  log = [];

  constructor(origin) {
    this.origin = origin;
    for (const one of this.accounts) {
      one.id = `${origin}/wallets/${one.name}`;
    }
  }

  now() {
    return Date.now() + this.settings.aheadMs;
  }
}

let wallet, grants, payments;

function begin(origin) {
  wallet = new Wallet(origin);
  ({ grants, payments } = wallet);
}

// Routes: method, path, the operation of the specification, what is done. `{}` is one segment.
const routes = [
  ["GET", "/wallets/{}", "wallet", (request, [name]) => {
    const found = wallet.accounts.find((one) => one.name === name);
    if (!found) {
      throw new Refusal(404, "not_found", "no such wallet");
    }
    const { id, assetCode, assetScale, claims } = found;
    return [200, { id, publicName: name, assetCode, assetScale, authServer: `${wallet.origin}/auth`, resourceServer: `${wallet.origin}/op`, ...claims }];
  }],
  ["GET", "/wallets/{}/jwks.json", "keys", (request, [name]) => [200, { keys: wallet.accounts.find((one) => one.name === name).keys }]],
  ["POST", "/auth/?", "grant", async (request) => [200, await grants.request(request)]],
  ["POST", "/auth/continue/{}", "continue", async (request, [id]) => [200, await grants.continue(id, request)]],
  ["DELETE", "/auth/continue/{}", "cancel", async (request, [id]) => [204, await grants.cancel(id, request)]],
  ["POST", "/auth/token/{}", "rotate", async (request, [id]) => [200, await grants.rotate(id, request)]],
  ["DELETE", "/auth/token/{}", "revoke", async (request, [id]) => [204, await grants.revoke(id, request)]],
  ["POST", "/op/incoming-payments", "incoming.create", async (request) => {
    await grants.allow(request, "incoming-payment", "create", request.body.walletAddress);
    return [201, payments.showIncoming(payments.createIncoming(request.body), true)];
  }],
  ["GET", "/op/incoming-payments", "incoming.list", async (request) => {
    const address = request.query["wallet-address"];
    await grants.allow(request, "incoming-payment", "list", address);
    const own = payments.incoming.filter((one) => one.account.id === address);
    return [200, payments.page(own, request.query, (one) => payments.showIncoming(one))];
  }],
  ["GET", "/op/incoming-payments/{}", "incoming.get", async (request, [id]) => {
    const payment = payments.find("incoming", id);
    if (!request.headers.authorization) {
      return [200, payments.showPublic(payment)];
    }
    await grants.allow(request, "incoming-payment", "read", payment.account.id);
    return [200, payments.showIncoming(payment, true)];
  }],
  ["POST", "/op/incoming-payments/{}/complete", "incoming.complete", async (request, [id]) => {
    const payment = payments.find("incoming", id);
    await grants.allow(request, "incoming-payment", "complete", payment.account.id);
    payment.completed = true;
    return [200, payments.showIncoming(payment)];
  }],
  ["POST", "/op/quotes", "quote.create", async (request) => {
    await grants.allow(request, "quote", "create");
    return [201, payments.showQuote(payments.createQuote(request.body))];
  }],
  ["GET", "/op/quotes/{}", "quote.get", async (request, [id]) => {
    await grants.allow(request, "quote", "read");
    return [200, payments.showQuote(payments.find("quotes", id))];
  }],
  ["POST", "/op/outgoing-payments", "outgoing.create", async (request) => {
    const allowed = await grants.allow(request, "outgoing-payment", "create", request.body.walletAddress);
    return [201, payments.createOutgoing(request.body, allowed).shown];
  }],
  ["GET", "/op/outgoing-payments", "outgoing.list", async (request) => {
    const address = request.query["wallet-address"];
    await grants.allow(request, "outgoing-payment", "list", address);
    const own = payments.outgoing.filter((one) => one.quote.payer.id === address);
    return [200, payments.page(own, request.query, (one) => payments.showOutgoing(one))];
  }],
  ["GET", "/op/outgoing-payments/{}", "outgoing.get", async (request, [id]) => {
    const payment = payments.find("outgoing", id);
    await grants.allow(request, "outgoing-payment", "read", payment.quote.payer.id);
    payments.look(payment);
    return [200, payments.showOutgoing(payment)];
  }],
  ["GET", "/op/outgoing-payment-grant", "outgoing.spent", async (request) => {
    const { grant, access } = await grants.allow(request, "outgoing-payment", "read");
    const spent = grants.spend(grant, { ...access, limits: { interval: access.limits?.interval } }, 0n, 0n);
    const show = (limit, value) => (limit ? { ...limit, value: value.toString() } : null);
    return [200, { spentDebitAmount: show(access.limits?.debitAmount, spent.debit), spentReceiveAmount: show(access.limits?.receiveAmount, spent.receive) }];
  }],
].map(([method, pattern, operation, act]) => ({ method, operation, act, path: new RegExp(`^${pattern.replaceAll("{}", "([^/]+)")}$`) }));

const refusals = {
  401: ["invalid_client", "told to refuse"],
  403: ["invalid_request", "told to say that the token is not active"],
  404: ["not_found", "told to know nothing"],
  409: ["conflict", "told to conflict"],
  429: ["too_fast", "told to be busy"],
  500: ["request_denied", "told to fail"],
};

// Fails as it was told; true where nothing more is to be done.
function fail(how, response) {
  if (how === "timeout") {
    return true;
  }
  if (how === "lost_before") {
    response.destroy();
    return true;
  }
  if (how === "garbage") {
    response.end("<html>not JSON</html>");
    return true;
  }
  if (how === "redirect") {
    response.writeHead(302, { Location: "http://127.0.0.1:9/" }).end();
    return true;
  }
  if (how === "huge") {
    const more = () => response.destroyed || response.write("x".repeat(65536), more);
    response.writeHead(200, { "Content-Type": "application/json" });
    more();
    return true;
  }
  if (refusals[how]) {
    const [code, description] = refusals[how];
    send(response, Number(how), { error: { code, description } });
    return true;
  }
  return false;
}

function send(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json", Connection: "close" }).end(body === undefined ? "" : JSON.stringify(body));
}

async function serve(route, match, request, response) {
  const entry = { step: route.operation, at: wallet.now() };
  wallet.log.push(entry);
  const told = wallet.failures.find((one) => one.step === route.operation);
  if (told && --told.times === 0) {
    wallet.failures.splice(wallet.failures.indexOf(told), 1);
  }
  entry.failed = told?.how;
  if (told && fail(told.how, response)) {
    return;
  }
  const violate = (kind, texts) => texts.forEach((text) => wallet.violations.push({ kind, step: route.operation, text }));
  const wrong = requestProblems(route.operation, { ...request, params: { id: match[1] } });
  violate("request", wrong);
  let status, body;
  try {
    if (wrong.length > 0) {
      throw new Refusal(400, "invalid_request", wrong.join("; "));
    }
    [status, body] = await route.act(request, match.slice(1));
    violate("answer", answerProblems(route.operation, { status, body }));
  } catch (error) {
    if (!(error instanceof Refusal)) {
      violate("answer", [error.stack]);
    }
    [status, body] = [error.status ?? 500, error.body ?? { error: { code: "internal", description: error.message } }];
  }
  entry.status = status;
  if (told?.how === "lost_after") {
    response.destroy();
  } else {
    send(response, status, body);
  }
}

// What a wallet's owner sees and answers.
function interact(match, request, response) {
  const grant = grants.all.find((one) => one.id === match[1] && one.nonce === match[2]);
  if (!grant || (match[3] && grant.state !== "pending")) {
    response.writeHead(404).end("no such question");
  } else if (match[3]) {
    wallet.back = grants.answer(grant, match[3] === "accept");
    response.writeHead(302, { Location: wallet.back }).end();
  } else {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(grants.page(grant));
  }
}

const controls = {
  fail: ({ step, how, times = 1 }) => {
    if (!isOperation(step)) {
      throw new Error(`no step is called ${step}`);
    }
    wallet.failures.push({ step, how: String(how), times });
  },
  set: (settings) => Object.assign(wallet.settings, settings),
  keys: ({ name, keys }) => (wallet.accounts.find((one) => one.name === name).keys = keys),
  // What a wallet's address says of it, true or not.
  claim: ({ name, claims }) => (wallet.accounts.find((one) => one.name === name).claims = claims),
  // What a visitor's agent does: money into a wallet, at once or more of it into the same payment.
  pay: ({ name, value, incomingPayment }) => {
    const payment = incomingPayment
      ? payments.find("incoming", incomingPayment.split("/").at(-1))
      : payments.createIncoming({ walletAddress: wallet.accounts.find((one) => one.name === name).id });
    payments.receive(payment, BigInt(value));
    return { incomingPayment: payments.url("incoming-payments", payment.id) };
  },
  webhook: async ({ url, secret, data, at = wallet.now() }) => {
    const body = JSON.stringify({ id: random(), type: "incoming_payment.completed", data });
    // Names in order, whatever the body's: what is sent is not what is signed.
    const canonical = JSON.stringify({ data, id: JSON.parse(body).id, type: "incoming_payment.completed" });
    const digest = crypto.createHmac("sha256", secret).update(`${at}.${canonical}`).digest("hex");
    const answer = await fetch(url, { method: "POST", headers: { "Rafiki-Signature": `t=${at}, v1=${digest}` }, body });
    return { status: answer.status };
  },
  calm: () => (wallet.failures = []),
  reset: () => begin(wallet.origin),
  // What the last owner to answer was sent back with.
  back: () => Object.fromEntries(new URL(wallet.back).searchParams),
  state: () => ({
    balances: payments.sum(),
    incoming: payments.incoming.map((one) => payments.showIncoming(one)),
    outgoing: payments.outgoing.map((one) => payments.showOutgoing(one)),
    quotes: payments.quotes.length,
    grants: grants.all.map(({ id, client, state, access }) => ({ id, client, state, access })),
    violations: wallet.violations,
    failures: wallet.failures,
    log: wallet.log,
  }),
};

const server = http.createServer(async (incoming, response) => {
  const chunks = [];
  for await (const chunk of incoming) {
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  const url = new URL(incoming.url, wallet.origin);
  const control = /^\/control\/(\w+)$/.exec(url.pathname);
  const question = /^\/auth\/interact\/([^/]+)\/([^/]+)(?:\/(accept|reject))?$/.exec(url.pathname);
  try {
    if (control) {
      send(response, 200, (await controls[control[1]](text ? JSON.parse(text) : {})) ?? {});
    } else if (question) {
      interact(question, incoming, response);
    } else {
      const route = routes.find((one) => one.method === incoming.method && one.path.test(url.pathname));
      if (!route) {
        send(response, 404, { error: { code: "not_found", description: `${incoming.method} ${url.pathname}` } });
        return;
      }
      const request = {
        method: incoming.method,
        url: url.href,
        headers: incoming.headers,
        query: Object.fromEntries(url.searchParams),
        ...(text ? { body: JSON.parse(text) } : {}),
      };
      await serve(route, route.path.exec(url.pathname), request, response);
    }
  } catch (error) {
    send(response, 500, { error: { code: "internal", description: error.stack } });
  }
});

server.listen(Number(process.env.WALLET_PORT ?? 0), "127.0.0.1", () => {
  begin(`http://127.0.0.1:${server.address().port}`);
  process.stdout.write(JSON.stringify({ origin: wallet.origin }) + "\n");
});
process.stdin.resume().on("end", () => process.exit(0));
