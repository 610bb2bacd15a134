#include "dataset/csv_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "dataset/common.h"

namespace everyface::dataset {
namespace {

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  Result<std::vector<CsvRow>> read(const std::string& file) {
    std::vector<CsvRow> rows;
    while (!text_.empty()) {
      CsvRow row;
      row.line = line_;
      bool more = true;
      while (more) {
        const std::size_t opened = line_;
        std::string field;
        if (text_.starts_with('"') && !take_quoted(field)) {
          return at_line(file, opened, "the quote that opens here is never closed");
        }
        more = take_rest(field, row);
        row.fields.push_back(std::move(field));
      }
      if (row.fields.size() > 1 || !row.fields.front().empty()) {
        rows.push_back(std::move(row));
      }
    }
    return rows;
  }

 private:
  /// Takes a quoted text with both quotes; false where the second is missing.
  bool take_quoted(std::string& field) {
    text_.remove_prefix(1);
    for (;;) {
      const std::size_t end = text_.find('"');
      if (end == std::string_view::npos) {
        return false;
      }
      line_ += static_cast<std::size_t>(
          std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      field += text_.substr(0, end);
      text_.remove_prefix(end + 1);
      if (!text_.starts_with('"')) {
        was_quoted_ = true;
        return true;
      }
      field += '"';
      text_.remove_prefix(1);
    }
  }

  /// Takes the rest of a field and its separator; whether another field follows on the row.
  bool take_rest(std::string& field, CsvRow& row) {
    const std::size_t length = std::min(text_.find_first_of(",\n"), text_.size());
    const bool more = length < text_.size() && text_[length] == ',';
    std::string_view rest = text_.substr(0, length);
    text_.remove_prefix(std::min(length + 1, text_.size()));
    if (!more) {
      ++line_;
      if (rest.ends_with('\r')) {
        rest.remove_suffix(1);
      }
    }
    if (row.error.empty() && was_quoted_ && !rest.empty()) {
      row.error = in_quotes(rest) + " follows a closing quote";
    } else if (row.error.empty() && rest.find('"') != std::string_view::npos) {
      row.error = fmt::format("a quote in the midst of {}; quote the whole field", shown(rest));
    }
    was_quoted_ = false;
    field += rest;
    return more;
  }

  std::string_view text_;
  std::size_t line_ = 1;
  bool was_quoted_ = false;  // the field being read began with a quoted text
};

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text, const std::string& file) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return at_line(file, 1, "the text is UTF-16; save it as UTF-8");
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  return CsvReader(text).read(file);
}

std::size_t column(const CsvRow& header, std::string_view name) {
  return static_cast<std::size_t>(std::find(header.fields.begin(), header.fields.end(), name) -
                                  header.fields.begin());
}

}  // namespace everyface::dataset
