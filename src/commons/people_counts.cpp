#include "commons/people_counts.h"

#include <algorithm>
#include <map>

namespace everyface {
namespace {

using Member = std::string PersonAttributes::*;

constexpr int kTones = 10;

/// An attribute, and the values it may have.
struct Attribute {
  std::string name;
  Member member;
  std::vector<std::string> values;
  bool only_published = false;
};

std::vector<std::string> codes_of(const std::vector<Choice>& choices) {
  std::vector<std::string> codes;
  codes.reserve(choices.size());
  for (const Choice& choice : choices) {
    codes.push_back(choice.code);
  }
  return codes;
}

std::vector<Attribute> attributes_of(const DeclarationChoices& choices) {
  std::vector<std::string> groups = codes_of(choices.groups);
  groups.emplace_back(kSeveralGroups);
  std::vector<std::string> tones;
  for (int tone = 1; tone <= kTones; ++tone) {
    tones.push_back(std::to_string(tone));
  }
  tones.emplace_back();
  std::vector<std::string> country_codes;
  for (const Country& country : countries("en")) {
    country_codes.push_back(country.code);
  }
  country_codes.emplace_back();
  return {{"group", &PersonAttributes::group, std::move(groups)},
          {"gender", &PersonAttributes::gender, codes_of(choices.genders)},
          {"age_band", &PersonAttributes::age_band, codes_of(choices.age_bands)},
          {"country", &PersonAttributes::country, std::move(country_codes), true},
          {"monk_tone", &PersonAttributes::monk_tone, std::move(tones)}};
}

/// Values that people have though they were taken off the list.
void add_old_values(const std::vector<PersonAttributes>& people, Attribute& attribute) {
  for (const PersonAttributes& person : people) {
    const std::string& value = person.*attribute.member;
    if (std::find(attribute.values.begin(), attribute.values.end(), value) ==
        attribute.values.end()) {
      attribute.values.push_back(value);
    }
  }
}

std::vector<std::int64_t> count_values(const std::vector<PersonAttributes>& people,
                                       const Attribute& attribute) {
  std::map<std::string, std::int64_t> counts;
  for (const PersonAttributes& person : people) {
    ++counts[person.*attribute.member];
  }
  std::vector<std::int64_t> in_order;
  for (const std::string& value : attribute.values) {
    in_order.push_back(counts[value]);
  }
  return in_order;
}

struct Counted {
  Attribute attribute;
  PublishedCounts counts;
};

std::vector<Counted> count_all(const std::vector<PersonAttributes>& people,
                               const DeclarationChoices& choices, std::int64_t k) {
  std::vector<Counted> all;
  for (Attribute& attribute : attributes_of(choices)) {
    add_old_values(people, attribute);
    PublishedCounts counts = suppress(count_values(people, attribute), k);
    all.push_back({std::move(attribute), std::move(counts)});
  }
  return all;
}

/// Of the many countries, those that somebody has and that are published.
bool is_listed(const Counted& counted, std::size_t value) {
  return !counted.attribute.only_published || counted.counts.counts[value].value_or(0) > 0;
}

CountTable cross(const std::vector<PersonAttributes>& people, const Attribute& rows,
                 const Attribute& columns) {
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const PersonAttributes& person : people) {
    ++counts[{person.*rows.member, person.*columns.member}];
  }
  CountTable table;
  for (const std::string& row : rows.values) {
    auto& line = table.emplace_back();
    for (const std::string& column : columns.values) {
      line.push_back(counts[{row, column}]);
    }
  }
  return table;
}

/// The values that a collapsed table has: those published, then "other" for the rest.
std::vector<std::string> collapsed_values(const Counted& counted) {
  std::vector<std::string> values;
  bool other = false;
  for (std::size_t i = 0; i < counted.attribute.values.size(); ++i) {
    if (counted.counts.counts[i]) {
      values.push_back(counted.attribute.values[i]);
    } else {
      other = true;
    }
  }
  if (other) {
    values.emplace_back("other");
  }
  return values;
}

std::string number(const std::optional<std::int64_t>& count) {
  return count ? std::to_string(*count) : "";
}

std::string crossed_lines(const std::vector<PersonAttributes>& people, const Counted& rows,
                          const Counted& columns, std::int64_t k) {
  if (!rows.counts.total) {
    return "";
  }
  const auto table = suppress_table(
      collapse(cross(people, rows.attribute, columns.attribute), rows.counts, columns.counts), k);
  if (!table) {
    return "";
  }
  const std::vector<std::string> row_values = collapsed_values(rows);
  const std::vector<std::string> column_values = collapsed_values(columns);
  std::string lines;
  for (std::size_t r = 0; r < row_values.size(); ++r) {
    for (std::size_t c = 0; c < column_values.size(); ++c) {
      if ((*table)[r][c] == 0) {
        continue;  // most are
      }
      lines += rows.attribute.name + "," + row_values[r] + "," + columns.attribute.name + "," +
               column_values[c] + "," + number((*table)[r][c]) + "\n";
    }
  }
  return lines;
}

}  // namespace

std::vector<AttributeCounts> count_people(const std::vector<PersonAttributes>& people,
                                          const DeclarationChoices& choices, std::int64_t k) {
  std::vector<AttributeCounts> all;
  for (const Counted& counted : count_all(people, choices, k)) {
    AttributeCounts& counts = all.emplace_back();
    counts.attribute = counted.attribute.name;
    counts.total = counted.counts.total;
    for (std::size_t i = 0; i < counted.attribute.values.size(); ++i) {
      if (is_listed(counted, i)) {
        counts.people.emplace_back(counted.attribute.values[i], counted.counts.counts[i]);
      }
    }
  }
  return all;
}

std::string counts_csv(const std::vector<PersonAttributes>& people,
                       const DeclarationChoices& choices, std::int64_t k) {
  const std::vector<Counted> all = count_all(people, choices, k);
  std::string text = "attribute,value,second_attribute,second_value,people\n";
  text += "all,,,," + number(all.front().counts.total) + "\n";
  for (const Counted& counted : all) {
    for (std::size_t i = 0; i < counted.attribute.values.size(); ++i) {
      if (is_listed(counted, i)) {
        text += counted.attribute.name + "," + counted.attribute.values[i] + ",,," +
                number(counted.counts.counts[i]) + "\n";
      }
    }
  }
  const Counted& group = all[0];
  const Counted& gender = all[1];
  const Counted& age_band = all[2];
  return text + crossed_lines(people, group, gender, k) + crossed_lines(people, group, age_band, k);
}

}  // namespace everyface
