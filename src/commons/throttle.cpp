#include "everyface/commons/throttle.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace everyface {
namespace {

/// Adds one to the count of a window and returns it.
DbResult<std::int64_t> count_one(Transaction& tx, std::string_view digest, std::int64_t window_ms,
                                 std::int64_t expires_ms) {
  return tx.one<std::int64_t>(
      sql("INSERT INTO throttles (digest, window_ms, expires_ms, count) VALUES (:digest, :window, "
          ":expires, 1) ON CONFLICT (digest, window_ms) DO UPDATE SET count = throttles.count + 1 "
          "RETURNING count"),
      digest, window_ms, expires_ms);
}

DbResult<std::int64_t> count_of(Transaction& tx, std::string_view digest, std::int64_t window_ms) {
  auto count = tx.find<std::int64_t>(
      sql("SELECT count FROM throttles WHERE digest = :digest AND window_ms = :window"), digest,
      window_ms);
  if (!count) {
    return count.error();
  }
  return count->value_or(0);
}

}  // namespace

Throttle::Throttle(Database& database, const Vault& vault, Clock clock)
    : database_(database), vault_(vault), clock_(std::move(clock)) {}

Result<bool> Throttle::allow(std::string_view action, std::string_view subject,
                             const Limit& limit) {
  const std::int64_t now_ms = clock_();
  const std::int64_t window_ms = now_ms - now_ms % limit.window_ms;
  const std::string digest =
      vault_.keyed_digest(fmt::format("throttle:{}:{}:{}", action, limit.window_ms, subject));
  return database_.transact([&](Transaction& tx) -> Result<bool> {
    auto current = count_one(tx, digest, window_ms, window_ms + 2 * limit.window_ms);
    if (!current) {
      return current.error();
    }
    auto previous = count_of(tx, digest, window_ms - limit.window_ms);
    if (!previous) {
      return previous.error();
    }
    const double covered =
        1.0 - static_cast<double>(now_ms - window_ms) / static_cast<double>(limit.window_ms);
    const double count = static_cast<double>(*current) + static_cast<double>(*previous) * covered;
    return count <= static_cast<double>(limit.count);
  });
}

std::string network_of(std::string_view address) {
  constexpr std::size_t kPrefixBytes = 8;
  constexpr std::array<unsigned char, 12> kIpv4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const std::string text(address);
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), &bytes) != 1) {
    return text;
  }
  auto* const raw = static_cast<unsigned char*>(bytes.s6_addr);
  std::array<char, INET6_ADDRSTRLEN> shown{};
  if (std::equal(kIpv4Prefix.begin(), kIpv4Prefix.end(), raw)) {
    ::inet_ntop(AF_INET, raw + kIpv4Prefix.size(), shown.data(), shown.size());
    return shown.data();
  }
  std::fill(raw + kPrefixBytes, raw + sizeof(bytes.s6_addr), 0);
  ::inet_ntop(AF_INET6, &bytes, shown.data(), shown.size());
  return std::string(shown.data()) + "/64";
}

}  // namespace everyface
