#include "report/csv.h"

#include <cmath>

#include "everyface/base/text.h"
#include "report/format.h"

namespace everyface {

CsvTable::CsvTable(const std::vector<std::string>& header) {
  for (const std::string& name : header) {
    text(name);
  }
  end_row();
}

CsvTable& CsvTable::text(std::string_view value) {
  separate();
  const std::string field = to_valid_utf8(value);
  const bool blank_end = !field.empty() && (field.front() == ' ' || field.back() == ' ');
  if (!blank_end && field.find_first_of(",\"\r\n") == std::string::npos) {
    content_ += field;
    return *this;
  }
  content_ += '"';
  for (const char c : field) {
    content_ += c;
    if (c == '"') {
      content_ += '"';
    }
  }
  content_ += '"';
  return *this;
}

CsvTable& CsvTable::number(std::optional<double> value) {
  separate();
  if (value && std::isfinite(*value)) {
    content_ += shortest_number(ten_digits(*value));
  }
  return *this;
}

CsvTable& CsvTable::count(std::size_t value) {
  separate();
  content_ += std::to_string(value);
  return *this;
}

void CsvTable::end_row() {
  content_ += '\n';
  row_begun_ = false;
}

void CsvTable::separate() {
  if (row_begun_) {
    content_ += ',';
  }
  row_begun_ = true;
}

}  // namespace everyface
