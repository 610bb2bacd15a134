// Files that belong to rows: photos, releases, exports. Kept by key, in a folder or in an
// S3-compatible store.
//
// A blob is whole or not there: whoever reads while another writes gets the old content or the new.
// A blob and the row that names it cannot change in one step, so: put the blob first, commit the
// row after; delete the row first, remove the blob after. What a crash leaves is then a blob
// without a row, which sweep_orphans() finds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

/// Keys are "photos/01890a5d.webp": parts of letters, digits, '.', '_' and '-' that do not begin
/// with '.', joined by '/', at most 512 characters, no part longer than 200. Error: says what is
/// wrong.
Result<void> check_blob_key(std::string_view key);

struct BlobEntry {
  std::string key;
  std::uint64_t bytes = 0;
  std::int64_t modified_ms = 0;  ///< since 1970, by the store's clock, to the second
};

/// May be used by many threads. All functions check keys. Codes of errors: "blob_missing",
/// "blob_range" (see read()), "blob_too_large" (see get()), "blob_key"; "blob_unavailable": the
/// store did not do it, now; nothing is half done.
class BlobStore {
 public:
  /// Takes the next bytes; false ends the reading.
  using Sink = std::function<bool(std::string_view bytes)>;

  BlobStore() = default;
  BlobStore(const BlobStore&) = delete;
  BlobStore& operator=(const BlobStore&) = delete;
  virtual ~BlobStore() = default;

  /// Keeps the bytes under the key, in place of what was there.
  virtual Result<void> put(std::string_view key, std::string_view bytes) = 0;
  /// The same with the content of a file, which may be large.
  virtual Result<void> put_file(std::string_view key, const std::filesystem::path& file) = 0;

  /// Hands `length` bytes from `offset` (to the end where none is given, or there are fewer) to
  /// `take` in pieces, in constant memory. Errors: "blob_range" where the blob has fewer than
  /// `offset` bytes; "blob_aborted" where `take` returned false.
  [[nodiscard]] virtual Result<void> read(std::string_view key, std::uint64_t offset,
                                          std::optional<std::uint64_t> length,
                                          const Sink& take) const = 0;

  /// Nothing where there is no such blob.
  [[nodiscard]] virtual Result<std::optional<BlobEntry>> find(std::string_view key) const = 0;

  /// Whether there was one or not, there is none afterwards.
  virtual Result<void> remove(std::string_view key) = 0;

  /// Every blob whose key begins with the prefix (any text that a key can begin with; empty: all),
  /// in no particular order. Blobs that come or go meanwhile may or may not be there.
  virtual Result<void> list(std::string_view prefix,
                            const std::function<void(const BlobEntry&)>& visit) const = 0;

  /// Removes what writers that were killed have left half written before `before_ms` (since 1970);
  /// none of it was ever a blob. Returns how many. A bucket does this by a lifecycle rule of its
  /// own.
  virtual Result<std::int64_t> remove_leftovers(std::int64_t before_ms) = 0;

  /// The whole content. Error: "blob_too_large" where it has more bytes than `max_bytes`.
  [[nodiscard]] Result<std::string> get(std::string_view key, std::uint64_t max_bytes) const;
  /// Writes the content to a file, atomically.
  [[nodiscard]] Result<void> get_file(std::string_view key,
                                      const std::filesystem::path& file) const;
};

/// Blobs in a folder: key "a/b.webp" is the file a/b.webp, so there cannot be a blob "a" as well.
/// Created where it is missing.
Result<std::unique_ptr<BlobStore>> open_folder_blobs(const std::filesystem::path& folder);

struct S3Options {
  std::string endpoint;  ///< "https://s3.example.org"; http only on loopback
  std::string region = "us-east-1";
  std::string bucket;  ///< must exist
  std::string access_key;
  std::string secret_key;
  std::uint64_t part_bytes =
      16U << 20U;    ///< larger files are sent in parts of this size (>= 5 MiB)
  int attempts = 5;  ///< of each request, with growing pauses, while the server fails or is away
};

/// Blobs in a bucket of an S3-compatible store, addressed by path, signed with AWS Signature
/// Version
/// 4. Errors: an endpoint that is not https (or loopback), a bucket that is not there or may not be
/// used.
Result<std::unique_ptr<BlobStore>> open_s3_blobs(const S3Options& options);

struct SweepReport {
  std::uint64_t seen = 0;
  std::vector<BlobEntry> orphans;
};

/// Says for each key whether a row names it.
using ReferencedBlobs = std::function<Result<std::vector<bool>>(std::span<const std::string> keys)>;

/// Finds blobs under the prefix that no row names. Only those last written before
/// `modified_before_ms` are looked at, so that uploads whose row comes later stay. `remove` removes
/// them.
Result<SweepReport> sweep_orphans(BlobStore& blobs, std::string_view prefix,
                                  std::int64_t modified_before_ms,
                                  const ReferencedBlobs& referenced, bool remove);

}  // namespace everyface
