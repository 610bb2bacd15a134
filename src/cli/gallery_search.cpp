#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/gallery.h"
#include "everyface/base/text.h"
#include "everyface/search/approximate.h"
#include "everyface/search/flat_index.h"
#include "everyface/search/gallery.h"

namespace everyface::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  CommonOptions common;
  std::filesystem::path gallery;
  FaceOptions faces;
  std::size_t top = 10;
  std::optional<float> threshold;
  std::vector<std::string> where;
  std::string approximate;
  std::size_t effort = 0;
};

/// Those whose template could be made, and those whose could not.
struct Probes {
  std::vector<std::string> names;
  std::vector<float> rows;  // a template each
  std::vector<std::pair<std::string, std::string>> failures;
};

Result<Probes> probes_of_photos(const Options& options, const TemplateInfo& gallery) {
  const auto models = ModelRegistry::open();
  if (!models) {
    return models.error();
  }
  FaceOptions faces = options.faces;
  faces.flip = gallery.flip;
  if (faces.embedder.empty()) {
    faces.embedder = gallery.model;
  }
  if (faces.detector.empty()) {
    faces.detector = gallery.detector;
  }
  const auto info = template_info(faces, *models);
  if (!info) {
    return info.error();
  }
  if (const auto comparable = check_comparable(*info, gallery); !comparable) {
    return comparable.error();
  }
  const auto source = open_faces(faces);
  if (!source) {
    return source.error();
  }
  const std::size_t jobs = options.common.threads();
  auto templaters = make_templaters(faces, *models, jobs);
  if (!templaters) {
    return templaters.error();
  }
  Probes probes;
  std::vector<Template> templates(source->found.photos.size());
  const Batch batch = run_batch(
      "search", source->found, faces.limits, jobs,
      [&](std::size_t worker, std::size_t i, const Photo& photo) -> Result<void> {
        auto made = (*templaters)[worker].make_template(photo, source->dataset.records[i],
                                                        source->dataset.pad_px);
        if (!made) {
          return Error{source->found.photos[i].file.string() + ": " + made.error().message};
        }
        templates[i] = *std::move(made);
        return {};
      },
      [&](std::size_t i) -> Result<void> {
        probes.names.push_back(source->found.photos[i].file.string());
        probes.rows.insert(probes.rows.end(), templates[i].begin(), templates[i].end());
        return {};
      });
  probes.failures = batch.failures;
  return probes;
}

Result<Probes> probes_of_templates(const Options& options, const TemplateInfo& gallery) {
  Probes probes;
  for (const auto& path : options.faces.templates) {
    const auto file = TemplateFile::open(path);
    if (!file) {
      return file.error();
    }
    if (const auto comparable = check_comparable(file->info(), gallery); !comparable) {
      return Error{path.string() + ": " + comparable.error().message};
    }
    for (std::size_t row = 0; row < file->size(); ++row) {
      probes.names.emplace_back(file->name(row));
    }
    probes.rows.insert(probes.rows.end(), file->rows().begin(), file->rows().end());
  }
  return probes;
}

/// What an approximate search misses on the probes, and on templates of the gallery itself, each of
/// which is searched for its best neighbours other than itself.
struct Losses {
  SearchLoss probes;
  SearchLoss own;
};

Result<SearchResult> without_self(Result<SearchResult> found,
                                  const std::vector<std::size_t>& asked) {
  if (found) {
    for (std::size_t q = 0; q < asked.size(); ++q) {
      std::erase_if(found->hits[q], [&](const Hit& hit) { return hit.row == asked[q]; });
    }
  }
  return found;
}

