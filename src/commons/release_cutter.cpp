#include "commons/release_cutter.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "commons/blob_trash.h"
#include "commons/photo_rows.h"
#include "commons/release_builder.h"
#include "commons/sodium.h"
#include "commons/work_folder.h"
#include "everyface/commons/release_verify.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

/// How long a cut may take before its files are given up.
constexpr std::int64_t kCutMs = 2 * kDayMs;

std::vector<std::string> keys_of(const std::vector<ReleaseFile>& files) {
  std::vector<std::string> keys;
  for (const ReleaseFile& file : files) {
    keys.push_back(file.blob_key);
  }
  return keys;
}

/// SHA-256 of a blob, read in pieces; `kept` gets the content too.
Result<std::string> stored_digest(const BlobStore& blobs, const std::string& key,
                                  std::string* kept) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  const auto read = blobs.read(key, 0, std::nullopt, [&](std::string_view bytes) {
    crypto_hash_sha256_update(&state, bytes_of(bytes), bytes.size());
    if (kept != nullptr) {
      *kept += bytes;
    }
    return true;
  });
  if (!read) {
    return read.error();
  }
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_final(&state, bytes_of(digest));
  return hexadecimal(digest);
}

Error damaged(const std::string& what) { return {"the release is damaged: " + what, "damaged"}; }

}  // namespace

ReleaseCutter::ReleaseCutter(Database& database, BlobStore& blobs, const Vault& vault,
                             const ReleaseKey& key, const Clock& clock,
                             const ReleaseSettings& settings, std::string_view licence)
    : database_(database),
      blobs_(blobs),
      vault_(vault),
      key_(key),
      clock_(clock),
      settings_(settings),
      licence_(licence) {}

Result<ReleaseVersion> ReleaseCutter::cut(const std::optional<Uuid>& administrator,
                                          const std::string& notes,
                                          const ReleaseProgress& progress) {
  const auto folder = WorkFolder::create(settings_.work_folder);
  if (!folder) {
    return folder.error();
  }
  const auto begun =
      database_.transact([&](Transaction& tx) { return begin_release(tx, notes, clock_()); });
  if (!begun) {
    return begun.error();
  }
  auto files = write(*begun, notes, folder->path(), progress);
  auto published =
      files ? publish(*begun, *files, folder->path(), administrator) : Result<void>(files.error());
  if (!published) {
    // What fails here is done by tidy() once the release counts as dead.
    static_cast<void>(
        database_.transact([&](Transaction& tx) { return fail_release(tx, begun->id); }));
    return published.error();
  }
  return begun->version;
}

Result<std::vector<ReleaseFile>> ReleaseCutter::write(const BegunRelease& begun,
                                                      const std::string& notes,
                                                      const fs::path& folder,
                                                      const ReleaseProgress& progress) {
  auto content = database_.read(
      [&](Transaction& tx) { return read_content(tx, begun, vault_, notes, clock_()); });
  if (!content) {
    return content.error();
  }
  generalise(*content, settings_.smallest_count);
  const auto total = static_cast<std::int64_t>(content->photos.size());
  std::int64_t done = 0;
  const FetchPhoto fetch_photo = [&](const ReleasedPhoto& photo) -> Result<std::string> {
    if (auto alive = beat_sometimes(begun.id, folder); !alive) {
      return alive.error();
    }
    if (progress) {
      progress(++done, total);
    }
    return fetch(photo.blob_key, begun.id);
  };
  auto files = build_release({settings_, *content, key_, licence_, folder, fetch_photo});
  if (files) {
    const std::string prefix = "releases/" + random_code() + "/";
    for (ReleaseFile& file : *files) {
      file.blob_key = prefix + file.name;
    }
  }
  return files;
}

Result<std::string> ReleaseCutter::fetch(const std::string& key, const Uuid& release) {
  auto bytes = read_photo_blob(blobs_, key);
  if (bytes) {
    return std::move(*bytes);
  }
  // The file of a photo that was withdrawn meanwhile is gone; anything else is a failure.
  auto gone = database_.read([&](Transaction& tx) { return count_gone_photos(tx, release); });
  return Error{bytes.error().message, gone && *gone > 0 ? "overtaken" : ""};
}

Result<void> ReleaseCutter::publish(const BegunRelease& begun,
                                    const std::vector<ReleaseFile>& files, const fs::path& folder,
                                    const std::optional<Uuid>& administrator) {
  const std::vector<std::string> keys = keys_of(files);
  if (auto told = announce_blobs(database_, keys, clock_() + kCutMs); !told) {
    return told;
  }
  auto published = upload(begun, files, folder);
  if (published) {
    published = check_stored_files(blobs_, files, key_.public_pem());
  }
  if (published) {
    published = database_.transact([&](Transaction& tx) {
      return publish_release(tx, begun.id, files, administrator, clock_());
    });
  }
  if (!published) {
    static_cast<void>(give_up_blobs(database_, keys, clock_()));  // else when their time has come
  }
  return published;
}

Result<void> ReleaseCutter::upload(const BegunRelease& begun, const std::vector<ReleaseFile>& files,
                                   const fs::path& folder) {
  for (const ReleaseFile& file : files) {
    if (auto alive = beat_sometimes(begun.id, folder); !alive) {
      return alive;
    }
    if (auto put = blobs_.put_file(file.blob_key, folder / file.name); !put) {
      return put.error();
    }
  }
  return {};
}

Result<void> ReleaseCutter::beat_sometimes(const Uuid& release, const fs::path& folder) {
  const std::int64_t now_ms = clock_();
  if (now_ms - beaten_ms_ < kHeartbeatMs) {
    return {};
  }
  beaten_ms_ = now_ms;
  if (auto touched = WorkFolder::touch(folder); !touched) {
    return touched;
  }
  return database_.transact([&](Transaction& tx) { return beat(tx, release, now_ms); });
}

Result<void> check_stored_files(const BlobStore& blobs, const std::vector<ReleaseFile>& files,
                                std::string_view public_pem) {
  std::string sums;
  std::string signature;
  for (const ReleaseFile& file : files) {
    std::string* const kept = file.name == "SHA256SUMS"       ? &sums
                              : file.name == "SHA256SUMS.sig" ? &signature
                                                              : nullptr;
    const auto sha256 = stored_digest(blobs, file.blob_key, kept);
    if (!sha256) {
      return sha256.error();
    }
    if (*sha256 != file.sha256) {
      return damaged(file.name + " is not what was written");
    }
  }
  const auto is_genuine = is_signed(sums, signature, public_pem);
  if (!is_genuine) {
    return is_genuine.error();
  }
  if (!*is_genuine) {
    return damaged("SHA256SUMS has a signature that is not of this site's key");
  }
  const auto lines = parse_digests(sums);
  if (!lines) {
    return lines.error();
  }
  for (const DigestLine& line : *lines) {
    const auto file = std::find_if(files.begin(), files.end(), [&line](const ReleaseFile& listed) {
      return listed.name == line.name;
    });
    if (file == files.end() || file->sha256 != line.sha256) {
      return damaged(line.name + " is not what SHA256SUMS says");
    }
  }
  return {};
}

}  // namespace everyface
