// Photos that could not be used, or are odd, in each of a report's forms.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "everyface/study/summary.h"

namespace everyface {

/// Tables of the first 200 of each; empty without any.
std::string failures_html(const std::vector<Failure>& failures,
                          const std::vector<Failure>& warnings);

std::string failures_csv(const std::vector<Failure>& failures,
                         const std::vector<Failure>& warnings);

nlohmann::ordered_json failures_json(const std::vector<Failure>& failures);

}  // namespace everyface