Result<Losses> measure_losses(const FlatIndex& exact, const ApproximateIndex& approximate,
                              std::span<const float> probes, const SearchResult& found,
                              const SearchOptions& options) {
  Losses losses;
  const auto truth = exact.search(probes, options);
  if (!truth) {
    return truth.error();
  }
  losses.probes = measure_loss(*truth, found);
  constexpr std::size_t kOwn = 500;
  const std::size_t count = std::min(kOwn, exact.size());
  std::vector<std::size_t> asked;
  std::vector<float> own;
  for (std::size_t i = 0; i < count; ++i) {
    asked.push_back(i * exact.size() / count);
    const auto row = exact.row(asked.back());
    own.insert(own.end(), row.begin(), row.end());
  }
  SearchOptions one_more{.count = options.count + 1, .jobs = options.jobs};
  const auto own_truth = without_self(exact.search(own, one_more), asked);
  const auto own_found = without_self(approximate.search(own, one_more), asked);
  if (!own_truth || !own_found) {
    return own_truth ? own_found.error() : own_truth.error();
  }
  losses.own = measure_loss(*own_truth, *own_found);
  return losses;
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void print_loss(const char* what, const SearchLoss& loss) {
  fmt::print(stderr,
             "approximate search, {}: misses the best hit of {} of {} ({:.2f} %) and {} of {} hits "
             "({:.2f} %)\n",
             what, loss.first_missed, loss.queries, 100 * share(loss.first_missed, loss.queries),
             loss.hits_missed, loss.hits, 100 * share(loss.hits_missed, loss.hits));
}

Json loss_json(const SearchLoss& loss) {
  return {{"queries", loss.queries},
          {"first_missed", loss.first_missed},
          {"hits", loss.hits},
          {"hits_missed", loss.hits_missed}};
}

struct Found {
  SearchResult result;
  std::optional<Losses> losses;
};

Result<Found> search(const Options& options, const Gallery& gallery, const RowSet& allowed,
                     const Probes& probes) {
  SearchOptions wanted{.count = options.top, .jobs = options.common.threads()};
  if (options.threshold) {
    wanted.threshold = *options.threshold;
  }
  const auto exact = FlatIndex::build(gallery.parts(), gallery.info().dimensions, wanted.jobs);
  if (!exact) {
    return exact.error();
  }
  Found found;
  if (options.approximate.empty()) {
    wanted.allowed = options.where.empty() ? nullptr : &allowed;
    auto result = exact->search(probes.rows, wanted);
    if (!result) {
      return result.error();
    }
    found.result = *std::move(result);
    return found;
  }
  const ApproximateOptions how{
      options.approximate == "hnsw" ? ApproximateKind::kGraph : ApproximateKind::kInvertedLists,
      options.effort};
  const auto index = ApproximateIndex::build(*exact, how, wanted.jobs);
  if (!index) {
    return index.error();
  }
  auto result = index->search(probes.rows, wanted);
  if (!result) {
    return result.error();
  }
  found.result = *std::move(result);
  auto losses = measure_losses(*exact, *index, probes.rows, found.result, wanted);
  if (!losses) {
    return losses.error();
  }
  found.losses = *losses;
  return found;
}

void print_json(const Gallery& gallery, const Probes& probes, const Found& found) {
  Json json{{"probes", Json::array()}, {"failures", Json::array()}};
  const auto& columns = gallery.info().columns;
  for (std::size_t i = 0; i < probes.names.size(); ++i) {
    Json hits = Json::array();
    for (const Hit& hit : found.result.hits[i]) {
      Json one{{"score", std::round(static_cast<double>(hit.score) * 1e6) / 1e6}};
      for (std::size_t column = 0; column < columns.size(); ++column) {
        one[to_valid_utf8(columns[column])] = to_valid_utf8(gallery.value(column, hit.row));
      }
      hits.push_back(std::move(one));
    }
    json["probes"].push_back({{"image", to_valid_utf8(probes.names[i])}, {"hits", hits}});
  }
  for (const auto& [name, reason] : probes.failures) {
    json["failures"].push_back({{"image", to_valid_utf8(name)}, {"reason", to_valid_utf8(reason)}});
  }
  if (found.losses) {
    json["approximate"] = {{"on_probes", loss_json(found.losses->probes)},
                           {"on_gallery", loss_json(found.losses->own)}};
  }
  fmt::print("{}\n", json.dump(1));
}

void print_text(const Gallery& gallery, const Probes& probes, const Found& found) {
  const auto& columns = gallery.info().columns;
  for (std::size_t i = 0; i < probes.names.size(); ++i) {
    fmt::print("{}\n", to_valid_utf8(probes.names[i]));
    if (found.result.hits[i].empty()) {
      fmt::print("      nobody\n");
    }
    for (std::size_t rank = 0; rank < found.result.hits[i].size(); ++rank) {
      const Hit& hit = found.result.hits[i][rank];
      std::string line = fmt::format("{:>5} {:8.4f}  {}", rank + 1, hit.score,
                                     to_valid_utf8(gallery.name(hit.row)));
      for (std::size_t column = 1; column < columns.size(); ++column) {
        if (const auto value = gallery.value(column, hit.row);
            columns[column] != kChecksumColumn && !value.empty()) {
          line += "  " + to_valid_utf8(columns[column]) + "=" + to_valid_utf8(value);
        }
      }
      fmt::print("{}\n", line);
    }
  }
}

ExitCode run(const Options& options) {
  const FaceOptions& faces = options.faces;
  if (const auto checked = check_face_options(faces); !checked) {
    return wrong_usage(Error{"gallery search: " + checked.error().message});
  }
  if (!options.approximate.empty() && !options.where.empty()) {
    return wrong_usage(Error{"--approximate and --where do not go together: search exactly"});
  }
  const auto gallery = Gallery::open(options.gallery);
  if (!gallery) {
    return cannot_run(gallery.error());
  }
  if (faces.templates.empty() && faces.detector.empty() && gallery->info().detector.empty()) {
    return wrong_usage(
        Error{"the gallery does not say which detector it was made with: name one "
              "with --detector"});
  }
  const auto allowed = gallery->where(options.where);
  if (!allowed) {
    return wrong_usage(Error{"--where: " + allowed.error().message});
  }
  const auto probes = faces.templates.empty() ? probes_of_photos(options, gallery->info())
                                              : probes_of_templates(options, gallery->info());
  if (!probes) {
    return cannot_run(probes.error());
  }
  const auto found = search(options, *gallery, *allowed, *probes);
  if (!found) {
    return cannot_run(found.error());
  }
  if (options.common.json) {
    print_json(*gallery, *probes, *found);
  } else {
    print_text(*gallery, *probes, *found);
  }
  if (found->losses && !options.common.json) {
    print_loss("on these probes", found->losses->probes);
    print_loss("on templates of the gallery", found->losses->own);
  }
  if (probes->names.empty() && probes->failures.empty()) {
    complain("no probes found: name photos or folders that hold some");
    return kCannotRun;
  }
  return probes->failures.empty() ? kDone : kSomeFailed;
}

}  // namespace

