#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "everyface/nn/checkpoint.h"
#include "everyface/nn/registry.h"

namespace everyface::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> names;  ///< fetch and verify
  std::string name;                ///< info and import
  std::string mirror;
  std::filesystem::path file;
  std::filesystem::path configuration;  ///< of a checkpoint
  bool json = false;
};

const char* state_text(ModelRegistry::State state) {
  switch (state) {
    case ModelRegistry::State::kGood:
      return "installed";
    case ModelRegistry::State::kDamaged:
      return "damaged";
    case ModelRegistry::State::kShipped:
      return "shipped";
    case ModelRegistry::State::kAbsent:
      break;
  }
  return "absent";
}

Json to_json(const ModelEntry& entry, const ModelRegistry::Status& status) {
  return {{"name", entry.name},
          {"task", entry.task},
          {"file", entry.file},
          {"bytes", entry.bytes},
          {"sha256", entry.sha256},
          {"input", entry.input},
          {"licence", entry.licence},
          {"use", entry.use},
          {"paper", entry.paper},
          {"source", entry.source},
          {"upstream_sha256", entry.upstream_sha256},
          {"conversion", entry.conversion},
          {"state", state_text(status.state)},
          {"path", status.file.string()}};
}

ExitCode list(const ModelRegistry& models, bool json) {
  Json all = Json::array();
  if (!json) {
    fmt::print("{:<34}{:<10}{:>9}  {:<11}{}\n", "name", "task", "bytes", "state", "licence");
  }
  for (const ModelEntry& entry : models.entries()) {
    const auto status = models.status(entry);
    if (json) {
      all.push_back(to_json(entry, status));
    } else {
      fmt::print("{:<34}{:<10}{:>9}  {:<11}{}\n", entry.name, entry.task, entry.bytes,
                 state_text(status.state), entry.licence);
    }
  }
  if (json) {
    fmt::print("{}\n", all.dump(1));
  }
  return kDone;
}

ExitCode info(const ModelRegistry& models, const Options& options) {
  const auto entry = models.find(options.name);
  if (!entry) {
    return cannot_run(entry.error());
  }
  const Json json = to_json(*entry, models.status(*entry));
  if (options.json) {
    fmt::print("{}\n", json.dump(1));
    return kDone;
  }
  for (const auto& [field, value] : json.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (!text.empty()) {
      fmt::print("{:<17}{}\n", field, text);
    }
  }
  return kDone;
}

/// The names given, or every name.
std::vector<std::string> chosen(const ModelRegistry& models, const Options& options) {
  if (!options.names.empty()) {
    return options.names;
  }
  std::vector<std::string> names;
  for (const ModelEntry& entry : models.entries()) {
    names.push_back(entry.name);
  }
  return names;
}

ExitCode fetch(const ModelRegistry& models, const Options& options) {
  bool failed = false;
  for (const std::string& name : chosen(models, options)) {
    const auto path = models.fetch(name);
    if (path) {
      fmt::print("{}: {}\n", name, path->string());
    } else {
      complain(path.error().message);
      failed = true;
    }
  }
  return failed ? kSomeFailed : kDone;
}

ExitCode verify(const ModelRegistry& models, const Options& options) {
  bool failed = false;
  for (const std::string& name : chosen(models, options)) {
    const auto entry = models.find(name);
    if (!entry) {
      return cannot_run(entry.error());
    }
    const auto status = models.status(*entry);
    // With no names given, weights that are not installed are nothing to complain about.
    const bool bad = status.state == ModelRegistry::State::kDamaged ||
                     (status.state == ModelRegistry::State::kAbsent && !options.names.empty());
    failed = failed || bad;
    fmt::print("{:<34}{}{}\n", name, state_text(status.state),
               status.state == ModelRegistry::State::kDamaged
                   ? fmt::format(": {} has another checksum than the manifest; {}",
                                 status.file.string(), models.how_to_replace(*entry, status.file))
                   : "");
  }
  return failed ? kSomeFailed : kDone;
}

ExitCode import_file(const ModelRegistry& models, const Options& options) {
  if (options.configuration.empty() && options.file.extension() == ".pth" &&
      has_checkpoints(options.name)) {
    return wrong_usage({"a checkpoint needs its configuration, too: everyface models import " +
                        options.name + " CHECKPOINT.pth CONFIG.yml"});
  }
  const auto path =
      options.configuration.empty()
          ? models.import_file(options.name, options.file)
          : import_checkpoint(models, options.name, options.file, options.configuration);
  if (!path) {
    return cannot_run(path.error());
  }
  fmt::print("{}: {}\n", options.name, path->string());
  return kDone;
}

void add_action(CLI::App& models, ExitCode& exit_code, const char* name, const char* help,
                const std::function<void(CLI::App&, Options&)>& add_options,
                const std::function<ExitCode(const ModelRegistry&, const Options&)>& act) {
  auto options = std::make_shared<Options>();
  CLI::App* command = models.add_subcommand(name, help);
  add_options(*command, *options);
  command->callback([options, act, &exit_code] {
    const auto registry = ModelRegistry::open(
        options->mirror.empty() ? std::nullopt : std::optional(options->mirror));
    exit_code = registry ? act(*registry, *options) : cannot_run(registry.error());
  });
}

}  // namespace

void add_models(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command =
      app.add_subcommand("models", "The weights of networks: which there are, and getting them");
  command->require_subcommand(1);
  add_action(
      *command, exit_code, "list", "Every model, and whether it is installed",
      [](CLI::App& action, Options& options) {
        action.add_flag("--json", options.json, "Answer with JSON on standard output");
      },
      [](const ModelRegistry& models, const Options& options) {
        return list(models, options.json);
      });
  add_action(
      *command, exit_code, "info", "All about one model",
      [](CLI::App& action, Options& options) {
        action.add_option("NAME", options.name, "Model")->required();
        action.add_flag("--json", options.json, "Answer with JSON on standard output");
      },
      info);
  add_action(
      *command, exit_code, "fetch", "Download weights, verify their checksum, install them",
      [](CLI::App& action, Options& options) {
        action.add_option("NAME", options.names,
                          "Models (default: all, those for research only included)");
        action.add_option("--mirror", options.mirror,
                          "Folder or URL that holds the files (default: $EVERYFACE_MODELS, else "
                          "where each was published)");
        action.footer(
            "Examples:\n"
            "  everyface models fetch yunet-n\n"
            "  everyface models fetch --mirror /media/weights");
      },
      fetch);
  add_action(
      *command, exit_code, "verify", "Check installed weights against the manifest",
      [](CLI::App& action, Options& options) {
        action.add_option("NAME", options.names, "Models (default: all)");
      },
      verify);
  add_action(
      *command, exit_code, "import", "Install a file of weights that you have",
      [](CLI::App& action, Options& options) {
        action.add_option("NAME", options.name, "Model")->required();
        action.add_option("FILE", options.file, "Its file, or a checkpoint of PyTorch")->required();
        action.add_option("CONFIG", options.configuration,
                          "The configuration of a checkpoint, as its authors write it");
        action.footer(
            "Examples:\n"
            "  everyface models import yunet-n yunet_n_640_640.onnx\n"
            "  everyface models import llflow LOL_smallNet.pth LOL_smallNet.yml\n"
            "A checkpoint is read by Debian's PyTorch (python3-torch, python3-yaml) and runs no "
            "code.");
      },
      import_file);
  command->footer(
      "Weights live in $EVERYFACE_MODEL_DIR (default: ~/.local/share/everyface/models). A folder "
      "in\n"
      "$EVERYFACE_MODELS is read directly, without installing.");
}

}  // namespace everyface::cli
