// What a wallet answers, in every form that is read, and addresses that it names.
#include <nlohmann/json.hpp>

#include "everyface/payments/outgoing_http.h"
#include "payments/payment_json.h"
#include "tests/fuzz/fuzz.h"

namespace {

using everyface::payment_json::Json;

template <typename Read>
void attempt(const Json& json, Read read) {
  try {
    read(json);
  } catch (const everyface::payment_json::Malformed& malformed) {
    everyface::fuzz::require_message(malformed.what);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  const OutgoingRules rules{.allow_loopback = true};
  if (const auto url = normal_url(text, rules)) {
    const auto again = normal_url(*url, rules);
    fuzz::require(again.ok() && *again == *url, "an address that is normal stays as it is");
  } else {
    fuzz::require_message(url.error().message);
  }
  static_cast<void>(is_public_address(text));
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return 0;
  }
  attempt(json, payment_json::read_wallet_address);
  attempt(json, payment_json::read_wallet_keys);
  attempt(json, payment_json::read_grant);
  attempt(json, payment_json::read_token_answer);
  attempt(json, payment_json::read_incoming_payment);
  attempt(json, payment_json::read_received);
  attempt(json, payment_json::read_quote);
  attempt(json, payment_json::read_outgoing_payment);
  attempt(json, payment_json::read_grant_spent);
  attempt(json, [](const Json& page) {
    return payment_json::read_page(page, payment_json::read_outgoing_payment);
  });
  return 0;
}
