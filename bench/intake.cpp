// What a contributed photo costs, from the bytes of its upload to what is kept of it: a JPEG file
// of 12 megapixels by default, made of the portrait in python3-skimage, or the one given.
//
//   bench_intake --program build/release/everyface --models ../shared/models
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "everyface/base/file.h"
#include "everyface/commons/jpeg.h"
#include "everyface/commons/prepare_photo.h"
#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"

namespace {

using namespace everyface;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string program;
  std::string models;
  std::string photo;
  int rounds = 7;
};

/// The portrait enlarged, with the grain that a camera's photo has and a smooth enlargement lacks.
std::string twelve_megapixels() {
  const Photo portrait =
      load_photo("/usr/lib/python3/dist-packages/skimage/data/astronaut.png").value();
  cv::Mat photo;
  cv::resize(portrait.pixels, photo, cv::Size(4000, 3000), 0, 0, cv::INTER_CUBIC);
  cv::Mat grain(photo.size(), CV_16SC3);
  cv::theRNG().state = 1;
  cv::randn(grain, 0, 3);
  cv::add(photo, grain, photo, cv::noArray(), CV_8U);
  return encode_jpeg(photo, 90);
}

/// Milliseconds of each round, as "median (least to most)".
class Times {
 public:
  explicit Times(std::string what) : what_(std::move(what)) {}
  template <typename Work>
  auto time(Work work) {
    const Clock::time_point start = Clock::now();
    auto result = work();
    milliseconds_.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    return result;
  }
  void print() {
    std::sort(milliseconds_.begin(), milliseconds_.end());
    fmt::print("{:34} {:7.0f} ms ({:.0f} to {:.0f})\n", what_,
               milliseconds_[milliseconds_.size() / 2], milliseconds_.front(),
               milliseconds_.back());
  }

 private:
  std::string what_;
  std::vector<double> milliseconds_;
};

int measure(const Options& options) {
  const auto models = ModelRegistry::open(options.models);
  if (!models) {
    fmt::print(stderr, "{}\n", models.error().message);
    return 3;
  }
  SandboxOptions sandboxed;
  sandboxed.command = {options.program, "photo-worker"};
  auto sandbox = PhotoSandbox::start(sandboxed);
  auto checker = PhotoChecker::open(*models);
  auto matcher = FaceMatcher::open_if_installed(*models);
  const auto file =
      options.photo.empty() ? Result<std::string>(twelve_megapixels()) : read_file(options.photo);
  if (!sandbox || !checker || !matcher || !file) {
    fmt::print(stderr, "cannot begin: {}\n",
               !sandbox   ? sandbox.error().message
               : !checker ? checker.error().message
               : !matcher ? matcher.error().message
                          : file.error().message);
    return 3;
  }
  Times all("all");
  Times cleaning("decoded in the sandbox, coded again");
  Times checking("checked");
  Times preparing("others blurred, hash, template");
  for (int round = 0; round < options.rounds; ++round) {
    const bool kept = all.time([&] {
      const PhotoOutcome outcome = cleaning.time([&] { return (*sandbox)->clean(*file); });
      const auto* clean = std::get_if<CleanPhoto>(&outcome);
      if (clean == nullptr) {
        return false;
      }
      const PhotoCheck check = checking.time([&] { return checker->check(clean->pixels); });
      if (!check.chosen) {
        return false;
      }
      const Preparation preparation{.matcher = matcher->get()};
      preparing.time([&] {
        return prepare_photo(*file, *clean, check, preparation, checker->finder(), *models);
      });
      return true;
    });
    if (!kept) {
      fmt::print(stderr, "the photo is refused\n");
      return 1;
    }
  }
  fmt::print("a JPEG file of {:.1f} MB, detector {}, embedder {}, {} rounds\n",
             static_cast<double>(file->size()) / 1e6, checker->finder().detector(),
             *matcher ? (*matcher)->model() : "none", options.rounds);
  for (Times* times : {&all, &cleaning, &checking, &preparing}) {
    times->print();
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Time of a contributed photo from its upload to what is kept"};
  app.add_option("--program", options.program, "the program whose photo workers to start")
      ->required();
  app.add_option("--models", options.models, "folder with weights")->required();
  app.add_option("--photo", options.photo, "the photo to send instead");
  app.add_option("--rounds", options.rounds, "how often")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return measure(options);
}
