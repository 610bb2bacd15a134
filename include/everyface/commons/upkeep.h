// What must happen though nobody asks for it: files erased, templates forgotten, the left-overs of
// dead servers removed. Safe to run from several servers at once and to be killed at any moment.
//
// The rule that keeps blobs and rows together: before a blob is written, its key is put into
// blob_trash with a time in the future; the transaction that makes a row refer to the blob takes it
// out again. So a writer that dies leaves a key whose time comes. To erase a blob, the transaction
// that ends the reference puts its key back.
#pragma once

#include <cstdint>
#include <filesystem>

#include "everyface/base/result.h"
#include "everyface/commons/photos.h"
#include "everyface/store/database.h"

namespace everyface {

class BlobStore;

struct UpkeepDone {
  std::int64_t blobs_erased = 0;
  std::int64_t templates_expired = 0;
  std::int64_t networks_forgotten = 0;
  std::int64_t photos_screened = 0;   ///< whose search for duplicates had been cut off
  std::int64_t releases_failed = 0;   ///< whose server died while cutting
  std::int64_t files_unfinished = 0;  ///< whose server died while writing, a day ago or earlier
};

/// One pass: expired face templates, releases whose cutting stopped, photos not yet screened,
/// trash. Goes on after a blob that cannot be erased, and returns the first error at the end.
Result<UpkeepDone> tidy(Photos& photos, Database& database, BlobStore& blobs, std::int64_t now_ms);

/// Removes from the folder where releases and exports are made (ReleaseSettings::work_folder) what
/// no server has touched for as long as lets a release count as dead: a killed one leaves photos
/// there that nobody could withdraw. Returns how many files and folders.
Result<std::int64_t> remove_dead_work(const std::filesystem::path& folder, std::int64_t now_ms);

/// Blobs that no row knows, as after restoring an older database: puts them into the trash and
/// returns how many. Reads the names of all blobs: for once a day, or after a restore.
Result<std::int64_t> trash_orphans(Database& database, BlobStore& blobs, std::int64_t now_ms);

}  // namespace everyface
