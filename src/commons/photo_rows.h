// What photos, moderation and releases share of the tables of 0002_photos.sql.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/commons/account.h"
#include "everyface/commons/photos.h"
#include "everyface/commons/prepared_photo.h"
#include "everyface/store/blobs.h"
#include "everyface/store/database.h"

namespace everyface {

std::optional<PhotoState> parse_photo_state(std::string_view name);

template <>
struct SqlType<PhotoState> {
  static constexpr SqlKind kind = SqlKind::kText;
  static SqlValue to(PhotoState state) { return std::string(photo_state_name(state)); }
  static std::optional<PhotoState> from(SqlValue&& value) {
    return parse_photo_state(std::get<std::string>(value));
  }
};

/// Runs a statement whose count of rows does not matter.
template <typename... Values>
Result<void> change(Transaction& tx, SqlFor<std::type_identity_t<Values>...> statement,
                    const Values&... values) {
  auto done = tx.execute<Values...>(statement, values...);
  if (!done) {
    return done.error();
  }
  return {};
}

/// Keys of two new blobs, of the photo and its thumbnail. Random: nobody guesses one from another.
std::vector<std::string> new_photo_keys(std::string_view folder);

/// The bytes of a photo or thumbnail.
Result<std::string> read_photo_blob(const BlobStore& blobs, const std::string& key);

/// 128 random bits that name something without telling anything.
std::string random_code();

/// Withdraws one photo within a transaction and returns the keys of its blobs, which are trash now.
/// Requires that it is not withdrawn yet.
Result<std::vector<std::string>> withdraw_photo(Transaction& tx, const Uuid& photo,
                                                const Uuid& actor, std::int64_t now_ms);

Error no_such_photo();

/// The account's role, unless it is closed. Code: not_allowed (a lower role).
Result<void> require_role(Transaction& tx, const Uuid& account, AccountRole least);

}  // namespace everyface
