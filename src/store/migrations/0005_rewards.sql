-- Rewards of releases, and what holds them. See everyface/money/rewards.h.

CREATE TABLE release_rewards (
  release_id UUID PRIMARY KEY REFERENCES releases (id),
  asset TEXT NOT NULL,
  scale BIGINT NOT NULL,
  offered BIGINT NOT NULL,          -- the part of the pool that was split
  given BIGINT NOT NULL,            -- what of it went to people; the cap keeps the rest
  people BIGINT NOT NULL,
  held BOOLEAN NOT NULL,            -- pending until an alarm is decided
  computed_ms TIMESTAMP_MS NOT NULL
);

CREATE TABLE rewards (
  release_id UUID NOT NULL REFERENCES release_rewards (release_id),
  account_id UUID NOT NULL REFERENCES accounts (id),
  photos BIGINT NOT NULL,           -- new in the release and good enough
  weight DOUBLE NOT NULL,           -- the mean over them
  amount BIGINT NOT NULL,
  PRIMARY KEY (release_id, account_id)
);
CREATE INDEX rewards_account ON rewards (account_id);

CREATE TABLE reward_rates (
  release_id UUID NOT NULL REFERENCES release_rewards (release_id),
  group_code TEXT NOT NULL,
  weight DOUBLE NOT NULL,
  PRIMARY KEY (release_id, group_code)
);

CREATE TABLE reward_alarms (
  id UUID PRIMARY KEY,
  release_id UUID NOT NULL REFERENCES release_rewards (release_id),  -- whose rates were public
  group_code TEXT NOT NULL,
  people_before BIGINT NOT NULL,
  group_before BIGINT NOT NULL,
  people_since BIGINT NOT NULL,
  group_since BIGINT NOT NULL,
  evidence DOUBLE NOT NULL,
  raised_ms TIMESTAMP_MS NOT NULL,
  decided_ms TIMESTAMP_MS,
  decided_by UUID REFERENCES accounts (id),
  outcome TEXT NOT NULL,            -- open, cleared, even
  note TEXT NOT NULL
);
CREATE UNIQUE INDEX reward_alarms_what ON reward_alarms (release_id, group_code);
CREATE INDEX reward_alarms_decided_by ON reward_alarms (decided_by);
CREATE INDEX reward_alarms_outcome ON reward_alarms (outcome);
