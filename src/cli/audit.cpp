#include "everyface/study/audit.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "cli/command.h"
#include "cli/experiment.h"
#include "everyface/base/text.h"
#include "everyface/nn/registry.h"
#include "everyface/report/audit_report.h"

namespace everyface::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  CommonOptions common;
  RunOptions run;
  std::string embedder = "kin";
  std::string detector = "dusk";
  std::string sides = "probes";
  std::string reference_group;
  AuditRequest request;
  std::size_t review = 24;
  bool no_faces = false;
};

Result<std::vector<std::string>> parse_names(const std::string& option, const std::string& text) {
  std::vector<std::string> names;
  for (const std::string_view part : split(text, ',')) {
    const std::string name(trim(part));
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) {
      return Error{option + ": \"" + name + "\" is empty or given twice"};
    }
    names.push_back(name);
  }
  return names;
}

Result<AuditRequest> make_request(const Options& options) {
  AuditRequest request = options.request;
  if (auto read = read_run_options(options.run, options.common, request); !read) {
    return read.error();
  }
  auto embedders = parse_names("--embedder", options.embedder);
  if (!embedders) {
    return embedders.error();
  }
  request.embedders = *std::move(embedders);
  auto detector = DetectorSpec::parse(options.detector);
  if (!detector) {
    return Error{"--detector: " + detector.error().message};
  }
  request.detector = *std::move(detector);
  request.protocol.both_sides = options.sides == "both";
  if (!options.reference_group.empty()) {
    auto groups = parse_names("--reference-group", options.reference_group);
    if (!groups) {
      return groups.error();
    }
    request.protocol.reference_groups = *std::move(groups);
  }
  return request;
}

/// Compares the templates, writes the report, prints the finding.
ExitCode report(const fs::path& folder, const Options& options, const ModelRegistry& models) {
  const auto summary = summarise_audit(
      folder, models, {options.no_faces ? 0 : options.review, options.common.threads()});
  if (!summary) {
    return cannot_run(summary.error());
  }
  if (const auto written = write_audit_report(*summary, folder, {options.no_faces}); !written) {
    return cannot_run(written.error());
  }
  return close_run(
      {summary->finding, summary->records, summary->failed, summary->failures, summary->warnings},
      folder, options.common);
}

ExitCode run(const Options& options) {
  if (options.run.dataset.empty() || options.run.output.empty()) {
    return wrong_usage(Error{"audit needs --dataset KIND PATH and -o; see everyface audit --help"});
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
  const auto outcome = run_audit(*request, *models, options.run.output, options.common.threads());
  if (!outcome) {
    return cannot_run(outcome.error());
  }
  print_times(*outcome,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  if (request->shard.count > 1) {
    return close_shard("audit", *outcome, request->shard, options.run.output, options.common);
  }
  return report(options.run.output, options, *models);
}

void add_report_options(CLI::App& command, Options& options) {
  command
      .add_option("--review", options.review,
                  "Highest-scoring pairs of different people shown for review, per embedder")
      ->check(CLI::Range(0, 200))
      ->capture_default_str();
  command.add_flag("--no-faces", options.no_faces, "No pictures of faces in the report");
}

void add_merge(CLI::App& audit, ExitCode& exit_code) {
  struct MergeOptions {
    Options report;
    std::vector<fs::path> parts;
  };
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command = audit.add_subcommand("merge", "Join the shards of one audit");
  command->add_option("DIR", options->parts, "The run folders of all shards")->required();
  command->add_option("-o,--output", options->report.run.output, "Run folder for the whole")
      ->required();
  add_report_options(*command, options->report);
  add_common_options(*command, options->report.common);
  command->footer("Example:\n  everyface audit merge part1 part2 -o whole");
  command->callback([options, &exit_code] {
    const auto models = ModelRegistry::open();
    if (!models) {
      exit_code = cannot_run(models.error());
      return;
    }
    const auto merged = merge_audits(options->parts, options->report.run.output);
    exit_code = merged ? report(options->report.run.output, options->report, *models)
                       : cannot_run(merged.error());
  });
}

void add_report(CLI::App& audit, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      audit.add_subcommand("report", "Compare a finished run's templates again and report");
  command->add_option("DIR", options->run.output, "The run folder")->required();
  add_report_options(*command, *options);
  add_common_options(*command, options->common);
  command->footer("Example:\n  everyface audit report run --no-faces");
  command->callback([options, &exit_code] {
    const auto models = ModelRegistry::open();
    exit_code =
        models ? report(options->run.output, *options, *models) : cannot_run(models.error());
  });
}

void add_protocol_options(CLI::App& command, Options& options) {
  AuditProtocol& protocol = options.request.protocol;
  command.add_option("--pairs", protocol.pairs,
                     "Pairs to verify: a file (LFW's format, or CSV with first, second and mated), "
                     "\"all\" or \"nonmated\" (default: the data set's own list, else all)");
  command.add_option("--exclude", protocol.exclude,
                     "Pairs not to be compared, as a file: the same person twice, say");
  command.add_option("--thresholds", protocol.thresholds,
                     "Run folder of another audit whose thresholds to apply");
  command
      .add_option("--sides", options.sides,
                  "Who sees the darkness and the enhancement: probes only, or both sides")
      ->check(CLI::IsMember({"probes", "both"}))
      ->capture_default_str();
  command
      .add_option("--fmr", protocol.operating_fmr,
                  "False match rate that the threshold keeps to in the reference condition")
      ->check(number_in(1e-9, 1.0))
      ->capture_default_str();
  command
      .add_option("--fpir", protocol.operating_fpir,
                  "False positive identification rate that the threshold keeps to in the reference "
                  "condition")
      ->check(number_in(1e-9, 1.0))
      ->capture_default_str();
  command.add_option("--gallery", protocol.gallery,
                     "Entries to enrol for searching (default: half of the people)");
  command.add_option("--reference-group", options.reference_group,
                     "Groups to compare the others with, e.g. race=White,gender=male");
}

}  // namespace

void add_audit(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "audit", "Who is falsely matched, and what do darkness and enhancement do to it?");
  AuditRequest& request = options->request;
  add_run_options(*command, options->run, request);
  command
      ->add_option("--embedder", options->embedder,
                   "Embedders, separated by commas; everyface models list shows them")
      ->capture_default_str();
  command->add_flag("--flip", request.flip, "Templates from the face and its mirror image");
  command
      ->add_option("--detector", options->detector, "Detector whose landmarks faces are aligned by")
      ->capture_default_str();
  command
      ->add_option("--detector-score", request.detector_score,
                   "Faces with a lower score are not used")
      ->check(number_in(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--scale", request.scale, "Enlarge photos before detection")
      ->check(number_in(0.01, 16.0))
      ->capture_default_str();
  add_protocol_options(*command, *options);
  add_report_options(*command, *options);
  add_common_options(*command, options->common);
  add_merge(*command, exit_code);
  add_report(*command, exit_code);
  command->footer(
      kinds_help() +
      "Examples:\n"
      "  everyface audit --dataset lfw lfw -o run\n"
      "  everyface audit --dataset utkface UTKFace --embedder mobilefacenet-foamliu,edgeface-xxs "
      "--exposure 0,-4,-6 --enhance \"none,gaussian(sigma=2.5)+gain\" --group race,race+gender "
      "-o run\n"
      "  everyface audit --dataset csv people.csv --embedder edgeface-xxs --sides both -o run");
  command->callback([command, options, &exit_code] {
    if (command->get_subcommands().empty()) {
      exit_code = run(*options);
    }
  });
}

}  // namespace everyface::cli
