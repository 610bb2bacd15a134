// Releases that are cut and downloaded.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "everyface/base/file.h"
#include "tests/commons/commons_house.h"
#include "tests/store/databases.h"

namespace everyface::testing {

class OnEveryDatabaseWithReleases : public OnEveryDatabase {
 protected:
  /// Every file of a release, as a visitor downloads it.
  std::filesystem::path download(House& house, const ReleaseVersion& version) {
    const std::filesystem::path to = folder() / ("download-" + version.text());
    for (const ReleaseFile& listed : must(house.releases.find(version)).files) {
      const ReleaseFile file = must(house.releases.file(version, listed.name));
      must(write_file_atomic(to / file.name, must(house.blobs->get(file.blob_key, kMostBytes))));
    }
    return to;
  }

  static std::vector<std::string> names_of(const Release& release) {
    std::vector<std::string> names;
    for (const ReleaseFile& file : release.files) {
      names.push_back(file.name);
    }
    return names;
  }

  static Release cut(House& house) {
    return must(house.releases.cut(std::nullopt, "notes of the release"));
  }
};

}  // namespace everyface::testing
