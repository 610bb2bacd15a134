-- The books. See everyface/money/ledger.h. Postings and lines are only ever added to.

CREATE TABLE ledger_accounts (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL,
  owner UUID NOT NULL,              -- a contributor, or the zero UUID: of the site. No foreign key:
                                    -- books outlive accounts
  asset TEXT NOT NULL,
  scale BIGINT NOT NULL,
  balance BIGINT NOT NULL           -- the sum of its lines
);
CREATE UNIQUE INDEX ledger_accounts_name ON ledger_accounts (kind, owner, asset, scale);
CREATE INDEX ledger_accounts_owner ON ledger_accounts (owner);

CREATE TABLE ledger_postings (
  position BIGINT PRIMARY KEY,
  posting_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  about TEXT NOT NULL,
  at_ms TIMESTAMP_MS NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE UNIQUE INDEX ledger_postings_key ON ledger_postings (posting_key);

CREATE TABLE ledger_lines (
  position BIGINT NOT NULL REFERENCES ledger_postings (position),
  line BIGINT NOT NULL,
  account_id UUID NOT NULL REFERENCES ledger_accounts (id),
  amount BIGINT NOT NULL,
  PRIMARY KEY (position, line)
);
CREATE INDEX ledger_lines_account ON ledger_lines (account_id);
