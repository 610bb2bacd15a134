// Keeps blobs and rows together: see everyface/commons/upkeep.h for the rule.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/store/blobs.h"
#include "everyface/store/database.h"

namespace everyface {

/// Says that blobs of these keys are about to be written, and will be trash at `due_ms` unless they
/// are kept by then. To be committed before the first is written.
Result<void> announce_blobs(Database& database, const std::vector<std::string>& keys,
                            std::int64_t due_ms);

/// The row that refers to the blob is written in this transaction. Code: too_late (the blob's time
/// had come, and it is erased or being erased).
Result<void> keep_blob(Transaction& tx, const std::string& key);

/// The blob's last reference ends in this transaction: it is trash from now on.
Result<void> trash_blob(Transaction& tx, const std::string& key, std::int64_t now_ms);

/// Announced blobs that were not kept are trash now. A blob that was kept after all stays: where a
/// commit's outcome is unknown, this does no harm.
Result<void> give_up_blobs(Database& database, const std::vector<std::string>& keys,
                           std::int64_t now_ms);

/// Erases those of these blobs that are due, unless another server is doing so. Returns how many;
/// goes on after one that cannot be erased and returns its error at the end.
Result<std::int64_t> erase_blobs(Database& database, BlobStore& blobs,
                                 const std::vector<std::string>& keys, std::int64_t now_ms);

/// The same for all that is due.
Result<std::int64_t> erase_trash(Database& database, BlobStore& blobs, std::int64_t now_ms);

}  // namespace everyface
