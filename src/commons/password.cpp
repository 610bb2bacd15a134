#include "everyface/commons/password.h"

#include <fmt/format.h>
#include <sodium.h>
#include <zxcvbn.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "commons/sodium.h"
#include "commons/utf8.h"
#include "everyface/commons/secret.h"

namespace everyface {
namespace {

constexpr double kFewestGuesses = 1e10;

/// The number of guesses as its logarithm to base 2.
double guess_bits(std::string_view password, std::string_view email) {
  const std::string text(password);
  const std::string address(email);
  const std::string local = address.substr(0, address.find('@'));
  std::vector<const char*> known{"everyface"};
  for (const std::string* word : {&address, &local}) {
    if (!word->empty()) {
      known.push_back(word->c_str());
    }
  }
  known.push_back(nullptr);
  return ZxcvbnMatch(text.c_str(), known.data(), nullptr);
}

Error no_memory() {
  return Error{"there is not enough memory to check a password; try again in a minute", "busy"};
}

Result<std::string> argon2id(const PasswordCost& cost, std::string_view password) {
  start_sodium();
  std::string stored(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str_alg(stored.data(), password.data(), password.size(), cost.passes,
                            cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return no_memory();  // the only reason, for costs within libsodium's limits
  }
  stored.resize(stored.find('\0'));
  return stored;
}

}  // namespace

Result<void> check_new_password(std::string_view password, std::string_view email) {
  if (password.size() > kMaxPasswordBytes) {
    return Error{fmt::format("the password is longer than {} bytes", kMaxPasswordBytes),
                 "password_long"};
  }
  const std::optional<std::size_t> characters = printable_characters(password);
  if (!characters) {
    return Error{"the password is not UTF-8 text, or has control characters in it",
                 "password_not_text"};
  }
  if (*characters < kMinPasswordCharacters) {
    return Error{fmt::format("the password is shorter than {} characters", kMinPasswordCharacters),
                 "password_short"};
  }
  if (guess_bits(password, email) < std::log2(kFewestGuesses)) {
    return Error{
        "the password is easily guessed: take several words that have nothing to do with each "
        "other, or let a password manager make one",
        "password_weak"};
  }
  return {};
}

Result<void> check_production_cost(const PasswordCost& cost) {
  const PasswordCost least;
  if (cost.memory_bytes < least.memory_bytes || cost.passes < least.passes) {
    return Error{fmt::format(
        "passwords: {} MiB and {} passes are too few; take at least {} MiB and {} passes",
        cost.memory_bytes >> 20U, cost.passes, least.memory_bytes >> 20U, least.passes)};
  }
  return {};
}

/// One of the hashes that may run at once; none where waiting took too long.
class PasswordHasher::Turn {
 public:
  static std::optional<Turn> wait(PasswordHasher& hasher) {
    std::unique_lock lock(hasher.mutex_);
    if (!hasher.freed_.wait_for(lock, std::chrono::milliseconds(hasher.cost_.max_wait_ms),
                                [&] { return hasher.running_ < hasher.cost_.at_once; })) {
      return std::nullopt;
    }
    ++hasher.running_;
    return Turn(hasher);
  }
  Turn(Turn&& other) noexcept : hasher_(std::exchange(other.hasher_, nullptr)) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (hasher_ != nullptr) {
      {
        const std::lock_guard lock(hasher_->mutex_);
        --hasher_->running_;
      }
      hasher_->freed_.notify_one();
    }
  }

  static Error none() {
    return Error{"too many people sign in at this moment; try again in a minute", "busy"};
  }

 private:
  explicit Turn(PasswordHasher& hasher) : hasher_(&hasher) {}
  PasswordHasher* hasher_;
};

PasswordHasher::PasswordHasher(const PasswordCost& cost)
    : cost_(cost), nobody_(argon2id(cost, new_secret()).value()) {}

Result<std::string> PasswordHasher::hash(std::string_view password) {
  const auto turn = Turn::wait(*this);
  if (!turn) {
    return Turn::none();
  }
  return argon2id(cost_, password);
}

Result<bool> PasswordHasher::matches(std::string_view password, std::string_view stored) {
  const auto turn = Turn::wait(*this);
  if (!turn) {
    return Turn::none();
  }
  const std::string known(stored.empty() ? std::string_view(nobody_) : stored);
  const char* typed = password.empty() ? "" : password.data();  // which may be null
  errno = 0;
  if (crypto_pwhash_str_verify(known.c_str(), typed, password.size()) == 0) {
    return !stored.empty();
  }
  if (errno != EINVAL) {  // which says that the password is another one
    return no_memory();
  }
  return false;
}

bool PasswordHasher::outdated(std::string_view stored) const {
  return crypto_pwhash_str_needs_rehash(std::string(stored).c_str(), cost_.passes,
                                        cost_.memory_bytes) != 0;
}

}  // namespace everyface
