// A gallery on disk: templates with names and further values, in a folder that grows.
//
//   gallery.json               {"schema": "everyface.gallery/1",
//                               "segments": [{"file": "segment-000001.templates", "count": 4096}]}
//   segment-000001.templates   a template file (recognize/template_file.h)
//
// gallery.json is the truth and is replaced in one step; segments are written whole before it names
// them and never change. So whoever enrols may be killed at any point: what was committed stays,
// and files that gallery.json does not name are ignored, and removed when the next enrolment
// begins. Rows are numbered through the segments in their order.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/recognize/template_file.h"
#include "everyface/search/row_set.h"

namespace everyface {

/// The column, after "name", that every gallery has: SHA-256 of what the template was made from.
inline constexpr std::string_view kChecksumColumn = "sha256";

/// A gallery as it was when it was opened; enrolments that go on meanwhile do not show. Movable;
/// views stay valid while it lives.
class Gallery {
 public:
  /// Errors, naming the file: no gallery there, a damaged list or segment, segments that may not be
  /// compared.
  static Result<Gallery> open(const std::filesystem::path& folder);

  /// What all templates share. The detector is empty where segments differ; columns are those of
  /// all segments, in order of appearance.
  [[nodiscard]] const TemplateInfo& info() const { return info_; }
  [[nodiscard]] std::size_t size() const { return ends_.empty() ? 0 : ends_.back(); }
  [[nodiscard]] std::size_t segments() const { return segments_.size(); }

  /// The templates in parts, as FlatIndex::build() takes them.
  [[nodiscard]] std::vector<std::span<const float>> parts() const;
  [[nodiscard]] std::span<const float> row(std::size_t index) const;
  /// Empty where the row's segment lacks the column. Requires column < info().columns.size().
  [[nodiscard]] std::string_view value(std::size_t column, std::size_t row) const;
  [[nodiscard]] std::string_view name(std::size_t row) const { return value(0, row); }

  /// The rows for which all conditions "column=value" hold. Errors: no "=", no such column (with
  /// the nearest).
  [[nodiscard]] Result<RowSet> where(const std::vector<std::string>& conditions) const;

 private:
  struct Segment {
    TemplateFile file;
    std::vector<std::optional<std::size_t>> columns;  // the gallery's, in the file
  };
  Gallery() = default;
  static Result<Gallery> open_once(const std::filesystem::path& folder);
  Result<void> add(TemplateFile file, const std::filesystem::path& path);
  /// Segment and row in it.
  [[nodiscard]] std::pair<const Segment*, std::size_t> locate(std::size_t row) const;

  TemplateInfo info_;
  std::vector<Segment> segments_;
  std::vector<std::size_t> ends_;  // row after each segment's last
};

/// Adds to a gallery. One at a time: the folder is locked while it lives. What cannot be written
/// ends it: what was committed before stays, and whoever enrols again opens another writer.
class GalleryWriter {
 public:
  /// Opens a gallery, or makes ready for a new one (which is there after the first commit()), and
  /// removes what an enrolment that was killed has left. `info` is that of the templates to come;
  /// its columns begin with "name" and "sha256". Errors: templates of another model than the
  /// gallery's, someone else is enrolling, a folder that holds other things, as Gallery::open().
  static Result<GalleryWriter> open(const std::filesystem::path& folder, TemplateInfo info);

  GalleryWriter(GalleryWriter&& other) noexcept;
  GalleryWriter& operator=(GalleryWriter&& other) noexcept;
  GalleryWriter(const GalleryWriter&) = delete;
  GalleryWriter& operator=(const GalleryWriter&) = delete;
  ~GalleryWriter();

  /// Whether the name is enrolled, in the gallery or since the last commit(). Error: it is, from
  /// something with another checksum.
  [[nodiscard]] Result<bool> enrolled(std::string_view name, std::string_view sha256) const;

  /// Adds a template of unit length with a value for each of the info's columns. Errors: the name
  /// is enrolled already, as TemplateWriter::add(); what ended the writer.
  Result<void> add(std::span<const float> row, const std::vector<std::string>& values);

  /// Makes what was added since the last commit() part of the gallery, as a segment of its own.
  /// Nothing to do where nothing was added. An error ends the writer.
  Result<void> commit();

  /// Joins the last segments into one, as many as it takes for each segment to be at least as large
  /// as all after it together: at most log2(size) segments stay, and over a gallery's life a
  /// template is written at most log2(size) times more. An error ends the writer.
  Result<void> compact();

  /// Whether something could not be written, so that add(), commit() and compact() only repeat that
  /// error.
  [[nodiscard]] bool ended() const;

  /// Templates committed.
  [[nodiscard]] std::size_t size() const;

 private:
  class Impl;
  explicit GalleryWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace everyface
