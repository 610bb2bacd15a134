// Passwords: which are accepted, and how they are kept.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

inline constexpr std::size_t kMinPasswordCharacters = 12;  ///< Unicode characters
inline constexpr std::size_t kMaxPasswordBytes = 1024;

/// Accepts any UTF-8 text of at least 12 characters that is not quickly guessed. zxcvbn (Wheeler,
/// USENIX Security 2016, as Debian's libzxcvbn) estimates the guesses, knowing the lists of common
/// passwords, names, words, keyboard walks, dates, and the e-mail address; fewer than 10^10, what
/// it calls strong, are too few. No rules on kinds of characters, no expiry (NIST SP 800-63B).
/// Codes: password_short, password_long, password_weak, password_not_text (not UTF-8, or with
/// control characters).
Result<void> check_new_password(std::string_view password, std::string_view email);

/// What a hash costs, and how many are computed at once.
struct PasswordCost {
  std::uint64_t memory_bytes = std::uint64_t{64} << 20U;
  std::uint64_t passes = 2;
  std::size_t at_once = 4;           ///< so that a flood of sign-ins takes 256 MiB, not all memory
  std::int64_t max_wait_ms = 5'000;  ///< for a turn, before "busy"
};

/// Refuses less than 64 MiB and 2 passes. PasswordHasher itself takes any cost, so that tests are
/// quick; whoever builds it for people (`everyface serve`, `everyface admin`) checks first.
Result<void> check_production_cost(const PasswordCost& cost);

/// Argon2id (RFC 9106, one lane) by libsodium. Thread-safe.
class PasswordHasher {
 public:
  explicit PasswordHasher(const PasswordCost& cost);

  /// In libsodium's text form "$argon2id$v=19$m=…". Code: busy (no turn within max_wait_ms).
  Result<std::string> hash(std::string_view password);

  /// Whether `stored` is a hash of the password. An empty `stored` (there is no such account) is
  /// answered with false after the same work, on a hash of a password that nobody knows. Code:
  /// busy.
  Result<bool> matches(std::string_view password, std::string_view stored);

  /// True where `stored` was made at another cost: hash the password again when it is next known.
  [[nodiscard]] bool outdated(std::string_view stored) const;

 private:
  class Turn;

  PasswordCost cost_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t running_ = 0;
  std::string nobody_;
};

}  // namespace everyface
