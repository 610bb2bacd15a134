// Bank statements, CAMT.053 and tables, and what names accounts and payments.
#include "everyface/payments/bank_statement.h"

#include "everyface/payments/iban.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  const auto lines = parse_bank_statement(text);
  if (lines) {
    for (const StatementLine& line : *lines) {
      fuzz::require(!line.id.empty(), "a line has an id");
      fuzz::require(check_asset(line.asset).ok(), "an amount is in something");
    }
  } else {
    fuzz::require_message(lines.error().message);
  }
  if (const auto iban = check_iban(text)) {
    fuzz::require(check_iban(spaced_iban(*iban)).value() == *iban, "an IBAN comes back");
  }
  find_creditor_reference(text);
  return 0;
}
