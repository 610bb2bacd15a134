// Writes the files of a release into a folder.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "commons/release_content.h"
#include "everyface/commons/release_key.h"

namespace everyface {

/// The bytes of a photo; called once for each, in order.
using FetchPhoto = std::function<Result<std::string>(const ReleasedPhoto& photo)>;

struct BuildRequest {
  const ReleaseSettings& settings;
  const ReleaseContent& content;
  const ReleaseKey& key;
  std::string_view licence;
  std::filesystem::path folder;  ///< empty
  FetchPhoto fetch;
};

/// Writes all files of releases.h and returns what they are, in order of names. Holds one photo in
/// memory at a time. Errors: those of `fetch`, the disk's.
Result<std::vector<ReleaseFile>> build_release(const BuildRequest& request);

}  // namespace everyface
