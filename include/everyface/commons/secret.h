// Secrets that are handed out once and kept only as digests.
#pragma once

#include <string>
#include <string_view>

namespace everyface {

/// 256 random bits of the system as 43 characters of base64url (RFC 4648 section 5, no padding):
/// session tokens, tokens in mails, API tokens.
std::string new_secret();

/// What the database keeps of a secret with at least 112 bits: its SHA-256 in hexadecimal. (A
/// password has fewer; see password.h.)
std::string secret_digest(std::string_view secret);

/// Compares in a time that depends on the lengths only.
bool same_secret(std::string_view a, std::string_view b);

/// Overwrites the text so that it does not stay in memory.
void wipe(std::string& secret);

}  // namespace everyface
