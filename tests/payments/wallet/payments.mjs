// The wallet's resource server: incoming payments, quotes, outgoing payments, and the money.
import { Refusal, random } from "./refusal.mjs";

const iso = (at) => new Date(at).toISOString();
const amount = (value, account) => ({ value: value.toString(), assetCode: account.assetCode, assetScale: account.assetScale });
const notFound = () => new Refusal(404, "not_found", "there is no such payment");
const invalid = (description) => new Refusal(400, "invalid_request", description);

export class Payments {
  constructor(wallet) {
    this.wallet = wallet;
    this.incoming = [];
    this.quotes = [];
    this.outgoing = [];
  }

  url(kind, id) {
    return `${this.wallet.origin}/op/${kind}/${id}`;
  }

  account(address) {
    const account = this.wallet.accounts.find((one) => one.id === address);
    if (!account) {
      throw invalid(`no wallet here is ${address}`);
    }
    return account;
  }

  find(kind, id) {
    const found = this[kind].find((one) => one.id === id);
    if (!found) {
      throw notFound();
    }
    return found;
  }

  // Incoming payments.

  createIncoming({ walletAddress, incomingAmount, expiresAt, metadata }) {
    const account = this.account(walletAddress);
    if (incomingAmount && (incomingAmount.assetCode !== account.assetCode || incomingAmount.assetScale !== account.assetScale)) {
      throw invalid("incomingAmount is not of the wallet's asset");
    }
    const payment = {
      id: random(),
      account,
      wanted: incomingAmount && BigInt(incomingAmount.value),
      received: 0n,
      completed: false,
      expiresAt: expiresAt ? Date.parse(expiresAt) : this.wallet.now() + 86_400_000,
      metadata,
      createdAt: this.wallet.now(),
    };
    this.incoming.push(payment);
    return payment;
  }

  showIncoming(payment, methods) {
    return {
      id: this.url("incoming-payments", payment.id),
      walletAddress: payment.account.id,
      ...(payment.wanted === undefined ? {} : { incomingAmount: amount(payment.wanted, payment.account) }),
      receivedAmount: amount(payment.received, payment.account),
      completed: payment.completed,
      expiresAt: iso(payment.expiresAt),
      ...(payment.metadata ? { metadata: payment.metadata } : {}),
      createdAt: iso(payment.createdAt),
      ...(methods ? { methods: [{ type: "ilp", ilpAddress: `test.wallet.${payment.id.slice(0, 8)}`, sharedSecret: "c2VjcmV0" }] } : {}),
    };
  }

  showPublic(payment) {
    return { receivedAmount: amount(payment.received, payment.account), authServer: `${this.wallet.origin}/auth` };
  }

  receive(payment, value) {
    payment.received += value;
    payment.account.balance += value;
    payment.completed ||= payment.wanted !== undefined && payment.received >= payment.wanted;
  }

  // Quotes.

  convert(value, from, to) {
    const [times, over] = this.wallet.settings.rates[`${from.assetCode}/${to.assetCode}`] ?? [1n, 1n];
    return (value * BigInt(times)) / BigInt(over);
  }

  createQuote({ walletAddress, receiver, debitAmount, receiveAmount }) {
    const payer = this.account(walletAddress);
    const target = this.incoming.find((one) => this.url("incoming-payments", one.id) === receiver);
    if (!target) {
      throw invalid("the receiver is no payment here");
    }
    const fee = BigInt(this.wallet.settings.feePercent);
    const fixed = debitAmount && BigInt(debitAmount.value);
    const wanted = receiveAmount ? BigInt(receiveAmount.value) : target.wanted && target.wanted - target.received;
    if (fixed === undefined && wanted === undefined) {
      throw invalid("neither the receiver nor the quote says how much");
    }
    const cost = (value) => {
      let debit = this.convert(value, target.account, payer);
      while (this.convert(debit, payer, target.account) < value) {
        debit += 1n;
      }
      return debit;
    };
    const net = fixed === undefined ? cost(wanted) : (fixed * 100n) / (100n + fee);
    const debit = fixed ?? net + (net * fee) / 100n;
    const quote = {
      id: random(),
      payer,
      target,
      receiver,
      debit,
      fee: debit - net,
      receive: fixed === undefined ? wanted : this.convert(net, payer, target.account),
      createdAt: this.wallet.now(),
      expiresAt: this.wallet.now() + this.wallet.settings.quoteSeconds * 1000,
    };
    this.quotes.push(quote);
    return quote;
  }

