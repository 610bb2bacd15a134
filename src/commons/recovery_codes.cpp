#include "commons/recovery_codes.h"

#include "commons/people_parts.h"
#include "commons/sodium.h"
#include "everyface/commons/secret.h"

namespace everyface {
namespace {

constexpr std::size_t kCodeBytes = 15;  // 120 bits, 24 digits of base32
constexpr std::size_t kGroupDigits = 4;

std::string new_code() {
  const std::string digits = base32(random_bytes(kCodeBytes));
  std::string code;
  for (std::size_t at = 0; at < digits.size(); at += kGroupDigits) {
    code += (at == 0 ? "" : "-") + digits.substr(at, kGroupDigits);
  }
  return code;
}

/// Of what is typed, what counts: letters in upper case and digits.
std::string code_digest(std::string_view code) {
  std::string digits;
  for (const char c : code) {
    if (c >= 'a' && c <= 'z') {
      digits += static_cast<char>(c - 'a' + 'A');
    } else if (c != ' ' && c != '-') {
      digits += c;
    }
  }
  return secret_digest(digits);
}

}  // namespace

Result<RecoveryCodes> replace_recovery_codes(Transaction& tx, const Uuid& account) {
  if (auto removed = remove_recovery_codes(tx, account); !removed) {
    return removed.error();
  }
  RecoveryCodes codes;
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) {
    codes.push_back(new_code());
    auto added =
        run(tx, sql("INSERT INTO recovery_codes (account_id, digest) VALUES (:account, :digest)"),
            account, code_digest(codes.back()));
    if (!added) {
      return added.error();
    }
  }
  return codes;
}

Result<bool> use_recovery_code(Transaction& tx, const Uuid& account, std::string_view code) {
  auto used =
      tx.execute(sql("DELETE FROM recovery_codes WHERE account_id = :account AND digest = :digest"),
                 account, code_digest(code));
  if (!used) {
    return used.error();
  }
  return *used == 1;
}

Result<void> remove_recovery_codes(Transaction& tx, const Uuid& account) {
  return run(tx, sql("DELETE FROM recovery_codes WHERE account_id = :account"), account);
}

}  // namespace everyface
