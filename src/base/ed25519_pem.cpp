#include "everyface/base/ed25519_pem.h"

#include <algorithm>

#include "everyface/base/base64.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

using namespace std::string_view_literals;

// What comes before the 32 bytes, in DER.
constexpr std::string_view kPrivateHead =
    "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"sv;
constexpr std::string_view kPublicHead = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"sv;
constexpr std::string_view kPrivateLabel = "PRIVATE KEY";
constexpr std::string_view kPublicLabel = "PUBLIC KEY";

// Both fit on one line of 64 characters.
std::string to_pem(std::string_view label, std::string_view head, std::string_view key) {
  const std::string name(label);
  return "-----BEGIN " + name + "-----\n" + base64(std::string(head).append(key)) + "\n-----END " +
         name + "-----\n";
}

std::optional<std::string> from_pem(std::string_view label, std::string_view head,
                                    std::string_view pem) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  pem = trim(pem);
  if (!pem.starts_with(begin) || !pem.ends_with(end) || pem.size() < begin.size() + end.size()) {
    return std::nullopt;
  }
  pem.remove_prefix(begin.size());
  pem.remove_suffix(end.size());
  auto der = from_base64(trim(pem));
  if (!der || !der->starts_with(head) || der->size() != head.size() + kEd25519KeyBytes) {
    return std::nullopt;
  }
  std::string key = der->substr(head.size());
  std::fill(der->begin(), der->end(), '\0');
  return key;
}

}  // namespace

std::string ed25519_private_pem(std::string_view seed) {
  return to_pem(kPrivateLabel, kPrivateHead, seed);
}

std::string ed25519_public_pem(std::string_view key) {
  return to_pem(kPublicLabel, kPublicHead, key);
}

std::optional<std::string> ed25519_seed_of_pem(std::string_view pem) {
  return from_pem(kPrivateLabel, kPrivateHead, pem);
}

std::optional<std::string> ed25519_key_of_pem(std::string_view pem) {
  return from_pem(kPublicLabel, kPublicHead, pem);
}

}  // namespace everyface
