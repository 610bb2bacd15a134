// What strangers put into the headers of signatures: line 1 is Signature-Input, line 2 Signature,
// the rest a webhook's header.
#include "everyface/payments/http_signature.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = [&text] {
    const std::string_view first = text.substr(0, text.find('\n'));
    text.remove_prefix(first.size() == text.size() ? first.size() : first.size() + 1);
    return std::string(first);
  };
  const std::string input = line();
  SignedRequest request{
      "POST", "https://a.example/b?c", {{"signature-input", input}, {"signature", line()}}, "{}"};
  static_cast<void>(verify_request(
      request, [](std::string_view) { return std::string(32, 'k'); }, 1618884473));
  static_cast<void>(verify_webhook(text, "{}", "secret", 1618884473));
  return 0;
}
