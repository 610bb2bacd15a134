// Tables for spreadsheets and scripts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace everyface {

/// CSV by RFC 4180 with LF line ends: a field that holds a comma, a quotation mark, a line break or
/// a blank at either end is quoted. Bytes that are not UTF-8 become U+FFFD.
class CsvTable {
 public:
  explicit CsvTable(const std::vector<std::string>& header);

  CsvTable& text(std::string_view value);
  /// Rounded to ten significant digits, in the shortest form; empty where not finite or none.
  CsvTable& number(std::optional<double> value);
  CsvTable& count(std::size_t value);
  void end_row();

  [[nodiscard]] const std::string& content() const { return content_; }

 private:
  void separate();
  std::string content_;
  bool row_begun_ = false;
};

}  // namespace everyface
