#include "dataset/demographics.h"

#include <utility>

#include "dataset/csv_text.h"
#include "everyface/base/text.h"

namespace everyface::dataset {

const std::vector<std::string>& demographic_groups() {
  static const std::vector<std::string> kNames = {"gender", "age", "skin"};
  return kNames;
}

Result<std::vector<Demographics>> parse_demographics(std::string_view text,
                                                     const std::string& file) {
  const auto rows = parse_csv(text, file);
  if (!rows) {
    return rows.error();
  }
  const CsvRow header = rows->empty() ? CsvRow{} : rows->front();
  const std::size_t image = column(header, "image");
  const std::size_t face = column(header, "face");
  std::vector<std::pair<std::size_t, std::string>> groups;
  for (const std::string& name : demographic_groups()) {
    if (const std::size_t at = column(header, "perceived_" + name); at < header.fields.size()) {
      groups.emplace_back(at, name);
    }
  }
  if (image == header.fields.size() || face == header.fields.size() || groups.empty()) {
    return at_line(file, 1,
                   "the columns should be image, face and some of perceived_gender, perceived_age "
                   "and perceived_skin");
  }
  std::vector<Demographics> all;
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const CsvRow& row = (*rows)[i];
    Demographics& one = all.emplace_back();
    one.line = row.line;
    one.image = image < row.fields.size() ? row.fields[image] : "";
    if (!row.error.empty() || row.fields.size() != header.fields.size()) {
      one.error = at_line(file, row.line,
                          row.error.empty() ? std::to_string(row.fields.size()) + " fields under " +
                                                  std::to_string(header.fields.size()) + " columns"
                                            : row.error)
                      .message;
      continue;
    }
    const std::optional<int> index = parse_int(trim(row.fields[face]));
    if (!index || *index < 0) {
      one.error =
          at_line(file, row.line, "face \"" + shown(row.fields[face]) + "\" is not a row from 0")
              .message;
      continue;
    }
    one.face = static_cast<std::size_t>(*index);
    for (const auto& [at, name] : groups) {
      if (const std::string_view value = trim(row.fields[at]); !value.empty()) {
        one.groups[name] = to_valid_utf8(value);
      }
    }
  }
  return all;
}

}  // namespace everyface::dataset
