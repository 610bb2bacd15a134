// Releases in the database: begun, published, given up. See everyface/commons/releases.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commons/release_content.h"
#include "everyface/commons/releases.h"
#include "everyface/commons/vault.h"
#include "everyface/store/database.h"

namespace everyface {

template <>
struct SqlType<ReleaseState> {
  static constexpr SqlKind kind = SqlKind::kText;
  static SqlValue to(ReleaseState state);
  static std::optional<ReleaseState> from(SqlValue&& value);
};

/// A server that cuts a release says at least this often that it still lives.
inline constexpr std::int64_t kHeartbeatMs = kMinuteMs;
/// One that has not said so for this long is taken for dead.
inline constexpr std::int64_t kDeadMs = kHourMs;

/// Code: overtaken.
Error overtaken();

/// How many photos of a release are no longer approved.
DbResult<std::int64_t> count_gone_photos(Transaction& tx, const Uuid& release);

/// The photos that a release cut now would hold, beside those of the release before.
Result<Releases::Preview> preview_release(Transaction& tx, std::int64_t now_ms);

struct BegunRelease {
  Uuid id;
  ReleaseVersion version;
};

/// Chooses and names the photos. Codes: cutting, no_photos, nothing_new.
Result<BegunRelease> begin_release(Transaction& tx, const std::string& notes, std::int64_t now_ms);

/// What a begun release holds. Code: overtaken (a photo was withdrawn meanwhile).
Result<ReleaseContent> read_content(Transaction& tx, const BegunRelease& begun, const Vault& vault,
                                    const std::string& notes, std::int64_t now_ms);

/// Code: overtaken (the release was given up by another server).
Result<void> beat(Transaction& tx, const Uuid& release, std::int64_t now_ms);

/// Makes a release public; retires those before it that hold photos that are gone. Code: overtaken
/// (a photo was withdrawn meanwhile, or the release was given up).
Result<void> publish_release(Transaction& tx, const Uuid& release,
                             const std::vector<ReleaseFile>& files,
                             const std::optional<Uuid>& administrator, std::int64_t now_ms);

/// Gives a release up that is being cut; one that is not is left alone.
Result<void> fail_release(Transaction& tx, const Uuid& release);

/// Takes a release back that is public: its files are trash.
Result<void> take_back_release(Transaction& tx, const Uuid& release, std::int64_t now_ms);

/// Gives up the releases whose servers died while cutting. Returns how many.
Result<std::int64_t> fail_dead_releases(Transaction& tx, std::int64_t now_ms);

/// All tombstones, in order of names.
Result<std::vector<Tombstone>> read_tombstones(Transaction& tx);

/// People with photos that are in a release (or, without one, approved), as they declare themselves
/// now.
Result<std::vector<PersonAttributes>> read_people(Transaction& tx,
                                                  const std::optional<Uuid>& release);

}  // namespace everyface
