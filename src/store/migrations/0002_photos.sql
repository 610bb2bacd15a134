-- The life of a photo: submission, duplicates, moderation. See everyface/commons/photos.h and
-- moderation.h.

CREATE TABLE photos (
  id UUID PRIMARY KEY,
  account_id UUID NOT NULL REFERENCES accounts (id),
  declaration_id UUID NOT NULL REFERENCES declarations (id),
  state TEXT NOT NULL,
  round BIGINT NOT NULL,
  review_code TEXT NOT NULL,
  sent_ms TIMESTAMP_MS NOT NULL,
  screened_ms TIMESTAMP_MS,
  decided_ms TIMESTAMP_MS,
  withdrawn_ms TIMESTAMP_MS,
  quality_points BIGINT,
  public_name TEXT,
  sha256 TEXT,
  perceptual_hash BIGINT,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  face_x1 DOUBLE NOT NULL,
  face_y1 DOUBLE NOT NULL,
  face_x2 DOUBLE NOT NULL,
  face_y2 DOUBLE NOT NULL,
  quality DOUBLE NOT NULL,
  camera BOOLEAN NOT NULL,
  software TEXT NOT NULL,
  network TEXT,
  photo_key TEXT,
  thumbnail_key TEXT
);
CREATE UNIQUE INDEX photos_review_code ON photos (review_code);
CREATE UNIQUE INDEX photos_public_name ON photos (public_name);
CREATE INDEX photos_account ON photos (account_id);
CREATE INDEX photos_declaration ON photos (declaration_id);
CREATE INDEX photos_state ON photos (state, sent_ms);
CREATE INDEX photos_sha256 ON photos (sha256);
CREATE INDEX photos_network ON photos (network);
CREATE INDEX photos_photo_key ON photos (photo_key);
CREATE INDEX photos_thumbnail_key ON photos (thumbnail_key);

CREATE TABLE photo_duplicates (
  photo_id UUID NOT NULL REFERENCES photos (id),
  other_id UUID NOT NULL REFERENCES photos (id),
  kind TEXT NOT NULL,
  distance DOUBLE NOT NULL,
  PRIMARY KEY (photo_id, other_id, kind)
);
CREATE INDEX photo_duplicates_other ON photo_duplicates (other_id);

CREATE TABLE face_templates (
  photo_id UUID PRIMARY KEY REFERENCES photos (id),
  account_id UUID NOT NULL REFERENCES accounts (id),
  model TEXT NOT NULL,
  most_distance DOUBLE NOT NULL,
  sealed BYTES NOT NULL,
  expires_ms TIMESTAMP_MS NOT NULL
);
CREATE INDEX face_templates_account ON face_templates (account_id);
CREATE INDEX face_templates_model ON face_templates (model);
CREATE INDEX face_templates_expires ON face_templates (expires_ms);

CREATE TABLE reviews (
  id UUID PRIMARY KEY,
  photo_id UUID NOT NULL REFERENCES photos (id),
  round BIGINT NOT NULL,
  moderator_id UUID NOT NULL REFERENCES accounts (id),
  verdict TEXT NOT NULL,
  quality BIGINT,
  reason TEXT NOT NULL,
  words TEXT NOT NULL,
  at_ms TIMESTAMP_MS NOT NULL
);
CREATE UNIQUE INDEX reviews_photo ON reviews (photo_id, round, moderator_id);
CREATE INDEX reviews_moderator ON reviews (moderator_id, photo_id);

CREATE TABLE appeals (
  photo_id UUID PRIMARY KEY REFERENCES photos (id),
  words TEXT NOT NULL,
  created_ms TIMESTAMP_MS NOT NULL
);

CREATE TABLE gold_items (
  id UUID PRIMARY KEY,
  review_code TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  added_by UUID REFERENCES accounts (id),
  added_ms TIMESTAMP_MS NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  face_x1 DOUBLE NOT NULL,
  face_y1 DOUBLE NOT NULL,
  face_x2 DOUBLE NOT NULL,
  face_y2 DOUBLE NOT NULL,
  quality DOUBLE NOT NULL,
  camera BOOLEAN NOT NULL,
  software TEXT NOT NULL,
  photo_key TEXT NOT NULL,
  thumbnail_key TEXT NOT NULL
);
CREATE UNIQUE INDEX gold_items_review_code ON gold_items (review_code);
CREATE INDEX gold_items_added_by ON gold_items (added_by);
CREATE INDEX gold_items_photo_key ON gold_items (photo_key);
CREATE INDEX gold_items_thumbnail_key ON gold_items (thumbnail_key);

CREATE TABLE gold_answers (
  gold_id UUID NOT NULL REFERENCES gold_items (id),
  moderator_id UUID NOT NULL REFERENCES accounts (id),
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_ms TIMESTAMP_MS NOT NULL,
  PRIMARY KEY (gold_id, moderator_id)
);
CREATE INDEX gold_answers_moderator ON gold_answers (moderator_id);

-- Blobs that no row refers to, or not yet: see everyface/commons/upkeep.h.
CREATE TABLE blob_trash (
  blob_key TEXT PRIMARY KEY,
  due_ms TIMESTAMP_MS NOT NULL,
  erasing_ms TIMESTAMP_MS
);
CREATE INDEX blob_trash_due ON blob_trash (due_ms);
