// Cuts a release: from the choice of photos to the transaction that makes it public.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commons/release_rows.h"
#include "everyface/commons/releases.h"
#include "everyface/store/blobs.h"

namespace everyface {

class ReleaseCutter {
 public:
  /// All outlive it.
  ReleaseCutter(Database& database, BlobStore& blobs, const Vault& vault, const ReleaseKey& key,
                const Clock& clock, const ReleaseSettings& settings, std::string_view licence);

  /// Codes: those of begin_release(); overtaken (nothing is left of this cut: begin again).
  Result<ReleaseVersion> cut(const std::optional<Uuid>& administrator, const std::string& notes,
                             const ReleaseProgress& progress);

 private:
  Result<std::vector<ReleaseFile>> write(const BegunRelease& begun, const std::string& notes,
                                         const std::filesystem::path& folder,
                                         const ReleaseProgress& progress);
  Result<std::string> fetch(const std::string& key, const Uuid& release);
  Result<void> upload(const BegunRelease& begun, const std::vector<ReleaseFile>& files,
                      const std::filesystem::path& folder);
  Result<void> publish(const BegunRelease& begun, const std::vector<ReleaseFile>& files,
                       const std::filesystem::path& folder,
                       const std::optional<Uuid>& administrator);
  Result<void> beat_sometimes(const Uuid& release, const std::filesystem::path& folder);

  Database& database_;
  BlobStore& blobs_;
  const Vault& vault_;
  const ReleaseKey& key_;
  const Clock& clock_;
  const ReleaseSettings& settings_;
  std::string_view licence_;
  std::int64_t beaten_ms_ = 0;
};

/// Reads files back from the blob store and compares them with what they should be, and the
/// signature of SHA256SUMS with the key. Code: damaged, naming the file.
Result<void> check_stored_files(const BlobStore& blobs, const std::vector<ReleaseFile>& files,
                                std::string_view public_pem);

}  // namespace everyface
