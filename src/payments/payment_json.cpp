#include "payments/payment_json.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "everyface/base/base64.h"

namespace everyface::payment_json {
namespace {

constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kMostKeys = 50;

const Json& field(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name)) {
    throw Malformed{std::string(name) + " is missing"};
  }
  return json.at(name);
}

std::string as_text(const Json& json, const char* name) {
  if (!json.is_string() || json.get_ref<const std::string&>().empty() ||
      json.get_ref<const std::string&>().size() > kLongestText) {
    throw Malformed{std::string(name) + " must be text of 1 to 4096 bytes"};
  }
  return json.get<std::string>();
}

std::string text(const Json& json, const char* name) { return as_text(field(json, name), name); }

std::string optional_text(const Json& json, const char* name) {
  return json.contains(name) ? text(json, name) : "";
}

/// A token goes into a header.
std::string token_text(const Json& json, const char* name) {
  std::string token = text(json, name);
  if (!std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 127; })) {
    throw Malformed{std::string(name) + " has characters that a header cannot carry"};
  }
  return token;
}

std::int64_t whole(const Json& json, const char* name, std::int64_t least, std::int64_t most) {
  const Json& value = field(json, name);
  const std::int64_t number =
      value.is_number_integer() &&
              !(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{1} << 62U)
          ? value.get<std::int64_t>()
          : least - 1;
  if (number < least || number > most) {
    throw Malformed{std::string(name) + " must be a whole number from " + std::to_string(least) +
                    " to " + std::to_string(most)};
  }
  return number;
}

bool flag(const Json& json, const char* name) {
  if (!json.contains(name)) {
    return false;
  }
  if (!json.at(name).is_boolean()) {
    throw Malformed{std::string(name) + " must be true or false"};
  }
  return json.at(name).get<bool>();
}

Asset read_asset(const Json& json) {
  Asset asset{text(json, "assetCode"), static_cast<int>(whole(json, "assetScale", 0, 255))};
  if (const auto good = check_asset(asset); !good) {
    throw Malformed{"assetCode, assetScale: " + good.error().message};
  }
  return asset;
}

PaymentAmount read_amount(const Json& json, const char* name) {
  const Json& amount = field(json, name);
  const std::string digits = text(amount, "value");
  PaymentAmount read;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, read.value);
  if (error != std::errc() || stop != end) {
    throw Malformed{std::string(name) +
                    ".value must be a whole number of at most 64 bits, as text"};
  }
  read.asset = read_asset(amount);
  return read;
}

std::optional<PaymentAmount> optional_amount(const Json& json, const char* name) {
  return json.contains(name) && !json.at(name).is_null() ? std::optional(read_amount(json, name))
                                                         : std::nullopt;
}

AccessToken read_token(const Json& json) {
  AccessToken token{token_text(json, "value"), text(json, "manage"), std::nullopt};
  if (json.contains("expires_in")) {
    token.expires_in_s = whole(json, "expires_in", 0, std::int64_t{1} << 40U);
  }
  return token;
}

}  // namespace

WalletAddress read_wallet_address(const Json& json) {
  WalletAddress wallet;
  wallet.id = text(json, "id");
  wallet.public_name = optional_text(json, "publicName");
  if (wallet.public_name.size() > kLongestName) {
    throw Malformed{"publicName is longer than 200 bytes"};
  }
  wallet.asset = read_asset(json);
  wallet.auth_server = text(json, "authServer");
  wallet.resource_server = text(json, "resourceServer");
  return wallet;
}

std::vector<WalletKey> read_wallet_keys(const Json& json) {
  const Json& list = field(json, "keys");
  if (!list.is_array() || list.size() > kMostKeys) {
    throw Malformed{"keys must be a list of at most 50"};
  }
  std::vector<WalletKey> keys;
  for (const Json& key : list) {
    if (text(key, "kty") != "OKP" || text(key, "crv") != "Ed25519") {
      continue;  // of another kind, for something else
    }
    std::string x = text(key, "x");
    std::replace(x.begin(), x.end(), '-', '+');
    std::replace(x.begin(), x.end(), '_', '/');
    auto bytes = from_base64(x + std::string((4 - x.size() % 4) % 4, '='));
    if (!bytes || bytes->size() != 32) {
      throw Malformed{"x must be 32 bytes in base64url"};
    }
    keys.push_back({text(key, "kid"), std::move(*bytes)});
  }
  return keys;
}

