#include "everyface/commons/photos.h"

#include <fmt/format.h>

#include <bit>
#include <utility>

#include "commons/blob_trash.h"
#include "commons/face_templates.h"
#include "commons/photo_rows.h"
#include "everyface/commons/declaration.h"

namespace everyface {
namespace {

/// How long the sending of a photo may take before its blobs are given up.
constexpr std::int64_t kSubmitMs = kHourMs;

/// The photo and its thumbnail.
constexpr std::int64_t kBlobsOfPhoto = 2;

/// What somebody needs who sends a photo; with the declaration that it will carry.
struct Contributor {
  Uuid declaration;
  bool templates = false;
};

Result<std::int64_t> count_photos(Transaction& tx, const Uuid& account, std::int64_t since_ms) {
  auto count = tx.one<std::int64_t>(sql("SELECT COUNT(*) FROM photos WHERE account_id = :account "
                                        "AND state <> 'withdrawn' AND sent_ms >= :since"),
                                    account, since_ms);
  if (!count) {
    return count.error();
  }
  return *count;
}

Result<Contributor> read_contributor(Transaction& tx, const Uuid& account,
                                     const PhotoPolicy& policy, std::int64_t now_ms) {
  if (auto open = require_role(tx, account, AccountRole::contributor); !open) {
    return open.error();
  }
  const auto consents = consents_now(tx, account);
  if (!consents) {
    return consents.error();
  }
  if (!consents->enough_to_contribute()) {
    return Error{
        "photos need your consent to their publication and to the use of special-category "
        "data",
        "no_consent"};
  }
  const auto declaration = active_declaration(tx, account);
  if (!declaration) {
    return declaration.error();
  }
  if (!*declaration) {
    return Error{"tell us first how you describe yourself", "no_declaration"};
  }
  const auto all = count_photos(tx, account, 0);
  if (!all) {
    return all.error();
  }
  if (*all >= policy.most_photos) {
    return Error{fmt::format("you have {} photos, which is as many as one may have", *all),
                 "too_many"};
  }
  // Withdrawn ones count too: sending and withdrawing is work for the server all the same.
  auto today = tx.one<std::int64_t>(
      sql("SELECT COUNT(*) FROM photos WHERE account_id = :account AND sent_ms > :since"), account,
      now_ms - kDayMs);
  if (!today) {
    return today.error();
  }
  if (*today >= policy.most_a_day) {
    return Error{fmt::format("you have sent {} photos within a day, which is as many as one may; "
                             "come back tomorrow",
                             *today),
                 "too_often"};
  }
  return Contributor{(*declaration)->id, consents->templates};
}

Result<void> insert_photo(Transaction& tx, const Uuid& id, const Uuid& account,
                          const Uuid& declaration, const PreparedPhoto& photo,
                          const std::string& network, const std::vector<std::string>& keys,
                          std::int64_t now_ms) {
  return change(
      tx,
      sql("INSERT INTO photos (id, account_id, declaration_id, state, round, review_code, sent_ms, "
          "sha256, perceptual_hash, width, height, face_x1, face_y1, face_x2, face_y2, quality, "
          "camera, software, network, photo_key, thumbnail_key) VALUES (:id, :account, "
          ":declaration, 'pending', 1, :code, :now, :sha256, :hash, :width, :height, :x1, :y1, "
          ":x2, "
          ":y2, :quality, :camera, :software, :network, :photo, :thumbnail)"),
      id, account, declaration, random_code(), now_ms, photo.sha256,
      std::bit_cast<std::int64_t>(photo.perceptual_hash), photo.width, photo.height, photo.face.x1,
      photo.face.y1, photo.face.x2, photo.face.y2, photo.quality, photo.camera, photo.software,
      network, keys.front(), keys.back());
}

}  // namespace

Photos::Photos(Database& database, BlobStore& blobs, const Vault& vault, Clock clock,
               PhotoPolicy policy)
    : database_(database),
      blobs_(blobs),
      vault_(vault),
      clock_(std::move(clock)),
      policy_(policy) {}

Result<void> Photos::may_submit(const Uuid& account) {
  return database_.read([&](Transaction& tx) -> Result<void> {
    const auto contributor = read_contributor(tx, account, policy_, clock_());
    if (!contributor) {
      return contributor.error();
    }
    return {};
  });
}

Result<Uuid> Photos::submit(const Uuid& account, const PreparedPhoto& photo,
                            std::string_view network) {
  if (auto may = may_submit(account); !may) {
    return may.error();
  }
  const std::vector<std::string> keys = new_photo_keys("photos");
  if (auto told = announce_blobs(database_, keys, clock_() + kSubmitMs); !told) {
    return told.error();
  }
  auto kept = keep(account, photo, network, keys);
  if (!kept) {
    // What fails here is done when the blobs' time has come.
    static_cast<void>(give_up_blobs(database_, keys, clock_()));
    return kept;
  }
  static_cast<void>(screen(*kept));  // else with the next tidy()
  return kept;
}

Result<Uuid> Photos::keep(const Uuid& account, const PreparedPhoto& photo, std::string_view network,
                          const std::vector<std::string>& keys) {
  if (auto written = blobs_.put(keys.front(), photo.jpeg); !written) {
    return written.error();
  }
  if (auto written = blobs_.put(keys.back(), photo.thumbnail); !written) {
    return written.error();
  }
  const Uuid id = Uuid::make();
  const std::string network_digest = vault_.keyed_digest(fmt::format("network:{}", network));
  return database_.transact([&](Transaction& tx) -> Result<Uuid> {
    const std::int64_t now_ms = clock_();
    const auto contributor = read_contributor(tx, account, policy_, now_ms);
    if (!contributor) {
      return contributor.error();
    }
    if (auto added = insert_photo(tx, id, account, contributor->declaration, photo, network_digest,
                                  keys, now_ms);
        !added) {
      return added.error();
    }
    if (contributor->templates && !photo.face_template.empty()) {
      auto added =
          keep_template(tx, vault_, id, account, photo, now_ms + policy_.template_days * kDayMs);
      if (!added) {
        return added.error();
      }
    }
    for (const std::string& key : keys) {
      if (auto done = keep_blob(tx, key); !done) {
        return done.error();
      }
    }
    return id;
  });
}

Result<void> Photos::withdraw(const Uuid& account, const Uuid& photo) {
  using Keys = std::vector<std::string>;
  const auto trash = database_.transact([&](Transaction& tx) -> Result<Keys> {
    auto state = tx.find<PhotoState>(
        sql("SELECT state FROM photos WHERE id = :photo AND account_id = :account"), photo,
        account);
    if (!state) {
      return state.error();
    }
    if (!*state) {
      return no_such_photo();
    }
    if (**state == PhotoState::kWithdrawn) {
      return Error{"this photo was withdrawn already", "withdrawn"};
    }
    return withdraw_photo(tx, photo, account, clock_());
  });
  if (!trash) {
    return trash.error();
  }
  static_cast<void>(erase_blobs(database_, blobs_, *trash, clock_()));  // else with the next tidy()
  return {};
}

Result<std::int64_t> Photos::withdraw_all(const Uuid& account) {
  using Keys = std::vector<std::string>;
  const auto trash = database_.transact(
      [&](Transaction& tx) -> Result<Keys> { return withdraw_all(tx, account); });
  if (!trash) {
    return trash.error();
  }
  static_cast<void>(erase_blobs(database_, blobs_, *trash, clock_()));  // else with the next tidy()
  return static_cast<std::int64_t>(trash->size()) / kBlobsOfPhoto;
}

Result<std::vector<std::string>> Photos::withdraw_all(Transaction& tx, const Uuid& account) {
  auto photos = tx.query<Uuid>(
      sql("SELECT id FROM photos WHERE account_id = :account AND state <> 'withdrawn' ORDER BY id"),
      account);
  if (!photos) {
    return photos.error();
  }
  std::vector<std::string> trash;
  for (const Uuid& photo : *photos) {
    auto keys = withdraw_photo(tx, photo, account, clock_());
    if (!keys) {
      return keys.error();
    }
    trash.insert(trash.end(), keys->begin(), keys->end());
  }
  return trash;
}

Result<void> Photos::on_withdrawal(Transaction& tx, const Uuid& account, ConsentKind kind) {
  if (kind == ConsentKind::templates) {
    return change(tx, sql("DELETE FROM face_templates WHERE account_id = :account"), account);
  }
  return on_close(tx, account);
}

Result<void> Photos::on_close(Transaction& tx, const Uuid& account) {
  const auto trash = withdraw_all(tx, account);
  if (!trash) {
    return trash.error();
  }
  return {};
}

}  // namespace everyface
