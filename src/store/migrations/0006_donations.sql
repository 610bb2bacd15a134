-- Donations by bank transfer, and bank statements. See everyface/money/donations.h. Nobody's name is
-- kept: a donation is its reference.

CREATE TABLE donations (
  id UUID PRIMARY KEY,
  reference TEXT NOT NULL,          -- ISO 11649
  asset TEXT NOT NULL,
  scale BIGINT NOT NULL,
  announced BIGINT NOT NULL,
  received BIGINT NOT NULL,         -- what came with the reference, so far
  created_ms TIMESTAMP_MS NOT NULL,
  received_ms TIMESTAMP_MS          -- the latest
);
CREATE UNIQUE INDEX donations_reference ON donations (reference);

CREATE TABLE statements (
  id UUID PRIMARY KEY,
  uploaded_by UUID NOT NULL REFERENCES accounts (id),
  uploaded_ms TIMESTAMP_MS NOT NULL,
  booked_ms TIMESTAMP_MS
);
CREATE INDEX statements_uploaded_by ON statements (uploaded_by);

CREATE TABLE statement_lines (
  statement_id UUID NOT NULL REFERENCES statements (id),
  place BIGINT NOT NULL,
  bank_id TEXT NOT NULL,            -- StatementLine::id
  booked_on TEXT NOT NULL,
  asset TEXT NOT NULL,
  scale BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  reference TEXT NOT NULL,
  PRIMARY KEY (statement_id, place)
);

CREATE TABLE booked_lines (
  bank_id TEXT PRIMARY KEY,         -- so that a line is booked once, in whatever statement
  donation_id UUID NOT NULL REFERENCES donations (id),
  amount BIGINT NOT NULL,
  position BIGINT NOT NULL          -- of the posting
);
CREATE INDEX booked_lines_donation ON booked_lines (donation_id);
