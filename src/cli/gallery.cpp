#include "cli/gallery.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "everyface/base/text.h"
#include "everyface/search/gallery.h"

namespace everyface::cli {
namespace {

using Json = nlohmann::ordered_json;

struct InfoOptions {
  CommonOptions common;
  std::filesystem::path gallery;
};

std::size_t different_values(const Gallery& gallery, std::size_t column) {
  std::set<std::string_view> values;
  for (std::size_t row = 0; row < gallery.size(); ++row) {
    values.insert(gallery.value(column, row));
  }
  return values.size();
}

ExitCode show_info(const InfoOptions& options) {
  const auto gallery = Gallery::open(options.gallery);
  if (!gallery) {
    return cannot_run(gallery.error());
  }
  const TemplateInfo& info = gallery->info();
  if (options.common.json) {
    Json json{{"templates", gallery->size()},
              {"segments", gallery->segments()},
              {"model", info.model},
              {"model_sha256", info.model_sha256},
              {"flip", info.flip},
              {"detector", info.detector},
              {"dimensions", info.dimensions},
              {"columns", Json::array()}};
    for (std::size_t column = 0; column < info.columns.size(); ++column) {
      json["columns"].push_back({{"name", to_valid_utf8(info.columns[column])},
                                 {"values", different_values(*gallery, column)}});
    }
    fmt::print("{}\n", json.dump(1));
    return kDone;
  }
  fmt::print("{} templates of {} numbers in {} {}\n", gallery->size(), info.dimensions,
             gallery->segments(), gallery->segments() == 1 ? "segment" : "segments");
  fmt::print("model     {} (weights {}…{})\n", info.model, info.model_sha256.substr(0, 12),
             info.flip ? ", flip-averaged" : "");
  fmt::print("detector  {}\n", info.detector.empty() ? "not the same for all" : info.detector);
  for (std::size_t column = 0; column < info.columns.size(); ++column) {
    fmt::print("{:<9} {} different values\n", to_valid_utf8(info.columns[column]),
               different_values(*gallery, column));
  }
  return kDone;
}

}  // namespace

void add_gallery_info(CLI::App& gallery, ExitCode& exit_code) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = gallery.add_subcommand("info", "What a gallery holds");
  command->add_option("GALLERY", options->gallery, "The gallery's folder")->required();
  command->add_flag("--json", options->common.json, "Answer with JSON on standard output");
  command->footer("Example:\n  everyface gallery info people");
  command->callback([options, &exit_code] { exit_code = show_info(*options); });
}

void add_gallery(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("gallery", "Enrol faces, and search for one among many");
  command->require_subcommand(1);
  add_gallery_enrol(*command, exit_code);
  add_gallery_search(*command, exit_code);
  add_gallery_info(*command, exit_code);
  command->footer("Example:\n  everyface gallery search people probe.jpg");
}

}  // namespace everyface::cli
