#include "study/audit_templates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "everyface/base/base64.h"
#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "everyface/nn/registry.h"
#include "study/request_json.h"
#include "study/results.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

/// Writes the cells' template files while the rows come by.
class Collector {
 public:
  Collector(const AuditRequest& request, const Dataset& dataset)
      : cells_(request), dataset_(dataset) {
    results_.decoded.assign(dataset.records.size(), false);
    results_.sha256.resize(dataset.records.size());
    results_.landmarks.resize(dataset.records.size());
    results_.row_of.assign(cells_.size(),
                           std::vector<std::uint32_t>(dataset.records.size(), kNoRow));
  }

  Result<void> open(const fs::path& run_folder, const AuditRequest& request,
                    const ModelRegistry& models) {
    folder_ = run_folder;
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
      const AuditCellPlace at = cells_.place(cell);
      const auto entry = models.find(request.embedders[at.embedder]);
      if (!entry || !entry->embed) {
        return Error{"the registry has no embedder " + request.embedders[at.embedder]};
      }
      TemplateInfo info;
      info.model = entry->name;
      info.model_sha256 = entry->sha256;
      info.contract_sha256 = entry->embed->sha256();
      info.flip = request.flip;
      info.detector = request.detector.name();
      info.dimensions = entry->embed->dimensions;
      info.columns = {"name", "subject"};
      results_.files.push_back(fmt::format("templates/{:04}-{}.templates", cell + 1, entry->name));
      auto writer = TemplateWriter::create(run_folder / results_.files.back(), info);
      if (!writer) {
        return writer.error();
      }
      writers_.push_back(*std::move(writer));
      dimensions_.push_back(info.dimensions);
    }
    return {};
  }

  void photo(PhotoLine&& line) {
    record_ = next_++;
    if (record_ >= dataset_.records.size() ||
        to_valid_utf8(dataset_.records[record_].name) != line.image) {
      fail("the data set is not the one of the run (it has no photo " + line.image +
           " at its place): give the command of the audit again");
      return;
    }
    if (!line.failure.empty()) {
      results_.failures.push_back({line.image, line.failure});
      return;
    }
    if (!line.warning.empty()) {
      results_.warnings.push_back({line.image, line.warning});
    }
    results_.decoded[record_] = true;
    results_.sha256[record_] = line.sha256;
  }

  void row(std::size_t row_cell, const nlohmann::json& row) {
    if (problem_ || row.contains("failed_to_acquire")) {
      return;
    }
    const std::size_t cell = cells_.of_row(row_cell);
    const auto bytes = from_base64(row.at("template").get_ref<const std::string&>());
    std::vector<float> values(dimensions_[cell]);
    if (!bytes || bytes->size() != values.size() * sizeof(float)) {
      fail("the template of " + dataset_.records[record_].name + " is malformed");
      return;
    }
    std::memcpy(values.data(), bytes->data(), bytes->size());
    const Record& record = dataset_.records[record_];
    const std::string subject = record.faces.size() == 1 && record.faces.front().subject
                                    ? *record.faces.front().subject
                                    : std::string();
    results_.row_of[cell][record_] = static_cast<std::uint32_t>(writers_[cell].size());
    if (auto added = writers_[cell].add(values, {record.name, subject}); !added) {
      fail(added.error().message);
    }
    if (cell == cells_.reference(0)) {
      Landmarks& landmarks = results_.landmarks[record_].emplace();
      for (std::size_t i = 0; i < landmarks.size(); ++i) {
        landmarks[i] = {row.at("landmarks").at(i).at(0), row.at("landmarks").at(i).at(1)};
      }
    }
  }

  Result<AuditResults> finish() {
    if (problem_) {
      return *problem_;
    }
    for (TemplateWriter& writer : writers_) {
      if (auto finished = writer.finish(); !finished) {
        return finished.error();
      }
    }
    remove_others();
    return std::move(results_);
  }

 private:
  /// Template files of an earlier request. Those of this one are replaced whole, one by one, so
  /// that whoever reads them meanwhile finds the old or the new.
  void remove_others() const {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder_ / "templates", ignored)) {
      const std::string name = "templates/" + entry.path().filename().string();
      if (std::find(results_.files.begin(), results_.files.end(), name) == results_.files.end()) {
        fs::remove(entry.path(), ignored);
      }
    }
  }

  void fail(const std::string& what) {
    if (!problem_) {
      problem_ = Error{what};
    }
  }

  AuditCells cells_;
  const Dataset& dataset_;
  fs::path folder_;
  AuditResults results_;
  std::vector<TemplateWriter> writers_;
  std::vector<std::size_t> dimensions_;
  std::size_t next_ = 0;
  std::size_t record_ = 0;
  std::optional<Error> problem_;
};

}  // namespace

AuditCells::AuditCells(const AuditRequest& request)
    : embedders_(request.embedders.size()),
      exposures_(request.exposures_ev.size()),
      chains_(request.enhancers.size()) {
  for (std::size_t i = 0; i < exposures_; ++i) {
    if (std::abs(request.exposures_ev[i]) < std::abs(request.exposures_ev[reference_exposure_])) {
      reference_exposure_ = i;
    }
  }
  for (std::size_t i = 0; i < chains_; ++i) {
    if (request.enhancers[i].name() == "none") {
      none_ = i;
    }
  }
}

AuditCellPlace AuditCells::place(std::size_t cell) const {
  return {cell / chains_ / exposures_, cell / chains_ % exposures_, cell % chains_};
}

std::size_t AuditCells::index(const AuditCellPlace& place) const {
  return (place.embedder * exposures_ + place.exposure) * chains_ + place.chain;
}

std::size_t AuditCells::of_row(std::size_t row) const {
  return index({row % embedders_, row / embedders_ / chains_, row / embedders_ % chains_});
}

std::size_t AuditCells::reference(std::size_t embedder) const {
  return index({embedder, reference_exposure_, none_.value_or(0)});
}

Result<AuditResults> read_audit_results(const fs::path& run_folder, const AuditRequest& request,
                                        const Dataset& dataset, const ModelRegistry& models) {
  Collector collector(request, dataset);
  if (auto opened = collector.open(run_folder, request, models); !opened) {
    return opened.error();
  }
  const auto read = read_rows(
      run_folder, request, "embedder", request.embedders,
      [&collector](PhotoLine&& line) { collector.photo(std::move(line)); },
      [&collector](std::size_t cell, const nlohmann::json& row) { collector.row(cell, row); });
  if (!read) {
    return read.error();
  }
  return collector.finish();
}

TemplateSet template_set(const TemplateFile& file, const std::vector<std::uint32_t>& row_of) {
  TemplateSet set;
  set.rows = file.rows();
  set.dimensions = file.info().dimensions;
  set.row_of = row_of;
  set.records.resize(file.size());
  for (std::uint32_t record = 0; record < row_of.size(); ++record) {
    if (row_of[record] != kNoRow) {
      set.records[row_of[record]] = record;
    }
  }
  return set;
}

}  // namespace everyface
