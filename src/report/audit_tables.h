// The CSV tables of an audit.
#pragma once

#include <vector>

#include "everyface/report/audit_report.h"
#include "report/report_files.h"

namespace everyface {

/// All tables, also those without rows.
std::vector<NamedTable> audit_tables(const AuditSummary& summary,
                                     const AuditReportOptions& options);

}  // namespace everyface
