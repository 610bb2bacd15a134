// What wallets answer, read strictly: what a payment relies on must be there and be what it is said
// to be; what is not needed is not looked at.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "everyface/payments/open_payments.h"

namespace everyface::payment_json {

using Json = nlohmann::ordered_json;

// Each throws Malformed, which names the field.
struct Malformed {
  std::string what;
};

WalletAddress read_wallet_address(const Json& json);
std::vector<WalletKey> read_wallet_keys(const Json& json);
Grant read_grant(const Json& json);
AccessToken read_token_answer(const Json& json);
IncomingPayment read_incoming_payment(const Json& json);
std::optional<PaymentAmount> read_received(const Json& json);
Quote read_quote(const Json& json);
OutgoingPayment read_outgoing_payment(const Json& json);
GrantSpent read_grant_spent(const Json& json);

template <typename T>
PaymentPage<T> read_page(const Json& json, T (*read)(const Json&));

Json write_amount(const PaymentAmount& amount);
Json write_access(const PaymentAccess& access);

}  // namespace everyface::payment_json
