// Checking a release that was downloaded, or an unpacked one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

/// One line of a SHA256SUMS file.
struct DigestLine {
  std::string sha256;  ///< 64 lower-case hexadecimal digits
  std::string name;    ///< a relative path that stays below its folder
};

/// Reads the text of a SHA256SUMS file as `sha256sum` writes it: digest, two blanks (or a blank and
/// "*"), name. Errors, naming the line: anything else, a name twice, absolute or with "..".
Result<std::vector<DigestLine>> parse_digests(std::string_view text);

struct ReleaseCheck {
  std::size_t files = 0;             ///< that match their digest
  std::vector<std::string> missing;  ///< listed, but not there: not downloaded
  std::vector<std::string> damaged;  ///< with another digest
  [[nodiscard]] bool intact() const { return damaged.empty() && files > 0; }
};

/// Checks the signature of SHA256SUMS in a folder, and the digest of every file of it that is
/// there: a folder of downloaded files, or an unpacked ZIP. Errors: no SHA256SUMS or
/// SHA256SUMS.sig; a signature that is not of this key.
Result<ReleaseCheck> verify_release(const std::filesystem::path& folder,
                                    std::string_view public_pem);

}  // namespace everyface
