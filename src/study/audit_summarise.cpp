#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "everyface/base/progress.h"
#include "everyface/base/text.h"
#include "everyface/nn/registry.h"
#include "everyface_version.h"
#include "study/audit_cell.h"
#include "study/audit_differentials.h"
#include "study/audit_review.h"
#include "study/audit_templates.h"
#include "study/audit_thresholds.h"
#include "study/photo_run.h"
#include "study/results.h"
#include "study/run_store.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

/// Everyone in one group, then the columns of the labels.
std::vector<GroupColumn> columns_of(const AuditLabels& labels) {
  GroupColumn everyone;
  everyone.values = {"everyone"};
  everyone.of_record.assign(labels.identity.size(), 0);
  std::vector<GroupColumn> columns = {std::move(everyone)};
  columns.insert(columns.end(), labels.columns.begin(), labels.columns.end());
  return columns;
}

/// Scores all cells of one embedder.
Result<void> score_embedder(const fs::path& run_folder, const AuditCells& places,
                            const CellContext& context, const ModelRegistry& models,
                            const AuditResults& results, std::size_t embedder,
                            const AuditSummaryOptions& options, std::vector<CellResult>& cells,
                            AuditSummary& summary) {
  const std::size_t reference_cell = places.reference(embedder);
  const auto reference_file = TemplateFile::open(run_folder / results.files[reference_cell]);
  if (!reference_file) {
    return reference_file.error();
  }
  const TemplateSet reference = template_set(*reference_file, results.row_of[reference_cell]);
  const AuditProtocol& protocol = context.request.protocol;
  const std::string& name = context.request.embedders[embedder];
  const auto thresholds =
      protocol.thresholds.empty()
          ? fix_thresholds(context, reference)
          : read_thresholds(protocol.thresholds, name, models.find(name)->sha256, context.request);
  if (!thresholds) {
    return thresholds.error();
  }
  const std::size_t per_embedder = places.size() / context.request.embedders.size();
  Progress progress("audit", "conditions", per_embedder);
  for (std::size_t i = 0; i < per_embedder; ++i) {
    const std::size_t cell = embedder * per_embedder + i;
    const auto file = TemplateFile::open(run_folder / results.files[cell]);
    if (!file) {
      return file.error();
    }
    const TemplateSet probes = template_set(*file, results.row_of[cell]);
    const bool one_set = protocol.both_sides || cell == reference_cell;
    CellResult result =
        score_cell(context, *thresholds, probes, one_set ? probes : reference, one_set);
    const AuditCellPlace place = places.place(cell);
    result.cell.embedder = name;
    result.cell.exposure_ev = context.request.exposures_ev[place.exposure];
    result.cell.enhance = context.request.enhancers[place.chain].name();
    result.cell.reference = cell == reference_cell;
    result.cell.templates = results.files[cell];
    if (cell == reference_cell) {
      const auto effects = exclusion_effects(context, result, reference);
      summary.exclusions.insert(summary.exclusions.end(), effects.begin(), effects.end());
      add_review_pairs(result.cell.embedder, result.accepted, options.review, summary.review);
    }
    result.accepted = {};
    cells.push_back(std::move(result));
    progress.add();
  }
  return {};
}

}  // namespace

Result<AuditSummary> summarise_audit(const fs::path& run_folder, const ModelRegistry& models,
                                     const AuditSummaryOptions& options) {
  const auto request = read_audit_request(run_folder);
  if (!request) {
    return request.error();
  }
  if (request->shard.count > 1) {
    return Error{fmt::format(
        "{} is part {} of {} of an audit: join all parts with everyface audit merge, then there is "
        "a whole to report",
        run_folder.string(), request->shard.index, request->shard.count)};
  }
  // The templates are written anew.
  const auto lock = FolderLock::take(run_folder);
  if (!lock) {
    return lock.error();
  }
  const auto dataset =
      open_dataset(request->dataset_kind, request->dataset_path, {request->pad_px});
  if (!dataset) {
    return dataset.error();
  }
  const auto labels = AuditLabels::read(*request, *dataset);
  if (!labels) {
    return labels.error();
  }
  const auto command = read_command(run_folder);
  if (!command) {
    return command.error();
  }
  auto results = read_audit_results(run_folder, *request, *dataset, models);
  if (!results) {
    return results.error();
  }

  AuditSummary summary;
  summary.dataset_kind = request->dataset_kind;
  summary.dataset_path = to_valid_utf8(request->dataset_path);
  summary.records = dataset->records.size();
  summary.failed = results->failures.size();
  summary.failures = results->failures;
  summary.warnings = results->warnings;
  for (const std::string& problem : dataset->problems) {
    summary.warnings.push_back({"", problem});
  }
  for (const std::string& warning : labels->warnings) {
    summary.warnings.push_back({"", warning});
  }
  summary.has_subjects = labels->has_subjects;
  summary.identities = labels->identities;
  summary.pairs = labels->pairs_text;
  summary.thresholds = to_valid_utf8(request->protocol.thresholds);
  summary.both_sides = request->protocol.both_sides;
  summary.detector = request->detector.name();
  summary.detector_score = request->detector_score;
  summary.flip = request->flip;
  summary.pad_px = dataset->pad_px;
  summary.operating_fmr = request->protocol.operating_fmr;
  summary.operating_fpir = request->protocol.operating_fpir;
  summary.excluded_pairs = labels->excluded.size();
  summary.resamples = kReplicates;
  summary.seed = request->seed;
  summary.version = EVERYFACE_VERSION;
  summary.command = *command;
  for (const GroupColumn& column : labels->columns) {
    summary.group_names.push_back(column.name);
  }

  const std::vector<GroupColumn> columns = columns_of(*labels);
  const auto plan =
      plan_searches(*labels, results->decoded, request->protocol.gallery, request->seed);
  const CellContext context{*request,         *labels, columns,
                            results->decoded, plan,    std::max<std::size_t>(1, options.jobs)};
  const AuditCells places(*request);
  std::vector<CellResult> cells;
  for (std::size_t embedder = 0; embedder < request->embedders.size(); ++embedder) {
    if (const auto scored = score_embedder(run_folder, places, context, models, *results, embedder,
                                           options, cells, summary);
        !scored) {
      return scored.error();
    }
  }
  add_differentials(columns, cells);
  summary.comparisons = compare_enhancements(places, columns, cells);
  for (CellResult& result : cells) {
    summary.cells.push_back(std::move(result.cell));
  }
  summary.finding = audit_finding(summary);
  if (auto drawn =
          draw_review(*request, *dataset, *labels, *results, models, run_folder, summary.review);
      !drawn) {
    return drawn.error();
  }
  return summary;
}

}  // namespace everyface
