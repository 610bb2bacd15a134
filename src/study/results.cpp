#include "study/results.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "everyface/base/file.h"
#include "study/run_store.h"

namespace everyface {
namespace {

using Json = nlohmann::json;

/// Photos of the data set that fall to a shard.
std::size_t shard_size(std::size_t records, const Shard& shard) {
  return records / shard.count + (shard.index <= records % shard.count ? 1 : 0);
}

PhotoResult photo_of_line(const Json& line) {
  PhotoResult photo;
  photo.image = line.at("image");
  photo.sha256 = line.at("sha256");
  if (line.at("outcome") == "failed") {
    photo.failure = line.at("reason");
  } else {
    photo.width = line.at("size").at(0);
    photo.height = line.at("size").at(1);
    photo.warning = line.value("warning", "");
  }
  return photo;
}

std::vector<ScoredBox> boxes_of_line(const Json& line) {
  std::vector<ScoredBox> boxes;
  for (const Json& face : line.at("faces")) {
    boxes.push_back({{face.at(0), face.at(1), face.at(2), face.at(3)}, face.at(4)});
  }
  return boxes;
}

}  // namespace

Result<std::size_t> read_record_count(const std::filesystem::path& run_folder) {
  const auto text = read_file(run_folder / "run.json", 16U << 20U);
  if (!text) {
    return text.error();
  }
  try {
    return Json::parse(*text).at("dataset").at("records").get<std::size_t>();
  } catch (const Json::exception& problem) {
    return Error{(run_folder / "run.json").string() + ": " + problem.what()};
  }
}

Result<std::vector<PhotoResult>> read_results(const std::filesystem::path& run_folder,
                                              const StudyRequest& request) {
  const auto records = read_record_count(run_folder);
  if (!records) {
    return records.error();
  }
  const std::filesystem::path path = run_folder / kResultsFile;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{"cannot read " + path.string() + ": run the study first"};
  }
  const std::size_t cells =
      request.exposures_ev.size() * request.enhancers.size() * request.detectors.size();
  std::vector<PhotoResult> photos;
  std::string text;
  std::size_t number = 0;
  while (std::getline(file, text) && !file.eof()) {
    ++number;
    try {
      const Json line = Json::parse(text);
      if (line.contains("outcome")) {
        photos.push_back(photo_of_line(line));
        continue;
      }
      const std::size_t at = photos.empty() ? 0 : photos.back().cells.size();
      const std::size_t detector = at % request.detectors.size();
      const std::size_t chain = at / request.detectors.size() % request.enhancers.size();
      const std::size_t exposure = at / request.detectors.size() / request.enhancers.size();
      if (photos.empty() || at >= cells || line.at("image") != photos.back().image ||
          line.at("exposure_ev") != request.exposures_ev[exposure] ||
          line.at("enhance") != request.enhancers[chain].name() ||
          line.at("detector") != request.detectors[detector].name()) {
        return Error{
            fmt::format("{}:{}: not the row that run.json asks for here; run the study "
                        "again",
                        path.string(), number)};
      }
      photos.back().cells.push_back(boxes_of_line(line));
    } catch (const Json::exception& problem) {
      return Error{fmt::format("{}:{}: malformed: {}", path.string(), number, problem.what())};
    }
  }
  const std::size_t expected = shard_size(*records, request.shard);
  const bool last_is_whole =
      photos.empty() || !photos.back().failure.empty() || photos.back().cells.size() == cells;
  if (photos.size() != expected || !last_is_whole) {
    return Error{
        fmt::format("{} holds {} of {} photos: the run is unfinished; give the same "
                    "command again and it goes on",
                    path.string(), photos.size() - (last_is_whole ? 0 : 1), expected)};
  }
  return photos;
}

}  // namespace everyface
