// What the subcommands share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/image/photo.h"

namespace everyface::cli {

/// Exit codes of the program.
enum ExitCode : int {
  kDone = 0,
  kSomeFailed = 1,  ///< some inputs failed; each was named on standard error
  kUsage = 2,
  kCannotRun = 3,
};

/// Options that every command takes.
struct CommonOptions {
  std::size_t jobs = 0;  ///< 0: a thread per core
  std::uint64_t seed = 1;
  bool json = false;

  [[nodiscard]] std::size_t threads() const;
};

void add_common_options(CLI::App& command, CommonOptions& options);

/// A number from low to high. CLI::Range() would let "nan" pass too.
CLI::Validator number_in(double low, double high);

/// Accepts what DetectorOptions::tile_px does: 0, or 64 to 4096.
CLI::Validator tile_sides();

/// Prints "everyface: " and the message on standard error.
void complain(const std::string& message);

/// complain(), and the exit code for a command that cannot run.
ExitCode cannot_run(const Error& error);

/// A line on standard error for a malformed argument, and the exit code for it.
ExitCode wrong_usage(const Error& error);

/// Works on photos in parallel and reports in order: work() fills slot i, finish() prints or writes
/// it. Photos that fail are named on standard error and counted; the rest goes on. Problems of the
/// search for photos count as failures too.
struct Batch {
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t warned = 0;
  std::size_t left_out = 0;  ///< pictures of a kind that we do not read (GIF, HEIC, raw, …)
  std::vector<std::pair<std::string, std::string>> failures;  ///< photo, reason
};
Batch run_batch(const char* what, const FoundPhotos& found, const PhotoLimits& limits,
                std::size_t jobs,
                const std::function<Result<void>(std::size_t worker, std::size_t index,
                                                 const Photo& photo)>& work,
                const std::function<Result<void>(std::size_t index)>& finish);

/// "12 photos done, 1 failed" on standard error, or as JSON on standard output.
ExitCode close_batch(const Batch& batch, const CommonOptions& options, const std::string& what);

/// Each command adds itself and returns what runs it.
void add_enhance(CLI::App& app, ExitCode& exit_code);
void add_darken(CLI::App& app, ExitCode& exit_code);
void add_detect(CLI::App& app, ExitCode& exit_code);
void add_study(CLI::App& app, ExitCode& exit_code);
void add_audit(CLI::App& app, ExitCode& exit_code);
void add_models(CLI::App& app, ExitCode& exit_code);
void add_gallery(CLI::App& app, ExitCode& exit_code);
void add_serve(CLI::App& app, ExitCode& exit_code);
void add_admin(CLI::App& app, ExitCode& exit_code);
void add_bench(CLI::App& app, ExitCode& exit_code);
/// Hidden: the server starts it.
void add_photo_worker(CLI::App& app);

}  // namespace everyface::cli
