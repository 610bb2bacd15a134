#include "study/results.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "everyface/base/file.h"
#include "study/request_json.h"
#include "study/run_store.h"

namespace everyface {
namespace {

using Json = nlohmann::json;

/// Photos of the data set that fall to a shard.
std::size_t shard_size(std::size_t records, const Shard& shard) {
  return records / shard.count + (shard.index <= records % shard.count ? 1 : 0);
}

PhotoLine photo_of_line(const Json& line) {
  PhotoLine photo;
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

Result<std::string> read_command(const std::filesystem::path& run_folder) {
  const std::filesystem::path path = run_folder / "run.json";
  const auto text = read_file(path, 16U << 20U);
  if (!text) {
    return text.error();
  }
  const auto json = Json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("command") || !json["command"].is_string()) {
    return Error{path.string() + ": no field \"command\"; run it again"};
  }
  return json["command"].get<std::string>();
}

Result<void> read_rows(const std::filesystem::path& run_folder, const RunRequest& request,
                       const std::string& axis_field, const std::vector<std::string>& axis_names,
                       const std::function<void(PhotoLine&& photo)>& photo,
                       const std::function<void(std::size_t cell, const Json& row)>& row) {
  const auto records = read_record_count(run_folder);
  if (!records) {
    return records.error();
  }
  const std::filesystem::path path = run_folder / kResultsFile;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{"cannot read " + path.string() + ": give the command of the run first"};
  }
  const std::vector<std::string> chains = names_of(request.enhancers);
  const std::size_t cells = request.exposures_ev.size() * chains.size() * axis_names.size();
  std::size_t photos = 0;
  std::size_t next = cells;  // cell of the next row; `cells`: a photo's line comes next
  std::string image;
  std::string text;
  std::size_t number = 0;
  while (std::getline(file, text) && !file.eof()) {
    ++number;
    try {
      const Json line = Json::parse(text);
      const bool begins = line.contains("outcome");
      if (begins && next == cells) {
        PhotoLine read = photo_of_line(line);
        image = read.image;
        next = read.failure.empty() ? 0 : cells;
        ++photos;
        photo(std::move(read));
        continue;
      }
      if (begins || next == cells || line.at("image") != image ||
          line.at("exposure_ev") !=
              request.exposures_ev[next / axis_names.size() / chains.size()] ||
          line.at("enhance") != chains[next / axis_names.size() % chains.size()] ||
          line.at(axis_field) != axis_names[next % axis_names.size()]) {
        return Error{fmt::format(
            "{}:{}: not the row that run.json asks for here; give the command of the run again",
            path.string(), number)};
      }
      row(next++, line);
    } catch (const Json::exception& problem) {
      return Error{fmt::format("{}:{}: malformed: {}", path.string(), number, problem.what())};
    }
  }
  const std::size_t expected = shard_size(*records, request.shard);
  if (photos != expected || next != cells) {
    return Error{
        fmt::format("{} holds {} of {} photos: the run is unfinished; give the same "
                    "command again and it goes on",
                    path.string(), photos - (next == cells ? 0 : 1), expected)};
  }
  return {};
}

Result<std::vector<PhotoResult>> read_results(const std::filesystem::path& run_folder,
                                              const StudyRequest& request) {
  std::vector<PhotoResult> photos;
  const auto read = read_rows(
      run_folder, request, "detector", names_of(request.detectors),
      [&photos](PhotoLine&& photo) {
        photos.push_back({std::move(photo), {}});
      },
      [&photos](std::size_t, const Json& row) {
        photos.back().cells.push_back(boxes_of_line(row));
      });
  if (!read) {
    return read.error();
  }
  return photos;
}

}  // namespace everyface
