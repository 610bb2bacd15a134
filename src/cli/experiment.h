// What the commands that run experiments (study, audit) share.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "everyface/study/run.h"
#include "everyface/study/summary.h"

namespace everyface::cli {

/// The options of RunRequest, as text until read_run_options() understands them.
struct RunOptions {
  std::vector<std::string> dataset;  ///< kind, path
  std::string enhance = "none";
  std::string exposure = "0";
  std::string group;
  std::string shard;
  std::filesystem::path output;
};

void add_run_options(CLI::App& command, RunOptions& options, RunRequest& request);

/// Errors name the option.
Result<void> read_run_options(const RunOptions& options, const CommonOptions& common,
                              RunRequest& request);

/// The data sets, for the end of --help.
std::string kinds_help();

/// How long a run took and where, on standard error.
void print_times(const RunOutcome& outcome, double wall_seconds);

/// After one shard: says what to do with it.
ExitCode close_shard(const char* experiment, const RunOutcome& outcome, const Shard& shard,
                     const std::filesystem::path& folder, const CommonOptions& common);

/// What a report says first, and what went wrong.
struct RunEnd {
  std::string finding;
  std::size_t records = 0;
  std::size_t failed = 0;
  const std::vector<Failure>& failures;
  const std::vector<Failure>& warnings;
};

/// Prints the problems on standard error, the finding and where the report is on standard output.
ExitCode close_run(const RunEnd& end, const std::filesystem::path& folder,
                   const CommonOptions& common);

}  // namespace everyface::cli
