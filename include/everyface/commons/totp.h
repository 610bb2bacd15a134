// One-time passwords that an app on a phone computes: RFC 4226 (HOTP) and RFC 6238 (TOTP) with
// HMAC-SHA-1, steps of 30 seconds and 6 digits, which is what every authenticator app supports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace everyface {

inline constexpr std::int64_t kTotpStepMs = 30'000;

/// 160 random bits, as raw bytes.
std::string new_totp_seed();

/// Base32 (RFC 4648 section 6, no padding), for typing into an app.
std::string totp_seed_text(std::string_view seed);

/// The seed back from such a text, blanks and hyphens left out. None where it is none.
std::optional<std::string> totp_seed_of_text(std::string_view text);

/// "otpauth://totp/Everyface:ada%40example.org?secret=…&issuer=Everyface", for a QR code.
std::string totp_uri(std::string_view seed, std::string_view issuer, std::string_view account);

/// RFC 4226, section 5.3, with leading zeros. `digits` from 6 to 8.
std::string hotp(std::string_view seed, std::uint64_t counter, int digits = 6);

/// The time step whose code this is: the current one, the one before or the one after, but only one
/// later than `last_step`, so that no code works twice (RFC 6238, section 5.2). Blanks in the code
/// are ignored. All three are compared, in constant time.
std::optional<std::int64_t> matching_totp_step(std::string_view seed, std::string_view code,
                                               std::int64_t now_ms, std::int64_t last_step);

}  // namespace everyface
