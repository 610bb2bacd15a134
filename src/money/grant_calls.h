// Calls to a wallet that its owner has agreed to.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "everyface/money/wallet_grants.h"

namespace everyface {

/// What is known of a call that failed.
enum class Failure {
  kNotAsked,  ///< there was no token to ask with
  kRefused,   ///< the wallet did not do it
  kUnknown    ///< the wallet may have done it
};

inline Failure failure_of(const PaymentError& error) {
  const bool busy = error.fault == PaymentFault::kTooMany || error.fault == PaymentFault::kTooFast;
  return error.outcome_unknown() || busy ? Failure::kUnknown : Failure::kRefused;
}

/// A call with the grant's token; with a new one where the wallet refuses it.
template <typename T>
Result<T> with_token(WalletDesk& desk, const Uuid& grant,
                     const std::function<PaymentResult<T>(const std::string&)>& call,
                     Failure* failure = nullptr) {
  Failure ignored = Failure::kNotAsked;
  Failure& why = failure == nullptr ? ignored : *failure;
  why = Failure::kNotAsked;
  auto token = grant_token(desk, grant);
  for (bool again = false; token; again = true) {
    auto answer = call(*token);
    if (answer) {
      return std::move(*answer);
    }
    if (again || !answer.error().token_refused()) {
      why = failure_of(answer.error());
      return Error(answer.error());
    }
    token = exchange_token(desk, grant, *token);
  }
  return token.error();
}

}  // namespace everyface
