#include <array>
#include <string>

#include "dataset/kinds.h"
#include "dataset/name_labels.h"
#include "everyface/base/text.h"

namespace everyface::dataset {
namespace {

constexpr std::array kGenders = {"male", "female"};
constexpr std::array kRaces = {"White", "Black", "Asian", "Indian", "Others"};

struct AgeBand {
  int last;  // year of age
  const char* name;
};
constexpr std::array<AgeBand, 9> kAgeBands = {{{2, "0-2"},
                                               {9, "3-9"},
                                               {19, "10-19"},
                                               {29, "20-29"},
                                               {39, "30-39"},
                                               {49, "40-49"},
                                               {59, "50-59"},
                                               {69, "60-69"},
                                               {150, "70+"}}};

Error wrong(std::string_view part, std::string_view value, std::string_view allowed) {
  return Error{std::string(part) + " \"" + shown(value) + "\" is not " + std::string(allowed)};
}

}  // namespace

Result<LabelledFace> parse_utkface_name(std::string_view name) {
  name = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
  const std::vector<std::string_view> parts = split(name.substr(0, name.find('.')), '_');
  if (parts.size() != 4) {
    return Error{std::to_string(parts.size()) + " parts instead of four"};
  }
  const std::optional<int> age = parse_int(trim(parts[0]));
  if (!age || *age < 0 || *age > kAgeBands.back().last) {
    return wrong("the age", parts[0], "a number of years from 0 to 150");
  }
  const std::optional<int> gender = parse_int(trim(parts[1]));
  if (!gender || *gender < 0 || *gender >= static_cast<int>(kGenders.size())) {
    return wrong("the gender", parts[1], "0 or 1");
  }
  const std::optional<int> race = parse_int(trim(parts[2]));
  if (!race || *race < 0 || *race >= static_cast<int>(kRaces.size())) {
    return wrong("the race", parts[2], "0 to 4");
  }
  const std::string_view time = trim(parts[3]);
  if (time.empty() || time.front() < '0' || time.front() > '9') {
    return wrong("the time", parts[3], "a date");
  }
  const AgeBand* band = kAgeBands.data();
  while (*age > band->last) {
    ++band;
  }
  return face_without_box({{"race", kRaces[static_cast<std::size_t>(*race)]},
                           {"gender", kGenders[static_cast<std::size_t>(*gender)]},
                           {"age", band->name}},
                          std::nullopt);
}

Result<Dataset> read_utkface(const std::filesystem::path& root) {
  auto data = read_named_photos(root, "age_gender_race_time", parse_utkface_name);
  if (data) {
    data->group_names = {"race", "gender", "age"};
  }
  return data;
}

}  // namespace everyface::dataset
