// Who did what to what, when: only ever added to, each entry bound to all before it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/store/database.h"

namespace everyface::audit {

/// No e-mail addresses, no secrets, no free text of people: entries outlive accounts.
struct Entry {
  std::optional<Uuid> actor;  ///< the account that acts; none: the program or the command line
  std::string action;         ///< "account.role", "photo.approve": room.verb, lower case
  std::string subject;        ///< what it was done to: usually the text of a Uuid
  std::string details = {};   ///< a JSON object or empty
};

/// Adds an entry, in the transaction of the change that it records. Make it the transaction's last
/// statement where possible: all appends are one after the other.
///
/// An entry's hash is SHA-256 over the previous entry's hash (of the first: 64 zeros) and all its
/// fields, each preceded by its length, so that no two lists of entries give the same text.
Result<void> append(Transaction& tx, const Entry& entry, std::int64_t now_ms);

struct Recorded {
  std::int64_t position = 0;  ///< 1, 2, 3, …
  std::int64_t at_ms = 0;
  std::optional<Uuid> actor;
  std::string action;
  std::string subject;
  std::string details;
  std::string previous_hash;
  std::string hash;
  static constexpr auto columns = std::make_tuple(
      &Recorded::position, &Recorded::at_ms, &Recorded::actor, &Recorded::action,
      &Recorded::subject, &Recorded::details, &Recorded::previous_hash, &Recorded::hash);
};

/// Entries after `position`, the oldest first.
Result<std::vector<Recorded>> list_after(Database& database, std::int64_t position,
                                         std::int64_t limit);
/// Entries before `position` (none: all), the newest first. An empty subject: of all subjects.
Result<std::vector<Recorded>> list_before(Database& database, std::optional<std::int64_t> position,
                                          std::string_view subject, std::int64_t limit);

/// The end of the chain. Noted elsewhere, it later proves that nothing up to it was changed.
struct Head {
  std::int64_t position = 0;
  std::string hash = {};
};

/// Reads the whole log and computes every hash again. Errors say at which position: an entry is
/// missing, was changed, or does not follow the one before. Entries cut off at the end show only
/// against `noted`, a head from earlier.
Result<Head> verify(Database& database, const std::optional<Head>& noted = std::nullopt);

}  // namespace everyface::audit
