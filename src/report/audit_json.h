// report.json of an audit.
#pragma once

#include <string>

#include "everyface/report/audit_report.h"

namespace everyface {

/// The document, "schema": "everyface.audit/1" first. A change of its fields raises that number.
std::string audit_json(const AuditSummary& summary, const AuditReportOptions& options);

}  // namespace everyface
