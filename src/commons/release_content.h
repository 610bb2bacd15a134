// What a release holds, as data; and the texts made of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "commons/people_counts.h"
#include "everyface/base/box.h"
#include "everyface/commons/releases.h"

namespace everyface {

struct ReleasedPhoto {
  std::string name;  ///< the same in all releases
  std::string blob_key;
  std::int64_t width = 0;
  std::int64_t height = 0;
  Box face;
  std::string subject;  ///< the person, by a pseudonym of this release only
  std::string groups;   ///< codes with ";" between
  std::string gender;
  std::string age_band;
  std::string country;
  std::string monk_tone;
};

struct Tombstone {
  std::string name;
  std::string withdrawn;  ///< "2026-11-25"
  std::string first_release;
};

struct ReleaseContent {
  ReleaseVersion version;
  std::string date;  ///< of the cut
  std::string notes;
  std::vector<ReleasedPhoto> photos;  ///< in order of names
  std::vector<PersonAttributes> people;
  std::vector<Tombstone> tombstones;  ///< all there are, in order of names
};

/// "2026-11-25", UTC.
std::string date_text(std::int64_t time_ms);

/// Names of things in a release that hold its name and version.
std::string release_base(const ReleaseSettings& settings, const ReleaseVersion& version);
std::string shard_name(const ReleaseSettings& settings, const ReleaseVersion& version,
                       std::size_t shard);

/// Leaves out the country of people whose country fewer than k of the release's people have.
void generalise(ReleaseContent& content, std::int64_t k);

/// metadata.csv: columns path, x1, y1, x2, y2, subject, group, gender, age_band, country,
/// monk_tone. What somebody prefers not to say is empty.
std::string metadata_csv(const ReleaseContent& content);

/// A photo's .json of a WebDataset shard: the same values by the same names.
std::string sample_json(const ReleasedPhoto& photo);

/// The tombstone list.
std::string tombstones_json(const std::vector<Tombstone>& tombstones);

/// croissant.json, for these files (the archives and metadata.csv must be among them).
std::string croissant_json(const ReleaseSettings& settings, const ReleaseContent& content,
                           const std::vector<ReleaseFile>& files);

/// datasheet.md.
std::string datasheet(const ReleaseSettings& settings, const ReleaseContent& content);

}  // namespace everyface
