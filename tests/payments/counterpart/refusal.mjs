// What a server says no with. `code` is for the authorization server, whose codes are GNAP's; the
// other two give the status as their code, as Rafiki does.
export class Refusal extends Error {
  constructor(status, description, code) {
    super(description);
    this.status = status;
    this.code = code ?? String(status);
  }

  get body() {
    return { error: { code: this.code, description: this.message } };
  }
}
