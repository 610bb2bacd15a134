#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "dataset/kinds.h"
#include "dataset/name_labels.h"
#include "everyface/base/text.h"

namespace everyface::dataset {
namespace {

/// Takes `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  const std::string_view digits = text.substr(0, count);
  if (digits.size() < count || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(count);
  return parse_int(digits);
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes "A+000" or "E-20": a letter, a sign and digits.
std::optional<int> take_angle(std::string_view& text, std::string_view letter, std::size_t digits) {
  if (!take(text, letter) || text.empty() || (text.front() != '+' && text.front() != '-')) {
    return std::nullopt;
  }
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const std::optional<int> degrees = take_digits(text, digits);
  return degrees ? std::optional(sign * *degrees) : std::nullopt;
}

/// The standard subsets by the angle between the light and the camera's axis: up to 12, 25, 50 and
/// 77 degrees (Georghiades, Belhumeur, Kriegman 2001, "From few to many", IEEE TPAMI 23(6)) and
/// beyond (Lee, Ho, Kriegman 2005, IEEE TPAMI 27(5)), with 7, 12, 12, 14 and 19 lights. File names
/// round the angles to 5 degrees, which puts A±035E+40 of the third subset at 51.1; the slack of
/// 2 degrees makes up for that, and no light of another subset is that near to a bound.
const char* light_band(int azimuth, int elevation) {
  constexpr double kRadians = std::numbers::pi / 180;
  constexpr double kSlack = 2;
  const double cosine = std::cos(azimuth * kRadians) * std::cos(elevation * kRadians);
  const double angle = std::acos(std::clamp(cosine, -1.0, 1.0)) / kRadians;
  return angle <= 12 + kSlack   ? "0-12"
         : angle <= 25 + kSlack ? "13-25"
         : angle <= 50 + kSlack ? "26-50"
         : angle <= 77 + kSlack ? "51-77"
                                : "78+";
}

}  // namespace

Result<LabelledFace> parse_yaleb_name(std::string_view name) {
  name = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
  std::string_view rest = name.substr(0, name.rfind('.'));
  if (!take(rest, "yaleB") || !take_digits(rest, 2)) {
    return Error{"it does not begin with \"yaleB\" and the person's two digits"};
  }
  std::string subject(name.substr(0, 7));
  if (!take(rest, "_P") || !take_digits(rest, 2)) {
    return Error{"\"_P\" and the pose's two digits do not follow the person"};
  }
  if (rest == "_Ambient") {
    return face_without_box({{"light", "ambient"}}, std::move(subject));
  }
  const std::optional<int> azimuth = take_angle(rest, "A", 3);
  const std::optional<int> elevation = azimuth ? take_angle(rest, "E", 2) : std::nullopt;
  if (!elevation || !rest.empty()) {
    return Error{"the light's angles, as in A+000E+20, do not follow the pose"};
  }
  return face_without_box({{"light", light_band(*azimuth, *elevation)}}, std::move(subject));
}

Result<Dataset> read_yaleb(const std::filesystem::path& root) {
  auto data = read_named_photos(root, "yaleB01_P00A+000E+20.pgm", parse_yaleb_name);
  if (data) {
    data->group_names = {"light"};
  }
  return data;
}

}  // namespace everyface::dataset
