#include "dataset/csv.h"

#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "dataset/csv_text.h"
#include "dataset/kinds.h"
#include "everyface/base/file.h"
#include "everyface/base/text.h"

namespace everyface::dataset {
namespace {

namespace fs = std::filesystem;

constexpr std::array kBoxColumns = {"x1", "y1", "x2", "y2"};

/// Where the columns of a manifest are.
struct Columns {
  std::size_t path = 0;
  std::optional<std::array<std::size_t, 4>> box;
  std::optional<std::size_t> subject;
  std::vector<std::pair<std::size_t, std::string>> groups;

  /// Whether rows say anything about faces.
  [[nodiscard]] bool labels() const { return box || subject || !groups.empty(); }
};

Result<Columns> find_columns(CsvRow header, const std::string& file) {
  std::set<std::string> seen;
  for (std::string& name : header.fields) {
    name = to_valid_utf8(trim(name));
    if (name.empty()) {
      return at_line(file, header.line, "a column has no name");
    }
    if (!seen.insert(name).second) {
      return at_line(file, header.line, "two columns are called " + in_quotes(name));
    }
  }
  if (!seen.contains("path")) {
    return at_line(file, header.line,
                   "no column \"path\"; the columns are " + shown(join(header.fields, ", ")));
  }
  Columns columns;
  std::size_t box_columns = 0;
  std::array<std::size_t, 4> box{};
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const std::string& name = header.fields[i];
    const auto* edge = std::find(kBoxColumns.begin(), kBoxColumns.end(), name);
    if (name == "path") {
      columns.path = i;
    } else if (edge != kBoxColumns.end()) {
      box[static_cast<std::size_t>(edge - kBoxColumns.begin())] = i;
      ++box_columns;
    } else if (name == "subject") {
      columns.subject = i;
    } else {
      columns.groups.emplace_back(i, name);
    }
  }
  if (box_columns != 0 && box_columns != box.size()) {
    return at_line(file, header.line, "a box needs all four columns x1, y1, x2, y2");
  }
  if (box_columns != 0) {
    columns.box = box;
  }
  return columns;
}

/// The box of a row; without a value where all four of its cells are empty.
Result<std::optional<Box>> parse_box(const CsvRow& row, const std::array<std::size_t, 4>& columns) {
  std::array<double, 4> edges{};
  std::size_t empty = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const std::string_view text = trim(row.fields[columns[i]]);
    if (text.empty()) {
      ++empty;
      continue;
    }
    const std::optional<double> value = parse_number(text);
    if (!value || *value < -kMaxPixel || *value > kMaxPixel) {
      return Error{std::string(kBoxColumns[i]) + " \"" + shown(text) +
                   "\" is not a position in pixels"};
    }
    edges[i] = *value;
  }
  if (empty == edges.size()) {
    return std::optional<Box>();
  }
  if (empty != 0) {
    return Error{"a box needs all four of x1, y1, x2, y2, or none"};
  }
  const Box box{edges[0], edges[1], edges[2], edges[3]};
  if (box.width() <= 0 || box.height() <= 0) {
    return Error{"the box has no positive width and height"};
  }
  return std::optional(box);
}

/// What one row says: a face, or (without a value) that the photo has none.
Result<std::optional<LabelledFace>> parse_row(const CsvRow& row, const Columns& columns) {
  LabelledFace face;
  if (columns.box) {
    const auto box = parse_box(row, *columns.box);
    if (!box) {
      return box.error();
    }
    if (!*box) {
      return std::optional<LabelledFace>();  // its groups describe no face
    }
    face.box = **box;
  }
  if (columns.subject) {
    if (const std::string_view value = trim(row.fields[*columns.subject]); !value.empty()) {
      face.subject = to_valid_utf8(value);
    }
  }
  for (const auto& [index, name] : columns.groups) {
    if (const std::string_view value = trim(row.fields[index]); !value.empty()) {
      face.groups[name] = to_valid_utf8(value);
    }
  }
  return std::optional(std::move(face));
}

