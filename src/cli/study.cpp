#include "everyface/study/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "everyface/base/progress.h"
#include "everyface/base/text.h"
#include "everyface/dataset/dataset.h"
#include "everyface/nn/registry.h"
#include "everyface/report/study_report.h"

namespace everyface::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  CommonOptions common;
  std::vector<std::string> dataset;  // kind, path
  std::string enhance = "none";
  std::string detector;
  std::string exposure = "0";
  std::string group;
  std::string shard;
  std::string animate;
  fs::path output;
  StudyRequest request;
  std::size_t examples = 12;
};

Result<std::vector<double>> parse_exposures(const std::string& text) {
  std::vector<double> exposures;
  for (const std::string_view part : split(text, ',')) {
    const auto ev = parse_number(trim(part));
    if (!ev || *ev < -20 || *ev > 20) {
      return Error{fmt::format("--exposure: \"{}\" is not a number of EV from -20 to 20", part)};
    }
    if (std::find(exposures.begin(), exposures.end(), *ev) != exposures.end()) {
      return Error{fmt::format("--exposure: {} is given twice", part)};
    }
    exposures.push_back(*ev);
  }
  return exposures;
}

Result<Shard> parse_shard(const std::string& text) {
  const auto parts = split(text, '/');
  const auto index = parts.size() == 2 ? parse_int(parts[0]) : std::nullopt;
  const auto count = parts.size() == 2 ? parse_int(parts[1]) : std::nullopt;
  if (!index || !count || *index < 1 || *index > *count) {
    return Error{fmt::format("--shard: \"{}\" is not I/N with 1 <= I <= N, e.g. 1/4", text)};
  }
  return Shard{static_cast<std::size_t>(*index), static_cast<std::size_t>(*count)};
}

/// --animate names a file of the run folder.
Result<void> check_animation(const std::string& name) {
  const fs::path path(name);
  if (!name.empty() && (path.filename() != path || path.extension() != ".webp")) {
    return Error{"--animate: \"" + name + "\" is not a file name ending in .webp, e.g. faces.webp"};
  }
  return {};
}

Result<void> check_kind(const std::string& name) {
  std::vector<std::string> known;
  for (const DatasetKind& kind : dataset_kinds()) {
    known.push_back(kind.name);
  }
  if (std::find(known.begin(), known.end(), name) != known.end()) {
    return {};
  }
  const std::string near = nearest(name, known);
  return Error{fmt::format("--dataset: no kind \"{}\"{}; the kinds are {}", name,
                           near.empty() ? "" : ", did you mean " + near + "?", join(known, ", "))};
}

Result<StudyRequest> make_request(const Options& options) {
  StudyRequest request = options.request;
  if (auto kind = check_kind(options.dataset.at(0)); !kind) {
    return kind.error();
  }
  if (auto animation = check_animation(options.animate); !animation) {
    return animation.error();
  }
  request.dataset_kind = options.dataset.at(0);
  request.dataset_path = options.dataset.at(1);
  request.seed = options.common.seed;
  auto chains = parse_chains(options.enhance);
  if (!chains) {
    return Error{"--enhance: " + chains.error().message};
  }
  request.enhancers = *std::move(chains);
  auto detectors = parse_detectors(options.detector);
  if (!detectors) {
    return Error{"--detector: " + detectors.error().message};
  }
  request.detectors = *std::move(detectors);
  auto exposures = parse_exposures(options.exposure);
  if (!exposures) {
    return exposures.error();
  }
  request.exposures_ev = *std::move(exposures);
  if (!options.group.empty()) {
    for (const std::string_view column : split(options.group, ',')) {
      const std::string name(trim(column));
      if (std::find(request.groups.begin(), request.groups.end(), name) != request.groups.end()) {
        return Error{"--group: " + name + " is given twice"};
      }
      request.groups.push_back(name);
    }
  }
  if (!options.shard.empty()) {
    const auto shard = parse_shard(options.shard);
    if (!shard) {
      return shard.error();
    }
    request.shard = *shard;
  }
  return request;
}

