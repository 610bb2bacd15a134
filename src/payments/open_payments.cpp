#include "everyface/payments/open_payments.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "everyface/base/printable.h"
#include "everyface/base/text.h"
#include "everyface/payments/http_signature.h"
#include "everyface/payments/stringify.h"
#include "payments/payment_json.h"

namespace everyface {
namespace {

using payment_json::Json;

constexpr std::size_t kLongestWords = 300;

PaymentError unreached(const Error& error) {
  const bool sent = error.code == "no_answer" || error.code == "answer_too_long";
  return {sent ? PaymentFault::kNoAnswer : PaymentFault::kNotAllowed, error.message};
}

PaymentFault fault_of_status(int status) {
  switch (status) {
    case 400:
      return PaymentFault::kBadRequest;
    case 401:
      return PaymentFault::kUnauthorized;
    case 403:
      return PaymentFault::kForbidden;
    case 404:
      return PaymentFault::kNotFound;
    case 409:
      return PaymentFault::kConflict;
    case 429:
      return PaymentFault::kTooMany;
    default:
      return status >= 500 ? PaymentFault::kServer : PaymentFault::kRefused;
  }
}

/// GNAP's codes say more than the status. Those of a failing server say nothing of what was done.
PaymentFault fault_of(int status, const std::string& code) {
  static const std::map<std::string, PaymentFault, std::less<>> kCodes = {
      {"invalid_request", PaymentFault::kInvalidRequest},
      {"invalid_client", PaymentFault::kInvalidClient},
      {"invalid_interaction", PaymentFault::kInvalidInteraction},
      {"invalid_continuation", PaymentFault::kInvalidContinuation},
      {"invalid_rotation", PaymentFault::kInvalidRotation},
      {"user_denied", PaymentFault::kUserDenied},
      {"request_denied", PaymentFault::kRequestDenied},
      {"unknown_interaction", PaymentFault::kUnknownInteraction},
      {"too_fast", PaymentFault::kTooFast},
      {"too_many_attempts", PaymentFault::kTooManyAttempts}};
  const auto known = kCodes.find(code);
  return known == kCodes.end() || status >= 500 ? fault_of_status(status) : known->second;
}

std::optional<std::int64_t> retry_after(const OutgoingAnswer& answer) {
  const auto header = answer.headers.find("retry-after");
  if (header == answer.headers.end()) {
    return std::nullopt;
  }
  std::int64_t seconds = 0;
  const std::string& text = header->second;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return error == std::errc() && seconds >= 0 ? std::optional(seconds) : std::nullopt;
}

/// What a server says is wrong: {"error": {"code", "description"}}, or {"error": "code"} as GNAP
/// also allows.
PaymentError refusal(const std::string& where, const OutgoingAnswer& answer) {
  const Json body = Json::parse(answer.body, nullptr, false);
  std::string code;
  std::string words;
  if (body.is_object() && body.contains("error")) {
    const Json& error = body.at("error");
    const auto text = [&](const char* name) {
      return error.is_object() && error.contains(name) && error.at(name).is_string()
                 ? error.at(name).get<std::string>()
                 : std::string();
    };
    code = error.is_string() ? error.get<std::string>() : text("code");
    words = text("description");
  }
  if (words.empty()) {
    words = code.empty() ? answer.body : code;
  }
  PaymentError error(fault_of(answer.status, code),
                     where + " answers " + std::to_string(answer.status) + ": " +
                         printable(std::string_view(words).substr(0, kLongestWords)),
                     answer.status, code);
  error.retry_after_s = retry_after(answer);
  return error;
}

std::string with_path(std::string server, std::string_view path) {
  while (server.ends_with('/')) {
    server.pop_back();
  }
  return server.append(path);
}

std::string query_text(std::string_view value) {
  const std::unique_ptr<char, void (*)(void*)> escaped(
      ::curl_easy_escape(nullptr, value.data(), static_cast<int>(value.size())), &::curl_free);
  return escaped == nullptr ? std::string() : std::string(escaped.get());
}

std::string list_url(const std::string& server, std::string_view path,
                     const std::string& wallet_address, const PageRequest& page) {
  std::string url = with_path(server, path) + "?wallet-address=" + query_text(wallet_address);
  if (!page.cursor.empty()) {
    url += "&cursor=" + query_text(page.cursor);
  }
  if (page.first > 0) {
    url += "&first=" + std::to_string(page.first);
  }
  if (page.last > 0) {
    url += "&last=" + std::to_string(page.last);
  }
  return url;
}

/// What `read` makes of an answer.
template <typename Read>
auto as(PaymentResult<Json> answer, Read read) -> PaymentResult<decltype(read(Json()))> {
  if (!answer) {
    return answer.error();
  }
  try {
    return read(*answer);
  } catch (const payment_json::Malformed& malformed) {
    return PaymentError(PaymentFault::kMalformed,
                        "the answer is not what Open Payments says: " + malformed.what);
  }
}

Json described(Json body, const std::string& description) {
  if (!description.empty()) {
    body["metadata"] = Json{{"description", description}};
  }
  return body;
}

}  // namespace

PaymentAccess PaymentAccess::to_receive(std::string wallet_address) {
  return {"incoming-payment", {"create", "read", "complete", "list"}, std::move(wallet_address)};
}

PaymentAccess PaymentAccess::to_quote() { return {"quote", {"create", "read"}}; }

PaymentAccess PaymentAccess::to_pay(std::string wallet_address) {
  return {"outgoing-payment", {"create", "read", "list"}, std::move(wallet_address)};
}

struct OpenPayments::Call {
  std::string method;
  std::string url;
  std::string token = {};
  std::optional<Json> body = {};
  int expected = 200;
};

OpenPayments::OpenPayments(OutgoingHttp& http, const SigningKey& key,
                           std::string client_wallet_address, Seconds now)
    : http_(http), key_(key), client_(std::move(client_wallet_address)), now_(std::move(now)) {}

PaymentResult<Json> OpenPayments::ask(const Call& call) {
  const auto url = normal_url(call.url, http_.rules());
  if (!url) {
    return unreached(url.error());
  }
  SignedRequest request{call.method, *url, {}, {}};
  if (!call.token.empty()) {
    request.headers.emplace_back("authorization", "GNAP " + call.token);
  }
  if (call.body) {
    auto body = stringify(*call.body);
    if (!body) {
      return PaymentError(PaymentFault::kInvalidRequest, body.error().message);
    }
    request.body = std::move(*body);
  }
  if (call.method == "POST") {
    request.headers.emplace_back("content-type", "application/json");
  }
  if (call.method != "GET" || !call.token.empty()) {
    if (const auto made = sign_request(request, key_, now_()); !made) {
      return PaymentError(PaymentFault::kInvalidRequest, made.error().message);
    }
  }
  // libcurl counts the body itself.
  std::erase_if(request.headers,
                [](const auto& header) { return header.first == "content-length"; });
  request.headers.emplace_back("accept", "application/json");
  const auto answer = http_.perform({request.method, request.url, request.headers, request.body});
  if (!answer) {
    return unreached(answer.error());
  }
  const std::string where = origin_of(*url);
  if (answer->status < 200 || answer->status > 299) {
    return refusal(where, *answer);
  }
  Json body = call.expected == 204 ? Json() : Json::parse(answer->body, nullptr, false);
  if (body.is_discarded()) {
    return PaymentError(PaymentFault::kMalformed, where + " answers with what is not JSON",
                        answer->status);
  }
  return body;
}

PaymentResult<WalletAddress> OpenPayments::wallet_address(std::string_view address) {
  std::string url(trim(address));
  if (url.starts_with('$')) {  // paymentpointers.org: without a path it means /.well-known/pay
    url.replace(0, 1, "https://");
    const std::size_t path = url.find('/', 8);
    if (path == std::string::npos || path + 1 == url.size()) {
      url = url.substr(0, path) + "/.well-known/pay";
    }
  }
  auto answered = as(ask({"GET", url}), payment_json::read_wallet_address);
  if (!answered || answered->id == url) {
    return answered;
  }
  // The wallet is another address than was asked, which may be right (a payment pointer leads to
  // one). Only a wallet's own address says who may speak for it: anybody can name somebody else's
  // wallet next to an authorization server of their own.
  auto own = as(ask({"GET", answered->id}), payment_json::read_wallet_address);
  if (own && own->id != answered->id) {
    return PaymentError(PaymentFault::kMalformed, "the wallet calls itself by another address");
  }
  return own;
}

PaymentResult<std::vector<WalletKey>> OpenPayments::wallet_keys(const WalletAddress& wallet) {
  return as(ask({"GET", with_path(wallet.id, "/jwks.json")}), payment_json::read_wallet_keys);
}

PaymentResult<Grant> OpenPayments::ask_for_grant(const std::string& auth_server, Json body,
                                                 const std::optional<InteractionFinish>& finish) {
  body["client"] = client_;
  if (finish) {
    body["interact"] = {
        {"start", {"redirect"}},
        {"finish", {{"method", "redirect"}, {"uri", finish->uri}, {"nonce", finish->nonce}}}};
  }
  auto grant = as(ask({"POST", auth_server, {}, std::move(body)}), payment_json::read_grant);
  if (grant && grant->interaction && !normal_url(grant->interaction->redirect, http_.rules())) {
    return PaymentError(PaymentFault::kMalformed, "the wallet's page is at no address of the web");
  }
  return grant;
}

PaymentResult<Grant> OpenPayments::request_grant(const std::string& auth_server,
                                                 const std::vector<PaymentAccess>& access,
                                                 const std::optional<InteractionFinish>& finish) {
  Json list = Json::array();
  std::transform(access.begin(), access.end(), std::back_inserter(list),
                 payment_json::write_access);
  return ask_for_grant(auth_server, {{"access_token", {{"access", std::move(list)}}}}, finish);
}

PaymentResult<Grant> OpenPayments::request_subject(const std::string& auth_server,
                                                   const std::string& wallet_address,
                                                   const InteractionFinish& finish) {
  Json id = {{"id", wallet_address}, {"format", "uri"}};
  return ask_for_grant(auth_server, {{"subject", {{"sub_ids", Json::array({std::move(id)})}}}},
                       finish);
}

PaymentResult<Grant> OpenPayments::continue_grant(const Continuation& continuation,
                                                  const std::string& interact_ref) {
  Call call{"POST", continuation.uri, continuation.token};
  if (!interact_ref.empty()) {
    call.body = Json{{"interact_ref", interact_ref}};
  }
  return as(ask(call), payment_json::read_grant);
}

PaymentResult<void> OpenPayments::cancel_grant(const Continuation& continuation) {
  const auto done = ask({"DELETE", continuation.uri, continuation.token, {}, 204});
  return done ? PaymentResult<void>() : done.error();
}

PaymentResult<AccessToken> OpenPayments::rotate_token(const AccessToken& token) {
  return as(ask({"POST", token.manage, token.value}), payment_json::read_token_answer);
}

PaymentResult<void> OpenPayments::revoke_token(const AccessToken& token) {
  const auto done = ask({"DELETE", token.manage, token.value, {}, 204});
  return done ? PaymentResult<void>() : done.error();
}

PaymentResult<IncomingPayment> OpenPayments::create_incoming_payment(
    const std::string& resource_server, const std::string& token,
    const NewIncomingPayment& payment) {
  Json body = {{"walletAddress", payment.wallet_address}};
  if (payment.incoming_amount) {
    body["incomingAmount"] = payment_json::write_amount(*payment.incoming_amount);
  }
  if (!payment.expires_at.empty()) {
    body["expiresAt"] = payment.expires_at;
  }
  return as(ask({"POST", with_path(resource_server, "/incoming-payments"), token,
                 described(std::move(body), payment.description)}),
            payment_json::read_incoming_payment);
}

PaymentResult<IncomingPayment> OpenPayments::incoming_payment(const std::string& url,
                                                              const std::string& token) {
  return as(ask({"GET", url, token}), payment_json::read_incoming_payment);
}

PaymentResult<std::optional<PaymentAmount>> OpenPayments::received_by(const std::string& url) {
  return as(ask({"GET", url}), payment_json::read_received);
}

PaymentResult<PaymentPage<IncomingPayment>> OpenPayments::list_incoming_payments(
    const std::string& resource_server, const std::string& token, const std::string& wallet_address,
    const PageRequest& page) {
  return as(
      ask({"GET", list_url(resource_server, "/incoming-payments", wallet_address, page), token}),
      [](const Json& json) {
        return payment_json::read_page(json, payment_json::read_incoming_payment);
      });
}

PaymentResult<IncomingPayment> OpenPayments::complete_incoming_payment(const std::string& url,
                                                                       const std::string& token) {
  return as(ask({"POST", with_path(url, "/complete"), token}), payment_json::read_incoming_payment);
}

PaymentResult<Quote> OpenPayments::create_quote(const std::string& resource_server,
                                                const std::string& token, const NewQuote& quote) {
  Json body = {
      {"walletAddress", quote.wallet_address}, {"receiver", quote.receiver}, {"method", "ilp"}};
  if (quote.receive_amount) {
    body["receiveAmount"] = payment_json::write_amount(*quote.receive_amount);
  }
  if (quote.debit_amount) {
    body["debitAmount"] = payment_json::write_amount(*quote.debit_amount);
  }
  return as(ask({"POST", with_path(resource_server, "/quotes"), token, std::move(body)}),
            payment_json::read_quote);
}

PaymentResult<Quote> OpenPayments::quote(const std::string& url, const std::string& token) {
  return as(ask({"GET", url, token}), payment_json::read_quote);
}

PaymentResult<OutgoingPayment> OpenPayments::create_outgoing_payment(
    const std::string& resource_server, const std::string& token,
    const NewOutgoingPayment& payment) {
  Json body = {{"walletAddress", payment.wallet_address}, {"quoteId", payment.quote_id}};
  return as(ask({"POST", with_path(resource_server, "/outgoing-payments"), token,
                 described(std::move(body), payment.description)}),
            payment_json::read_outgoing_payment);
}

PaymentResult<OutgoingPayment> OpenPayments::outgoing_payment(const std::string& url,
                                                              const std::string& token) {
  return as(ask({"GET", url, token}), payment_json::read_outgoing_payment);
}

PaymentResult<PaymentPage<OutgoingPayment>> OpenPayments::list_outgoing_payments(
    const std::string& resource_server, const std::string& token, const std::string& wallet_address,
    const PageRequest& page) {
  return as(
      ask({"GET", list_url(resource_server, "/outgoing-payments", wallet_address, page), token}),
      [](const Json& json) {
        return payment_json::read_page(json, payment_json::read_outgoing_payment);
      });
}

PaymentResult<GrantSpent> OpenPayments::grant_spent(const std::string& resource_server,
                                                    const std::string& token) {
  return as(ask({"GET", with_path(resource_server, "/outgoing-payment-grant"), token}),
            payment_json::read_grant_spent);
}

}  // namespace everyface