/// Collects rows into records, one a path.
class Collector {
 public:
  Collector(CsvManifest& manifest, const Columns& columns, const std::string& file)
      : manifest_(manifest), columns_(columns), file_(file) {}

  void add(const CsvRow& row, std::size_t header_size) {
    const std::string_view path =
        columns_.path < row.fields.size() ? trim(row.fields[columns_.path]) : std::string_view();
    if (path.empty() || path.find('\0') != std::string_view::npos) {
      problem(row, path.empty() ? "no path" : "the path holds a zero byte");
      return;
    }
    Record& record = record_of_path(path);
    if (!record.error.empty()) {
      return;  // the first error of a photo is enough
    }
    if (!row.error.empty()) {
      record.error = at_line(file_, row.line, row.error).message;
    } else if (row.fields.size() != header_size) {
      record.error = at_line(file_, row.line,
                             std::to_string(row.fields.size()) + " fields under " +
                                 std::to_string(header_size) + " columns")
                         .message;
    } else if (columns_.labels()) {
      label(record, row);
    }
  }

 private:
  void problem(const CsvRow& row, std::string_view what) {
    manifest_.problems.push_back(at_line(file_, row.line, what).message);
  }

  Record& record_of_path(std::string_view path) {
    const fs::path file = fs::path(path).lexically_normal();
    const auto [found, is_new] = index_.try_emplace(file.native(), manifest_.records.size());
    if (is_new) {
      Record& record = manifest_.records.emplace_back();
      record.name = file.generic_string();
      record.file = file;
    }
    return manifest_.records[found->second];
  }

  void label(Record& record, const CsvRow& row) {
    auto face = parse_row(row, columns_);
    if (!face) {
      record.error = at_line(file_, row.line, face.error().message).message;
      return;
    }
    // A row that says "no face" stands alone: together with others one of them is a mistake.
    if (record.labelled && (record.faces.empty() || !*face)) {
      record.error = at_line(file_, row.line,
                             "this row and an earlier one of the photo disagree: an empty box says "
                             "that the photo has no face, so it must be the photo's only row")
                         .message;
      return;
    }
    record.labelled = true;
    if (*face) {
      record.faces.push_back(std::move(**face));
    }
  }

  CsvManifest& manifest_;
  const Columns& columns_;
  const std::string& file_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace

Result<CsvManifest> parse_csv_manifest(std::string_view text, const std::string& file) {
  const auto rows = parse_csv(text, file);
  if (!rows) {
    return rows.error();
  }
  if (rows->empty()) {
    return at_line(file, 1, "empty, where a header with the column \"path\" should stand");
  }
  const CsvRow& header = rows->front();
  if (!header.error.empty()) {
    return at_line(file, header.line, header.error);
  }
  const auto columns = find_columns(header, file);
  if (!columns) {
    return columns.error();
  }
  CsvManifest manifest;
  for (const auto& [index, name] : columns->groups) {
    manifest.group_names.push_back(name);
  }
  Collector collector(manifest, *columns, file);
  for (std::size_t i = 1; i < rows->size(); ++i) {
    collector.add((*rows)[i], header.fields.size());
  }
  return manifest;
}

Result<Dataset> read_csv(const fs::path& file) {
  const auto text = read_file(file, kMaxListBytes);
  if (!text) {
    return Error{shown(text.error().message)};
  }
  auto manifest = parse_csv_manifest(*text, shown(file));
  if (!manifest) {
    return manifest.error();
  }
  if (manifest->records.empty()) {
    return Error{shown(file) + ": lists no photo" +
                 (manifest->problems.empty() ? "" : " (" + manifest->problems.front() + ")")};
  }
  Dataset data;
  data.root = file.has_parent_path() ? file.parent_path() : fs::path(".");
  data.records = std::move(manifest->records);
  data.problems = std::move(manifest->problems);
  data.group_names = std::move(manifest->group_names);
  for (Record& record : data.records) {
    record.file = data.root / record.file;  // an absolute path stays as it is
    require_file(record, shown(file));
  }
  return data;
}

}  // namespace everyface::dataset
