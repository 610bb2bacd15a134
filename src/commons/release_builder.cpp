#include "commons/release_builder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "commons/release_archive.h"
#include "everyface/base/file.h"
#include "everyface/base/hash.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDigests = "SHA256SUMS";
constexpr std::string_view kSignature = "SHA256SUMS.sig";

std::string media_type_of(const std::string& name) {
  static const std::map<std::string, std::string> kTypes = {{".csv", "text/csv"},
                                                            {".json", "application/json"},
                                                            {".md", "text/markdown"},
                                                            {".txt", "text/plain"},
                                                            {".zip", "application/zip"},
                                                            {".tar", "application/x-tar"},
                                                            {".sig", "application/octet-stream"}};
  const auto found = kTypes.find(fs::path(name).extension().string());
  return found == kTypes.end() ? "text/plain" : found->second;
}

std::string digest_lines(const std::map<std::string, std::string>& digests) {
  std::string text;
  for (const auto& [name, sha256] : digests) {
    text.append(sha256).append("  ").append(name).append("\n");
  }
  return text;
}

class Builder {
 public:
  explicit Builder(const BuildRequest& request)
      : request_(request),
        base_(release_base(request.settings, request.content.version)),
        texts_({{"LICENSE.txt", std::string(request.licence)},
                {"counts.csv", counts_csv(request.content.people, request.settings.choices,
                                          request.settings.smallest_count)},
                {"datasheet.md", datasheet(request.settings, request.content)},
                {"metadata.csv", metadata_csv(request.content)},
                {"tombstones.json", tombstones_json(request.content.tombstones)}}) {}

  Result<std::vector<ReleaseFile>> build() {
    if (auto written = write_archives(); !written) {
      return written.error();
    }
    for (const auto& [name, text] : texts_) {
      if (auto written = write(name, text); !written) {
        return written.error();
      }
    }
    // It names the digests of the archives, so it cannot be in them.
    if (auto written = write("croissant.json", croissant_json(request_.settings, request_.content,
                                                              described_files()));
        !written) {
      return written.error();
    }
    std::map<std::string, std::string> digests;
    for (const auto& [name, file] : files_) {
      digests[name] = file.sha256;
    }
    const std::string sums = digest_lines(digests);
    if (auto written = write(std::string(kDigests), sums); !written) {
      return written.error();
    }
    if (auto written = write(std::string(kSignature), request_.key.sign(sums)); !written) {
      return written.error();
    }
    std::vector<ReleaseFile> files;
    for (auto& [name, file] : files_) {
      files.push_back(std::move(file));
    }
    return files;
  }

 private:
  Result<void> write_archives() {
    const std::string zip_name = base_ + ".zip";
    auto zip = ReleaseArchive::create(request_.folder / zip_name, ArchiveFormat::kZip);
    if (!zip) {
      return zip.error();
    }
    std::map<std::string, std::string> digests;
    for (const ReleasedPhoto& photo : request_.content.photos) {
      const auto bytes = request_.fetch(photo);
      if (!bytes) {
        return bytes.error();
      }
      const std::string name = "photos/" + photo.name + ".jpg";
      digests[name] = sha256_hex(*bytes);
      if (auto added = zip->add(base_ + "/" + name, *bytes); !added) {
        return added;
      }
      if (auto added = add_to_shard(photo, *bytes); !added) {
        return added;
      }
    }
    if (auto closed = close_shard(); !closed) {
      return closed;
    }
    return finish_zip(*zip, zip_name, std::move(digests));
  }

  /// The ZIP unpacks to a folder that can be verified like the release itself.
  Result<void> finish_zip(ReleaseArchive& zip, const std::string& zip_name,
                          std::map<std::string, std::string> digests) {
    for (const auto& [name, text] : texts_) {
      digests[name] = sha256_hex(text);
      if (auto added = zip.add(base_ + "/" + name, text); !added) {
        return added;
      }
    }
    const std::string sums = digest_lines(digests);
    if (auto added = zip.add(base_ + "/" + std::string(kDigests), sums); !added) {
      return added;
    }
    if (auto added = zip.add(base_ + "/" + std::string(kSignature), request_.key.sign(sums));
        !added) {
      return added;
    }
    if (auto finished = zip.finish(); !finished) {
      return finished;
    }
    return note(zip_name);
  }

  /// WebDataset: files of one sample follow each other and differ only in the extension.
  Result<void> add_to_shard(const ReleasedPhoto& photo, const std::string& bytes) {
    if (!shard_) {
      shard_file_ = shard_name(request_.settings, request_.content.version, shards_++);
      auto shard = ReleaseArchive::create(request_.folder / shard_file_, ArchiveFormat::kTar);
      if (!shard) {
        return shard.error();
      }
      shard_ = std::move(*shard);
    }
    if (auto added = shard_->add(photo.name + ".jpg", bytes); !added) {
      return added;
    }
    if (auto added = shard_->add(photo.name + ".json", sample_json(photo)); !added) {
      return added;
    }
    return shard_->content_bytes() >= request_.settings.shard_bytes ? close_shard()
                                                                    : Result<void>();
  }

  Result<void> close_shard() {
    if (!shard_) {
      return {};
    }
    if (auto finished = shard_->finish(); !finished) {
      return finished;
    }
    shard_.reset();
    return note(shard_file_);
  }

  Result<void> write(const std::string& name, std::string_view content) {
    if (auto written = write_file_atomic(request_.folder / name, content); !written) {
      return written;
    }
    return note(name);
  }

  /// Digest and size of a finished file.
  Result<void> note(const std::string& name) {
    auto sha256 = sha256_file(request_.folder / name);
    if (!sha256) {
      return sha256.error();
    }
    ReleaseFile& file = files_[name];
    file.name = name;
    file.media_type = media_type_of(name);
    file.bytes = static_cast<std::int64_t>(fs::file_size(request_.folder / name));
    file.sha256 = std::move(*sha256);
    return {};
  }

  [[nodiscard]] std::vector<ReleaseFile> described_files() const {
    std::vector<ReleaseFile> described;
    for (const auto& [name, file] : files_) {
      described.push_back(file);
    }
    return described;
  }

  const BuildRequest& request_;
  std::string base_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, ReleaseFile> files_;
  std::optional<ReleaseArchive> shard_;
  std::string shard_file_;
  std::size_t shards_ = 0;
};

}  // namespace

Result<std::vector<ReleaseFile>> build_release(const BuildRequest& request) {
  return Builder(request).build();
}

}  // namespace everyface
