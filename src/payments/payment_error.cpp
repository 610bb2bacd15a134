#include <array>
#include <utility>

#include "everyface/payments/open_payments.h"

namespace everyface {
namespace {

constexpr std::array<std::string_view, 21> kNames = {"wallet_not_allowed",
                                                     "wallet_no_answer",
                                                     "wallet_malformed_answer",
                                                     "wallet_invalid_request",
                                                     "wallet_invalid_client",
                                                     "wallet_invalid_interaction",
                                                     "wallet_invalid_continuation",
                                                     "wallet_invalid_rotation",
                                                     "wallet_user_denied",
                                                     "wallet_request_denied",
                                                     "wallet_unknown_interaction",
                                                     "wallet_too_fast",
                                                     "wallet_too_many_attempts",
                                                     "wallet_bad_request",
                                                     "wallet_unauthorized",
                                                     "wallet_forbidden",
                                                     "wallet_not_found",
                                                     "wallet_conflict",
                                                     "wallet_too_many_requests",
                                                     "wallet_server_error",
                                                     "wallet_refused"};

}  // namespace

std::string_view payment_fault_name(PaymentFault fault) {
  return kNames.at(static_cast<std::size_t>(fault));
}

PaymentError::PaymentError(PaymentFault what, std::string why, int http_status,
                           std::string server_code)
    : Error{std::move(why), std::string(payment_fault_name(what))},
      fault(what),
      status(http_status),
      words_code(std::move(server_code)) {}

}  // namespace everyface
