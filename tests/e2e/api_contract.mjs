// Holds the answers of the JSON API against the OpenAPI document that the site itself serves.
import assert from "node:assert/strict";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";

const pointer = (...parts) => parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");

export class ApiContract {
  static async of(site) {
    const contract = new ApiContract();
    contract.base = `${site}/api/v1`;
    contract.document = await (await fetch(`${contract.base}/openapi.json`)).json();
    contract.ajv = new Ajv({ strict: false, allErrors: true });
    formats(contract.ajv);
    contract.ajv.addSchema(contract.document, "api");
    contract.seen = new Set();
    return contract;
  }

  /// Every "METHOD /path STATUS" that the document promises.
  promised() {
    return Object.entries(this.document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) => Object.keys(responses).map((status) => `${method} ${path} ${status}`)),
    );
  }

  /// Sends a request to a path of the document, {name}s filled in from `parameters`, and fails
  /// unless the answer is one that the document describes.
  async call(method, path, { parameters = {}, ...options } = {}) {
    const address = path.replace(/\{(\w+)\}/g, (_, name) => parameters[name]);
    const answer = await fetch(this.base + address, { ...options, method: method.toUpperCase() });
    const what = `${method} ${path} ${answer.status}`;
    const described = this.document.paths[path]?.[method]?.responses[answer.status];
    assert.ok(described, `${what} is in the document`);
    this.seen.add(what);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (!described.content) {
      assert.equal(bytes.length, 0, `${what} has no body`);
      return { status: answer.status };
    }
    const type = answer.headers.get("Content-Type").split(";")[0];
    assert.ok(described.content[type], `${what} may be ${type}`);
    if (!type.endsWith("json")) {
      return { status: answer.status, bytes };
    }
    const body = JSON.parse(bytes.toString("utf8"));
    const schema = described.content[type].schema;
    if (schema) {
      const check = this.ajv.compile({ $ref: `api#/paths/${pointer(path)}/${method}/responses/${answer.status}/content/${pointer(type)}/schema` });
      assert.ok(check(body), `${what}: ${this.ajv.errorsText(check.errors)}\n${JSON.stringify(body)}`);
    }
    return { status: answer.status, body };
  }
}
