// Releases: what was approved, as files that anybody can check and use.
//
// A release is immutable and numbered MAJOR.MINOR: additions raise the minor number, a photo that
// is gone since the release before raises the major one. docs/formats.md describes the files:
//   <name>-<version>.zip              the photos and the texts below but croissant.json, in a
//   folder <name>-<version>-NNNNNN.tar       WebDataset shards: photos with their metadata
//   metadata.csv croissant.json datasheet.md LICENSE.txt counts.csv tombstones.json
//   SHA256SUMS SHA256SUMS.sig         digests of all others, signed with Ed25519
// The same rows of the database give the same bytes.
//
// Cutting goes: the photos are chosen and named in one transaction; the files are written below a
// prefix that nobody knows; they are read back and compared with SHA256SUMS; and one transaction
// makes them public, unless a photo was withdrawn meanwhile: then all is thrown away and done again
// without it. A server that dies while cutting leaves nothing public and nothing that
// tidy() (everyface/commons/upkeep.h) does not remove.
//
// When a release no longer holds a photo that earlier ones held, the files of those earlier ones
// are erased: they stay in the list, as retired, with their digests. Who has copies learns from the
// tombstone list what to delete.
//
// Codes of errors: "not_allowed" (no administrator), "nothing_new" (the same photos as the release
// before), "no_photos", "cutting" (another release is being cut), "not_found", "damaged" (a file
// does not match its digest).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/commons/declaration.h"
#include "everyface/commons/release_key.h"
#include "everyface/commons/suppression.h"
#include "everyface/commons/vault.h"
#include "everyface/store/database.h"
#include "everyface/store/uuid.h"

namespace everyface {

class BlobStore;

struct ReleaseVersion {
  std::int64_t major = 0;
  std::int64_t minor = 0;
  [[nodiscard]] std::string text() const;  ///< "2.1"
  static std::optional<ReleaseVersion> parse(std::string_view text);
  friend auto operator<=>(const ReleaseVersion&, const ReleaseVersion&) = default;
};

/// What the site says of its releases.
struct ReleaseSettings {
  std::string name = "everyface-commons";  ///< of files: letters, digits, "-"
  std::string title = "Everyface Commons";
  std::string site_url = {};  ///< "https://…" without a slash at the end
  std::string licence_name = "Everyface Commons Licence 1.0";
  std::string licence_text = {};  ///< empty: the text that comes with the program
  std::string publisher = "Everyface";
  DeclarationChoices choices = DeclarationChoices::standard();
  std::int64_t smallest_count =
      kSmallestPublishedCount;  ///< counts of people below it are not published
  std::uint64_t shard_bytes = std::uint64_t{1} << 30U;  ///< of photos in a WebDataset shard
  std::filesystem::path work_folder = {};  ///< for archives in the making; empty: the system's
};

struct ReleaseFile {
  std::string name;
  std::string media_type;
  std::int64_t bytes = 0;
  std::string sha256;    ///< hexadecimal; serves as ETag too
  std::string blob_key;  ///< where the blob store has it
};

enum class ReleaseState { kBuilding, kPublished, kRetired, kFailed };

struct Release {
  Uuid id;
  ReleaseVersion version;
  ReleaseState state = ReleaseState::kBuilding;
  std::int64_t created_ms = 0;
  std::int64_t published_ms = 0;
  std::string notes;
  std::int64_t photos = 0;
  std::int64_t people = 0;
  std::int64_t removed = 0;  ///< photos of the release before that are gone
  std::vector<ReleaseFile> files;
  std::int64_t downloads = 0;
};

/// A text and its signature, both as they are served.
struct SignedText {
  std::string text;
  std::string signature;  ///< 64 bytes
};

/// What is done of what there is to do, for progress.
using ReleaseProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Published and retired ones, the newest first.
Result<std::vector<Release>> list_releases(Database& database);

class Releases {
 public:
  /// All outlive it.
  Releases(Database& database, BlobStore& blobs, const Vault& vault, const ReleaseKey& key,
           Clock clock, ReleaseSettings settings);

  /// Cuts, publishes and verifies a release. `administrator`: none from the command line. Takes
  /// long: not for the thread that serves pages.
  Result<Release> cut(const std::optional<Uuid>& administrator, const std::string& notes,
                      const ReleaseProgress& progress = {});

  /// What the next release would hold, without cutting it.
  struct Preview {
    ReleaseVersion version;
    std::int64_t photos = 0;
    std::int64_t people = 0;
    std::int64_t added = 0;
    std::int64_t removed = 0;
    bool changed = false;  ///< there is a reason to cut one
    bool cutting = false;  ///< one is being cut
  };
  Result<Preview> preview();

  /// As list_releases().
  Result<std::vector<Release>> list();
  /// A published or retired one. Error: not_found.
  Result<Release> find(const ReleaseVersion& version);
  /// The newest published one, if there is any.
  Result<std::optional<Release>> latest();

  /// A file of a published release. Error: not_found, also for the files of retired ones.
  Result<ReleaseFile> file(const ReleaseVersion& version, std::string_view name);

  /// Counts a download, by day; nothing about who.
  Result<void> count_download(const Uuid& release);

  /// Reads every file of a published release back from the blob store and checks digests and
  /// signature. Error: damaged, and which file.
  Result<void> verify(const ReleaseVersion& version);

  /// All photos that were ever released and since withdrawn: the file at the fixed address. JSON,
  /// described in docs/formats.md.
  Result<SignedText> tombstones();

  [[nodiscard]] const std::string& public_key() const { return key_.public_pem(); }
  [[nodiscard]] const ReleaseSettings& settings() const { return settings_; }
  /// The licence that a visitor accepts before a download.
  [[nodiscard]] std::string_view licence() const;

 private:
  Result<Release> publish_verified(const ReleaseVersion& version);

  Database& database_;
  BlobStore& blobs_;
  const Vault& vault_;
  const ReleaseKey& key_;
  Clock clock_;
  ReleaseSettings settings_;
};

}  // namespace everyface
