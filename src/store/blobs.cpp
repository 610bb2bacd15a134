// What all blob stores share.
#include "everyface/store/blobs.h"

#include <algorithm>
#include <utility>

#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "everyface/store/uuid.h"
#include "store/blob_error.h"

namespace everyface {
namespace {

constexpr std::size_t kLongestKey = 512;
constexpr std::size_t kLongestPart = 200;
constexpr std::size_t kKeysAtOnce = 500;

bool may_be_in_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

Result<void> check_blob_key(std::string_view key) {
  const auto wrong = [&](const std::string& why) {
    return store::blob_error(
        "blob_key", "'" + to_valid_utf8(key.substr(0, 80)) + "' is no key of a blob: " + why);
  };
  if (key.empty() || key.size() > kLongestKey) {
    return wrong("it must have 1 to " + std::to_string(kLongestKey) + " characters");
  }
  for (const std::string_view part : split(key, '/')) {
    if (part.empty() || part.size() > kLongestPart) {
      return wrong("between slashes must be 1 to " + std::to_string(kLongestPart) + " characters");
    }
    if (part.front() == '.' || !std::all_of(part.begin(), part.end(), may_be_in_key)) {
      return wrong(
          "its parts are made of letters, digits, '.', '_' and '-', and do not begin "
          "with '.'");
    }
  }
  return {};
}

Result<std::string> BlobStore::get(std::string_view key, std::uint64_t max_bytes) const {
  std::string content;
  bool too_large = false;
  auto read_all = read(key, 0, std::nullopt, [&](std::string_view bytes) {
    too_large = bytes.size() > max_bytes - content.size();
    if (!too_large) {
      content.append(bytes);
    }
    return !too_large;
  });
  if (too_large) {
    return store::blob_error("blob_too_large", "the blob " + std::string(key) + " has more than " +
                                                   std::to_string(max_bytes) + " bytes");
  }
  if (!read_all) {
    return read_all.error();
  }
  return content;
}

Result<void> BlobStore::get_file(std::string_view key, const std::filesystem::path& file) const {
  const std::filesystem::path temporary = file.string() + "." + Uuid::make().text();
  Result<void> written = [&]() -> Result<void> {
    auto out = AppendFile::open(temporary);
    if (!out) {
      return out.error();
    }
    Result<void> appended;
    auto read_all = read(key, 0, std::nullopt, [&](std::string_view bytes) {
      appended = out->append(bytes);
      return appended.ok();
    });
    return appended ? read_all : appended;
  }();
  if (written) {
    written = move_into_place(temporary, file);
  }
  if (!written) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
  }
  return written;
}

Result<SweepReport> sweep_orphans(BlobStore& blobs, std::string_view prefix,
                                  std::int64_t modified_before_ms,
                                  const ReferencedBlobs& referenced, bool remove) {
  SweepReport report;
  std::vector<BlobEntry> old;
  auto listed = blobs.list(prefix, [&](const BlobEntry& entry) {
    ++report.seen;
    if (entry.modified_ms < modified_before_ms) {
      old.push_back(entry);
    }
  });
  if (!listed) {
    return listed.error();
  }
  for (std::size_t begin = 0; begin < old.size(); begin += kKeysAtOnce) {
    const std::size_t end = std::min(begin + kKeysAtOnce, old.size());
    std::vector<std::string> keys;
    for (std::size_t i = begin; i < end; ++i) {
      keys.push_back(old[i].key);
    }
    auto answer = referenced(keys);
    if (!answer) {
      return answer.error();
    }
    if (answer->size() != keys.size()) {
      return Error{"of " + std::to_string(keys.size()) + " blobs, only " +
                   std::to_string(answer->size()) + " were looked up: none is removed"};
    }
    for (std::size_t i = begin; i < end; ++i) {
      if (!(*answer)[i - begin]) {
        report.orphans.push_back(std::move(old[i]));
      }
    }
  }
  for (const BlobEntry& orphan : report.orphans) {
    if (!remove) {
      break;
    }
    if (auto removed = blobs.remove(orphan.key); !removed) {
      return removed.error();
    }
  }
  return report;
}

}  // namespace everyface
