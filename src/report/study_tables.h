// The CSV tables of a study.
#pragma once

#include <vector>

#include "everyface/study/summary.h"
#include "report/report_files.h"

namespace everyface {

/// All tables, also those without rows.
std::vector<NamedTable> study_tables(const StudySummary& summary);

}  // namespace everyface
