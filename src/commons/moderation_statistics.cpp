#include <map>
#include <optional>
#include <string>
#include <vector>

#include "commons/moderation_rows.h"
#include "commons/photo_rows.h"
#include "everyface/commons/moderation.h"

namespace everyface {
namespace {

struct ReviewRow {
  Uuid photo;
  std::int64_t round = 1;
  Uuid moderator;
  Verdict verdict = Verdict::kApprove;
  static constexpr auto columns = std::make_tuple(&ReviewRow::photo, &ReviewRow::round,
                                                  &ReviewRow::moderator, &ReviewRow::verdict);
};

struct GoldRow {
  Uuid gold;
  Uuid moderator;
  Verdict verdict = Verdict::kApprove;
  Verdict right = Verdict::kApprove;
  static constexpr auto columns =
      std::make_tuple(&GoldRow::gold, &GoldRow::moderator, &GoldRow::verdict, &GoldRow::right);
};

std::int64_t& count_of(ModeratorStatistics& moderator, Verdict verdict) {
  switch (verdict) {
    case Verdict::kApprove:
      return moderator.approved;
    case Verdict::kReject:
      return moderator.rejected;
    case Verdict::kEscalate:
      break;
  }
  return moderator.escalated;
}

/// An escalation is no judgement: it counts as a missing value.
void rate(std::vector<Rating>& ratings, const std::string& unit, const Uuid& moderator,
          Verdict verdict) {
  if (verdict != Verdict::kEscalate) {
    ratings.push_back({unit, moderator.text(), std::string(verdict_name(verdict))});
  }
}

Result<ModerationStatistics> read_statistics(Transaction& tx) {
  auto reviews = tx.query<ReviewRow>(
      sql("SELECT photo_id, round, moderator_id, verdict FROM reviews ORDER BY at_ms, id"));
  if (!reviews) {
    return reviews.error();
  }
  auto answers = tx.query<GoldRow>(
      sql("SELECT gold_answers.gold_id, gold_answers.moderator_id, gold_answers.verdict, "
          "gold_items.verdict FROM gold_answers JOIN gold_items ON gold_items.id = "
          "gold_answers.gold_id ORDER BY gold_answers.at_ms, gold_answers.gold_id"));
  if (!answers) {
    return answers.error();
  }
  ModerationStatistics statistics;
  std::vector<Rating> ratings;
  for (const ReviewRow& review : *reviews) {
    ++count_of(statistics.moderators[review.moderator], review.verdict);
    rate(ratings, review.photo.text() + ":" + std::to_string(review.round), review.moderator,
         review.verdict);
  }
  for (const GoldRow& answer : *answers) {
    ModeratorStatistics& moderator = statistics.moderators[answer.moderator];
    ++moderator.gold_answered;
    moderator.gold_right += answer.verdict == answer.right;
    rate(ratings, answer.gold.text(), answer.moderator, answer.verdict);
  }
  statistics.agreement = krippendorff_alpha(ratings);
  const auto by_observer = krippendorff_alpha_by_observer(ratings);
  for (auto& [account, moderator] : statistics.moderators) {
    if (const auto own = by_observer.find(account.text()); own != by_observer.end()) {
      moderator.agreement = own->second;
    }
  }
  return statistics;
}

}  // namespace

Result<ModerationStatistics> Moderation::statistics(const Uuid& administrator) {
  return database_.read([&](Transaction& tx) -> Result<ModerationStatistics> {
    if (auto may = require_role(tx, administrator, AccountRole::administrator); !may) {
      return may.error();
    }
    return read_statistics(tx);
  });
}

Result<ModerationStatistics> moderation_statistics(Database& database) {
  return database.read(read_statistics);
}

}  // namespace everyface
