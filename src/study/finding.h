// The finding in a sentence or two, from the numbers of a summary.
#pragma once

#include <optional>
#include <string>

#include "everyface/study/summary.h"

namespace everyface {

/// The comparison with the largest net gain of faces (of equal ones the first); none where nothing
/// was compared.
std::optional<Comparison> most_telling(const StudySummary& summary);

/// What a reader should remember: how many faces the detector of the most telling comparison found
/// before and after, and what that did to the largest gap between groups. Never says more than the
/// counts do; without labels it speaks of boxes, not of faces.
std::string describe_finding(const StudySummary& summary);

/// "-4 EV" with a true minus sign; "as taken" at 0 EV.
std::string exposure_text(double exposure_ev);

}  // namespace everyface
