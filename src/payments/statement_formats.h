// The formats of bank statements.
#pragma once

#include "everyface/payments/bank_statement.h"

namespace everyface {

/// Lines without a reference of the bank's own have no id.
Result<std::vector<StatementLine>> parse_camt053(std::string_view xml);
Result<std::vector<StatementLine>> parse_statement_csv(std::string_view text);

}  // namespace everyface
