// What the money's parts share of statements.
#pragma once

#include "everyface/base/result.h"
#include "everyface/store/database.h"

namespace everyface {

/// For a statement whose count of rows does not matter.
template <typename T>
Result<void> done(const DbResult<T>& outcome) {
  return outcome ? Result<void>() : Result<void>(outcome.error());
}

}  // namespace everyface
