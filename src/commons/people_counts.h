// Who is in the data, in numbers of people, as far as they may be published.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "everyface/commons/declaration.h"
#include "everyface/commons/statistics.h"
#include "everyface/commons/suppression.h"

namespace everyface {

/// The code of people who named several groups, so that every person counts once.
inline constexpr std::string_view kSeveralGroups = "several";

/// One person as declared.
struct PersonAttributes {
  std::string group;  ///< a code, kSeveralGroups or kUndisclosed
  std::string gender;
  std::string age_band;
  std::string country;    ///< empty: not told
  std::string monk_tone;  ///< "1".."10", or empty
};

/// People by each attribute: every value of the lists, with zero where nobody chose it; of the
/// countries those that somebody has and that may be published.
std::vector<AttributeCounts> count_people(const std::vector<PersonAttributes>& people,
                                          const DeclarationChoices& choices, std::int64_t k);

/// counts.csv of a release: people by each attribute, and by group with gender and with age band.
/// Columns attribute, value, second_attribute, second_value, people; an empty number is one that is
/// not published. Groups, genders and age bands whose own number is not published are "other" in
/// the crossed tables, where zeros have no line.
std::string counts_csv(const std::vector<PersonAttributes>& people,
                       const DeclarationChoices& choices, std::int64_t k);

}  // namespace everyface
