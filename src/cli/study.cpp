#include "everyface/study/study.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "cli/command.h"
#include "cli/experiment.h"
#include "everyface/nn/registry.h"
#include "everyface/report/study_report.h"

namespace everyface::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  CommonOptions common;
  RunOptions run;
  std::string detector = "dusk";
  std::string animate;
  StudyRequest request;
  std::size_t examples = 12;
};

/// --animate names a file of the run folder.
Result<void> check_animation(const std::string& name) {
  const fs::path path(name);
  if (!name.empty() && (path.filename() != path || path.extension() != ".webp")) {
    return Error{"--animate: \"" + name + "\" is not a file name ending in .webp, e.g. faces.webp"};
  }
  return {};
}

Result<StudyRequest> make_request(const Options& options) {
  StudyRequest request = options.request;
  if (auto animation = check_animation(options.animate); !animation) {
    return animation.error();
  }
  if (auto read = read_run_options(options.run, options.common, request); !read) {
    return read.error();
  }
  if (request.min_score > request.score_threshold) {
    return Error{fmt::format(
        "--min-score {} is above --score-threshold {}: boxes between the two would be counted as "
        "found, but are not kept; lower --min-score or raise --score-threshold",
        request.min_score, request.score_threshold)};
  }
  auto detectors = parse_detectors(options.detector);
  if (!detectors) {
    return Error{"--detector: " + detectors.error().message};
  }
  request.detectors = *std::move(detectors);
  return request;
}

/// Scores the run, writes the report, prints the finding.
ExitCode report(const fs::path& folder, const Options& options, const ModelRegistry& models) {
  const auto summary =
      summarise_study(folder, models, {options.examples, options.common.threads()});
  if (!summary) {
    return cannot_run(summary.error());
  }
  if (const auto written = write_report(*summary, folder); !written) {
    return cannot_run(written.error());
  }
  if (!options.animate.empty()) {
    if (const auto written = write_animation(*summary, folder, folder / options.animate);
        !written) {
      return cannot_run(written.error());
    }
  }
  return close_run(
      {summary->finding, summary->records, summary->failed, summary->failures, summary->warnings},
      folder, options.common);
}

ExitCode run(const Options& options) {
  if (options.run.dataset.empty() || options.run.output.empty()) {
    return wrong_usage(Error{"study needs --dataset KIND PATH and -o; see everyface study --help"});
  }
  const auto request = make_request(options);
  if (!request) {
    return wrong_usage(request.error());
  }
  const auto models = ModelRegistry::open();
  if (!models) {
    return cannot_run(models.error());
  }
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = run_study(*request, *models, options.run.output, options.common.threads());
  if (!outcome) {
    return cannot_run(outcome.error());
  }
  print_times(*outcome,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  if (request->shard.count > 1) {
    return close_shard("study", *outcome, request->shard, options.run.output, options.common);
  }
  return report(options.run.output, options, *models);
}

void add_report_options(CLI::App& command, Options& options) {
  command.add_option("--examples", options.examples, "Photos shown before and after in the report")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command.add_option("--animate", options.animate,
                     "Also write the examples as an animated WebP of this name, e.g. faces.webp");
}

void add_merge(CLI::App& study, ExitCode& exit_code) {
  struct MergeOptions {
    Options report;
    std::vector<fs::path> parts;
  };
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command = study.add_subcommand("merge", "Join the shards of one study");
  command->add_option("DIR", options->parts, "The run folders of all shards")->required();
  command->add_option("-o,--output", options->report.run.output, "Run folder for the whole")
      ->required();
  add_report_options(*command, options->report);
  add_common_options(*command, options->report.common);
  command->footer("Example:\n  everyface study merge part1 part2 -o whole");
  command->callback([options, &exit_code] {
    const auto models = ModelRegistry::open();
    if (!models) {
      exit_code = cannot_run(models.error());
      return;
    }
    if (const auto animation = check_animation(options->report.animate); !animation) {
      exit_code = wrong_usage(animation.error());
      return;
    }
    const auto merged = merge_studies(options->parts, options->report.run.output);
    exit_code = merged ? report(options->report.run.output, options->report, *models)
                       : cannot_run(merged.error());
  });
}

void add_report(CLI::App& study, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      study.add_subcommand("report", "Score a finished run again and write its report");
  command->add_option("DIR", options->run.output, "The run folder")->required();
  add_report_options(*command, *options);
  add_common_options(*command, options->common);
  command->footer("Example:\n  everyface study report run --animate faces.webp");
  command->callback([options, &exit_code] {
    if (const auto animation = check_animation(options->animate); !animation) {
      exit_code = wrong_usage(animation.error());
      return;
    }
    const auto models = ModelRegistry::open();
    exit_code =
        models ? report(options->run.output, *options, *models) : cannot_run(models.error());
  });
}

}  // namespace

void add_study(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "study", "How many faces does each detector find, before and after each enhancement?");
  StudyRequest& request = options->request;
  options->run.enhance = "none,dawn";
  add_run_options(*command, options->run, request);
  command->add_option("--detector", options->detector, "Detectors, separated by commas")
      ->capture_default_str();
  command
      ->add_option("--score-threshold", request.score_threshold,
                   "Boxes with at least this score count as found")
      ->check(number_in(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--min-score", request.min_score, "Keep boxes from this score on, for AP")
      ->check(number_in(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--match-iou", request.match_iou, "Overlap from which a box is a face's")
      ->check(number_in(0.01, 1.0))
      ->capture_default_str();
  command->add_option("--scale", request.scale, "Enlarge photos before detection")
      ->check(number_in(0.01, 16.0))
      ->capture_default_str();
  command->add_option("--tile", request.tile_px, "Detect in overlapping tiles of this side")
      ->check(tile_sides())
      ->capture_default_str();
  add_report_options(*command, *options);
  add_common_options(*command, options->common);
  add_merge(*command, exit_code);
  add_report(*command, exit_code);
  command->footer(
      kinds_help() +
      "Examples:\n"
      "  everyface study --dataset folder photos -o run\n"
      "  everyface study --dataset darkface DarkFace --enhance none,\"gain(factor=8)\" "
      "--detector yunet,retinaface -o run\n"
      "  everyface study --dataset utkface UTKFace --exposure 0,-4,-6 --group race,gender "
      "--enhance \"none,gaussian(sigma=2.5)+gain\" --detector yunet -o run");
  command->callback([command, options, &exit_code] {
    if (command->get_subcommands().empty()) {
      exit_code = run(*options);
    }
  });
}

}  // namespace everyface::cli
