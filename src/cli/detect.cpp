#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>

#include "cli/command.h"
#include "cli/photo_output.h"
#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "everyface/detect/detector.h"
#include "everyface/enhance/enhancer.h"
#include "everyface/nn/registry.h"
#include "everyface/recognize/quality.h"

namespace everyface::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  CommonOptions common;
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output;
  std::string detector = "dusk";
  std::string enhance = "none";
  std::string format = "json";
  DetectorOptions detection{.min_score = 0.5};
  PhotoLimits limits;
  bool list = false;
  bool quality = false;
};

/// What one thread needs.
struct Worker {
  std::vector<std::unique_ptr<Enhancer>> chain;
  std::unique_ptr<Detector> detector;
  std::optional<FaceQuality> quality;
};

/// What was found in one photo. With --quality, each face's, none where it has no landmarks.
struct Found {
  std::vector<Face> faces;
  std::vector<std::optional<double>> qualities;
};

Result<Worker> make_worker(const Options& options, const Chain& chain, const DetectorSpec& spec,
                           const ModelRegistry& models) {
  Worker worker;
  auto steps = chain.make(models);
  if (!steps) {
    return steps.error();
  }
  worker.chain = *std::move(steps);
  auto detector = spec.make(options.detection, models);
  if (!detector) {
    return detector.error();
  }
  worker.detector = *std::move(detector);
  if (options.quality) {
    auto quality = FaceQuality::load(models);
    if (!quality) {
      return quality.error();
    }
    worker.quality = *std::move(quality);
  }
  return worker;
}

Found search(Worker& worker, const cv::Mat& photo) {
  Found found;
  Pixels pixels(photo);
  for (const auto& step : worker.chain) {
    step->apply(pixels);
  }
  const cv::Mat bgr = pixels.bytes();
  found.faces = worker.detector->detect(bgr);
  if (worker.quality) {
    for (const Face& face : found.faces) {
      const auto quality = face.landmarks ? worker.quality->probability(bgr, *face.landmarks)
                                          : Result<double>(Error{"no landmarks"});
      found.qualities.push_back(quality ? std::optional<double>(*quality) : std::nullopt);
    }
  }
  return found;
}

double rounded(double value, double steps) { return std::round(value * steps) / steps; }

Json to_json(const std::string& image, const Found& found) {
  Json json;
  json["image"] = to_valid_utf8(image);
  json["faces"] = Json::array();
  for (std::size_t i = 0; i < found.faces.size(); ++i) {
    const Face& face = found.faces[i];
    Json one;
    one["box"] = {rounded(face.box.x1, 100), rounded(face.box.y1, 100), rounded(face.box.x2, 100),
                  rounded(face.box.y2, 100)};
    one["score"] = rounded(face.score, 1e5);
    if (face.landmarks) {
      one["landmarks"] = Json::array();
      for (const Point& point : *face.landmarks) {
        one["landmarks"].push_back({rounded(point.x, 100), rounded(point.y, 100)});
      }
    }
    if (!found.qualities.empty()) {
      const auto& quality = found.qualities[i];
      one["quality"] = quality ? Json(rounded(*quality, 1e3)) : Json();
    }
    json["faces"].push_back(one);
  }
  return json;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  }
  return quoted + "\"";
}

std::string to_csv(const std::string& image, const std::vector<Face>& faces) {
  std::string text;
  for (const Face& face : faces) {
    text += fmt::format("{},{:.2f},{:.2f},{:.2f},{:.2f},{:.5f}", csv_field(to_valid_utf8(image)),
                        face.box.x1, face.box.y1, face.box.x2, face.box.y2, face.score);
    for (std::size_t i = 0; i < 5; ++i) {
      text += face.landmarks
                  ? fmt::format(",{:.2f},{:.2f}", (*face.landmarks)[i].x, (*face.landmarks)[i].y)
                  : ",,";
    }
    text += '\n';
  }
  return text;
}

/// One photo in the form that WIDER FACE's evaluation reads: name, count, "x y width height score".
std::string to_wider(const std::string& name, const std::vector<Face>& faces) {
  const std::string stem = std::filesystem::path(name).stem().string();
  std::string text = fmt::format("{}\n{}\n", stem, faces.size());
  for (const Face& face : faces) {
    text += fmt::format("{:.2f} {:.2f} {:.2f} {:.2f} {:.5f}\n", face.box.x1, face.box.y1,
                        face.box.width(), face.box.height(), face.score);
  }
  return text;
}

/// One photo in the form of Dark Face's submissions: "x1 y1 x2 y2 score".
std::string to_darkface(const std::vector<Face>& faces) {
  std::string text;
  for (const Face& face : faces) {
    text += fmt::format("{:.2f} {:.2f} {:.2f} {:.2f} {:.5f}\n", face.box.x1, face.box.y1,
                        face.box.x2, face.box.y2, face.score);
  }
  return text;
}

/// Prints, or writes to -o.
Result<void> deliver(const Options& options, const std::string& text) {
  if (options.output.empty()) {
    fmt::print("{}", text);
    return {};
  }
  return write_file_atomic(options.output, text);
}

