#include "report/json.h"

#include <cmath>

#include "everyface/base/text.h"
#include "report/format.h"

namespace everyface {

using Json = nlohmann::ordered_json;

Json json_text(const std::string& value) { return to_valid_utf8(value); }

Json json_texts(const std::vector<std::string>& values) {
  Json out = Json::array();
  for (const std::string& value : values) {
    out.push_back(json_text(value));
  }
  return out;
}

Json json_number(std::optional<double> value) {
  return value && std::isfinite(*value) ? Json(ten_digits(*value)) : Json(nullptr);
}

std::string json_document(const Json& report) {
  std::string out = "{";
  const char* separator = "\n";
  for (const auto& [key, value] : report.items()) {
    out += separator + Json(key).dump() + ": ";
    separator = ",\n";
    if (!value.is_array() || value.empty()) {
      out += value.dump();
      continue;
    }
    const char* element_separator = "[\n  ";
    for (const Json& element : value) {
      out += element_separator + element.dump();
      element_separator = ",\n  ";
    }
    out += "\n]";
  }
  return out + "\n}\n";
}

}  // namespace everyface
