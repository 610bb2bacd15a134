// What this machine does, each part beside the plain OpenCV code for the same job, in one run.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <opencv2/photo.hpp>

#include "cli/command.h"
#include "everyface/detect/detector.h"
#include "everyface/enhance/enhancer.h"
#include "everyface/image/exposure.h"
#include "everyface/nn/registry.h"

namespace everyface::cli {
namespace {

using Work = std::function<void()>;
using Json = nlohmann::ordered_json;

struct Options {
  CommonOptions common;
  std::filesystem::path photo;
  int width = 1080;
  int height = 720;
  double seconds = 1;
};

double milliseconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

/// Median times of both, taken in turns so that a busy moment of the machine hits both.
struct Timing {
  double ours_ms = 0;
  double peer_ms = 0;  ///< 0: no peer
};

Timing time_in_turns(const Work& ours, const Work& peer, double seconds) {
  ours();  // first runs fill caches and plan networks
  if (peer) {
    peer();
  }
  std::vector<double> ours_times;
  std::vector<double> peer_times;
  const auto start = std::chrono::steady_clock::now();
  do {
    ours_times.push_back(milliseconds(ours));
    if (peer) {
      peer_times.push_back(milliseconds(peer));
    }
  } while (ours_times.size() < 3 ||
           std::chrono::steady_clock::now() - start < std::chrono::duration<double>(seconds));
  return {median(ours_times), peer ? median(peer_times) : 0};
}

class Table {
 public:
  Table(const Options& options) : options_(options) {
    if (!options_.common.json) {
      fmt::print("{:<34}{:>10}{:>12}{:>10}  {}\n", "", "ms", "per second", "ratio", "peer");
    }
  }

  void row(const std::string& what, const Work& ours, const std::string& peer_name = "",
           const Work& peer = nullptr) {
    const Timing timing = time_in_turns(ours, peer, options_.seconds);
    if (options_.common.json) {
      Json json{{"what", what}, {"ms", timing.ours_ms}};
      json["peer"] = peer ? Json(peer_name) : Json();
      json["peer_ms"] = peer ? Json(timing.peer_ms) : Json();
      json_.push_back(json);
      return;
    }
    fmt::print("{:<34}{:>10.2f}{:>12.1f}{:>10}  {}\n", what, timing.ours_ms, 1000 / timing.ours_ms,
               peer ? fmt::format("{:.2f}", timing.ours_ms / timing.peer_ms) : "",
               peer ? fmt::format("{} ({:.2f} ms)", peer_name, timing.peer_ms) : "");
    std::fflush(stdout);
  }

  void close() const {
    if (options_.common.json) {
      fmt::print("{}\n", json_.dump(1));
    }
  }

