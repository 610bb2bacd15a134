// What moderators may say.
#pragma once

#include <string>

#include "everyface/commons/moderation.h"

namespace everyface {

/// Code: invalid_verdict.
Result<void> check_input(const ReviewInput& input);
Result<void> check_words(const std::string& words);
Error invalid_verdict(std::string message);

}  // namespace everyface
