#include "dataset/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "dataset/common.h"
#include "dataset/csv_text.h"
#include "everyface/base/file.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

using dataset::at_line;
using dataset::in_quotes;
using dataset::Line;

using RecordsByName = std::unordered_map<std::string, std::size_t>;

/// Records by their whole names.
RecordsByName by_name(const Dataset& data) {
  RecordsByName records;
  for (std::size_t i = 0; i < data.records.size(); ++i) {
    records.emplace(data.records[i].name, i);
  }
  return records;
}

/// Records by the last two parts of their names, without extension: "Anna/Anna_0001".
RecordsByName by_person_and_photo(const Dataset& data) {
  RecordsByName records;
  for (std::size_t i = 0; i < data.records.size(); ++i) {
    const std::filesystem::path name(data.records[i].name);
    records.emplace((name.parent_path().filename() / name.stem()).string(), i);
  }
  return records;
}

Result<std::size_t> find_photo(const RecordsByName& records, const std::string& name) {
  const auto found = records.find(name);
  if (found == records.end()) {
    return Error{"the data set has no photo " + in_quotes(name)};
  }
  return found->second;
}

Result<std::size_t> find_lfw_photo(const RecordsByName& records, std::string_view person,
                                   std::string_view number) {
  const auto value = parse_int(number);
  if (!value || *value < 1) {
    return Error{in_quotes(number) + " is not the number of a photo"};
  }
  return find_photo(records, fmt::format("{0}/{0}_{1:04}", person, *value));
}

Result<RecordPair> make_pair_of(const Result<std::size_t>& first,
                                const Result<std::size_t>& second) {
  if (!first) {
    return first.error();
  }
  if (!second) {
    return second.error();
  }
  if (*first == *second) {
    return Error{"a photo beside itself"};
  }
  RecordPair pair;
  pair.first = *first;
  pair.second = *second;
  return pair;
}

/// A line of an LFW list.
Result<RecordPair> parse_lfw_line(std::string_view text, const RecordsByName& records) {
  const auto parts = split_blanks(text);
  if (parts.size() != 3 && parts.size() != 4) {
    return Error{"should be \"person n m\" or \"person n other m\""};
  }
  const bool mated = parts.size() == 3;
  auto pair = make_pair_of(find_lfw_photo(records, parts[0], parts[1]),
                           find_lfw_photo(records, parts[mated ? 0 : 2], parts[mated ? 2 : 3]));
  if (pair) {
    pair->mated = mated;
  }
  return pair;
}

Result<std::vector<RecordPair>> parse_lfw(const std::vector<Line>& lines, const std::string& file,
                                          const Dataset& data) {
  const auto header = split_blanks(lines.front().text);
  const auto folds = header.size() == 2 ? parse_int(header[0]) : std::optional<int>(1);
  const auto per_fold = parse_int(header.back());
  if (header.size() > 2 || !folds || !per_fold || *folds < 1 || *per_fold < 1) {
    return at_line(file, 1, "should be \"FOLDS PAIRS\" or \"PAIRS\"");
  }
  const std::size_t in_fold = 2 * static_cast<std::size_t>(*per_fold);
  const std::size_t expected = static_cast<std::size_t>(*folds) * in_fold;
  if (lines.size() - 1 != expected) {
    return at_line(file, lines.back().number,
                   fmt::format("{} pairs where line 1 says {}", lines.size() - 1, expected));
  }
  const RecordsByName records = by_person_and_photo(data);
  std::vector<RecordPair> pairs;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto pair = parse_lfw_line(lines[i].text, records);
    if (!pair) {
      return at_line(file, lines[i].number, pair.error().message);
    }
    if (*pair->mated != ((i - 1) % in_fold < in_fold / 2)) {
      return at_line(file, lines[i].number,
                     "each fold has its pairs of one person first, then as many of two");
    }
    if (header.size() == 2) {
      pair->fold = (i - 1) / in_fold;
    }
    pairs.push_back(*pair);
  }
  return pairs;
}

