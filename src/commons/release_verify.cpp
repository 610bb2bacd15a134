#include "everyface/commons/release_verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "everyface/base/file.h"
#include "everyface/base/hash.h"
#include "everyface/base/text.h"
#include "everyface/commons/release_key.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostListBytes = std::uint64_t{64} << 20U;
constexpr std::size_t kDigestDigits = 64;

bool is_digest(std::string_view text) {
  return text.size() == kDigestDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// Stays below the folder that it is looked up in.
bool is_inner_path(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\0') != std::string_view::npos ||
      name.find('\\') != std::string_view::npos) {
    return false;
  }
  const auto parts = split(name, '/');
  return std::none_of(parts.begin(), parts.end(), [](std::string_view part) {
    return part.empty() || part == "." || part == "..";
  });
}

}  // namespace

Result<std::vector<DigestLine>> parse_digests(std::string_view text) {
  std::vector<DigestLine> lines;
  std::set<std::string_view> names;
  std::size_t number = 0;
  const auto wrong = [&number](std::string_view what) {
    return Error{fmt::format("SHA256SUMS, line {}: {}", number, what)};
  };
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view mark = line.substr(std::min(kDigestDigits, line.size()), 2);
    if (!is_digest(line.substr(0, kDigestDigits)) || (mark != "  " && mark != " *")) {
      return wrong("not a digest of 64 hexadecimal digits, two blanks and a name");
    }
    const std::string_view name = line.substr(kDigestDigits + 2);
    if (!is_inner_path(name)) {
      return wrong("the name is no path below the release's folder");
    }
    if (!names.insert(name).second) {
      return wrong("the name stands there twice");
    }
    lines.push_back({std::string(line.substr(0, kDigestDigits)), std::string(name)});
  }
  return lines;
}

Result<ReleaseCheck> verify_release(const std::filesystem::path& folder,
                                    std::string_view public_pem) {
  const auto sums = read_file(folder / "SHA256SUMS", kMostListBytes);
  if (!sums) {
    return sums.error();
  }
  const auto signature = read_file(folder / "SHA256SUMS.sig", kMostListBytes);
  if (!signature) {
    return signature.error();
  }
  const auto is_genuine = is_signed(*sums, *signature, public_pem);
  if (!is_genuine) {
    return is_genuine.error();
  }
  if (!*is_genuine) {
    return Error{(folder / "SHA256SUMS").string() +
                 ": the signature is not of this key; the release is not what the site published"};
  }
  const auto lines = parse_digests(*sums);
  if (!lines) {
    return lines.error();
  }
  ReleaseCheck check;
  for (const DigestLine& line : *lines) {
    std::error_code ignored;
    if (!fs::exists(folder / line.name, ignored)) {
      check.missing.push_back(line.name);
      continue;
    }
    const auto sha256 = sha256_file(folder / line.name);
    if (sha256 && *sha256 == line.sha256) {
      ++check.files;
    } else {
      check.damaged.push_back(line.name);
    }
  }
  return check;
}

}  // namespace everyface
