#include "cli/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "everyface/base/progress.h"
#include "everyface/base/text.h"
#include "everyface/dataset/dataset.h"

namespace everyface::cli {
namespace {

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

Result<std::vector<std::string>> parse_groups(const std::string& text) {
  std::vector<std::string> groups;
  if (text.empty()) {
    return groups;
  }
  for (const std::string_view column : split(text, ',')) {
    const std::string name(trim(column));
    if (std::find(groups.begin(), groups.end(), name) != groups.end()) {
      return Error{"--group: " + name + " is given twice"};
    }
    groups.push_back(name);
  }
  return groups;
}

}  // namespace

void add_run_options(CLI::App& command, RunOptions& options, RunRequest& request) {
  command.add_option("--dataset", options.dataset, "Kind and path of a data set, see below")
      ->type_name("KIND PATH")
      ->expected(2);
  command.add_option("--enhance", options.enhance, "Chains of methods, separated by commas")
      ->capture_default_str();
  command
      .add_option("--exposure", options.exposure,
                  "EV to render the photos at, separated by commas; 0: as they are")
      ->capture_default_str();
  command.add_option("--group", options.group,
                     "Columns to report by, e.g. race,gender,race+gender (default: all there are)");
  command.add_option("-o,--output", options.output,
                     "Run folder; the same command goes on where one was interrupted");
  command.add_option("--shard", options.shard, "Run part I of N only: I/N");
  command
      .add_option("--pad", request.pad_px,
                  "Replicated border in pixels (default: 60 for utkface, else 0)")
      ->check(CLI::Range(-1, 4096));
  command
      .add_option("--max-megapixels", request.max_megapixels,
                  "Refuse larger photos before decoding them")
      ->check(number_in(0, 1e6))
      ->capture_default_str();
}

Result<void> read_run_options(const RunOptions& options, const CommonOptions& common,
                              RunRequest& request) {
  if (auto kind = check_kind(options.dataset.at(0)); !kind) {
    return kind.error();
  }
  request.dataset_kind = options.dataset.at(0);
  request.dataset_path = options.dataset.at(1);
  // run.json, from which a run is resumed and reported, holds text.
  if (to_valid_utf8(request.dataset_path) != request.dataset_path) {
    return Error{"--dataset: the path " + request.dataset_path +
                 " is not UTF-8; rename it, or name it by a symbolic link"};
  }
  request.seed = common.seed;
  auto chains = parse_chains(options.enhance);
  if (!chains) {
    return Error{"--enhance: " + chains.error().message};
  }
  request.enhancers = *std::move(chains);
  auto exposures = parse_exposures(options.exposure);
  if (!exposures) {
    return exposures.error();
  }
  request.exposures_ev = *std::move(exposures);
  auto groups = parse_groups(options.group);
  if (!groups) {
    return groups.error();
  }
  request.groups = *std::move(groups);
  if (!options.shard.empty()) {
    const auto shard = parse_shard(options.shard);
    if (!shard) {
      return shard.error();
    }
    request.shard = *shard;
  }
  return {};
}

std::string kinds_help() {
  std::string text = "Data sets (KIND, what PATH holds):\n";
  for (const DatasetKind& kind : dataset_kinds()) {
    text += fmt::format("  {:<9} {}; {}\n", kind.name, kind.summary, kind.layout);
  }
  return text;
}

void print_times(const RunOutcome& outcome, double wall_seconds) {
  const StageSeconds& seconds = outcome.seconds;
  const auto share = [&](double part) { return 100 * part / std::max(1e-9, seconds.total); };
  fmt::print(stderr,
             "{} photos in {} ({:.1f}/s); {} rows computed, {} kept; time: decode {:.1f} %, "
             "expose {:.1f} %, enhance {:.1f} %, detect {:.1f} %, embed {:.1f} %, other {:.1f} %\n",
             outcome.records, duration_text(wall_seconds),
             static_cast<double>(outcome.records) / std::max(1e-9, wall_seconds),
             outcome.rows_computed, outcome.rows_kept, share(seconds.decode), share(seconds.expose),
             share(seconds.enhance), share(seconds.detect), share(seconds.embed),
             share(seconds.other()));
}

ExitCode close_shard(const char* experiment, const RunOutcome& outcome, const Shard& shard,
                     const std::filesystem::path& folder, const CommonOptions& common) {
  if (common.json) {
    nlohmann::ordered_json json;
    json["shard"] = fmt::format("{}/{}", shard.index, shard.count);
    json["images"] = outcome.records;
    json["failed"] = outcome.failed;
    json["folder"] = to_valid_utf8(folder.string());
    fmt::print("{}\n", json.dump(1));
    return outcome.failed > 0 ? kSomeFailed : kDone;
  }
  fmt::print("Shard {}/{} is in {}; join all with everyface {} merge\n", shard.index, shard.count,
             folder.string(), experiment);
  return outcome.failed > 0 ? kSomeFailed : kDone;
}

ExitCode close_run(const RunEnd& end, const std::filesystem::path& folder,
                   const CommonOptions& common) {
  constexpr std::size_t kFailuresShown = 20;
  for (std::size_t i = 0; i < end.failures.size() && i < kFailuresShown; ++i) {
    const Failure& failure = end.failures[i];
    complain((failure.image.empty() ? "" : failure.image + ": ") + failure.reason);
  }
  if (end.failures.size() > kFailuresShown) {
    complain(fmt::format("and {} more; all are in {}", end.failures.size() - kFailuresShown,
                         (folder / "tables" / "failures.csv").string()));
  }
  for (const Failure& warning : end.warnings) {
    complain("warning: " + (warning.image.empty() ? "" : warning.image + ": ") + warning.reason);
  }
  const std::string report = (folder / "report.html").string();
  if (common.json) {
    nlohmann::ordered_json json;
    json["finding"] = end.finding;
    json["images"] = end.records;
    json["failed"] = end.failed;
    json["report"] = to_valid_utf8(report);
    fmt::print("{}\n", json.dump(1));
  } else {
    fmt::print("{}\nReport: {}\n", end.finding, report);
  }
  return end.failed > 0 ? kSomeFailed : kDone;
}

}  // namespace everyface::cli
