-- People: accounts and what proves who somebody is, consents, declarations, the audit log, mail.

CREATE TABLE accounts (
  id UUID PRIMARY KEY,
  email TEXT,                       -- lower case; NULL once closed
  password_hash TEXT NOT NULL,      -- Argon2id; empty once closed
  role TEXT NOT NULL,               -- contributor, moderator, administrator
  language TEXT NOT NULL,
  totp_seed BYTES,                  -- sealed by the vault; NULL: no second factor
  totp_next_seed BYTES,             -- one that is being set up
  totp_last_step BIGINT NOT NULL,   -- no code of this step or before works again
  created_ms TIMESTAMP_MS NOT NULL,
  closed_ms TIMESTAMP_MS
);
CREATE UNIQUE INDEX accounts_email ON accounts (email);
CREATE INDEX accounts_role ON accounts (role);

CREATE TABLE sessions (
  id UUID PRIMARY KEY,
  digest TEXT NOT NULL,             -- SHA-256 of the token
  account_id UUID NOT NULL REFERENCES accounts (id),
  device TEXT NOT NULL,
  created_ms TIMESTAMP_MS NOT NULL,
  seen_ms TIMESTAMP_MS NOT NULL,
  expires_ms TIMESTAMP_MS NOT NULL,
  second_factor_ms TIMESTAMP_MS     -- when a code was last given
);
CREATE UNIQUE INDEX sessions_digest ON sessions (digest);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expires ON sessions (expires_ms);

-- Links in mails: a row is deleted when its link is used.
CREATE TABLE mail_links (
  digest TEXT PRIMARY KEY,          -- SHA-256 of the token
  purpose TEXT NOT NULL,            -- join, reset, change_email
  email TEXT NOT NULL,
  language TEXT NOT NULL,
  account_id UUID REFERENCES accounts (id),
  created_ms TIMESTAMP_MS NOT NULL,
  expires_ms TIMESTAMP_MS NOT NULL
);
CREATE INDEX mail_links_email ON mail_links (email);
CREATE INDEX mail_links_account ON mail_links (account_id);
CREATE INDEX mail_links_expires ON mail_links (expires_ms);

-- A row is deleted when its code is used.
CREATE TABLE recovery_codes (
  account_id UUID NOT NULL REFERENCES accounts (id),
  digest TEXT NOT NULL,
  PRIMARY KEY (account_id, digest)
);

CREATE TABLE consent_texts (
  kind TEXT NOT NULL,               -- publication, special_category, templates
  version BIGINT NOT NULL,
  language TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  recorded_ms TIMESTAMP_MS NOT NULL,
  PRIMARY KEY (kind, version, language)
);
CREATE UNIQUE INDEX consent_texts_sha256 ON consent_texts (sha256);

CREATE TABLE consents (
  id UUID PRIMARY KEY,
  account_id UUID NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  version BIGINT NOT NULL,
  language TEXT NOT NULL,
  text_sha256 TEXT NOT NULL,
  given_ms TIMESTAMP_MS NOT NULL,
  withdrawn_ms TIMESTAMP_MS
);
CREATE INDEX consents_account ON consents (account_id);

CREATE TABLE declarations (
  id UUID PRIMARY KEY,
  account_id UUID NOT NULL REFERENCES accounts (id),
  gender TEXT NOT NULL,
  age_band TEXT NOT NULL,
  country TEXT NOT NULL,            -- ISO 3166-1 alpha-2, or empty
  monk_tone BIGINT,
  free_text TEXT NOT NULL,
  state TEXT NOT NULL,              -- active, proposed, refused, superseded
  submitted_ms TIMESTAMP_MS NOT NULL,
  reviewer_id UUID REFERENCES accounts (id),
  reviewed_ms TIMESTAMP_MS
);
CREATE INDEX declarations_account ON declarations (account_id);
CREATE INDEX declarations_reviewer ON declarations (reviewer_id);
CREATE INDEX declarations_state ON declarations (state, submitted_ms);

CREATE TABLE declaration_groups (
  declaration_id UUID NOT NULL REFERENCES declarations (id),
  group_code TEXT NOT NULL,
  place BIGINT NOT NULL,
  PRIMARY KEY (declaration_id, group_code)
);

CREATE TABLE api_tokens (
  id UUID PRIMARY KEY,
  account_id UUID NOT NULL REFERENCES accounts (id),
  digest TEXT NOT NULL,             -- SHA-256 of the token
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,             -- with blanks between
  created_ms TIMESTAMP_MS NOT NULL,
  used_ms TIMESTAMP_MS,
  revoked_ms TIMESTAMP_MS
);
CREATE UNIQUE INDEX api_tokens_digest ON api_tokens (digest);
CREATE INDEX api_tokens_account ON api_tokens (account_id);

-- Only ever added to. The actor is no foreign key: entries outlive everything.
CREATE TABLE audit_log (
  position BIGINT PRIMARY KEY,
  at_ms TIMESTAMP_MS NOT NULL,
  actor_id UUID,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX audit_log_subject ON audit_log (subject, position);
CREATE INDEX audit_log_actor ON audit_log (actor_id, position);

CREATE TABLE mail_outbox (
  id UUID PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  created_ms TIMESTAMP_MS NOT NULL,
  next_ms TIMESTAMP_MS NOT NULL     -- when to try, or until when it is claimed
);
CREATE INDEX mail_outbox_next ON mail_outbox (next_ms);

CREATE TABLE throttles (
  digest TEXT NOT NULL,             -- keyed: of what is counted and for whom
  window_ms TIMESTAMP_MS NOT NULL,  -- where the window begins
  expires_ms TIMESTAMP_MS NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (digest, window_ms)
);
CREATE INDEX throttles_expires ON throttles (expires_ms);
