// Names of bank accounts and of payments.
#pragma once

#include <string>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

/// An IBAN (ISO 13616) without blanks and in capitals. Errors: not two letters, two digits and 11
/// to 30 letters and digits; check digits that are wrong.
Result<std::string> check_iban(std::string_view text);

/// In groups of four, as people read it.
std::string spaced_iban(std::string_view iban);

/// A creditor reference (ISO 11649): "RF", two check digits and up to 21 capital letters and
/// digits. Requires such a base.
std::string creditor_reference(std::string_view base);

/// The first creditor reference in a text that somebody typed, blanks within it or not, whose check
/// digits are right; empty where there is none.
std::string find_creditor_reference(std::string_view text);

}  // namespace everyface
