#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "everyface/base/text.h"
#include "everyface/payments/iban.h"
#include "payments/statement_formats.h"

namespace everyface {
namespace {

using Row = std::vector<std::string>;

/// RFC 4180 with a separator of one's own. Error: a quote that is not closed.
class Reader {
 public:
  Reader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  /// Of the row read last.
  [[nodiscard]] std::size_t line() const { return row_line_; }

  Result<Row> next() {
    row_line_ = line_;
    Row row(1);
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      line_ += c == '\n' ? 1 : 0;
      if (quoted) {
        if (c != '"') {
          row.back() += c;
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          row.back() += '"';
          ++at_;
        } else {
          quoted = false;
        }
      } else if (c == '"' && row.back().empty()) {
        quoted = true;
      } else if (c == separator_) {
        row.emplace_back();
      } else if (c == '\n') {
        ++at_;
        break;
      } else if (c != '\r') {
        row.back() += c;
      }
    }
    if (quoted) {
      return Error{fmt::format("line {}: a quote is not closed", row_line_)};
    }
    return row;
  }

 private:
  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

struct Column {
  std::string_view what;
  std::array<std::string_view, 4> names;  ///< lower case
};
constexpr std::array<Column, 5> kColumns = {{
    {"date", {"date", "booking date", "buchungstag", "buchungsdatum"}},
    {"amount", {"amount", "betrag", "betrag (eur)", "umsatz"}},
    {"currency", {"currency", "w\xC3\xA4hrung", "waehrung", "waehrg"}},
    {"reference", {"reference", "purpose", "verwendungszweck", "buchungstext"}},
    {"id", {"id", "transaction id", "referenz", "buchungsnummer"}},
}};
enum : std::size_t { kDate, kAmount, kCurrency, kReference, kId };

constexpr std::size_t kAbsent = SIZE_MAX;
using Places = std::array<std::size_t, kColumns.size()>;

Result<Places> places_of(const Row& heading) {
  Places places;
  places.fill(kAbsent);
  for (std::size_t column = 0; column < kColumns.size(); ++column) {
    for (const std::string_view name : kColumns[column].names) {
      const auto found = std::find_if(heading.begin(), heading.end(), [&](const std::string& one) {
        return lower_case(trim(one)) == name;
      });
      if (found != heading.end() && places[column] == kAbsent) {
        places[column] = static_cast<std::size_t>(found - heading.begin());
      }
    }
    if (places[column] == kAbsent && column != kId) {
      return Error{fmt::format("line 1: there is no column {} ({})", kColumns[column].what,
                               kColumns[column].names[2])};
    }
  }
  return places;
}

/// "1.234,56" and "1,234.56" as "1234.56".
std::string plain_number(std::string_view text) {
  const std::size_t mark = text.find_last_of(".,");
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' || text[i] == ',') {
      // A mark with three digits behind it, alone of its kind, could group thousands; amounts in
      // statements have decimals, so the last mark is theirs.
      if (i == mark) {
        out += '.';
      }
    } else if (text[i] != '+' || i != 0) {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Result<std::vector<StatementLine>> parse_statement_csv(std::string_view text) {
  const std::string_view heading_line = text.substr(0, text.find('\n'));
  const auto semicolons = std::count(heading_line.begin(), heading_line.end(), ';');
  const auto commas = std::count(heading_line.begin(), heading_line.end(), ',');
  Reader reader(text, semicolons > commas ? ';' : ',');
  const auto heading = reader.next();
  if (!heading) {
    return heading.error();
  }
  const auto places = places_of(*heading);
  if (!places) {
    return places.error();
  }
  std::vector<StatementLine> lines;
  while (!reader.at_end()) {
    const auto row = reader.next();
    if (!row) {
      return row.error();
    }
    if (row->size() == 1 && trim(row->front()).empty()) {
      continue;
    }
    const auto wrong = [&](std::string_view what) {
      return Error{fmt::format("line {}: {}", reader.line(), what)};
    };
    if (row->size() != heading->size()) {
      return wrong(fmt::format("has {} fields, the heading {}", row->size(), heading->size()));
    }
    StatementLine line;
    line.date = trim((*row)[(*places)[kDate]]);
    if (line.date.empty()) {
      return wrong("date: is missing");
    }
    line.asset = {std::string(trim((*row)[(*places)[kCurrency]])), 2};
    if (auto good = check_asset(line.asset); !good) {
      return wrong("currency: " + good.error().message);
    }
    const auto amount = parse_amount(plain_number(trim((*row)[(*places)[kAmount]])), line.asset);
    if (!amount) {
      return wrong("amount: " + amount.error().message);
    }
    line.amount = *amount;
    line.reference = find_creditor_reference((*row)[(*places)[kReference]]);
    if ((*places)[kId] != kAbsent) {
      line.id = trim((*row)[(*places)[kId]]);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace everyface