Grant read_grant(const Json& json) {
  Grant grant;
  if (!json.is_object()) {
    throw Malformed{"a grant must be an object"};
  }
  if (json.contains("access_token")) {
    grant.token = read_token(json.at("access_token"));
  }
  if (json.contains("interact")) {
    const Json& interact = json.at("interact");
    grant.interaction = Interaction{text(interact, "redirect"), text(interact, "finish")};
  }
  if (json.contains("subject")) {
    const Json& ids = field(json.at("subject"), "sub_ids");
    if (!ids.is_array() || ids.size() != 1) {
      throw Malformed{"sub_ids must be a list of one"};
    }
    grant.subject = text(ids.front(), "id");
  }
  if (json.contains("continue")) {
    const Json& next = json.at("continue");
    Continuation continuation{token_text(field(next, "access_token"), "value"), text(next, "uri"),
                              0};
    if (next.contains("wait")) {
      continuation.wait_s = whole(next, "wait", 0, std::int64_t{1} << 40U);
    }
    grant.next = std::move(continuation);
  }
  if (!grant.token && !grant.next) {
    throw Malformed{"a grant must have access_token or continue"};
  }
  return grant;
}

AccessToken read_token_answer(const Json& json) { return read_token(field(json, "access_token")); }

IncomingPayment read_incoming_payment(const Json& json) {
  IncomingPayment payment;
  payment.id = text(json, "id");
  payment.wallet_address = text(json, "walletAddress");
  payment.completed = flag(json, "completed");
  payment.incoming_amount = optional_amount(json, "incomingAmount");
  payment.received = read_amount(json, "receivedAmount");
  payment.expires_at = optional_text(json, "expiresAt");
  payment.created_at = text(json, "createdAt");
  if (payment.incoming_amount && payment.incoming_amount->asset != payment.received.asset) {
    throw Malformed{"incomingAmount and receivedAmount are of different assets"};
  }
  return payment;
}

std::optional<PaymentAmount> read_received(const Json& json) {
  if (!json.is_object()) {
    throw Malformed{"a payment must be an object"};
  }
  return optional_amount(json, "receivedAmount");
}

Quote read_quote(const Json& json) {
  Quote quote;
  quote.id = text(json, "id");
  quote.wallet_address = text(json, "walletAddress");
  quote.receiver = text(json, "receiver");
  quote.receive_amount = read_amount(json, "receiveAmount");
  quote.debit_amount = read_amount(json, "debitAmount");
  quote.expires_at = optional_text(json, "expiresAt");
  return quote;
}

OutgoingPayment read_outgoing_payment(const Json& json) {
  OutgoingPayment payment;
  payment.id = text(json, "id");
  payment.wallet_address = text(json, "walletAddress");
  payment.quote_id = optional_text(json, "quoteId");
  payment.failed = flag(json, "failed");
  payment.receiver = text(json, "receiver");
  payment.receive_amount = read_amount(json, "receiveAmount");
  payment.debit_amount = read_amount(json, "debitAmount");
  payment.sent_amount = read_amount(json, "sentAmount");
  if (payment.sent_amount.asset != payment.debit_amount.asset ||
      payment.sent_amount.value > payment.debit_amount.value) {
    throw Malformed{"sentAmount must be of debitAmount's asset, and no more than it"};
  }
  return payment;
}

GrantSpent read_grant_spent(const Json& json) {
  field(json, "spentDebitAmount");
  field(json, "spentReceiveAmount");
  return {optional_amount(json, "spentDebitAmount"), optional_amount(json, "spentReceiveAmount")};
}

template <typename T>
PaymentPage<T> read_page(const Json& json, T (*read)(const Json&)) {
  PaymentPage<T> page;
  const Json& info = field(json, "pagination");
  page.start_cursor = optional_text(info, "startCursor");
  page.end_cursor = optional_text(info, "endCursor");
  page.has_next = flag(info, "hasNextPage");
  page.has_previous = flag(info, "hasPreviousPage");
  const Json& items = field(json, "result");
  if (!items.is_array()) {
    throw Malformed{"result must be a list"};
  }
  for (const Json& item : items) {
    page.items.push_back(read(item));
  }
  return page;
}

template PaymentPage<IncomingPayment> read_page(const Json&, IncomingPayment (*)(const Json&));
template PaymentPage<OutgoingPayment> read_page(const Json&, OutgoingPayment (*)(const Json&));

Json write_amount(const PaymentAmount& amount) {
  return {{"value", std::to_string(amount.value)},
          {"assetCode", amount.asset.code},
          {"assetScale", amount.asset.scale}};
}

Json write_access(const PaymentAccess& access) {
  Json json = {{"type", access.type}, {"actions", access.actions}};
  if (!access.identifier.empty()) {
    json["identifier"] = access.identifier;
  }
  Json limits = Json::object();
  if (!access.receiver.empty()) {
    limits["receiver"] = access.receiver;
  }
  if (!access.interval.empty()) {
    limits["interval"] = access.interval;
  }
  if (access.debit_amount) {
    limits["debitAmount"] = write_amount(*access.debit_amount);
  }
  if (access.receive_amount) {
    limits["receiveAmount"] = write_amount(*access.receive_amount);
  }
  if (!limits.empty()) {
    json["limits"] = std::move(limits);
  }
  return json;
}

}  // namespace everyface::payment_json
