#include "search/gallery_list.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "everyface/base/file.h"

namespace everyface::search {
namespace {

constexpr const char* kSchema = "everyface.gallery/1";

}  // namespace

std::string segment_file(std::size_t number) {
  return fmt::format("segment-{:06}.templates", number);
}

std::optional<std::size_t> segment_number(std::string_view file) {
  constexpr std::string_view kBefore = "segment-";
  if (!file.starts_with(kBefore)) {
    return std::nullopt;
  }
  std::size_t number = 0;
  std::from_chars(file.data() + kBefore.size(), file.data() + file.size(), number);
  // Far from where the next number would overflow.
  if (number > std::numeric_limits<std::size_t>::max() / 2 || segment_file(number) != file) {
    return std::nullopt;
  }
  return number;
}

Result<std::vector<ListedSegment>> parse_gallery_list(std::string_view text,
                                                      const std::string& file) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("schema", nlohmann::json()) != kSchema) {
    return Error{file + ": not the list of a gallery (its schema is not \"" + kSchema + "\")"};
  }
  const auto listed = json.find("segments");
  if (listed == json.end() || !listed->is_array() || listed->empty()) {
    return Error{file + ": damaged: it lists no segments"};
  }
  std::vector<ListedSegment> segments;
  std::set<std::string> seen;
  for (const auto& entry : *listed) {
    const std::string place = file + ": segment " + std::to_string(segments.size() + 1);
    if (!entry.is_object() || !entry.contains("file") || !entry["file"].is_string() ||
        !entry.contains("count") || !entry["count"].is_number_unsigned()) {
      return Error{place + " is damaged: it needs a \"file\" and a \"count\""};
    }
    ListedSegment segment{entry["file"], entry["count"]};
    if (!segment_number(segment.file) || !seen.insert(segment.file).second) {
      return Error{place + " is damaged: its file is not one of a segment, or listed twice"};
    }
    if (segment.count == 0) {
      return Error{place + " is damaged: it is empty"};
    }
    segments.push_back(std::move(segment));
  }
  return segments;
}

std::string gallery_list_text(const std::vector<ListedSegment>& segments) {
  nlohmann::ordered_json json;
  json["schema"] = kSchema;
  json["segments"] = nlohmann::ordered_json::array();
  for (const ListedSegment& segment : segments) {
    json["segments"].push_back({{"file", segment.file}, {"count", segment.count}});
  }
  return json.dump(1) + "\n";
}

Result<std::vector<ListedSegment>> read_gallery_list(const std::filesystem::path& folder) {
  const auto path = folder / kGalleryList;
  const auto text = read_file(path);
  if (!text) {
    return Error{folder.string() + " is not a gallery: " + text.error().message};
  }
  return parse_gallery_list(*text, path.string());
}

}  // namespace everyface::search
