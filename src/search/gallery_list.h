// gallery.json: which segments are a gallery.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface::search {

inline constexpr const char* kGalleryList = "gallery.json";

struct ListedSegment {
  std::string file;  ///< as segment_file() names it
  std::size_t count = 0;
};

/// Reads gallery.json. `file` is what errors name: not JSON, another schema, no segment, one whose
/// name segment_file() would not give or that is listed twice, a count that is not from 1 on.
Result<std::vector<ListedSegment>> parse_gallery_list(std::string_view text,
                                                      const std::string& file);
std::string gallery_list_text(const std::vector<ListedSegment>& segments);

/// The list of the gallery in a folder. Error: there is none, or as parse_gallery_list().
Result<std::vector<ListedSegment>> read_gallery_list(const std::filesystem::path& folder);

/// "segment-000012.templates" for 12.
std::string segment_file(std::size_t number);
/// 12 for "segment-000012.templates"; none for any other name.
std::optional<std::size_t> segment_number(std::string_view file);

}  // namespace everyface::search
