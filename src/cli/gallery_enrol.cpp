#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cli/gallery.h"
#include "everyface/base/hash.h"
#include "everyface/base/progress.h"
#include "everyface/base/text.h"
#include "everyface/search/gallery.h"

namespace everyface::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Templates between commits: what a kill can cost.
constexpr std::size_t kTemplatesACommit = 1000;

struct Options {
  CommonOptions common;
  std::filesystem::path gallery;
  FaceOptions faces;
};

/// What came of an enrolment.
struct Outcome {
  std::size_t enrolled = 0;
  std::size_t known = 0;  ///< were there before
  std::vector<std::pair<std::string, std::string>> failures;
  std::size_t templates = 0;  ///< in the gallery now
};

ExitCode close(const Outcome& outcome, const CommonOptions& common) {
  if (common.json) {
    Json json{{"enrolled", outcome.enrolled},
              {"known", outcome.known},
              {"failed", outcome.failures.size()},
              {"templates", outcome.templates},
              {"failures", Json::array()}};
    for (const auto& [name, reason] : outcome.failures) {
      json["failures"].push_back(
          {{"image", to_valid_utf8(name)}, {"reason", to_valid_utf8(reason)}});
    }
    fmt::print("{}\n", json.dump(1));
  } else {
    fmt::print(stderr, "{} enrolled, {} were there before, {} failed; the gallery has {}\n",
               outcome.enrolled, outcome.known, outcome.failures.size(), outcome.templates);
  }
  if (outcome.enrolled == 0 && outcome.known == 0 && outcome.failures.empty()) {
    complain("nothing to enrol: name photos or folders that hold some");
    return kCannotRun;
  }
  return outcome.failures.empty() ? kDone : kSomeFailed;
}

/// The gallery cannot be written. Thrown out of run_batch(), which goes on after the error of a
/// photo: all further ones would be embedded in vain.
class CannotWrite : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Adds, and commits now and then.
Result<void> add(GalleryWriter& writer, std::span<const float> row,
                 const std::vector<std::string>& values, Outcome& outcome) {
  if (auto added = writer.add(row, values); !added) {
    return added.error();
  }
  return ++outcome.enrolled % kTemplatesACommit == 0 ? writer.commit() : Result<void>();
}

Result<void> close_writer(GalleryWriter& writer, Outcome& outcome) {
  if (auto committed = writer.commit(); !committed) {
    return committed.error();
  }
  if (auto compacted = writer.compact(); !compacted) {
    return compacted.error();
  }
  outcome.templates = writer.size();
  return {};
}

// ------------------------------------------------------------------------------------- from photos

bool has_subjects(const Dataset& dataset) {
  return std::any_of(dataset.records.begin(), dataset.records.end(), [](const Record& record) {
    return !record.faces.empty() && record.faces[0].subject;
  });
}

/// The columns that a source can fill. Says which of the data set's are called otherwise, because
/// the gallery has fields of that name.
std::vector<std::string> columns_of(const Dataset& dataset, bool subjects) {
  std::vector<std::string> names = {"name", std::string(kChecksumColumn)};
  if (subjects) {
    names.emplace_back("subject");
  }
  names.insert(names.end(), dataset.group_names.begin(), dataset.group_names.end());
  std::vector<std::string> columns = distinct_columns(names);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] != names[i]) {
      complain("the data set's column \"" + names[i] + "\" is \"" + columns[i] +
               "\" in the gallery, where \"" + names[i] + "\" means something else");
    }
  }
  return columns;
}

/// In the order of columns_of().
std::vector<std::string> values_of(const Record& record, const std::string& sha256,
                                   const Dataset& dataset, bool subjects) {
  const LabelledFace face = record.faces.empty() ? LabelledFace() : record.faces[0];
  std::vector<std::string> values = {record.name, sha256};
  if (subjects) {
    values.push_back(face.subject.value_or(""));
  }
  for (const std::string& group : dataset.group_names) {
    const auto found = face.groups.find(group);
    values.push_back(found == face.groups.end() ? "" : found->second);
  }
  return values;
}

