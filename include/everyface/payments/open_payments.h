// A client of Open Payments 1.3.0 (specifications of the wallet address, authorization and resource
// servers) and of what it takes from GNAP (RFC 9635). It knows nothing of the site's books.
//
//   OpenPayments client(http, key, "https://wallet.example/everyface");
//   const auto wallet = client.wallet_address("https://wallet.example/alice");
//   const auto grant = client.request_grant(wallet->auth_server, {PaymentAccess::to_quote()});
//   const auto quote = client.create_quote(wallet->resource_server, grant->token->value, {...});
//
// Every request is signed (http_signature.h). Nothing is sent twice: whoever gets kNoAnswer does
// not know whether the request was carried out, and asks before sending it again.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/payments/amount.h"
#include "everyface/payments/outgoing_http.h"
#include "everyface/payments/signing_key.h"

namespace everyface {

enum class PaymentFault {
  kNotAllowed,  ///< the address is none that is asked, or redirects: nothing was sent to it
  kNoAnswer,    ///< none came in time, or not to its end: whether it was done is unknown
  kMalformed,   ///< the answer is not what the specification says
  // What GNAP's error codes say (RFC 9635 section 3.6):
  kInvalidRequest,
  kInvalidClient,
  kInvalidInteraction,
  kInvalidContinuation,
  kInvalidRotation,
  kUserDenied,
  kRequestDenied,
  kUnknownInteraction,
  kTooFast,
  kTooManyAttempts,
  // What only a status says:
  kBadRequest,    ///< 400
  kUnauthorized,  ///< 401: no token, or none that is known
  kForbidden,     ///< 403: the token is not active or does not allow it
  kNotFound,      ///< 404
  kConflict,      ///< 409
  kTooMany,       ///< 429
  kServer,        ///< 5xx: whether it was done is unknown
  kRefused        ///< any other
};
/// "wallet_no_answer", …
std::string_view payment_fault_name(PaymentFault fault);

/// The message holds the server's words; the code is payment_fault_name().
struct PaymentError : Error {
  PaymentError(PaymentFault what, std::string why, int http_status = 0,
               std::string server_code = {});

  PaymentFault fault;
  int status;              ///< 0 where no answer came
  std::string words_code;  ///< the server's own code, whichever it is
  std::optional<std::int64_t> retry_after_s;

  /// Whether another token might be taken: whatever code a server gives with these.
  [[nodiscard]] bool token_refused() const { return status == 401 || status == 403; }

  /// Whether the request may have been carried out all the same.
  [[nodiscard]] bool outcome_unknown() const {
    return fault == PaymentFault::kNoAnswer || fault == PaymentFault::kServer ||
           fault == PaymentFault::kMalformed;
  }
};

template <typename T>
using PaymentResult = Result<T, PaymentError>;

struct PaymentAmount {
  std::uint64_t value = 0;
  Asset asset;

  friend bool operator==(const PaymentAmount&, const PaymentAmount&) = default;
};

struct WalletAddress {
  std::string id;  ///< what the server calls it, whichever way it was written
  std::string public_name;
  Asset asset;
  std::string auth_server;
  std::string resource_server;
};

/// A wallet's public key, of which it may have several.
struct WalletKey {
  std::string id;
  std::string public_key;  ///< 32 bytes
};

/// What a token is asked for.
struct PaymentAccess {
  std::string type;  ///< "incoming-payment", "quote", "outgoing-payment"
  std::vector<std::string> actions;
  std::string identifier = {};  ///< a wallet address; obligatory for outgoing payments
  // Limits of outgoing payments. At most one of the amounts; without an interval they are of the
  // grant as a whole.
  std::optional<PaymentAmount> debit_amount = {};
  std::optional<PaymentAmount> receive_amount = {};
  std::string interval = {};  ///< ISO 8601: "R/2026-01-01T00:00:00Z/P1M"
  std::string receiver = {};  ///< an incoming payment

