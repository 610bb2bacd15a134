// An audit's request as run.json holds it.
#pragma once

#include <nlohmann/json.hpp>

#include "everyface/dataset/dataset.h"
#include "everyface/study/audit.h"

namespace everyface {

nlohmann::ordered_json audit_to_json(const AuditRequest& request, const ModelRegistry& models,
                                     const Dataset& dataset);
Result<AuditRequest> audit_from_json(const nlohmann::ordered_json& json);

}  // namespace everyface