 private:
  const Options& options_;
  Json json_ = Json::array();
};

/// A frame with structure and noise, where no photo is given.
cv::Mat synthetic_frame(int width, int height) {
  cv::Mat small(height / 8, width / 8, CV_8UC3);
  cv::RNG rng(1);
  rng.fill(small, cv::RNG::UNIFORM, 0, 256);
  cv::Mat frame;
  cv::resize(small, frame, {width, height}, 0, 0, cv::INTER_CUBIC);
  return render_exposure(frame, -3, 1);
}

void bench_decode(Table& table, const cv::Mat& frame) {
  for (const char* extension : {".jpg", ".png"}) {
    std::vector<unsigned char> bytes;
    cv::imencode(extension, frame, bytes);
    const std::string text(bytes.begin(), bytes.end());
    table.row(
        fmt::format("decode {}", extension + 1),
        [text, extension] { (void)decode_photo(text, std::string("frame") + extension); },
        "cv::imdecode", [bytes] { cv::imdecode(bytes, cv::IMREAD_COLOR); });
  }
}

/// The fastest plain OpenCV code for the same job; none where OpenCV has no such thing.
std::pair<std::string, Work> enhancer_peer(const std::string& method, const cv::Mat& frame) {
  if (method == "gain(factor=8)") {
    return {"Mat::convertTo", [frame, out = cv::Mat()]() mutable { frame.convertTo(out, -1, 8); }};
  }
  if (method == "gamma") {
    cv::Mat table(1, 256, CV_8U);
    for (int i = 0; i < 256; ++i) {
      table.at<unsigned char>(i) =
          cv::saturate_cast<unsigned char>(255 * std::pow(i / 255.0, 1 / 2.2));
    }
    return {"cv::LUT", [frame, table, out = cv::Mat()]() mutable { cv::LUT(frame, table, out); }};
  }
  if (method == "gaussian") {
    return {"convertTo, cv::GaussianBlur, convertTo", [frame, out = cv::Mat()]() mutable {
              frame.convertTo(out, CV_32F);
              cv::GaussianBlur(out, out, {}, 2.5, 2.5, cv::BORDER_REFLECT_101);
              out.convertTo(out, CV_8U);
            }};
  }
  if (method == "clahe" || method == "dawn") {  // the goal of dawn: half of its time
    return {"Lab, cv::CLAHE", [frame, out = cv::Mat(), l = cv::Mat()]() mutable {
              cv::cvtColor(frame, out, cv::COLOR_BGR2Lab);
              cv::extractChannel(out, l, 0);
              cv::createCLAHE(2, {8, 8})->apply(l, l);
              cv::insertChannel(l, out, 0);
              cv::cvtColor(out, out, cv::COLOR_Lab2BGR);
            }};
  }
  if (method == "histeq") {
    return {"YCrCb, cv::equalizeHist", [frame, out = cv::Mat(), y = cv::Mat()]() mutable {
              cv::cvtColor(frame, out, cv::COLOR_BGR2YCrCb);
              cv::extractChannel(out, y, 0);
              cv::equalizeHist(y, y);
              cv::insertChannel(y, out, 0);
              cv::cvtColor(out, out, cv::COLOR_YCrCb2BGR);
            }};
  }
  if (method == "nlm") {
    return {"cv::fastNlMeansDenoisingColored",
            [frame, out = cv::Mat()]() mutable { cv::fastNlMeansDenoisingColored(frame, out); }};
  }
  if (method == "bilateral") {
    return {"convertTo, cv::bilateralFilter, convertTo",
            [frame, floats = cv::Mat(), out = cv::Mat()]() mutable {
              frame.convertTo(floats, CV_32F);
              cv::bilateralFilter(floats, out, 0, 10, 2);
              out.convertTo(out, CV_8U);
            }};
  }
  return {};
}

void bench_enhancers(Table& table, const cv::Mat& frame, const ModelRegistry& models) {
  for (const Method& method : enhancement_methods()) {
    const std::string text = method.name == "gain" ? "gain(factor=8)" : method.name;
    for (const std::string& name : method.name == "gain" ? std::vector<std::string>{"gain", text}
                                                         : std::vector<std::string>{text}) {
      auto steps = Chain::parse(name).value().make(models);
      if (!steps) {
        complain(fmt::format("enhance {} left out: {}", name, steps.error().message));
        continue;
      }
      const auto [peer_name, peer] = enhancer_peer(name, frame);
      table.row(
          "enhance " + name,
          [&steps, frame] {
            Pixels pixels(frame);
            for (const auto& step : *steps) {
              step->apply(pixels);
            }
            (void)pixels.bytes();
          },
          peer_name, peer);
    }
  }
}

/// The plain loop's detection: the cascade, or blob and forward pass of the same network without
/// reading its outputs.
std::pair<std::string, Work> detector_peer(const DetectorInfo& detector, const cv::Mat& frame,
                                           const ModelRegistry& models) {
  if (detector.model.empty()) {
    const std::string file = detector.name == "haar"
                                 ? "haarcascades/haarcascade_frontalface_default.xml"
                                 : "lbpcascades/lbpcascade_frontalface.xml";
    auto cascade = std::make_shared<cv::CascadeClassifier>("/usr/share/opencv4/" + file);
    return {"cv::CascadeClassifier", [cascade, frame] {
              cv::Mat grey;
              cv::cvtColor(frame, grey, cv::COLOR_BGR2GRAY);
              std::vector<cv::Rect> faces;
              cascade->detectMultiScale(grey, faces);
            }};
  }
  const auto bytes = models.load(detector.model);
  if (!bytes) {
    return {};
  }
  auto net = std::make_shared<cv::dnn::Net>(cv::dnn::readNetFromONNX(bytes->data(), bytes->size()));
  const int stride = detector.name == "ultraface" ? 64 : 32;
  return {"cv::dnn forward alone", [net, frame, stride] {
            cv::Mat padded;
            cv::copyMakeBorder(frame, padded, 0, (stride - frame.rows % stride) % stride, 0,
                               (stride - frame.cols % stride) % stride, cv::BORDER_CONSTANT);
            net->setInput(cv::dnn::blobFromImage(padded));
            std::vector<cv::Mat> outputs;
            net->forward(outputs, net->getUnconnectedOutLayersNames());
          }};
}

void bench_detectors(Table& table, const cv::Mat& frame, const ModelRegistry& models) {
  for (const DetectorInfo& info : detectors()) {
    const std::string name = info.name == "fusion" ? "fusion(haar;gains=1,4)" : info.name;
    auto detector = DetectorSpec::parse(name).value().make({.min_score = 0.5}, models);
    if (!detector) {
      complain(fmt::format("detect {} left out: {}", name, detector.error().message));
      continue;
    }
    const auto [peer_name, peer] =
        info.name == "fusion" ? std::pair<std::string, Work>{} : detector_peer(info, frame, models);
    table.row(
        "detect " + name, [&detector, frame] { (void)(*detector)->detect(frame); }, peer_name,
        peer);
  }
}

ExitCode run(const Options& options) {
  const auto models = ModelRegistry::open();
  if (!models) {
    return cannot_run(models.error());
  }
  cv::setNumThreads(1);
  cv::Mat frame = synthetic_frame(options.width, options.height);
  if (!options.photo.empty()) {
    const auto photo = load_photo(options.photo);
    if (!photo) {
      return cannot_run(photo.error());
    }
    Pixels pixels(photo->pixels);
    cv::resize(pixels.bytes(), frame, {options.width, options.height}, 0, 0, cv::INTER_AREA);
  }
  Table table(options);
  bench_decode(table, frame);
  table.row("darken -4 EV", [frame] { (void)render_exposure(frame, -4, 1); });
  bench_enhancers(table, frame, *models);
  bench_detectors(table, frame, *models);
  table.close();
  return kDone;
}

}  // namespace

void add_bench(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "bench", "What this machine does on one thread, beside plain OpenCV in the same run");
  command->add_option("--photo", options->photo, "A photo to work on (default: a made-up frame)");
  command->add_option("--width", options->width, "Size to work at")
      ->check(CLI::Range(16, 16384))
      ->capture_default_str();
  command->add_option("--height", options->height, "Size to work at")
      ->check(CLI::Range(16, 16384))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "Time to spend on each row")
      ->check(number_in(0.0, 600.0))
      ->capture_default_str();
  command->add_flag("--json", options->common.json, "Answer with JSON on standard output");
  command->footer(
      "A ratio below 1 means faster than the peer. Medians of runs taken in turns.\n"
      "Example:\n  everyface bench --photo night.png --seconds 2");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace everyface::cli
