#include <string>

#include "dataset/kinds.h"
#include "dataset/name_labels.h"
#include "everyface/base/text.h"

namespace everyface::dataset {

Result<LabelledFace> parse_lfw_name(std::string_view name) {
  const std::vector<std::string_view> parts = split(name, '/');
  if (parts.size() < 2) {
    return Error{"the photo is in no person's folder"};
  }
  const std::string_view person = parts[parts.size() - 2];
  std::string_view number = parts.back().substr(0, parts.back().rfind('.'));
  if (person.empty() || !number.starts_with(person) ||
      !number.substr(person.size()).starts_with('_')) {
    return Error{"it does not begin with its folder's name and \"_\""};
  }
  number.remove_prefix(person.size() + 1);
  if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos) {
    return Error{in_quotes(number) + " is not the photo's number"};
  }
  return face_without_box({}, to_valid_utf8(person));
}

Result<Dataset> read_lfw(const std::filesystem::path& root) {
  return read_named_photos(root, "<person>/<person>_0001.jpg", parse_lfw_name);
}

}  // namespace everyface::dataset
