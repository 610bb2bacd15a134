#include "cli/command.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "everyface/base/parallel.h"
#include "everyface/base/progress.h"
#include "everyface/base/text.h"

namespace everyface::cli {

std::size_t CommonOptions::threads() const { return jobs == 0 ? available_cores() : jobs; }

void add_common_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--jobs", options.jobs, "Threads (default: one for each core)")
      ->check(CLI::Range(0, 1024));
  command.add_option("--seed", options.seed, "Seed of everything random; few commands have any")
      ->capture_default_str();
  command.add_flag("--json", options.json, "Answer with JSON on standard output");
}

CLI::Validator number_in(double low, double high) {
  const CLI::Validator finite(
      [](std::string& text) {
        return parse_number(text) ? std::string() : "must be a number, not " + text;
      },
      "");
  return CLI::Range(low, high) & finite;
}

CLI::Validator tile_sides() {
  return {[](std::string& text) {
            const auto side = parse_int(text);
            const bool fits = side && (*side == 0 || (*side >= 64 && *side <= 4096));
            return fits ? std::string() : "must be 0 or from 64 to 4096, not " + text;
          },
          "0 or 64-4096"};
}

void complain(const std::string& message) {
  fmt::print(stderr, "everyface: {}\n", to_valid_utf8(message));
}

ExitCode cannot_run(const Error& error) {
  complain(error.message);
  return kCannotRun;
}

ExitCode wrong_usage(const Error& error) {
  complain(error.message);
  return kUsage;
}

Batch run_batch(const char* what, const FoundPhotos& found, const PhotoLimits& limits,
                std::size_t jobs,
                const std::function<Result<void>(std::size_t, std::size_t, const Photo&)>& work,
                const std::function<Result<void>(std::size_t)>& finish) {
  Batch batch;
  const auto fail = [&batch](const std::string& photo, const std::string& reason) {
    complain(reason);
    ++batch.failed;
    batch.failures.emplace_back(photo, reason);
  };
  for (const std::string& problem : found.problems) {
    fail("", problem);
  }
  std::vector<std::optional<Error>> errors(found.photos.size());
  batch.left_out = found.other_files;
  std::vector<std::string> warnings(found.photos.size());
  Progress progress(what, "photos", found.photos.size());
  parallel_in_order(
      found.photos.size(), jobs, 4 * jobs,
      [&](std::size_t worker, std::size_t i) {
        try {
          const auto photo = load_photo(found.photos[i].file, limits);
          if (!photo) {
            errors[i] = photo.error();
            return;
          }
          warnings[i] = photo->warning;
          if (const auto worked = work(worker, i, *photo); !worked) {
            errors[i] = worked.error();
          }
        } catch (const std::exception& problem) {  // e.g. out of memory inside a library
          errors[i] = Error{found.photos[i].file.string() + ": " + problem.what()};
        }
      },
      [&](std::size_t i) {
        progress.add();
        if (!errors[i]) {
          if (const auto finished = finish(i); !finished) {
            errors[i] = finished.error();
          }
        }
        if (errors[i]) {
          fail(found.photos[i].file.string(), errors[i]->message);
          return true;
        }
        if (!warnings[i].empty()) {
          complain(found.photos[i].file.string() + ": warning: " + warnings[i]);
          ++batch.warned;
        }
        ++batch.done;
        return true;
      });
  return batch;
}

ExitCode close_batch(const Batch& batch, const CommonOptions& options, const std::string& what) {
  if (options.json) {
    nlohmann::ordered_json json;
    json["done"] = batch.done;
    json["failed"] = batch.failed;
    json["warnings"] = batch.warned;
    json["left_out"] = batch.left_out;
    json["failures"] = nlohmann::ordered_json::array();
    for (const auto& [photo, reason] : batch.failures) {
      json["failures"].push_back(
          {{"image", to_valid_utf8(photo)}, {"reason", to_valid_utf8(reason)}});
    }
    fmt::print("{}\n", json.dump(1));
  } else {
    const auto some = [](std::size_t count, const char* text) {
      return count > 0 ? fmt::format(", {} {}", count, text) : std::string();
    };
    fmt::print(stderr, "{} {} {}{}{}{}\n", batch.done, batch.done == 1 ? "photo" : "photos", what,
               some(batch.failed, "failed"), some(batch.warned, "with a warning"),
               some(batch.left_out, "left out (GIF, HEIC, raw and the like are not read)"));
  }
  if (batch.done == 0 && batch.failed == 0) {
    complain("no photos found: name photos or folders that hold some");
    return kCannotRun;
  }
  return batch.failed > 0 ? kSomeFailed : kDone;
}

}  // namespace everyface::cli
