// The CSV tables of a study.
#pragma once

#include <string>
#include <vector>

#include "everyface/study/summary.h"

namespace everyface {

struct NamedTable {
  std::string name;  ///< "cells.csv"
  std::string content;
};

/// All tables, also those without rows.
std::vector<NamedTable> study_tables(const StudySummary& summary);

}  // namespace everyface
