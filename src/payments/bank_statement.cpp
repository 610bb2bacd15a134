#include "everyface/payments/bank_statement.h"

#include <map>

#include "everyface/base/hash.h"
#include "everyface/base/text.h"
#include "payments/statement_formats.h"

namespace everyface {

Result<std::vector<StatementLine>> parse_bank_statement(std::string_view text) {
  if (text.size() > kMostStatementBytes) {
    return Error{"the statement is larger than 4 MiB"};
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  auto lines = trim(text).starts_with('<') ? parse_camt053(trim(text)) : parse_statement_csv(text);
  if (!lines) {
    return lines;
  }
  std::map<std::string, int> said;
  for (StatementLine& line : *lines) {
    if (line.id.empty()) {
      const std::string content =
          line.date + "\n" + amount_text(line.amount, line.asset) + "\n" + line.reference;
      line.id = "sha256:" + sha256_hex(content + "\n" + std::to_string(++said[content]));
    }
  }
  return lines;
}

}  // namespace everyface
