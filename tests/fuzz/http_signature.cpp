// What strangers put into the headers of signatures: line 1 is Signature-Input, line 2 Signature,
// the rest a webhook's header.
#include "everyface/payments/http_signature.h"

#include <string>
#include <string_view>

#include "everyface/payments/stream_receipt.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  std::string_view text = fuzz::text_of(data, size);
  if (const auto receipt = verify_stream_receipt(text, "seed"); !receipt) {
    fuzz::require_message(receipt.error().message);
  }
  const auto line = [&text] {
    const std::string_view first = text.substr(0, text.find('\n'));
    text.remove_prefix(first.size() == text.size() ? first.size() : first.size() + 1);
    return std::string(first);
  };
  const std::string input = line();
  SignedRequest request{
      "POST", "https://a.example/b?c", {{"signature-input", input}, {"signature", line()}}, "{}"};
  const auto verified = verify_request(
      request, [](std::string_view) { return std::string(32, 'k'); }, 1618884473);
  fuzz::require(!verified.ok(), "nobody signed this");
  fuzz::require_message(verified.error().message);
  const auto webhook = verify_webhook(text, "{}", "secret", 1618884473);
  fuzz::require(!webhook.ok(), "nobody sent this");
  return 0;
}
