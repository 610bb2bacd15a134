#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>

#include "cli/command.h"
#include "cli/photo_output.h"
#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "everyface/enhance/enhancer.h"
#include "everyface/nn/registry.h"

namespace everyface::cli {
namespace {

struct Options {
  CommonOptions common;
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output;
  std::string method = "dawn";
  std::string format;
  int depth = 8;
  PhotoLimits limits;
  bool list = false;
};

/// NaN, which stands for "auto", has no place in JSON.
nlohmann::ordered_json fallback_json(const Parameter& parameter) {
  if (std::isnan(parameter.fallback)) {
    return "auto";
  }
  return parameter.fallback;
}

void list_methods_as_json() {
  auto all = nlohmann::ordered_json::array();
  for (const Method& method : enhancement_methods()) {
    auto parameters = nlohmann::ordered_json::array();
    for (const Parameter& parameter : method.parameters) {
      parameters.push_back({{"name", parameter.name},
                            {"default", fallback_json(parameter)},
                            {"low", parameter.low},
                            {"high", parameter.high},
                            {"meaning", parameter.meaning}});
    }
    all.push_back({{"name", method.name},
                   {"summary", method.summary},
                   {"model", method.model},
                   {"parameters", parameters}});
  }
  fmt::print("{}\n", all.dump(1));
}

void list_methods() {
  for (const Method& method : enhancement_methods()) {
    fmt::print("{:<17}{}\n", method.name, method.summary);
    for (const Parameter& parameter : method.parameters) {
      fmt::print("{:<17}  {}={}  {} to {}: {}\n", "", parameter.name,
                 std::isnan(parameter.fallback) ? "auto" : shortest_number(parameter.fallback),
                 shortest_number(parameter.low), shortest_number(parameter.high),
                 parameter.meaning);
    }
  }
}

ExitCode run(const Options& options) {
  if (options.list) {
    if (options.common.json) {
      list_methods_as_json();
    } else {
      list_methods();
    }
    return kDone;
  }
  if (options.inputs.empty() || options.output.empty()) {
    return wrong_usage(Error{"enhance needs photos and -o; see everyface enhance --help"});
  }
  if (options.depth == 16 && !options.format.empty()) {
    if (const auto deep = check_can_save("photo." + options.format, 16); !deep) {
      return wrong_usage(Error{"--depth 16: --format " + options.format +
                               " has 8 bits a channel; use png, ppm or tiff"});
    }
  }
  const auto chain = Chain::parse(options.method);
  if (!chain) {
    return wrong_usage(Error{"--method: " + chain.error().message});
  }
  const auto models = ModelRegistry::open();
  if (!models) {
    return cannot_run(models.error());
  }
  cv::setNumThreads(1);  // one thread a photo
  const std::size_t jobs = options.common.threads();
  std::vector<std::vector<std::unique_ptr<Enhancer>>> workers;
  for (std::size_t i = 0; i < jobs; ++i) {
    auto made = chain->make(*models);
    if (!made) {
      return cannot_run(made.error());
    }
    workers.push_back(*std::move(made));
  }
  if (const auto made = make_folder(options.output); !made) {
    return cannot_run(made.error());
  }
  const FoundPhotos found = find_photos(options.inputs, options.output);
  const OutputPaths outputs(options.output, options.format, found);
  const Batch batch = run_batch(
      "enhance", found, options.limits, jobs,
      [&](std::size_t worker, std::size_t i, const Photo& photo) -> Result<void> {
        const auto path = outputs.of(i);
        if (!path) {
          return path.error();
        }
        if (auto possible = check_can_save(*path, options.depth); !possible) {
          return possible.error();
        }
        Pixels pixels(photo.pixels);
        for (const auto& step : workers[worker]) {
          step->apply(pixels);
        }
        return save_photo(*path, options.depth == 16 ? pixels.words() : pixels.bytes(),
                          photo.colour_profile);
      },
      [](std::size_t) -> Result<void> { return {}; });
  return close_batch(batch, options.common, "enhanced into " + options.output.string());
}

}  // namespace

void add_enhance(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("enhance", "Photos in, brighter photos out");
  command->add_option("IN", options->inputs, "Photos, or folders of photos");
  command->add_option("-o,--output", options->output, "Folder for the results");
  command
      ->add_option("--method", options->method,
                   "A method, or several joined by +; --list names them all")
      ->capture_default_str();
  command->add_option("--format", options->format, "Extension of the results (default: as read)")
      ->check(CLI::IsMember({"jpg", "png", "webp", "bmp", "ppm", "tiff"}));
  command->add_option("--depth", options->depth, "Bits a channel: 8, or 16 (png, ppm, tiff)")
      ->check(CLI::IsMember({8, 16}))
      ->capture_default_str();
  command
      ->add_option("--max-megapixels", options->limits.max_megapixels,
                   "Refuse larger photos before decoding them")
      ->check(number_in(0, 1e6))
      ->capture_default_str();
  command->add_flag("--list", options->list, "Name every method and its parameters");
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  everyface enhance night.jpg -o brighter\n"
      "  everyface enhance photos/ --method \"gaussian(sigma=2.5)+gain(factor=8)\" -o out\n"
      "  everyface enhance night.png --method zero-dce --format png -o out");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace everyface::cli