  static PaymentAccess to_receive(std::string wallet_address);
  static PaymentAccess to_quote();
  static PaymentAccess to_pay(std::string wallet_address);
};

/// Where the wallet sends its owner back to, and the number that the hash there is made with: at
/// least 128 random bits as text.
struct InteractionFinish {
  std::string uri;
  std::string nonce;
};

struct AccessToken {
  std::string value;
  std::string manage;  ///< where it is rotated and revoked
  std::optional<std::int64_t> expires_in_s;
};

struct Continuation {
  std::string token;
  std::string uri;
  std::int64_t wait_s = 0;
};

struct Interaction {
  std::string redirect;  ///< where the wallet's owner decides
  std::string finish;    ///< the server's number for the hash
};

/// What a grant request led to: a token, an interaction that is needed first, or (after a
/// continuation) neither, which means to continue later.
struct Grant {
  std::optional<AccessToken> token;
  std::optional<Interaction> interaction;
  std::string subject;  ///< the wallet address that its owner says is theirs
  std::optional<Continuation> next;
};

struct IncomingPayment {
  std::string id;
  std::string wallet_address;
  bool completed = false;
  std::optional<PaymentAmount> incoming_amount;
  PaymentAmount received;
  std::string expires_at;
  std::string created_at;
};

struct NewIncomingPayment {
  std::string wallet_address;
  std::optional<PaymentAmount> incoming_amount = {};
  std::string expires_at = {};   ///< RFC 3339
  std::string description = {};  ///< metadata that the sender reads
};

struct Quote {
  std::string id;
  std::string wallet_address;
  std::string receiver;
  PaymentAmount receive_amount;
  PaymentAmount debit_amount;
  std::string expires_at;
};

/// At most one of the amounts; none where the receiver says how much it expects.
struct NewQuote {
  std::string wallet_address;
  std::string receiver;
  std::optional<PaymentAmount> debit_amount = {};
  std::optional<PaymentAmount> receive_amount = {};
};

struct OutgoingPayment {
  std::string id;
  std::string wallet_address;
  std::string quote_id;
  bool failed = false;
  std::string receiver;
  PaymentAmount receive_amount;
  PaymentAmount debit_amount;
  PaymentAmount sent_amount;
};

struct NewOutgoingPayment {
  std::string wallet_address;
  std::string quote_id;
  std::string description = {};
};

/// Which part of a list: after a cursor (empty: from the start), or before one.
struct PageRequest {
  std::string cursor = {};
  int first = 0;  ///< 1 to 100; 0: the server's choice
  int last = 0;
};

template <typename T>
struct PaymentPage {
  std::vector<T> items;
  std::string start_cursor;
  std::string end_cursor;
  bool has_next = false;
  bool has_previous = false;
};

/// What has been spent under the grant of a token, in its current interval.
struct GrantSpent {
  std::optional<PaymentAmount> debit;
  std::optional<PaymentAmount> receive;
};

/// Whether the hash that came back with the wallet's owner is the one for these numbers: SHA-256
/// (RFC 9635 section 4.2.3) in base64 of either alphabet, padded or not. `auth_server`: where the
/// grant was asked for; servers differ in whether a slash at its end belongs to it.
bool is_finish_hash(std::string_view hash, std::string_view client_nonce,
                    std::string_view server_nonce, std::string_view interact_ref,
                    std::string_view auth_server);

/// May be used by many threads. `http` and `key` outlive it.
class OpenPayments {
 public:
  using Seconds = std::function<std::int64_t()>;  ///< Unix time

  OpenPayments(OutgoingHttp& http, const SigningKey& key, std::string client_wallet_address,
               Seconds now);

  /// `address`: a URL, or a payment pointer ("$wallet.example/alice"). What is said of a wallet is
  /// always its own address's word, wherever `address` leads.
  PaymentResult<WalletAddress> wallet_address(std::string_view address);
  PaymentResult<std::vector<WalletKey>> wallet_keys(const WalletAddress& wallet);

  PaymentResult<Grant> request_grant(const std::string& auth_server,
                                     const std::vector<PaymentAccess>& access,
                                     const std::optional<InteractionFinish>& finish = {});
  /// Asks whoever owns a wallet address to say so: Grant::subject after the interaction.
  PaymentResult<Grant> request_subject(const std::string& auth_server,
                                       const std::string& wallet_address,
                                       const InteractionFinish& finish);
  /// `interact_ref`: what came back with the owner; empty where no interaction was needed.
  PaymentResult<Grant> continue_grant(const Continuation& continuation,
                                      const std::string& interact_ref = {});
  PaymentResult<void> cancel_grant(const Continuation& continuation);
  PaymentResult<AccessToken> rotate_token(const AccessToken& token);
  PaymentResult<void> revoke_token(const AccessToken& token);

  PaymentResult<IncomingPayment> create_incoming_payment(const std::string& resource_server,
                                                         const std::string& token,
                                                         const NewIncomingPayment& payment);
  PaymentResult<IncomingPayment> incoming_payment(const std::string& url, const std::string& token);
  /// What anybody may read of one: how much it received, where the server says so.
  PaymentResult<std::optional<PaymentAmount>> received_by(const std::string& url);
  PaymentResult<PaymentPage<IncomingPayment>> list_incoming_payments(
      const std::string& resource_server, const std::string& token,
      const std::string& wallet_address, const PageRequest& page = {});
  PaymentResult<IncomingPayment> complete_incoming_payment(const std::string& url,
                                                           const std::string& token);

  PaymentResult<Quote> create_quote(const std::string& resource_server, const std::string& token,
                                    const NewQuote& quote);
  PaymentResult<Quote> quote(const std::string& url, const std::string& token);

  PaymentResult<OutgoingPayment> create_outgoing_payment(const std::string& resource_server,
                                                         const std::string& token,
                                                         const NewOutgoingPayment& payment);
  PaymentResult<OutgoingPayment> outgoing_payment(const std::string& url, const std::string& token);
  PaymentResult<PaymentPage<OutgoingPayment>> list_outgoing_payments(
      const std::string& resource_server, const std::string& token,
      const std::string& wallet_address, const PageRequest& page = {});
  PaymentResult<GrantSpent> grant_spent(const std::string& resource_server,
                                        const std::string& token);

 private:
  struct Call;

  PaymentResult<nlohmann::ordered_json> ask(const Call& call);
  PaymentResult<Grant> ask_for_grant(const std::string& auth_server, nlohmann::ordered_json body,
                                     const std::optional<InteractionFinish>& finish);

  OutgoingHttp& http_;
  const SigningKey& key_;
  std::string client_;
  Seconds now_;
};

}  // namespace everyface
