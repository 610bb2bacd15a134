// Open Payments as npm's @interledger/open-payments ships it: which operations there are, and whether
// a request or a response keeps to them.
import { createRequire } from "node:module";
import path from "node:path";
import openapi from "@interledger/openapi";

const folder = path.join(path.dirname(createRequire(import.meta.url).resolve("@interledger/open-payments")), "openapi/specs");
const load = (name) => openapi.createOpenAPI(path.join(folder, `${name}.yaml`));
const [wallet, auth, resource] = await Promise.all(["wallet-address-server", "auth-server", "resource-server"].map(load));

// The three servers, each at its place under the one origin.
const servers = {
  wallet: { api: wallet, prefix: "/wallets/{name}" },
  auth: { api: auth, prefix: "/auth" },
  resource: { api: resource, prefix: "/op" },
};

// The steps that tests speak of. Whoever reads an incoming payment without a token need not sign.
const steps = [
  ["wallet", "wallet", "get", "/", "unsigned"],
  ["keys", "wallet", "get", "/jwks.json", "unsigned"],
  ["grant", "auth", "post", "/"],
  ["continue", "auth", "post", "/continue/{id}"],
  ["cancel", "auth", "delete", "/continue/{id}"],
  ["rotate", "auth", "post", "/token/{id}"],
  ["revoke", "auth", "delete", "/token/{id}"],
  ["incoming.create", "resource", "post", "/incoming-payments"],
  ["incoming.list", "resource", "get", "/incoming-payments"],
  ["incoming.get", "resource", "get", "/incoming-payments/{id}", "signed with a token"],
  ["incoming.complete", "resource", "post", "/incoming-payments/{id}/complete"],
  ["quote.create", "resource", "post", "/quotes"],
  ["quote.get", "resource", "get", "/quotes/{id}"],
  ["outgoing.create", "resource", "post", "/outgoing-payments"],
  ["outgoing.list", "resource", "get", "/outgoing-payments"],
  ["outgoing.get", "resource", "get", "/outgoing-payments/{id}"],
  ["outgoing.grant", "resource", "get", "/outgoing-payment-grant"],
];

const operations = steps.map(([step, server, method, template, signed = "signed"]) => {
  const { api, prefix } = servers[server];
  const pattern = (prefix + template).replace(/\/$/, "").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  return {
    step,
    server,
    signed,
    method: method.toUpperCase(),
    pattern: new RegExp(`^${pattern}/?$`),
    validateRequest: api.createRequestValidator({ path: template, method }),
    validateResponse: api.createResponseValidator({ path: template, method }),
    statuses: Object.keys(api.paths[template][method].responses).map(Number),
  };
});

export const stepNames = steps.map(([step]) => step);

export function findOperation(method, pathname) {
  for (const operation of operations) {
    const match = operation.method === method && operation.pattern.exec(pathname);
    if (match) {
      return { operation, params: { ...match.groups } };
    }
  }
  return undefined;
}

function problems(check) {
  try {
    check();
    return [];
  } catch (error) {
    if (!Array.isArray(error.errors)) {
      throw error;
    }
    return error.errors.map((one) => [one.location, one.path, one.message].filter(Boolean).join(" "));
  }
}

// The validator writes defaults and numbers into what it is given, so it gets a copy.
export function requestProblems({ operation, headers, query, params, body }) {
  const found = problems(() => operation.validateRequest(structuredClone({ headers, query, params, body })));
  const accept = headers.accept ?? "*/*";
  return /application\/(json|\*)|\*\/\*/.test(accept) ? found : [...found, `headers Accept is ${accept}, not application/json`];
}

// The specification lists few errors. Servers give others too, in the same form.
export function responseProblems({ operation }, status, body) {
  const listed = status < 400 || operation.statuses.includes(status);
  return listed ? problems(() => operation.validateResponse({ status, body })) : [];
}
