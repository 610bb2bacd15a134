// Digests: SHA-256 for identity of files and results, a 64-bit fold of it for seeds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

/// SHA-256 (FIPS 180-4) of the bytes, as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a file's content, read in blocks. Error: the file cannot be read.
Result<std::string> sha256_file(const std::filesystem::path& path);

/// The first eight bytes of SHA-256 of `text`, as a seed: stable across machines and versions.
std::uint64_t stable_hash64(std::string_view text);

}  // namespace everyface
