// report.json of a study.
#pragma once

#include <string>

#include "everyface/study/summary.h"

namespace everyface {

/// The document, "schema": "everyface.study/1" first. A change of its fields raises that number.
std::string study_json(const StudySummary& summary);

}  // namespace everyface
