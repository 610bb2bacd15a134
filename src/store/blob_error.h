// Errors of blob stores.
#pragma once

#include <string>
#include <utility>

#include "everyface/base/result.h"

namespace everyface::store {

inline Error blob_error(std::string code, std::string message) {
  return Error{std::move(message), std::move(code)};
}

inline Error no_such_blob(std::string_view key) {
  return blob_error("blob_missing", "there is no blob " + std::string(key));
}

}  // namespace everyface::store