/// "1" or "0", or nothing.
Result<std::optional<bool>> parse_mated(std::string_view text) {
  if (text.empty()) {
    return std::optional<bool>();
  }
  if (text != "0" && text != "1") {
    return Error{"mated " + in_quotes(text) + " is not 1 or 0"};
  }
  return std::optional<bool>(text == "1");
}

/// Folds from 0 without gaps, in the order of the numbers that a file gave them.
void number_folds(std::vector<RecordPair>& pairs) {
  std::map<std::size_t, std::size_t> numbers;
  for (const RecordPair& pair : pairs) {
    if (pair.fold) {
      numbers.emplace(*pair.fold, 0);
    }
  }
  std::size_t next = 0;
  for (auto& [given, number] : numbers) {
    number = next++;
  }
  for (RecordPair& pair : pairs) {
    if (pair.fold) {
      pair.fold = numbers.at(*pair.fold);
    }
  }
}

Result<std::vector<RecordPair>> parse_csv_pairs(std::string_view text, const std::string& file,
                                                const Dataset& data) {
  const auto rows = dataset::parse_csv(text, file);
  if (!rows) {
    return rows.error();
  }
  if (rows->empty()) {
    return at_line(file, 1, "the columns should be first, second and perhaps mated, fold");
  }
  const dataset::CsvRow& header = rows->front();
  const std::size_t none = header.fields.size();
  const std::size_t first = dataset::column(header, "first");
  const std::size_t second = dataset::column(header, "second");
  const std::size_t mated = dataset::column(header, "mated");
  const std::size_t fold = dataset::column(header, "fold");
  if (first == none || second == none) {
    return at_line(file, header.line,
                   "the columns should be first, second and perhaps mated, fold");
  }
  const RecordsByName records = by_name(data);
  std::vector<RecordPair> pairs;
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const dataset::CsvRow& row = (*rows)[i];
    if (!row.error.empty() || row.fields.size() != none) {
      return at_line(file, row.line,
                     row.error.empty()
                         ? fmt::format("{} fields under {} columns", row.fields.size(), none)
                         : row.error);
    }
    const auto field = [&row](std::size_t at) { return std::string(trim(row.fields[at])); };
    auto pair = make_pair_of(find_photo(records, field(first)), find_photo(records, field(second)));
    if (!pair) {
      return at_line(file, row.line, pair.error().message);
    }
    const auto is_mated = parse_mated(mated == none ? "" : field(mated));
    if (!is_mated) {
      return at_line(file, row.line, is_mated.error().message);
    }
    pair->mated = *is_mated;
    if (fold != none && !field(fold).empty()) {
      const auto number = parse_int(field(fold));
      if (!number || *number < 1) {
        return at_line(file, row.line,
                       "fold " + in_quotes(field(fold)) + " is not a number from 1");
      }
      pair->fold = static_cast<std::size_t>(*number - 1);
    }
    pairs.push_back(*pair);
  }
  number_folds(pairs);
  return pairs;
}

}  // namespace

Result<std::vector<RecordPair>> dataset::parse_pairs(std::string_view text, const std::string& file,
                                                     const Dataset& data) {
  const std::vector<Line> lines = lines_of(text);
  if (lines.empty()) {
    return Error{file + ": holds no pairs"};
  }
  const bool digits =
      lines.front().text.find_first_not_of("0123456789 \t") == std::string_view::npos;
  return digits ? parse_lfw(lines, file, data) : parse_csv_pairs(text, file, data);
}

Result<std::vector<RecordPair>> read_pairs(const std::filesystem::path& path,
                                           const Dataset& dataset) {
  const auto text = read_file(path, everyface::dataset::kMaxListBytes);
  if (!text) {
    return text.error();
  }
  return everyface::dataset::parse_pairs(*text, everyface::dataset::shown(path), dataset);
}

}  // namespace everyface
