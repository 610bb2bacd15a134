// The headers of a signature: structured fields (RFC 8941), of which only what RFC 9421 writes is
// taken, so that the text that is signed is the text that was read.
#include <sodium.h>

#include <algorithm>

#include "everyface/base/base64.h"
#include "everyface/base/text.h"
#include "everyface/payments/http_signature.h"
#include "payments/signature_time.h"

namespace everyface {
namespace {

constexpr std::size_t kMostInput = 4096;  // bytes
constexpr std::size_t kMostComponents = 32;

Error malformed(const std::string& what) {
  return Error{"the signature of the request: " + what, "signature_malformed"};
}

bool is_label(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
         c == '*';
}

/// Reads from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool take(std::string_view wanted) {
    if (!rest_.starts_with(wanted)) {
      return false;
    }
    rest_.remove_prefix(wanted.size());
    return true;
  }

  /// A key; empty where there is none.
  std::string_view label() {
    const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_label);
    return pass(static_cast<std::size_t>(end - rest_.begin()));
  }

  /// Between quotes, without escapes.
  std::optional<std::string> quoted() {
    if (!take("\"")) {
      return std::nullopt;
    }
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    std::string text(pass(end));
    take("\"");
    const bool plain = std::all_of(text.begin(), text.end(),
                                   [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
    return plain ? std::optional(std::move(text)) : std::nullopt;
  }

  std::optional<std::int64_t> integer() {
    const auto* const end =
        std::find_if_not(rest_.begin(), rest_.end(), [](char c) { return c >= '0' && c <= '9'; });
    return parse_time(pass(static_cast<std::size_t>(end - rest_.begin())));
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view pass(std::size_t count) {
    const std::string_view passed = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return passed;
  }

  std::string_view rest_;
};

/// ("a" "b")
Result<std::vector<std::string>> read_components(Reader& reader) {
  if (!reader.take("(")) {
    return malformed("Signature-Input has no list of what is covered");
  }
  std::vector<std::string> components;
  while (!reader.take(")")) {
    if (!components.empty() && !reader.take(" ")) {
      return malformed("what is covered is not separated by one blank");
    }
    auto name = reader.quoted();
    if (!name || components.size() == kMostComponents ||
        std::find(components.begin(), components.end(), *name) != components.end()) {
      return malformed("what is covered is not a list of names, each once");
    }
    components.push_back(std::move(*name));
  }
  return components;
}

/// ;created=1;keyid="x"
Result<void> read_parameters(Reader& reader, SignatureInput& input) {
  bool created = false;
  while (reader.take(";")) {
    const std::string_view name = reader.label();
    if (!reader.take("=")) {
      return malformed("a parameter has no value");
    }
    if (name == "created" || name == "expires") {
      const auto time = reader.integer();
      if (!time) {
        return malformed(std::string(name) + " is no time");
      }
      created = created || name == "created";
      (name == "created" ? input.created_s : input.expires_s.emplace()) = *time;
      continue;
    }
    auto text = reader.quoted();
    if (!text || (name != "keyid" && name != "alg" && name != "nonce" && name != "tag")) {
      return malformed("a parameter that is not known here, or no text");
    }
    if (name == "alg" && *text != "ed25519") {
      return Error{"the signature of the request: only Ed25519 is taken", "signature_algorithm"};
    }
    if (name == "keyid") {
      input.key_id = std::move(*text);
    }
  }
  if (!created || input.key_id.empty()) {
    return malformed("created or keyid is missing");
  }
  return {};
}

}  // namespace

Result<SignatureInput> read_signature(const SignedRequest& request) {
  const std::string* described = request.header("signature-input");
  const std::string* given = request.header("signature");
  if (described == nullptr || given == nullptr) {
    return Error{"the request is not signed", "signature_missing"};
  }
  if (described->size() > kMostInput || given->size() > kMostInput) {
    return malformed("its headers are too long");
  }
  Reader reader(*described);
  const std::string label(reader.label());
  if (label.empty() || !reader.take("=")) {
    return malformed("Signature-Input has no label");
  }
  SignatureInput input;
  input.parameters = reader.rest();
  auto components = read_components(reader);
  if (!components) {
    return components.error();
  }
  input.components = std::move(*components);
  if (auto read = read_parameters(reader, input); !read) {
    return read.error();
  }
  if (!reader.at_end()) {
    return malformed("Signature-Input holds more than one signature");
  }
  Reader value(*given);
  std::string_view encoded = value.take(label + "=:") ? value.rest() : std::string_view();
  if (!encoded.ends_with(':')) {
    return malformed("Signature is not " + label + "=:…:");
  }
  encoded.remove_suffix(1);
  auto signature = from_base64(encoded);
  if (!signature || signature->size() != crypto_sign_BYTES) {
    return malformed("Signature holds no 64 bytes");
  }
  input.signature = std::move(*signature);
  return input;
}

}  // namespace everyface
