// What every report.json is made of.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace everyface {

/// Valid UTF-8, as JSON requires.
nlohmann::ordered_json json_text(const std::string& value);
nlohmann::ordered_json json_texts(const std::vector<std::string>& values);

/// Ten significant digits; null where there is none or it is not finite.
nlohmann::ordered_json json_number(std::optional<double> value);

/// The object as a file: a line for each field, and for each element of a list, because people read
/// and compare these files.
std::string json_document(const nlohmann::ordered_json& report);

}  // namespace everyface
