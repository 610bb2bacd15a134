-- Money by Open Payments: wallets, what their owners have granted, what is sent and what comes in.
-- Tokens and nonces of grants are sealed by the vault.

-- See everyface/money/wallet_grants.h.
CREATE TABLE wallet_grants (
  id UUID PRIMARY KEY,
  purpose TEXT NOT NULL,            -- gift, payouts, ownership
  subject_id UUID NOT NULL,         -- the gift, the account; of payouts: the zero UUID
  wallet TEXT NOT NULL,             -- the address, as its server calls it
  auth_server TEXT NOT NULL,
  state TEXT NOT NULL,              -- asked, given, refused, lost, ended
  secrets TEXT NOT NULL,            -- sealed JSON: nonces, tokens, where they are managed
  token_until_ms TIMESTAMP_MS,
  busy_until_ms TIMESTAMP_MS NOT NULL,  -- while a server continues or rotates it
  asked_ms TIMESTAMP_MS NOT NULL
);
CREATE INDEX wallet_grants_subject ON wallet_grants (purpose, subject_id);

-- See everyface/money/wallets.h.
CREATE TABLE wallets (
  account_id UUID PRIMARY KEY REFERENCES accounts (id),
  wallet TEXT NOT NULL,
  asset TEXT NOT NULL,
  scale BIGINT NOT NULL,
  shown BOOLEAN NOT NULL,           -- may be named to visitors' wallets on pages
  verified_ms TIMESTAMP_MS NOT NULL
);
CREATE UNIQUE INDEX wallets_wallet ON wallets (wallet);

-- Whose a wallet was first, so that it never serves two accounts: a keyed digest, kept for good.
CREATE TABLE wallet_owners (
  digest TEXT PRIMARY KEY,
  account_id UUID NOT NULL REFERENCES accounts (id)
);
CREATE INDEX wallet_owners_account ON wallet_owners (account_id);

-- Payments that the site has ordered at a wallet. See everyface/money/transfers.h.
CREATE TABLE transfers (
  id UUID PRIMARY KEY,
  purpose TEXT NOT NULL,            -- gift, payout
  subject_id UUID NOT NULL,
  grant_id UUID NOT NULL REFERENCES wallet_grants (id),
  payer TEXT NOT NULL,
  resource_server TEXT NOT NULL,
  quote TEXT NOT NULL,
  quote_until_ms TIMESTAMP_MS,
  debit BIGINT NOT NULL,
  asset TEXT NOT NULL,
  scale BIGINT NOT NULL,
  receiver TEXT NOT NULL,           -- the incoming payment that it goes to
  receive BIGINT NOT NULL,          -- that arrives there when all is done
  receive_asset TEXT NOT NULL,
  receive_scale BIGINT NOT NULL,
  state TEXT NOT NULL,              -- quoted, posting, sent, done, failed
  outgoing TEXT NOT NULL,           -- empty until it is known
  sent BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_ms TIMESTAMP_MS NOT NULL,
  busy_until_ms TIMESTAMP_MS NOT NULL,
  problem TEXT NOT NULL,            -- a word, and the wallet's
  created_ms TIMESTAMP_MS NOT NULL
);
CREATE INDEX transfers_subject ON transfers (purpose, subject_id);
CREATE INDEX transfers_grant ON transfers (grant_id);
CREATE INDEX transfers_next ON transfers (state, next_ms);

-- Payments into the site's wallet. See everyface/money/incoming.h.
CREATE TABLE incoming_payments (
  url TEXT PRIMARY KEY,
  source TEXT NOT NULL,             -- monetization, open_payments
  gift_id UUID,
  booked BIGINT NOT NULL,
  closed BOOLEAN NOT NULL,          -- nothing more will come
  first_ms TIMESTAMP_MS NOT NULL,
  next_ms TIMESTAMP_MS NOT NULL
);
CREATE INDEX incoming_payments_next ON incoming_payments (closed, next_ms);
CREATE INDEX incoming_payments_gift ON incoming_payments (gift_id);

-- Donations by Open Payments. See everyface/money/gifts.h.
CREATE TABLE gifts (
  id UUID PRIMARY KEY,
  state TEXT NOT NULL,
  wallet TEXT NOT NULL,             -- of the donor; emptied when all is over
  auth_server TEXT NOT NULL,
  resource_server TEXT NOT NULL,
  amount BIGINT NOT NULL,           -- that the site is to receive, each time
  asset TEXT NOT NULL,
  scale BIGINT NOT NULL,
  months BIGINT NOT NULL,           -- 1: once
  months_left BIGINT NOT NULL,
  receiver TEXT NOT NULL,           -- the incoming payment of this time
  quote TEXT NOT NULL,
  quote_until_ms TIMESTAMP_MS,
  debit BIGINT NOT NULL,
  debit_asset TEXT NOT NULL,
  debit_scale BIGINT NOT NULL,
  debit_most BIGINT NOT NULL,       -- that the donor agreed to, each time
  problem TEXT NOT NULL,
  created_ms TIMESTAMP_MS NOT NULL,
  next_ms TIMESTAMP_MS,             -- of the next month's
  busy_until_ms TIMESTAMP_MS NOT NULL
);
CREATE INDEX gifts_next ON gifts (state, next_ms);

-- Payouts. See everyface/money/payouts.h.
CREATE TABLE payout_batches (
  id UUID PRIMARY KEY,
  state TEXT NOT NULL,              -- proposed, approved, cancelled
  asset TEXT NOT NULL,
  scale BIGINT NOT NULL,
  proposed_by UUID NOT NULL REFERENCES accounts (id),
  proposed_ms TIMESTAMP_MS NOT NULL,
  approved_by UUID REFERENCES accounts (id),
  approved_ms TIMESTAMP_MS
);
CREATE INDEX payout_batches_proposed_by ON payout_batches (proposed_by);
CREATE INDEX payout_batches_approved_by ON payout_batches (approved_by);

CREATE TABLE payouts (
  id UUID PRIMARY KEY,
  batch_id UUID NOT NULL REFERENCES payout_batches (id),
  account_id UUID NOT NULL REFERENCES accounts (id),
  wallet TEXT NOT NULL,
  amount BIGINT NOT NULL,           -- still to be paid
  paid BIGINT NOT NULL,
  fee BIGINT NOT NULL,              -- of the transfer under way
  state TEXT NOT NULL,              -- waiting, sending, paid, held, returned
  receiver TEXT NOT NULL,           -- the incoming payment at the contributor's wallet
  receive_text TEXT NOT NULL,       -- what the wallet gets, as its quote says
  attempts BIGINT NOT NULL,
  next_ms TIMESTAMP_MS NOT NULL,
  busy_until_ms TIMESTAMP_MS NOT NULL,
  problem TEXT NOT NULL
);
CREATE INDEX payouts_batch ON payouts (batch_id);
CREATE INDEX payouts_account ON payouts (account_id);
CREATE INDEX payouts_next ON payouts (state, next_ms);

-- Receipts of agents that stream by the older protocol. See everyface/money/stream_income.h.
CREATE TABLE stream_totals (
  stream TEXT PRIMARY KEY,          -- digest of the connection's nonce, and the stream's number
  total BIGINT NOT NULL,            -- the most that a receipt has said
  first_ms TIMESTAMP_MS NOT NULL
);
