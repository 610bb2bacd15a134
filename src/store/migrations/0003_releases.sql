-- Releases and tombstones. See everyface/commons/releases.h.

CREATE TABLE releases (
  id UUID PRIMARY KEY,
  major BIGINT,
  minor BIGINT,
  state TEXT NOT NULL,
  created_ms TIMESTAMP_MS NOT NULL,
  heartbeat_ms TIMESTAMP_MS NOT NULL,
  published_ms TIMESTAMP_MS,
  notes TEXT NOT NULL,
  photos BIGINT NOT NULL,
  people BIGINT NOT NULL,
  removed BIGINT NOT NULL
);
CREATE UNIQUE INDEX releases_version ON releases (major, minor);
CREATE INDEX releases_state ON releases (state);

CREATE TABLE release_files (
  release_id UUID NOT NULL REFERENCES releases (id),
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  blob_key TEXT,
  PRIMARY KEY (release_id, name)
);
CREATE INDEX release_files_blob_key ON release_files (blob_key);

CREATE TABLE release_photos (
  release_id UUID NOT NULL REFERENCES releases (id),
  photo_id UUID NOT NULL REFERENCES photos (id),
  PRIMARY KEY (release_id, photo_id)
);
CREATE INDEX release_photos_photo ON release_photos (photo_id);

CREATE TABLE tombstones (
  public_name TEXT PRIMARY KEY,
  photo_id UUID NOT NULL REFERENCES photos (id),
  withdrawn_ms TIMESTAMP_MS NOT NULL,
  first_release TEXT NOT NULL
);
CREATE INDEX tombstones_photo ON tombstones (photo_id);

CREATE TABLE downloads (
  release_id UUID NOT NULL REFERENCES releases (id),
  day BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (release_id, day)
);
