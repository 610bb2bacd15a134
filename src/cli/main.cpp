#include <fmt/format.h>

#include <clocale>
#include <cstdio>
#include <exception>
#include <opencv2/core/utils/logger.hpp>

#include "cli/command.h"
#include "everyface_version.h"

namespace {

int run(int argc, char** argv) {
  using namespace everyface::cli;
  CLI::App app{
      "Face detection and recognition that work for everyone: measures whose faces detectors find "
      "and whose recognisers confuse, in light and in the dark, before and after enhancement.",
      "everyface"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "everyface " EVERYFACE_VERSION);
  app.get_formatter()->column_width(36);
  ExitCode exit_code = kDone;
  add_enhance(app, exit_code);
  add_darken(app, exit_code);
  add_detect(app, exit_code);
  add_study(app, exit_code);
  add_audit(app, exit_code);
  add_models(app, exit_code);
  add_gallery(app, exit_code);
  add_serve(app, exit_code);
  add_admin(app, exit_code);
  add_bench(app, exit_code);
  add_photo_worker(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? kDone : kUsage;  // --help and --version come this way too
  }
  return exit_code;
}

/// What was printed may still lie in a buffer: on a full disk it is lost only when it leaves that.
int with_output_delivered(int exit_code) {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    everyface::cli::complain("cannot write to standard output: the disk may be full, or closed");
    return everyface::cli::kCannotRun;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  // The decoders' complaints about a damaged photo come back as that photo's error.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  try {
    return with_output_delivered(run(argc, argv));
  } catch (const std::exception& problem) {
    fmt::print(stderr, "everyface: {}\n", problem.what());
    return everyface::cli::kCannotRun;
  }
}