ExitCode run(const Options& options) {
  if (options.list) {
    Json all = Json::array();
    for (const DetectorInfo& detector : detectors()) {
      if (options.common.json) {
        all.push_back({{"name", detector.name},
                       {"summary", detector.summary},
                       {"model", detector.model},
                       {"landmarks", detector.has_landmarks}});
        continue;
      }
      fmt::print("{:<15}{}\n", detector.name, detector.summary);
    }
    if (options.common.json) {
      fmt::print("{}\n", all.dump(1));
    }
    return kDone;
  }
  if (options.inputs.empty()) {
    return wrong_usage(Error{"detect needs photos; see everyface detect --help"});
  }
  if (options.quality && options.format != "json") {
    return wrong_usage(Error{"--quality goes into JSON: leave --format out"});
  }
  const bool file_a_photo = options.format == "wider" || options.format == "darkface";
  if (file_a_photo && options.output.empty()) {
    return wrong_usage(Error{"--format " + options.format +
                             " writes a file for each photo: name a folder with -o"});
  }
  if (options.common.json && options.output.empty() && options.format == "csv") {
    return wrong_usage(Error{"--json and --format csv both ask for standard output; use one"});
  }
  const auto spec = DetectorSpec::parse(options.detector);
  if (!spec) {
    return wrong_usage(Error{"--detector: " + spec.error().message});
  }
  const auto chain = Chain::parse(options.enhance);
  if (!chain) {
    return wrong_usage(Error{"--enhance: " + chain.error().message});
  }
  const auto models = ModelRegistry::open();
  if (!models) {
    return cannot_run(models.error());
  }
  cv::setNumThreads(1);  // one thread a photo
  const std::size_t jobs = options.common.threads();
  std::vector<Worker> workers(jobs);
  for (Worker& worker : workers) {
    auto made = make_worker(options, *chain, *spec, *models);
    if (!made) {
      return cannot_run(made.error());
    }
    worker = *std::move(made);
  }
  if (file_a_photo) {
    if (const auto made = make_folder(options.output); !made) {
      return cannot_run(made.error());
    }
  }
  const FoundPhotos found =
      find_photos(options.inputs, file_a_photo ? options.output : std::filesystem::path());
  for (const FoundPhoto& photo : found.photos) {
    std::error_code ignored;
    if (std::filesystem::equivalent(photo.file, options.output, ignored)) {
      return wrong_usage(Error{"-o " + options.output.string() +
                               " is one of the photos; the boxes would be written over it"});
    }
  }
  if (!file_a_photo && !options.output.empty()) {
    if (const auto writable = check_writable(options.output); !writable) {
      return cannot_run(writable.error());
    }
  }
  const OutputPaths outputs(options.output, "txt", found);
  std::vector<Found> results(found.photos.size());
  Json json = Json::array();
  std::string csv = "image,x1,y1,x2,y2,score";
  for (int i = 1; i <= 5; ++i) {
    csv += fmt::format(",landmark{0}_x,landmark{0}_y", i);
  }
  csv += '\n';
  const Batch batch = run_batch(
      "detect", found, options.limits, jobs,
      [&](std::size_t worker, std::size_t i, const Photo& photo) -> Result<void> {
        results[i] = search(workers[worker], photo.pixels);
        return {};
      },
      [&](std::size_t i) -> Result<void> {
        const FoundPhoto& photo = found.photos[i];
        const std::vector<Face>& faces = results[i].faces;
        if (options.format == "json") {
          json.push_back(to_json(photo.file.string(), results[i]));
        } else if (options.format == "csv") {
          csv += to_csv(photo.file.string(), faces);
        } else {
          const auto path = outputs.of(i);
          if (!path) {
            return path.error();
          }
          return write_file_atomic(
              *path, options.format == "wider" ? to_wider(photo.name, faces) : to_darkface(faces));
        }
        return {};
      });
  if (batch.done == 0 && !options.output.empty()) {
    if (!file_a_photo) {  // what an earlier search wrote is worth more than an empty list
      complain("no photo could be read: nothing is written to " + options.output.string());
    }
  } else if (!file_a_photo) {
    const auto delivered = deliver(options, options.format == "json" ? json.dump(1) + "\n" : csv);
    if (!delivered) {
      return cannot_run(delivered.error());
    }
  }
  CommonOptions closing = options.common;
  closing.json = closing.json && !options.output.empty();  // standard output holds the faces
  return close_batch(batch, closing, "searched for faces");
}

}  // namespace

void add_detect(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("detect", "Find the faces in photos");
  command->add_option("IN", options->inputs, "Photos, or folders of photos");
  command
      ->add_option("--detector", options->detector,
                   "A detector; --list names them all. dusk, haar and lbp need no weights fetched")
      ->capture_default_str();
  command->add_option("--enhance", options->enhance, "Enhancement before detection, as in enhance")
      ->capture_default_str();
  command
      ->add_option("--format", options->format,
                   "json, csv, or a text file for each photo as wider or darkface read it")
      ->check(CLI::IsMember({"json", "csv", "wider", "darkface"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->output,
                      "File (json, csv) or folder (wider, darkface); default: standard output");
  command->add_option("--min-score", options->detection.min_score, "Leave out less certain boxes")
      ->check(number_in(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--scale", options->detection.scale, "Enlarge photos first, for small faces")
      ->check(number_in(0.01, 16.0))
      ->capture_default_str();
  command
      ->add_option("--tile", options->detection.tile_px,
                   "Detect in overlapping tiles of this side in pixels; 0: in one piece")
      ->check(tile_sides())
      ->capture_default_str();
  command
      ->add_option("--max-megapixels", options->limits.max_megapixels,
                   "Refuse larger photos before decoding them")
      ->check(number_in(0, 1e6))
      ->capture_default_str();
  command->add_flag("--quality", options->quality,
                    "With each face, how likely a template of it is matched, 0 to 1 (gauge)");
  command->add_flag("--list", options->list, "Name every detector");
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  everyface detect group.jpg\n"
      "  everyface detect night/ --detector yunet --enhance \"gain(factor=8)\" -o faces.json\n"
      "  everyface detect night.png --detector \"fusion(yunet;gains=1,4,16)\" --format csv");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace everyface::cli