Result<Outcome> enrol_photos(const Options& options, const ModelRegistry& models) {
  const auto source = open_faces(options.faces);
  if (!source) {
    return source.error();
  }
  auto info = template_info(options.faces, models);
  if (!info) {
    return info.error();
  }
  const bool subjects = has_subjects(source->dataset);
  info->columns = columns_of(source->dataset, subjects);
  const std::size_t jobs = options.common.threads();
  auto templaters = make_templaters(options.faces, models, jobs);
  if (!templaters) {
    return templaters.error();
  }
  auto writer = GalleryWriter::open(options.gallery, *info);
  if (!writer) {
    return writer.error();
  }
  const auto& records = source->dataset.records;
  Outcome outcome;
  std::mutex mutex;                                 // guards the writer
  std::vector<Template> templates(records.size());  // empty: enrolled before
  std::vector<std::string> checksums(records.size());
  const auto make = [&](std::size_t worker, std::size_t i, const Photo& photo) -> Result<void> {
    checksums[i] = photo.sha256;
    {
      const std::lock_guard lock(mutex);
      const auto known = writer->enrolled(records[i].name, photo.sha256);
      if (!known) {
        return known.error();
      }
      if (*known) {
        return {};
      }
    }
    auto made = (*templaters)[worker].make_template(photo, records[i], source->dataset.pad_px);
    if (!made) {
      return Error{records[i].file.string() + ": " + made.error().message};
    }
    templates[i] = *std::move(made);
    return {};
  };
  const auto enrol = [&](std::size_t i) -> Result<void> {
    const Template row = std::exchange(templates[i], {});
    const std::lock_guard lock(mutex);
    // Asked again: a photo that is named twice may have come in since make() asked.
    const auto known = writer->enrolled(records[i].name, checksums[i]);
    if (!known) {
      return known.error();
    }
    if (*known) {
      ++outcome.known;
      return {};
    }
    auto added =
        add(*writer, row, values_of(records[i], checksums[i], source->dataset, subjects), outcome);
    if (writer->ended()) {
      throw CannotWrite(added.error().message);
    }
    return added;
  };
  try {
    outcome.failures =
        run_batch("enrol", source->found, options.faces.limits, jobs, make, enrol).failures;
  } catch (const CannotWrite& problem) {
    return Error{problem.what()};
  }
  if (auto closed = close_writer(*writer, outcome); !closed) {
    return closed.error();
  }
  return outcome;
}

// ---------------------------------------------------------------------------------- from templates

Result<void> enrol_file(const std::filesystem::path& path, const std::filesystem::path& gallery,
                        Outcome& outcome) {
  const auto file = TemplateFile::open(path);
  if (!file) {
    return file.error();
  }
  // Where the file has no checksums, a template's own bytes stand in.
  TemplateInfo info = file->info();
  std::vector<std::size_t> from = {0, info.columns.size()};  // which of the file's columns
  info.columns = {"name", std::string(kChecksumColumn)};
  for (std::size_t i = 1; i < file->info().columns.size(); ++i) {
    if (file->info().columns[i] == kChecksumColumn) {
      from[1] = i;
    } else {
      from.push_back(i);
      info.columns.push_back(file->info().columns[i]);
    }
  }
  auto writer = GalleryWriter::open(gallery, info);
  if (!writer) {
    return writer.error();
  }
  Progress progress("enrol", "templates", file->size());
  for (std::size_t row = 0; row < file->size(); ++row, progress.add()) {
    std::vector<std::string> values;
    values.reserve(from.size());
    for (const std::size_t column : from) {
      values.emplace_back(column < file->info().columns.size() ? file->value(column, row)
                                                               : std::string_view());
    }
    const auto floats = file->row(row);
    if (values[1].empty()) {
      values[1] = sha256_hex({reinterpret_cast<const char*>(floats.data()), floats.size_bytes()});
    }
    const auto known = writer->enrolled(values[0], values[1]);
    if (known && *known) {
      ++outcome.known;
      continue;
    }
    const auto added = known ? add(*writer, floats, values, outcome) : known.error();
    if (writer->ended()) {
      return added.error();
    }
    if (!added) {
      complain(added.error().message);
      outcome.failures.emplace_back(values[0], added.error().message);
    }
  }
  return close_writer(*writer, outcome);
}

Result<Outcome> enrol_templates(const Options& options) {
  Outcome outcome;
  for (const auto& path : options.faces.templates) {
    if (auto enrolled = enrol_file(path, options.gallery, outcome); !enrolled) {
      return enrolled.error();
    }
  }
  return outcome;
}

ExitCode run(const Options& options) {
  const FaceOptions& faces = options.faces;
  if (const auto checked = check_face_options(faces); !checked) {
    return wrong_usage(Error{"gallery enrol: " + checked.error().message});
  }
  if (faces.templates.empty() && faces.embedder.empty()) {
    return wrong_usage(Error{"enrolling photos needs --embedder"});
  }
  if (!faces.templates.empty()) {
    const auto outcome = enrol_templates(options);
    return outcome ? close(*outcome, options.common) : cannot_run(outcome.error());
  }
  const auto models = ModelRegistry::open();
  if (!models) {
    return cannot_run(models.error());
  }
  const auto outcome = enrol_photos(options, *models);
  return outcome ? close(*outcome, options.common) : cannot_run(outcome.error());
}

}  // namespace

void add_gallery_enrol(CLI::App& gallery, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = gallery.add_subcommand(
      "enrol", "Add the faces of photos to a gallery; those there already are left alone");
  command->add_option("GALLERY", options->gallery, "The gallery's folder; made where it is not")
      ->required();
  options->faces.detector = "dusk";
  add_face_options(*command, options->faces);
  options->faces.of_photos.push_back(
      command->add_flag("--flip", options->faces.flip,
                        "Templates from the crop and its mirror image, at twice the time"));
  add_common_options(*command, options->common);
  command->footer(
      "May be killed at any time: all but the last templates (at most 1000) stay, and the same\n"
      "command goes on.\n"
      "Examples:\n"
      "  everyface gallery enrol people photos/ --embedder edgeface-xxs\n"
      "  everyface gallery enrol people --dataset csv people.csv --detector yunet "
      "--embedder edgeface-xxs\n"
      "  everyface gallery enrol people --templates more.templates");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace everyface::cli
