#include "commons/release_content.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "everyface/base/text.h"
#include "everyface/commons/clock.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

/// Nothing where the person prefers not to say.
std::string told(const std::string& value) { return value == kUndisclosed ? "" : value; }

}  // namespace

std::string date_text(std::int64_t time_ms) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(time_ms / kSecondMs)));
}

std::string release_base(const ReleaseSettings& settings, const ReleaseVersion& version) {
  return settings.name + "-" + version.text();
}

std::string shard_name(const ReleaseSettings& settings, const ReleaseVersion& version,
                       std::size_t shard) {
  return fmt::format("{}-{:06}.tar", release_base(settings, version), shard);
}

void generalise(ReleaseContent& content, std::int64_t k) {
  std::map<std::string, std::set<std::string>> people_of_country;
  for (const ReleasedPhoto& photo : content.photos) {
    people_of_country[photo.country].insert(photo.subject);
  }
  for (ReleasedPhoto& photo : content.photos) {
    if (static_cast<std::int64_t>(people_of_country[photo.country].size()) < k) {
      photo.country.clear();
    }
  }
}

// Codes hold letters, digits and "-" only, so no field needs quotes.
std::string metadata_csv(const ReleaseContent& content) {
  std::string text = "path,x1,y1,x2,y2,subject,group,gender,age_band,country,monk_tone\n";
  for (const ReleasedPhoto& photo : content.photos) {
    text += fmt::format("photos/{}.jpg,{},{},{},{},{},{},{},{},{},{}\n", photo.name,
                        shortest_number(photo.face.x1), shortest_number(photo.face.y1),
                        shortest_number(photo.face.x2), shortest_number(photo.face.y2),
                        photo.subject, told(photo.groups), told(photo.gender), told(photo.age_band),
                        photo.country, photo.monk_tone);
  }
  return text;
}

std::string sample_json(const ReleasedPhoto& photo) {
  const Json sample = {
      {"name", photo.name},
      {"width", photo.width},
      {"height", photo.height},
      {"box", {photo.face.x1, photo.face.y1, photo.face.x2, photo.face.y2}},
      {"subject", photo.subject},
      {"group", told(photo.groups)},
      {"gender", told(photo.gender)},
      {"age_band", told(photo.age_band)},
      {"country", photo.country},
      {"monk_tone", photo.monk_tone},
  };
  return sample.dump() + "\n";
}

std::string tombstones_json(const std::vector<Tombstone>& tombstones) {
  Json list = Json::array();
  for (const Tombstone& tombstone : tombstones) {
    list.push_back({{"name", tombstone.name},
                    {"withdrawn", tombstone.withdrawn},
                    {"first_release", tombstone.first_release}});
  }
  const Json document = {{"schema", "everyface.tombstones/1"}, {"tombstones", std::move(list)}};
  return document.dump(1) + "\n";
}

}  // namespace everyface
