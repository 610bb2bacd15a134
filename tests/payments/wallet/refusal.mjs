import crypto from "node:crypto";

export const random = () => crypto.randomUUID();

// A refusal in the form of the specification.
export class Refusal extends Error {
  constructor(status, code, description) {
    super(description);
    this.status = status;
    this.body = { error: { code, description } };
  }
}