  showQuote(quote) {
    return {
      id: this.url("quotes", quote.id),
      walletAddress: quote.payer.id,
      receiver: quote.receiver,
      receiveAmount: amount(quote.receive, quote.target.account),
      debitAmount: amount(quote.debit, quote.payer),
      method: "ilp",
      createdAt: iso(quote.createdAt),
      expiresAt: iso(quote.expiresAt),
    };
  }

  // Outgoing payments.

  createOutgoing({ walletAddress, quoteId, metadata }, { grant, access }) {
    const quote = this.quotes.find((one) => this.url("quotes", one.id) === quoteId);
    if (!quote || quote.payer !== this.account(walletAddress)) {
      throw invalid("there is no such quote");
    }
    if (quote.used) {
      throw invalid("this quote was used already");
    }
    if (quote.expiresAt < this.wallet.now()) {
      throw invalid("the quote has expired");
    }
    if (quote.payer.balance < quote.debit) {
      throw new Refusal(403, "insufficient_balance", "the wallet has not enough");
    }
    const spent = this.wallet.grants.spend(grant, access, quote.debit, quote.receive);
    quote.used = true;
    const payment = { id: random(), quote, metadata, sent: 0n, failed: false, gets: 0, createdAt: this.wallet.now() };
    this.outgoing.push(payment);
    const shown = this.showOutgoing(payment); // before anything of it is sent
    if (this.wallet.settings.settle === "at_once") {
      this.settle(payment, 100n);
    }
    return { shown, spent };
  }

  settle(payment, percent) {
    const { quote } = payment;
    // What is sent is without the fee; the fee is taken of what succeeds.
    payment.sent = ((quote.debit - quote.fee) * percent) / 100n;
    payment.failed = percent < 100n;
    quote.payer.balance -= payment.failed ? payment.sent : quote.debit;
    const { sent } = payment;
    if (sent > 0n) {
      this.receive(quote.target, (quote.receive * percent) / 100n);
    }
  }

  // A payment that was not settled at once is settled when it is looked at.
  look(payment) {
    const { settle } = this.wallet.settings;
    const open = payment.sent === 0n && !payment.failed;
    if (open && settle === "fail") {
      this.settle(payment, 0n);
    } else if (open && settle.percent !== undefined) {
      this.settle(payment, BigInt(settle.percent));
    } else if (open && ++payment.gets >= (settle.gets ?? 0)) {
      this.settle(payment, 100n);
    }
  }

  showOutgoing(payment) {
    const { quote } = payment;
    return {
      id: this.url("outgoing-payments", payment.id),
      walletAddress: quote.payer.id,
      quoteId: this.url("quotes", quote.id),
      failed: payment.failed,
      receiver: quote.receiver,
      receiveAmount: amount(quote.receive, quote.target.account),
      debitAmount: amount(quote.debit, quote.payer),
      sentAmount: amount(payment.sent, quote.payer),
      ...(payment.metadata ? { metadata: payment.metadata } : {}),
      createdAt: iso(payment.createdAt),
    };
  }

  // A part of a list, as cursors say.
  page(all, { cursor, first, last }, show) {
    all = [...all].reverse(); // the newest first
    const size = Number(first ?? last ?? this.wallet.settings.pageSize);
    const at = cursor === undefined ? -1 : all.findIndex((one) => one.id === cursor);
    const begin = last === undefined ? at + 1 : Math.max(0, at - size);
    const part = all.slice(begin, last === undefined ? begin + size : at);
    return {
      pagination: {
        ...(part.length > 0 ? { startCursor: part[0].id, endCursor: part.at(-1).id } : {}),
        hasNextPage: begin + part.length < all.length,
        hasPreviousPage: begin > 0,
      },
      result: part.map(show),
    };
  }

  // The wallet's own books: what was taken is what was given, less fees and exchange.
  sum() {
    return Object.fromEntries(this.wallet.accounts.map((account) => [account.name, account.balance.toString()]));
  }
}
