#include "study/audit_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "everyface/base/text.h"
#include "study/photo_run.h"

namespace everyface {
namespace {

void read_subjects(const Dataset& dataset, AuditLabels& labels) {
  std::map<std::string, std::uint32_t> numbers;
  for (const Record& record : dataset.records) {
    const bool known = record.faces.size() == 1 && record.faces.front().subject;
    if (!known) {
      labels.identity.push_back(static_cast<std::uint32_t>(labels.identities++));
      continue;
    }
    labels.has_subjects = true;
    const auto [place, fresh] = numbers.emplace(*record.faces.front().subject,
                                                static_cast<std::uint32_t>(labels.identities));
    labels.identities += fresh ? 1U : 0U;
    labels.identity.push_back(place->second);
  }
}

GroupColumn read_column(const std::string& name, const Dataset& dataset) {
  std::vector<std::optional<std::string>> of_record;
  std::map<std::string, std::uint32_t> numbers;
  for (const Record& record : dataset.records) {
    of_record.push_back(record.faces.size() == 1 ? group_value(record.faces.front(), name)
                                                 : std::nullopt);
    if (of_record.back()) {
      numbers.emplace(*of_record.back(), 0);
    }
  }
  GroupColumn column;
  column.name = name;
  for (auto& [value, number] : numbers) {
    number = static_cast<std::uint32_t>(column.values.size());
    column.values.push_back(value);
  }
  for (const auto& value : of_record) {
    column.of_record.push_back(value ? numbers[*value]
                                     : static_cast<std::uint32_t>(column.values.size()));
  }
  return column;
}

/// "race=White" to the index of White in race.
Result<void> set_reference_groups(const std::vector<std::string>& texts, AuditLabels& labels) {
  for (const std::string& text : texts) {
    const std::size_t at = text.find('=');
    const std::string by(trim(std::string_view(text).substr(0, at)));
    const std::string value(at == std::string::npos ? ""
                                                    : trim(std::string_view(text).substr(at + 1)));
    const auto column = std::find_if(labels.columns.begin(), labels.columns.end(),
                                     [&](const GroupColumn& one) { return one.name == by; });
    if (column == labels.columns.end()) {
      return Error{"--reference-group " + text + ": not COLUMN=VALUE with a column of --group"};
    }
    const auto found = std::find(column->values.begin(), column->values.end(), value);
    if (found == column->values.end()) {
      return Error{fmt::format("--reference-group {}: no photo has that value; {} has {}", text, by,
                               join(column->values, ", "))};
    }
    column->reference = static_cast<std::size_t>(found - column->values.begin());
  }
  return {};
}

/// The list that comes with a data set; empty: none.
std::filesystem::path own_list(const Dataset& dataset) {
  std::error_code ignored;
  const std::filesystem::path list = dataset.root / "pairs.txt";
  return dataset.kind == "lfw" && std::filesystem::exists(list, ignored) ? list
                                                                         : std::filesystem::path();
}

/// Takes the excluded pairs, either way round, out of the list.
void drop_excluded(AuditLabels& labels) {
  std::set<std::pair<std::size_t, std::size_t>> excluded;
  for (const RecordPair& pair : labels.excluded) {
    excluded.insert(std::minmax(pair.first, pair.second));
  }
  std::erase_if(*labels.pairs, [&](const RecordPair& pair) {
    return excluded.contains(std::minmax(pair.first, pair.second));
  });
}

Result<void> read_lists(const AuditProtocol& protocol, const Dataset& dataset,
                        AuditLabels& labels) {
  const std::filesystem::path list = protocol.pairs.empty() ? own_list(dataset)
                                     : protocol.pairs == "all" || protocol.pairs == "nonmated"
                                         ? std::filesystem::path()
                                         : std::filesystem::path(protocol.pairs);
  if (!list.empty()) {
    auto pairs = read_pairs(list, dataset);
    if (!pairs) {
      return Error{"--pairs: " + pairs.error().message};
    }
    for (RecordPair& pair : *pairs) {
      if (!pair.mated && !labels.has_subjects) {
        return Error{"--pairs: " + list.string() +
                     " has no column \"mated\", and the data set knows no subjects"};
      }
      pair.mated = pair.mated.value_or(labels.identity[pair.first] == labels.identity[pair.second]);
    }
    labels.pairs_text = fmt::format("the {} pairs of {}", pairs->size(), list.filename().string());
    labels.pairs = *std::move(pairs);
  } else {
    labels.nonmated_only = protocol.pairs == "nonmated";
    labels.pairs_text = labels.nonmated_only  ? "all pairs of photos of two people"
                        : labels.has_subjects ? "all pairs of photos"
                                              : "all pairs of photos, taken for two people each";
  }
  if (!protocol.exclude.empty()) {
    auto excluded = read_pairs(protocol.exclude, dataset);
    if (!excluded) {
      return Error{"--exclude: " + excluded.error().message};
    }
    labels.excluded = *std::move(excluded);
    if (labels.pairs) {
      drop_excluded(labels);
    }
  }
  return {};
}

}  // namespace

Result<AuditLabels> AuditLabels::read(const AuditRequest& request, const Dataset& dataset) {
  AuditLabels labels;
  read_subjects(dataset, labels);
  const auto columns = group_columns(request, dataset);
  if (!columns) {
    return columns.error();
  }
  for (const std::string& name : *columns) {
    GroupColumn column = read_column(name, dataset);
    if (column.values.size() <= kMostGroups) {
      labels.columns.push_back(std::move(column));
      continue;
    }
    const std::string what =
        fmt::format("column {} has {} values, and an audit compares at most {} groups", name,
                    column.values.size(), kMostGroups);
    if (!request.groups.empty()) {
      return Error{"--group: " + what};
    }
    labels.warnings.push_back(what + ": it is left out");
  }
  if (const auto set = set_reference_groups(request.protocol.reference_groups, labels); !set) {
    return set.error();
  }
  if (const auto read = read_lists(request.protocol, dataset, labels); !read) {
    return read.error();
  }
  return labels;
}

}  // namespace everyface
