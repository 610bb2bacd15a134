// A password from whoever sits at the terminal, or from a file.
#pragma once

#include <filesystem>
#include <string>

#include "everyface/base/result.h"

namespace everyface::cli {

/// Reads a password: the first line of `file`, or of standard input where it is "-". Without a
/// file, asks twice at the terminal, without showing what is typed. Errors: no terminal to ask at,
/// two different answers, a file that cannot be read or is empty.
Result<std::string> read_password(const std::filesystem::path& file);

}  // namespace everyface::cli
