#include "everyface/commons/moderation.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "commons/moderation_rows.h"
#include "commons/photo_rows.h"
#include "commons/review_input.h"
#include "everyface/commons/audit_log.h"

namespace everyface {
namespace {

constexpr std::int64_t kApprovals = 2;
constexpr std::size_t kMostInQueue = 200;

Result<void> insert_review(Transaction& tx, const Judge& judge, const QueuedItem& queued,
                           const ReviewInput& input, std::int64_t now_ms) {
  const bool approved = input.verdict == Verdict::kApprove;
  const bool rejected = input.verdict == Verdict::kReject;
  return change(tx,
                sql("INSERT INTO reviews (id, photo_id, round, moderator_id, verdict, quality, "
                    "reason, words, at_ms) VALUES (:id, :photo, :round, :moderator, :verdict, "
                    ":quality, :reason, :words, :now)"),
                Uuid::make(), queued.id, queued.item.round, judge.account, input.verdict,
                approved ? std::optional<std::int64_t>(input.quality) : std::nullopt,
                rejected ? input.reason : "", input.words, now_ms);
}

/// What the photo is after this verdict.
Result<PhotoState> state_after(Transaction& tx, const QueuedItem& queued, Verdict verdict) {
  if (verdict == Verdict::kReject) {
    return PhotoState::kRejected;
  }
  if (verdict == Verdict::kEscalate) {
    return PhotoState::kEscalated;
  }
  auto approvals = tx.one<std::int64_t>(sql("SELECT COUNT(*) FROM reviews WHERE photo_id = :photo "
                                            "AND round = :round AND verdict = 'approve'"),
                                        queued.id, queued.item.round);
  if (!approvals) {
    return approvals.error();
  }
  return *approvals >= kApprovals ? PhotoState::kApproved : PhotoState::kPending;
}

Result<void> set_state(Transaction& tx, const QueuedItem& queued, PhotoState state,
                       std::int64_t now_ms) {
  if (state == PhotoState::kApproved) {
    return change(tx,
                  sql("UPDATE photos SET state = 'approved', decided_ms = :now, quality_points = "
                      "(SELECT MIN(quality) FROM reviews WHERE reviews.photo_id = photos.id AND "
                      "reviews.round = photos.round AND reviews.verdict = 'approve') WHERE id = "
                      ":photo"),
                  now_ms, queued.id);
  }
  if (state == PhotoState::kRejected) {
    return change(tx,
                  sql("UPDATE photos SET state = 'rejected', decided_ms = :now WHERE id = :photo"),
                  now_ms, queued.id);
  }
  return change(tx, sql("UPDATE photos SET state = :state WHERE id = :photo"), state, queued.id);
}

Result<void> judge_photo(Transaction& tx, const Judge& judge, const QueuedItem& queued,
                         const ReviewInput& input, std::int64_t now_ms) {
  if (input.verdict == Verdict::kEscalate && queued.item.escalated) {
    return invalid_verdict("this photo is before the administrators already: approve or reject it");
  }
  if (auto added = insert_review(tx, judge, queued, input, now_ms); !added) {
    return added;
  }
  const auto state = state_after(tx, queued, input.verdict);
  if (!state) {
    return state.error();
  }
  if (auto done = set_state(tx, queued, *state, now_ms); !done) {
    return done;
  }
  nlohmann::ordered_json details = {{"round", queued.item.round},
                                    {"state", photo_state_name(*state)}};
  if (input.verdict == Verdict::kReject) {
    details["reason"] = input.reason;
  }
  return audit::append(tx,
                       {judge.account, fmt::format("photo.{}", verdict_name(input.verdict)),
                        queued.id.text(), details.dump()},
                       now_ms);
}

Result<void> answer_gold(Transaction& tx, const Judge& judge, const QueuedItem& queued,
                         const ReviewInput& input, std::int64_t now_ms) {
  auto added =
      change(tx,
             sql("INSERT INTO gold_answers (gold_id, moderator_id, verdict, reason, at_ms) "
                 "VALUES (:gold, :moderator, :verdict, :reason, :now)"),
             queued.id, judge.account, input.verdict, input.reason, now_ms);
  if (!added) {
    return added;
  }
  return audit::append(
      tx, {judge.account, fmt::format("gold.{}", verdict_name(input.verdict)), queued.id.text()},
      now_ms);
}

/// Keys of a photo that resembles one of the judge's queue.
Result<std::optional<QueuedItem>> find_resembling(Transaction& tx, const Judge& judge,
                                                  std::string_view code) {
  using Keys = std::tuple<std::string, std::string>;
  auto keys = tx.find<Keys>(
      sql("SELECT other.photo_key, other.thumbnail_key FROM photos other WHERE other.review_code = "
          ":code AND other.state <> 'withdrawn' AND EXISTS (SELECT 1 FROM photo_duplicates found "
          "JOIN photos photo ON photo.id = found.photo_id OR photo.id = found.other_id WHERE "
          "(found.photo_id = other.id OR found.other_id = other.id) AND photo.id <> other.id AND "
          "(photo.state = 'pending' OR photo.state = 'escalated' AND :administrator) AND "
          "photo.account_id <> :judge AND NOT EXISTS (SELECT 1 FROM reviews WHERE reviews.photo_id "
          "= photo.id AND reviews.moderator_id = :judge))"),
      code, judge.administrator, judge.account);
  if (!keys) {
    return keys.error();
  }
  if (!*keys) {
    return std::optional<QueuedItem>();
  }
  QueuedItem found;
  std::tie(found.photo_key, found.thumbnail_key) = **keys;
  return std::optional(std::move(found));
}

}  // namespace

bool Signals::any() const {
  return !duplicates.empty() || no_camera_data || edited || new_account || accounts_on_network > 0;
}

Moderation::Moderation(Database& database, BlobStore& blobs, Clock clock, ModerationPolicy policy)
    : database_(database), blobs_(blobs), clock_(std::move(clock)), policy_(policy) {}

std::int64_t Moderation::new_since_ms() const {
  return clock_() - policy_.new_account_days * kDayMs;
}

Result<std::vector<ReviewItem>> Moderation::queue(const Uuid& moderator,
                                                  const QueueFilter& filter) {
  using Items = std::vector<ReviewItem>;
  QueueFilter limited = filter;
  limited.limit = std::min(filter.limit, kMostInQueue);
  return database_.read([&](Transaction& tx) -> Result<Items> {
    const auto judge = read_judge(tx, moderator);
    if (!judge) {
      return judge.error();
    }
    auto photos = queued_photos(tx, *judge, limited, new_since_ms());
    if (!photos) {
      return photos.error();
    }
    // Appeals and escalations come from real photos only, and gold items have no signals.
    const bool with_gold = !filter.with_signals && (filter.kind == QueueFilter::Kind::kAll ||
                                                    filter.kind == QueueFilter::Kind::kFirstRound);
    auto gold = with_gold ? open_gold(tx, *judge) : std::vector<QueuedItem>();
    if (!gold) {
      return gold.error();
    }
    Items items;
    for (QueuedItem& queued :
         mix_gold(std::move(*photos), std::move(*gold), *judge, policy_.gold_share)) {
      items.push_back(std::move(queued.item));
    }
    items.resize(std::min(items.size(), limited.limit));
    return items;
  });
}

Result<QueueCounts> Moderation::counts(const Uuid& moderator) {
  return database_.read([&](Transaction& tx) -> Result<QueueCounts> {
    const auto judge = read_judge(tx, moderator);
    if (!judge) {
      return judge.error();
    }
    using Row = std::tuple<std::int64_t, std::int64_t>;
    auto rows = tx.query<Row>(
        sql("SELECT CASE WHEN photos.state = 'escalated' THEN 3 WHEN photos.round = 1 THEN 1 ELSE "
            "2 END AS kind, COUNT(*) FROM photos WHERE photos.state IN ('pending', 'escalated') "
            "AND photos.screened_ms IS NOT NULL AND photos.account_id <> :judge AND NOT EXISTS "
            "(SELECT 1 FROM reviews WHERE reviews.photo_id = photos.id AND reviews.moderator_id = "
            ":judge) GROUP BY 1"),
        judge->account);
    if (!rows) {
      return rows.error();
    }
    QueueCounts counts;
    for (const auto& [kind, count] : *rows) {
      (kind == 1 ? counts.first_round : kind == 2 ? counts.appeals : counts.escalated) = count;
    }
    if (!judge->administrator) {
      counts.escalated = 0;
    }
    const auto gold = open_gold(tx, *judge);
    if (!gold) {
      return gold.error();
    }
    // Counted too, or the difference would tell which they are.
    counts.first_round += static_cast<std::int64_t>(gold_among(
        static_cast<std::size_t>(counts.first_round), gold->size(), *judge, policy_.gold_share));
    return counts;
  });
}

Result<ReviewItem> Moderation::item(const Uuid& moderator, std::string_view code) {
  return database_.read([&](Transaction& tx) -> Result<ReviewItem> {
    const auto judge = read_judge(tx, moderator);
    if (!judge) {
      return judge.error();
    }
    auto found = find_item(tx, *judge, code, new_since_ms());
    if (!found) {
      return found.error();
    }
    return std::move(found->item);
  });
}

Result<std::string> Moderation::image(const Uuid& moderator, std::string_view code,
                                      PhotoSize size) {
  const auto found = database_.read([&](Transaction& tx) -> Result<QueuedItem> {
    const auto judge = read_judge(tx, moderator);
    if (!judge) {
      return judge.error();
    }
    auto item = find_item(tx, *judge, code, new_since_ms());
    if (item || item.error().code != no_such_item().code) {
      return item;
    }
    auto resembling = find_resembling(tx, *judge, code);
    if (!resembling) {
      return resembling.error();
    }
    return *resembling ? Result<QueuedItem>(std::move(**resembling)) : item;
  });
  if (!found) {
    return found.error();
  }
  return read_photo_blob(blobs_,
                         size == PhotoSize::kFull ? found->photo_key : found->thumbnail_key);
}

Result<void> Moderation::review(const Uuid& moderator, std::string_view code,
                                const ReviewInput& input) {
  if (auto fine = check_input(input); !fine) {
    return fine;
  }
  return database_.transact([&](Transaction& tx) -> Result<void> {
    const auto judge = read_judge(tx, moderator);
    if (!judge) {
      return judge.error();
    }
    const auto queued = find_item(tx, *judge, code, new_since_ms());
    if (!queued) {
      return queued.error();
    }
    return queued->gold ? answer_gold(tx, *judge, *queued, input, clock_())
                        : judge_photo(tx, *judge, *queued, input, clock_());
  });
}

Result<void> Moderation::appeal(const Uuid& contributor, const Uuid& photo,
                                const std::string& words) {
  if (auto fine = check_words(words); !fine) {
    return fine;
  }
  return database_.transact([&](Transaction& tx) -> Result<void> {
    auto state = tx.find<PhotoState>(
        sql("SELECT state FROM photos WHERE id = :photo AND account_id = :account"), photo,
        contributor);
    if (!state) {
      return state.error();
    }
    if (!*state) {
      return no_such_photo();
    }
    auto earlier =
        tx.one<std::int64_t>(sql("SELECT COUNT(*) FROM appeals WHERE photo_id = :photo"), photo);
    if (!earlier) {
      return earlier.error();
    }
    if (*earlier > 0) {
      return Error{"you have appealed for this photo already, which is possible once",
                   "appealed_already"};
    }
    if (**state != PhotoState::kRejected) {
      return Error{"only a rejected photo can be appealed for", "not_rejected"};
    }
    const std::int64_t now_ms = clock_();
    auto added = change(
        tx, sql("INSERT INTO appeals (photo_id, words, created_ms) VALUES (:photo, :words, :now)"),
        photo, words, now_ms);
    if (!added) {
      return added;
    }
    auto reopened = change(tx,
                           sql("UPDATE photos SET state = 'pending', round = round + 1, decided_ms "
                               "= NULL WHERE id = :photo"),
                           photo);
    if (!reopened) {
      return reopened;
    }
    return audit::append(tx, {contributor, "photo.appeal", photo.text()}, now_ms);
  });
}

}  // namespace everyface
