// How often somebody may do something, counted in the database so that all servers count together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/commons/vault.h"
#include "everyface/store/database.h"

namespace everyface {

/// At most `count` within any `window_ms`.
struct Limit {
  std::int64_t count;
  std::int64_t window_ms;
};

class Throttle {
 public:
  /// Keeps a reference to the database and the vault.
  Throttle(Database& database, const Vault& vault, Clock clock);

  /// Counts one more and says whether it still is within the limit. `action` is a word of the
  /// caller ("sign-in"), `subject` whom to count: an account, an address, a network. What is kept
  /// is a keyed digest of both, from which no address can be found.
  ///
  /// The count is that of the current window plus the part of the previous one that the sliding
  /// window still covers, taking its events as evenly spread. Counts are kept as long as they
  /// matter; see remove_expired().
  Result<bool> allow(std::string_view action, std::string_view subject, const Limit& limit);

 private:
  Database& database_;
  const Vault& vault_;
  Clock clock_;
};

/// The part of an address that one person is likely to control, for counting: all of an IPv4
/// address, the first 64 bits of an IPv6 address; IPv4 inside IPv6 counts as IPv4. Texts that are
/// no address are returned as they are.
std::string network_of(std::string_view address);

}  // namespace everyface
