#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "cli/command.h"
#include "everyface/base/text.h"
#include "everyface/web/listen_address.h"
#include "everyface/web/site.h"

namespace everyface::cli {
namespace {

struct ServeOptions {
  std::filesystem::path config;
  std::string listen;
  bool demo = false;
};

/// The folder of a demonstration, removed at its end.
class DemoFolder {
 public:
  DemoFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "everyface-demo-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw std::filesystem::filesystem_error("cannot make a folder", pattern,
                                              std::error_code(errno, std::generic_category()));
    }
    path_ = pattern;
  }
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;
  ~DemoFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

bool is_loopback(const std::string& host) {
  const auto address = web::Address::parse(host);
  return host == "localhost" || (address && address->is_loopback());
}

ExitCode run(const web::Config& config, bool demo = false) {
  const auto ended = web::run_site(config, demo, [](const web::StartedSite& site) {
    fmt::print("Everyface is at {}\n", site.url);
    if (!site.accounts.empty()) {
      fmt::print("\nMade-up people, for as long as this runs:\n");
    }
    for (const web::DemoAccount& account : site.accounts) {
      fmt::print("  {:<14} {}  password {}\n", account.role, account.email, account.password);
      if (!account.one_time_codes.empty()) {
        fmt::print("  {:<14} codes, each once: {}\n", "", join(account.one_time_codes, "  "));
      }
    }
    std::fflush(stdout);
  });
  return ended ? kDone : cannot_run(ended.error());
}

/// Nothing of the environment reaches a demonstration: it must not touch a real database.
ExitCode demonstrate(const std::string& listen) {
  const auto address = web::parse_listen_address(listen.empty() ? "127.0.0.1:8080" : listen);
  if (address && !is_loopback(address->host)) {
    return wrong_usage(Error{"--demo answers on loopback only, not on " + address->host +
                             ": its people are made up and their passwords printed"});
  }
  const DemoFolder folder;
  web::Environment environment{{"EVERYFACE_DATA_FOLDER", folder.path().string()},
                               // The example of the IBAN registry, which is nobody's.
                               {"EVERYFACE_PAYMENTS_IBAN", "DE89370400440532013000"},
                               {"EVERYFACE_PAYMENTS_ACCOUNT_NAME", "Made-up account"}};
  if (!listen.empty()) {
    environment["EVERYFACE_SERVER_LISTEN"] = listen;
  }
  const auto config = web::load_config(std::nullopt, environment);
  if (!config) {
    return wrong_usage(config.error());
  }
  return run(*config, true);
}

ExitCode serve(const ServeOptions& options) {
  if (options.demo) {
    return demonstrate(options.listen);
  }
  web::Environment environment = web::environment_of_process();
  if (!options.listen.empty()) {
    environment["EVERYFACE_SERVER_LISTEN"] = options.listen;
  }
  const auto config = web::load_config(
      options.config.empty() ? std::nullopt : std::optional(options.config), environment);
  if (!config) {
    return wrong_usage(config.error());
  }
  return run(*config);
}

}  // namespace

void add_serve(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command = app.add_subcommand(
      "serve", "The commons: a site where people give photos of their faces to a data set");
  command->add_option("--config", options->config, "TOML or JSON file; see docs/operate.md")
      ->check(CLI::ExistingFile);
  command->add_option("--listen", options->listen,
                      "HOST:PORT to listen on, instead of the file's (default 127.0.0.1:8080)");
  command
      ->add_flag("--demo", options->demo,
                 "A site of made-up people in a temporary folder, on loopback only")
      ->excludes("--config");
  command->footer(
      "Examples:\n"
      "  everyface serve\n"
      "  everyface serve --demo --listen 127.0.0.1:9000\n"
      "  everyface serve --config /etc/everyface/site.toml");
  command->callback([options, &exit_code] { exit_code = serve(*options); });
}

}  // namespace everyface::cli
