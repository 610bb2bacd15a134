#include "cli/command.h"
#include "everyface/commons/photo_sandbox.h"

namespace everyface::cli {

void add_photo_worker(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "photo-worker", "Decodes one photo from standard input in a sandbox; started by the server");
  command->group("");  // not in the help
  command->callback(run_photo_worker);
}

}  // namespace everyface::cli
