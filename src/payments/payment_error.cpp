#include <array>
#include <utility>

#include "everyface/payments/open_payments.h"

namespace everyface {
namespace {

constexpr std::array<std::string_view, 20> kNames = {"not_allowed",
                                                     "no_answer",
                                                     "malformed_answer",
                                                     "invalid_request",
                                                     "invalid_client",
                                                     "invalid_interaction",
                                                     "invalid_continuation",
                                                     "invalid_rotation",
                                                     "user_denied",
                                                     "request_denied",
                                                     "unknown_interaction",
                                                     "too_fast",
                                                     "too_many_attempts",
                                                     "bad_request",
                                                     "unauthorized",
                                                     "forbidden",
                                                     "not_found",
                                                     "conflict",
                                                     "too_many_requests",
                                                     "server_error"};

}  // namespace

std::string_view payment_fault_name(PaymentFault fault) {
  const auto index = static_cast<std::size_t>(fault);
  return index < kNames.size() ? kNames.at(index) : "refused";
}

PaymentError::PaymentError(PaymentFault what, std::string why, int http_status,
                           std::string server_code)
    : Error{std::move(why), std::string(payment_fault_name(what))},
      fault(what),
      status(http_status),
      words_code(std::move(server_code)) {}

}  // namespace everyface