void add_gallery_search(CLI::App& gallery, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      gallery.add_subcommand("search", "Find who in a gallery looks most like each probe");
  command->add_option("GALLERY", options->gallery, "The gallery's folder")->required();
  add_face_options(*command, options->faces);
  command->add_option("--top", options->top, "At most so many hits for each probe")
      ->check(CLI::Range(std::size_t{1}, std::numeric_limits<std::size_t>::max() - 1))
      ->capture_default_str();
  command->add_option("--threshold", options->threshold, "Only hits with at least this score")
      ->check(number_in(-1.0, 1.0));
  command->add_option("--where", options->where,
                      "Only templates of this column=value; several must all hold");
  command
      ->add_option("--approximate", options->approximate,
                   "ivf or hnsw: faster in large galleries, misses people; prints how many")
      ->check(CLI::IsMember({"ivf", "hnsw"}));
  command
      ->add_option("--effort", options->effort,
                   "Lists read (ivf, default 16) or candidates kept (hnsw, default 64)")
      ->check(CLI::PositiveNumber)  // without it, -1 would be the largest number
      ->needs("--approximate");
  add_common_options(*command, options->common);
  command->footer(
      "Exact unless --approximate is given. Detector and embedder default to the gallery's.\n"
      "Examples:\n"
      "  everyface gallery search people probe.jpg --top 5\n"
      "  everyface gallery search people night/ --enhance \"gaussian(sigma=2.5)+gain\" "
      "--threshold 0.4 --json\n"
      "  everyface gallery search people --templates probes.templates --where subject=anna");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace everyface::cli
