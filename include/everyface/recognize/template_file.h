// Templates on disk: read by mapping, so that millions are at hand at once.
//
// Version 1, little-endian, all offsets from the file's beginning:
//   0   8 bytes   "EVFTMPL\n"
//   8   uint32    version, 1
//   12  uint32    dimensions, 1..4096
//   16  uint64    count of templates
//   24  uint64    bytes of the info text
//   32  uint64    bytes of the whole file
//   40  …         the info text: JSON {"model", "model_sha256", "contract_sha256", "flip",
//                 "detector", "columns"}; files of older programs lack contract_sha256
//   then, at the next multiple of 64: count × dimensions float32, a template a row
//   then for each column, at the next multiple of 8: count + 1 uint64, the values' borders in the
//   text that follows at once (value i is the bytes from border i to border i + 1)
// A file is written whole and never changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

/// What all templates of a file share.
struct TemplateInfo {
  std::string model;         ///< registry name of the embedder
  std::string model_sha256;  ///< of its weights
  /// EmbedContract::sha256() of the crop that it takes; empty: not known.
  std::string contract_sha256;
  bool flip = false;     ///< flip-averaged
  std::string detector;  ///< whose landmarks the faces were aligned by; empty: not known
  std::size_t dimensions = 0;
  /// Names of the text values that each template carries. The first is "name", which tells the
  /// template from all others; the rest is free ("subject", "race", …), see distinct_columns().
  std::vector<std::string> columns = {"name"};
};

/// Whether templates of both may be compared: same weights, flip averaging and dimensions, and the
/// same crop as far as it is known. The error says what differs.
Result<void> check_comparable(const TemplateInfo& a, const TemplateInfo& b);

/// The columns, each under a name of its own: one whose name an earlier column has, or which is
/// called "score" as what a search says of a hit, gets "_2", "_3", … behind it. Names that are so
/// already stay. Writers name columns so; readers too, as files of older programs may differ.
std::vector<std::string> distinct_columns(std::vector<std::string> columns);

/// A mapped template file. Movable; views stay valid while it lives.
class TemplateFile {
 public:
  /// Errors, naming the file: not there, not a template file, of a newer version, shorter than its
  /// header says, or with parts out of place.
  static Result<TemplateFile> open(const std::filesystem::path& path);

  TemplateFile(TemplateFile&& other) noexcept;
  TemplateFile& operator=(TemplateFile&& other) noexcept;
  TemplateFile(const TemplateFile&) = delete;
  TemplateFile& operator=(const TemplateFile&) = delete;
  ~TemplateFile();

  [[nodiscard]] const TemplateInfo& info() const { return info_; }
  [[nodiscard]] std::size_t size() const { return count_; }
  /// size() × dimensions values, row-major, aligned to 64 bytes.
  [[nodiscard]] std::span<const float> rows() const { return rows_; }
  [[nodiscard]] std::span<const float> row(std::size_t index) const {
    return rows_.subspan(index * info_.dimensions, info_.dimensions);
  }
  /// Requires column < info().columns.size() and index < size().
  [[nodiscard]] std::string_view value(std::size_t column, std::size_t index) const;
  [[nodiscard]] std::string_view name(std::size_t index) const { return value(0, index); }

 private:
  struct Column {
    std::span<const std::uint64_t> borders;
    std::string_view text;
  };

  TemplateFile() = default;
  Result<void> read_layout();
  Result<void> read_info(std::string_view text);

  const char* mapped_ = nullptr;
  std::size_t bytes_ = 0;
  TemplateInfo info_;
  std::size_t count_ = 0;
  std::span<const float> rows_;
  std::vector<Column> columns_;
};

/// Writes a template file row by row; the values' texts are kept in memory until the end. Nothing
/// is at the path before finish(), and a writer that dies leaves a ".writing" file beside it that
/// the next one for the same path replaces.
class TemplateWriter {
 public:
  static Result<TemplateWriter> create(const std::filesystem::path& path, TemplateInfo info);

  /// Appends a template of unit length (to within 0.001) with a value for each column. Errors: of
  /// another length or size, the disk's reasons.
  Result<void> add(std::span<const float> row, const std::vector<std::string>& values);

  /// Syncs the file to the disk and renames it into place.
  Result<void> finish();

  [[nodiscard]] std::size_t size() const { return count_; }
  /// Whether the disk has refused something, so that finish() cannot succeed any more.
  [[nodiscard]] bool failed() const { return !file_; }

 private:
  struct Column {
    std::vector<std::uint64_t> borders = {0};
    std::string text;
  };

  TemplateWriter(std::filesystem::path path, TemplateInfo info);
  [[nodiscard]] std::filesystem::path unfinished() const;
  void write(std::string_view bytes);
  void pad_to(std::size_t multiple);

  std::filesystem::path path_;
  TemplateInfo info_;
  std::string info_text_;
  std::ofstream file_;
  std::uint64_t written_ = 0;
  std::size_t count_ = 0;
  std::vector<Column> columns_;
};

}  // namespace everyface
