// A site without pages, for tests: database, blobs, keys, and people made by hand.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "everyface/base/hash.h"
#include "everyface/commons/moderation.h"
#include "everyface/commons/photos.h"
#include "everyface/commons/releases.h"
#include "everyface/commons/upkeep.h"
#include "everyface/store/blobs.h"
#include "everyface/store/database.h"
#include "everyface/store/migrate.h"

namespace everyface::testing {

/// Of a blob in a test.
inline constexpr std::uint64_t kMostBytes = 100U << 20U;

/// The value, or an exception with the message.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    throw std::runtime_error(result.error().message);
  }
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (!result) {
    throw std::runtime_error(result.error().message);
  }
}

/// The code of an error, "" without one.
template <typename T>
std::string code_of(const Result<T>& result) {
  return result ? "" : result.error().code;
}

inline std::string encoded(const cv::Mat& picture) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", picture, bytes);
  return {bytes.begin(), bytes.end()};
}

/// A drawn face, another for every seed.
inline PreparedPhoto drawn_photo(int seed) {
  constexpr int kSide = 96;
  cv::Mat picture(kSide, kSide, CV_8UC3, cv::Scalar(40 + seed % 150, 90, 60));
  cv::ellipse(picture, {48, 48}, {24, 32}, 0, 0, 360, cv::Scalar(120, 150, 80 + seed % 170), -1);
  cv::putText(picture, std::to_string(seed), {2, 92}, cv::FONT_HERSHEY_PLAIN, 0.8, {255, 255, 255});
  PreparedPhoto photo;
  photo.jpeg = encoded(picture);
  cv::Mat small;
  cv::resize(picture, small, {32, 32});
  photo.thumbnail = encoded(small);
  photo.width = kSide;
  photo.height = kSide;
  photo.face = {24, 16, 72, 80};
  photo.quality = 0.8;
  photo.sha256 = sha256_hex(photo.jpeg);
  photo.perceptual_hash = stable_hash64(std::to_string(seed));
  photo.camera = true;
  return photo;
}

struct HouseOptions {
  PhotoPolicy photos = {};
  ModerationPolicy moderation{.gold_share = 0};
  std::int64_t smallest_count = 5;
};

class House {
 public:
  using Options = HouseOptions;

  /// Keys and blobs are in `folder`; they and the database may be there already.
  House(Database opened, const std::filesystem::path& folder, const Options& options = {})
      : database(std::move(opened)),
        blobs(must(open_folder_blobs(folder / "blobs"))),
        vault(open_key<Vault>(folder / "vault.key", &Vault::create_key_file)),
        key(open_key<ReleaseKey>(folder / "release.pem", &ReleaseKey::create_file)),
        clock([this] { return now_ms; }),
        photos(database, *blobs, vault, clock, options.photos),
        moderation(database, *blobs, clock, options.moderation),
        releases(database, *blobs, vault, key, clock,
                 {.name = "test-faces",
                  .site_url = "https://faces.example",
                  .smallest_count = options.smallest_count,
                  .shard_bytes = 4000,
                  .work_folder = folder / "work"}) {
    if (auto migrated = migrate(database, schema_migrations()); !migrated) {
      throw std::runtime_error(migrated.error().message);
    }
  }
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  Uuid account(std::string_view role) {
    const Uuid id = Uuid::make();
    change(sql("INSERT INTO accounts (id, email, password_hash, role, language, totp_last_step, "
               "created_ms) VALUES (:id, :email, '', :role, 'en', 0, :now)"),
           id, id.text() + "@example.org", role, now_ms);
    return id;
  }
  Uuid moderator() { return account("moderator"); }
  Uuid administrator() { return account("administrator"); }

  /// Somebody who may send photos.
  Uuid contributor(const std::vector<std::string>& groups = {"black"},
                   const std::string& gender = "woman", bool templates = false) {
    const Uuid id = account("contributor");
    consent(id, "publication");
    consent(id, "special_category");
    if (templates) {
      consent(id, "templates");
    }
    const Uuid declaration = Uuid::make();
    change(sql("INSERT INTO declarations (id, account_id, gender, age_band, country, free_text, "
               "state, submitted_ms) VALUES (:id, :account, :gender, '18-24', 'KE', '', 'active', "
               ":now)"),
           declaration, id, gender, now_ms);
    std::int64_t place = 0;
    for (const std::string& group : groups) {
      change(sql("INSERT INTO declaration_groups (declaration_id, group_code, place) VALUES "
                 "(:declaration, :group, :place)"),
             declaration, group, place++);
    }
    return id;
  }

  void consent(const Uuid& account, std::string_view kind) {
    change(sql("INSERT INTO consents (id, account_id, kind, version, language, text_sha256, "
               "given_ms) VALUES (:id, :account, :kind, 1, 'en', '', :now)"),
           Uuid::make(), account, kind, now_ms);
  }

  Uuid submit(const Uuid& account, int seed, std::string_view network = "192.0.2.1") {
    return must(photos.submit(account, drawn_photo(seed), network));
  }

  std::string code(const Uuid& photo) {
    return must(database.read([&](Transaction& tx) -> Result<std::string> {
      auto found = tx.one<std::string>(sql("SELECT review_code FROM photos WHERE id = :id"), photo);
      return found ? Result<std::string>(*found) : Result<std::string>(found.error());
    }));
  }

  Result<void> approve(const Uuid& moderator, const Uuid& photo, int quality = 4) {
    return moderation.review(moderator, code(photo),
                             {.verdict = Verdict::kApprove, .quality = quality});
  }

  Result<void> reject(const Uuid& moderator, const Uuid& photo,
                      const std::string& reason = "unclear") {
    return moderation.review(
        moderator, code(photo),
        {.verdict = Verdict::kReject, .reason = reason, .words = "too blurred"});
  }

  /// A photo that two moderators of its own have approved.
  Uuid approved(const Uuid& account, int seed) {
    const Uuid photo = submit(account, seed);
    must(approve(moderator(), photo));
    must(approve(moderator(), photo));
    return photo;
  }

  PhotoState state(const Uuid& account, const Uuid& photo) {
    return must(photos.find(account, photo)).state;
  }

  [[nodiscard]] std::int64_t blob_count() const {
    std::int64_t count = 0;
    must(blobs->list("", [&count](const BlobEntry&) { ++count; }));
    return count;
  }

  template <typename... Values>
  void change(SqlFor<std::type_identity_t<Values>...> statement, const Values&... values) {
    auto done = database.transact(
        [&](Transaction& tx) { return tx.execute<Values...>(statement, values...); });
    if (!done) {
      throw std::runtime_error(done.error().message);
    }
  }

  template <typename... Values>
  std::int64_t count(SqlFor<std::type_identity_t<Values>...> statement, const Values&... values) {
    auto counted = database.read(
        [&](Transaction& tx) { return tx.one<std::int64_t, Values...>(statement, values...); });
    if (!counted) {
      throw std::runtime_error(counted.error().message);
    }
    return *counted;
  }

  std::int64_t now_ms = 1'790'000'000'000;
  Database database;
  std::unique_ptr<BlobStore> blobs;
  Vault vault;
  ReleaseKey key;
  Clock clock;
  Photos photos;
  Moderation moderation;
  Releases releases;

 private:
  template <typename Key>
  static Key open_key(const std::filesystem::path& file,
                      Result<void> (*create)(const std::filesystem::path&)) {
    if (!std::filesystem::exists(file)) {
      must(create(file));
    }
    return must(Key::open(file));
  }
};

}  // namespace everyface::testing
