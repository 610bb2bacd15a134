// JSON as JavaScript's JSON.stringify writes it: wallets read a body, write it anew and compare its
// digest with the one that was signed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "everyface/base/result.h"

namespace everyface {

/// The same bytes as JSON.stringify(JSON.parse(…)) of ECMAScript gives. Errors, where it would give
/// others than these or lose something, naming the value: fractions and whole numbers beyond 2^53 -
/// 1 (amounts travel as text), names that are array indices (which JavaScript moves to the front),
/// text that is not UTF-8.
Result<std::string> stringify(const nlohmann::ordered_json& value);

}  // namespace everyface
