#include "report/audit_tables.h"

#include <cmath>

#include "report/audit_view.h"
#include "report/csv.h"
#include "report/failures.h"

namespace everyface {
namespace {

using Header = std::vector<std::string>;

/// The first fields of every row, those of the cell, then the header's own.
Header cell_header(const Header& more) {
  Header header = {"exposure_ev", "embedder", "enhance"};
  header.insert(header.end(), more.begin(), more.end());
  return header;
}

CsvTable& cell_fields(CsvTable& table, const AuditCell& cell) {
  return table.number(cell.exposure_ev).text(cell.embedder).text(cell.enhance);
}

void add_rate_header(Header& header, const std::string& name) {
  for (const char* end : {"", "_low", "_high", "_events", "_trials"}) {
    header.push_back(name + end);
  }
}

void low_and_high(CsvTable& table, const std::optional<Interval>& interval) {
  table.number(interval ? std::optional(interval->low) : std::nullopt);
  table.number(interval ? std::optional(interval->high) : std::nullopt);
}

CsvTable& rate_fields(CsvTable& table, const ErrorRate& rate) {
  table.number(rate.value());
  low_and_high(table, rate.interval);
  return table.count(rate.count.events).count(rate.count.trials);
}

void optional_count(CsvTable& table, const std::optional<Identification>& identification,
                    std::size_t Identification::*field) {
  if (identification) {
    table.count((*identification).*field);
  } else {
    table.text("");
  }
}

CsvTable& flag(CsvTable& table, bool value) { return table.text(value ? "true" : "false"); }

std::string cells_csv(const AuditSummary& summary) {
  Header header = cell_header({"reference", "images"});
  add_rate_header(header, "failed_to_acquire");
  const Header rest = {"mated",        "nonmated",
                       "auc",          "eer",
                       "accuracy",     "accuracy_standard_error",
                       "gallery",      "failed_to_enrol",
                       "mated_probes", "nonmated_probes",
                       "rank1",        "templates"};
  header.insert(header.end(), rest.begin(), rest.end());
  CsvTable table(header);
  for (const AuditCell& cell : summary.cells) {
    flag(cell_fields(table, cell), cell.reference).count(cell.images);
    const auto& folds = cell.verification.folds;
    rate_fields(table, cell.failed_to_acquire)
        .count(cell.verification.mated)
        .count(cell.verification.nonmated)
        .number(cell.verification.auc)
        .number(cell.verification.eer)
        .number(folds ? std::optional(folds->mean) : std::nullopt)
        .number(folds ? std::optional(folds->standard_error) : std::nullopt);
    optional_count(table, cell.identification, &Identification::gallery);
    optional_count(table, cell.identification, &Identification::failed_to_enrol);
    optional_count(table, cell.identification, &Identification::mated_probes);
    optional_count(table, cell.identification, &Identification::nonmated_probes);
    table.number(cell.identification ? cell.identification->rank1 : std::nullopt)
        .text(cell.templates)
        .end_row();
  }
  return table.content();
}

std::string operating_points_csv(const AuditSummary& summary) {
  Header header = cell_header({"target_fmr", "threshold", "exact"});
  add_rate_header(header, "fmr");
  add_rate_header(header, "fnmr");
  header.emplace_back("fnmr_at_own_threshold");
  CsvTable table(header);
  for (const AuditCell& cell : summary.cells) {
    for (const VerificationPoint& point : cell.verification.points) {
      cell_fields(table, cell).number(point.target_fmr).number(point.threshold);
      flag(table, point.exact);
      rate_fields(table, point.fmr);
      rate_fields(table, point.fnmr).number(point.fnmr_at_own_threshold).end_row();
    }
  }
  return table.content();
}

std::string identification_csv(const AuditSummary& summary) {
  Header header = cell_header({"target_fpir", "threshold"});
  add_rate_header(header, "fpir");
  add_rate_header(header, "fnir");
  header.emplace_back("selectivity");
  CsvTable table(header);
  for (const AuditCell& cell : summary.cells) {
    if (!cell.identification) {
      continue;
    }
    for (const IdentificationPoint& point : cell.identification->points) {
      cell_fields(table, cell).number(point.target_fpir).number(point.threshold);
      rate_fields(table, point.fpir);
      rate_fields(table, point.fnir).number(point.selectivity).end_row();
    }
  }
  return table.content();
}

std::string sizes_csv(const AuditSummary& summary) {
  Header header = cell_header({"gallery"});
  add_rate_header(header, "fpir");
  add_rate_header(header, "fnir");
  CsvTable table(header);
  for (const AuditCell& cell : summary.cells) {
    if (!cell.identification) {
      continue;
    }
    for (const GallerySize& size : cell.identification->sizes) {
      rate_fields(cell_fields(table, cell).count(size.gallery), size.fpir);
      rate_fields(table, size.fnir).end_row();
    }
  }
  return table.content();
}

std::string groups_csv(const AuditSummary& summary) {
  CsvTable table(cell_header({"by", "value", "photos", "identities", "rate", "result", "low",
                              "high", "events", "trials", "independent"}));
  for (const AuditCell& cell : summary.cells) {
    for (const GroupErrors& group : cell.groups) {
      const auto row = [&](const char* name, const ErrorRate& rate) {
        cell_fields(table, cell)
            .text(group.by)
            .text(group.value)
            .count(group.photos)
            .count(group.identities)
            .text(name);
        rate_fields(table, rate).count(rate.count.independent).end_row();
      };
      for (const ErrorKind kind : kErrorKinds) {
        row(error_name(kind).name, rate_of(group, kind));
      }
      row("FMR of anyone", group.fmr_any);
    }
  }
  return table.content();
}

std::string matrix_csv(const AuditSummary& summary) {
  CsvTable table(cell_header(
      {"by", "probe", "reference", "fmr", "low", "high", "events", "trials", "independent"}));
  for (const AuditCell& cell : summary.cells) {
    for (const GroupMatrix& matrix : cell.matrices) {
      for (std::size_t i = 0; i < matrix.fmr.size(); ++i) {
        cell_fields(table, cell)
            .text(matrix.by)
            .text(matrix.values[i / matrix.values.size()])
            .text(matrix.values[i % matrix.values.size()]);
        rate_fields(table, matrix.fmr[i]).count(matrix.fmr[i].count.independent).end_row();
      }
    }
  }
  return table.content();
}

std::string differentials_csv(const AuditSummary& summary) {
  CsvTable table(cell_header({"by", "measure", "rate", "worst", "best", "groups", "value",
                              "infinite", "low", "high", "beyond_chance"}));
  for (const AuditCell& cell : summary.cells) {
    for (const Differential& one : cell.differentials) {
      cell_fields(table, cell)
          .text(one.by)
          .text(one.measure)
          .text(one.rate)
          .text(one.worst)
          .text(one.best)
          .count(one.groups)
          .number(one.value);
      flag(table, one.value && std::isinf(*one.value));
      low_and_high(table, one.interval);
      table.text(!one.beyond_chance ? "" : *one.beyond_chance ? "true" : "false").end_row();
    }
  }
  return table.content();
}

std::string comparisons_csv(const AuditSummary& summary) {
  Header header = {"exposure_ev", "embedder", "before", "after", "rate", "by", "value"};
  add_rate_header(header, "first");
  add_rate_header(header, "second");
  header.insert(header.end(), {"difference", "low", "high", "p_value"});
  CsvTable table(header);
  for (const AuditComparison& one : summary.comparisons) {
    table.number(one.exposure_ev)
        .text(one.embedder)
        .text(one.before)
        .text(one.after)
        .text(one.rate)
        .text(one.by)
        .text(one.value);
    rate_fields(table, one.first);
    rate_fields(table, one.second)
        .number(one.second.value().value_or(NAN) - one.first.value().value_or(NAN));
    low_and_high(table, one.difference);
    table.number(one.p_value).end_row();
  }
  return table.content();
}

std::string curves_csv(const AuditSummary& summary) {
  CsvTable table(cell_header({"threshold", "fmr", "fnmr"}));
  for (const AuditCell& cell : summary.cells) {
    for (const ErrorPoint& point : cell.verification.curve) {
      cell_fields(table, cell)
          .number(point.threshold)
          .number(point.fmr)
          .number(point.fnmr)
          .end_row();
    }
  }
  return table.content();
}

std::string review_csv(const AuditSummary& summary, const AuditReportOptions& options) {
  Header header = {"first", "second", "embedder", "score", "first_groups", "second_groups"};
  if (!options.no_faces) {
    header.insert(header.end(), {"first_file", "second_file"});
  }
  CsvTable table(header);
  for (const ReviewPair& pair : summary.review) {
    table.text(pair.first)
        .text(pair.second)
        .text(pair.embedder)
        .number(pair.score)
        .text(pair.first_groups)
        .text(pair.second_groups);
    if (!options.no_faces) {
      table.text(pair.first_file).text(pair.second_file);
    }
    table.end_row();
  }
  return table.content();
}

std::string exclusions_csv(const AuditSummary& summary) {
  CsvTable table({"embedder", "excluded", "threshold", "by", "worst_to_best", "infinite"});
  for (const ExclusionEffect& effect : summary.exclusions) {
    table.text(effect.embedder)
        .count(effect.excluded)
        .number(effect.threshold)
        .text(effect.by)
        .number(effect.worst_to_best);
    flag(table, effect.worst_to_best && std::isinf(*effect.worst_to_best)).end_row();
  }
  return table.content();
}

}  // namespace

std::vector<NamedTable> audit_tables(const AuditSummary& summary,
                                     const AuditReportOptions& options) {
  return {{"cells.csv", cells_csv(summary)},
          {"operating_points.csv", operating_points_csv(summary)},
          {"identification.csv", identification_csv(summary)},
          {"sizes.csv", sizes_csv(summary)},
          {"groups.csv", groups_csv(summary)},
          {"matrix.csv", matrix_csv(summary)},
          {"differentials.csv", differentials_csv(summary)},
          {"comparisons.csv", comparisons_csv(summary)},
          {"curves.csv", curves_csv(summary)},
          {"review.csv", review_csv(summary, options)},
          {"exclusions.csv", exclusions_csv(summary)},
          {"failures.csv", failures_csv(summary.failures, summary.warnings)}};
}

}  // namespace everyface