void print_times(const RunOutcome& outcome, double wall_seconds) {
  const StageSeconds& seconds = outcome.seconds;
  const auto share = [&](double part) { return 100 * part / std::max(1e-9, seconds.total); };
  fmt::print(stderr,
             "{} photos in {} ({:.1f}/s); {} rows computed, {} kept; time: decode {:.1f} %, "
             "expose {:.1f} %, enhance {:.1f} %, detect {:.1f} %, other {:.1f} %\n",
             outcome.records, duration_text(wall_seconds),
             static_cast<double>(outcome.records) / std::max(1e-9, wall_seconds),
             outcome.rows_computed, outcome.rows_kept, share(seconds.decode), share(seconds.expose),
             share(seconds.enhance), share(seconds.detect), share(seconds.other()));
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
  constexpr std::size_t kFailuresShown = 20;
  for (std::size_t i = 0; i < summary->failures.size() && i < kFailuresShown; ++i) {
    const Failure& failure = summary->failures[i];
    complain((failure.image.empty() ? "" : failure.image + ": ") + failure.reason);
  }
  if (summary->failures.size() > kFailuresShown) {
    complain(fmt::format("and {} more; all are in {}", summary->failures.size() - kFailuresShown,
                         (folder / "tables" / "failures.csv").string()));
  }
  for (const Failure& warning : summary->warnings) {
    complain("warning: " + (warning.image.empty() ? "" : warning.image + ": ") + warning.reason);
  }
  if (options.common.json) {
    nlohmann::ordered_json json;
    json["finding"] = summary->finding;
    json["images"] = summary->records;
    json["failed"] = summary->failed;
    json["report"] = (folder / "report.html").string();
    fmt::print("{}\n", json.dump(1));
  } else {
    fmt::print("{}\nReport: {}\n", summary->finding, (folder / "report.html").string());
  }
  return summary->failed > 0 ? kSomeFailed : kDone;
}

ExitCode run(const Options& options) {
  if (options.dataset.empty() || options.detector.empty() || options.output.empty()) {
    return wrong_usage(
        Error{"study needs --dataset KIND PATH, --detector and -o; see everyface study --help"});
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
  const auto outcome = run_study(*request, *models, options.output, options.common.threads());
  if (!outcome) {
    return cannot_run(outcome.error());
  }
  print_times(*outcome,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  if (request->shard.count > 1) {
    fmt::print("Shard {}/{} is in {}; join all with everyface study merge\n", request->shard.index,
               request->shard.count, options.output.string());
    return outcome->failed > 0 ? kSomeFailed : kDone;
  }
  return report(options.output, options, *models);
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
  command->add_option("-o,--output", options->report.output, "Run folder for the whole")
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
    const auto merged = merge_studies(options->parts, options->report.output);
    exit_code = merged ? report(options->report.output, options->report, *models)
                       : cannot_run(merged.error());
  });
}

void add_report(CLI::App& study, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      study.add_subcommand("report", "Score a finished run again and write its report");
  command->add_option("DIR", options->output, "The run folder")->required();
  add_report_options(*command, *options);
  add_common_options(*command, options->common);
  command->footer("Example:\n  everyface study report run --animate faces.webp");
  command->callback([options, &exit_code] {
    if (const auto animation = check_animation(options->animate); !animation) {
      exit_code = wrong_usage(animation.error());
      return;
    }
    const auto models = ModelRegistry::open();
    exit_code = models ? report(options->output, *options, *models) : cannot_run(models.error());
  });
}

std::string kinds_help() {
  std::string text = "Data sets (KIND, what PATH holds):\n";
  for (const DatasetKind& kind : dataset_kinds()) {
    text += fmt::format("  {:<9} {}; {}\n", kind.name, kind.summary, kind.layout);
  }
  return text;
}

}  // namespace

void add_study(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "study", "How many faces does each detector find, before and after each enhancement?");
  StudyRequest& request = options->request;
  command->add_option("--dataset", options->dataset, "Kind and path of a data set, see below")
      ->type_name("KIND PATH")
      ->expected(2);
  command->add_option("--enhance", options->enhance, "Chains of methods, separated by commas")
      ->capture_default_str();
  command->add_option("--detector", options->detector, "Detectors, separated by commas");
  command
      ->add_option("--exposure", options->exposure,
                   "EV to render the photos at, separated by commas; 0: as they are")
      ->capture_default_str();
  command->add_option(
      "--group", options->group,
      "Columns to report by, e.g. race,gender,race+gender (default: all there are)");
  command->add_option("-o,--output", options->output,
                      "Run folder; the same command goes on where one was interrupted");
  command->add_option("--shard", options->shard, "Run part I of N only: I/N");
  command
      ->add_option("--score-threshold", request.score_threshold,
                   "Boxes with at least this score count as found")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--min-score", request.min_score, "Keep boxes from this score on, for AP")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--match-iou", request.match_iou, "Overlap from which a box is a face's")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  command->add_option("--scale", request.scale, "Enlarge photos before detection")
      ->check(CLI::Range(0.01, 16.0))
      ->capture_default_str();
  command->add_option("--tile", request.tile_px, "Detect in overlapping tiles of this side")
      ->check(tile_sides())
      ->capture_default_str();
  command
      ->add_option("--pad", request.pad_px,
                   "Replicated border in pixels (default: 60 for utkface, else 0)")
      ->check(CLI::Range(-1, 4096));
  command
      ->add_option("--max-megapixels", request.max_megapixels,
                   "Refuse larger photos before decoding them")
      ->capture_default_str();
  add_report_options(*command, *options);
  add_common_options(*command, options->common);
  add_merge(*command, exit_code);
  add_report(*command, exit_code);
  command->footer(
      kinds_help() +
      "Examples:\n"
      "  everyface study --dataset folder photos --enhance none,gain --detector haar -o run\n"
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
