// Comma-separated values as RFC 4180 has them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface::dataset {

struct CsvRow {
  std::size_t line = 0;             ///< where the row starts, from 1
  std::vector<std::string> fields;  ///< unquoted, valid UTF-8 or not as in the file
  std::string error;                ///< not empty: what is wrong with its quotes
};

/// Rows of fields; rows that are blank are left out. A UTF-8 byte order mark is dropped, lines end
/// in LF or CRLF. Fields may be quoted and then hold commas, line ends and doubled quotes; blanks
/// belong to the field. A quote in the midst of an unquoted field, or text after a closing quote,
/// is that row's error. Error (names file and line): a quote that never closes; UTF-16.
Result<std::vector<CsvRow>> parse_csv(std::string_view text, const std::string& file);

/// Position of a column in a header row; the header's size where there is none.
std::size_t column(const CsvRow& header, std::string_view name);

}  // namespace everyface::dataset
