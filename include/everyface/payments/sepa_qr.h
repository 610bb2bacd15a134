// The text of the QR code that European banking apps fill a transfer in from: European Payments
// Council, EPC069-12, "Quick Response Code: Guidelines to enable data capture for the initiation of
// a SEPA credit transfer", version 2.1.
#pragma once

#include <cstdint>
#include <string>

#include "everyface/base/result.h"

namespace everyface {

struct SepaTransfer {
  std::string name;            ///< of the account's holder, up to 70 characters
  std::string iban;            ///< as check_iban() gives it
  std::string bic = {};        ///< 8 or 11 characters; may be empty within the EEA
  std::int64_t cents = 0;      ///< 1 to 99999999999; 0: left to the payer
  std::string reference = {};  ///< a creditor reference (ISO 11649), or empty
};

/// Version 002, UTF-8, up to 331 bytes. Errors name the field.
Result<std::string> sepa_qr_text(const SepaTransfer& transfer);

}  // namespace everyface
