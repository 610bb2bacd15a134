// Judging photos: who may, what they see, and what follows.
//
// A photo is published after two approvals by different moderators, neither of whom sent it. One
// rejection rejects; the contributor may appeal once, and then others judge: those of the first
// round are left out. A moderator who is in doubt escalates: then only administrators see the
// photo, and an administrator's approval counts as one of the two. Nobody learns how another judged
// before they have judged themselves, and nobody is asked about anybody's ethnicity: an item has no
// name, no account and no declaration.
//
// Among the photos are hidden gold items, whose verdict is known; they look like others, also by
// their codes, and show how reliable each moderator is.
//
// Roles are read in the same transaction that acts on them, so that one withdrawn a moment ago no
// longer counts. Every verdict goes to the audit log. Codes of errors (Error::code):
//   not_allowed       the account has not the role
//   not_found         no such item for this moderator: also one's own, one that is decided, one
//                     judged already, one of another's queue
//   invalid_verdict   a rejection without a reason, quality points outside 1..5, words too long …
//   not_rejected      an appeal of a photo that was not rejected
//   appealed_already  a second appeal
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/box.h"
#include "everyface/base/result.h"
#include "everyface/commons/agreement.h"
#include "everyface/commons/clock.h"
#include "everyface/commons/photos.h"
#include "everyface/store/database.h"
#include "everyface/store/uuid.h"

namespace everyface {

class BlobStore;

enum class Verdict { kApprove, kReject, kEscalate };

/// "approve", "reject", "escalate"; none for another word.
std::string_view verdict_name(Verdict verdict);
std::optional<Verdict> parse_verdict(std::string_view name);

/// Why a photo may be rejected, by stable names that pages put into words: "no_face", "unclear"
/// (blurred, too dark to see), "covered", "screen" (a photo of a screen or of a print), "edited"
/// (generated, filtered), "child" (may be under 18), "another_person" (may not be the contributor),
/// "duplicate", "unsuitable", "other" (words needed).
const std::vector<std::string>& rejection_reasons();

/// Most characters of a moderator's or contributor's words.
inline constexpr std::size_t kMaxWords = 1000;

struct ReviewInput {
  Verdict verdict = Verdict::kApprove;
  int quality = 0;          ///< with an approval: points from 1 (barely usable) to 5 (excellent)
  std::string reason = {};  ///< with a rejection: one of rejection_reasons()
  std::string words = {};   ///< for the contributor, or for administrators with an escalation
};

/// A photo that resembles another.
struct DuplicateSignal {
  std::string kind;     ///< "file", "perceptual" or "face"
  double distance = 0;  ///< 0 for "file"; bits that differ; 1 - cosine for "face"
  bool same_account = false;
  std::string other;  ///< code of the other photo, for image(); empty where it is gone
};

/// What may be worth a second look; none of it decides anything.
struct Signals {
  std::vector<DuplicateSignal> duplicates;
  bool no_camera_data = false;  ///< the file named no camera
  bool edited = false;          ///< the file named a program that changes pictures
  bool new_account = false;     ///< younger than ModerationPolicy::new_account_days
  int accounts_on_network = 0;  ///< other accounts that sent photos from the same network
  [[nodiscard]] bool any() const;
};

/// What a moderator is shown.
struct ReviewItem {
  std::string code;  ///< names the item to image() and review(); random, tells nothing
  std::int64_t submitted_ms = 0;
  int round = 1;       ///< 2: an appeal
  std::string appeal;  ///< the contributor's words
  bool escalated = false;
  std::string escalation;  ///< the moderator's words
  int width = 0;
  int height = 0;
  Box face;            ///< in pixels of the photo
  double quality = 0;  ///< of the automatic check, 0..1
  Signals signals;
};

struct QueueFilter {
  enum class Kind { kAll, kFirstRound, kAppeals, kEscalated };
  Kind kind = Kind::kAll;     ///< kEscalated shows administrators what was escalated
  bool with_signals = false;  ///< only items that have any
  std::size_t limit = 50;     ///< at most 200
};

struct QueueCounts {
  std::int64_t first_round = 0;
  std::int64_t appeals = 0;
  std::int64_t escalated = 0;  ///< 0 for moderators
};

struct ModeratorStatistics {
  std::int64_t approved = 0;
  std::int64_t rejected = 0;
  std::int64_t escalated = 0;
  Agreement agreement;  ///< with the others, see agreement.h
  std::int64_t gold_answered = 0;
  std::int64_t gold_right = 0;
};

struct ModerationStatistics {
  Agreement agreement;                             ///< over all
  std::map<Uuid, ModeratorStatistics> moderators;  ///< by account
};

struct ModerationPolicy {
  double gold_share = 0.1;  ///< of the items in a queue; 0: none
  int new_account_days = 7;
};

class Moderation {
 public:
  /// All three outlive it.
  Moderation(Database& database, BlobStore& blobs, Clock clock, ModerationPolicy policy = {});

  /// What waits for this moderator, the oldest first.
  Result<std::vector<ReviewItem>> queue(const Uuid& moderator, const QueueFilter& filter);
  Result<QueueCounts> counts(const Uuid& moderator);

  /// One item of the moderator's queue.
  Result<ReviewItem> item(const Uuid& moderator, std::string_view code);

  /// The picture of an item of the moderator's queue, or of a photo that one of those resembles
  /// (DuplicateSignal::other): a JPEG.
  Result<std::string> image(const Uuid& moderator, std::string_view code, PhotoSize size);

  /// Judges an item. Two who judge at once are both counted, one after the other.
  Result<void> review(const Uuid& moderator, std::string_view code, const ReviewInput& input);

  /// The contributor asks for a second round, once, saying why.
  Result<void> appeal(const Uuid& contributor, const Uuid& photo, const std::string& words);

  /// Puts a photo whose verdict is certain among the hidden items. An administrator's business; the
  /// photo is prepared like those of contributors but is nobody's, and is never published.
  /// None for `administrator`: from the command line.
  Result<void> add_gold(const std::optional<Uuid>& administrator, const PreparedPhoto& photo,
                        const ReviewInput& right);

  /// For administrators.
  Result<ModerationStatistics> statistics(const Uuid& administrator);

 private:
  [[nodiscard]] std::int64_t new_since_ms() const;
  Result<void> write_gold(const std::optional<Uuid>& administrator, const PreparedPhoto& photo,
                          const ReviewInput& right, const std::vector<std::string>& keys);

  Database& database_;
  BlobStore& blobs_;
  Clock clock_;
  ModerationPolicy policy_;
};

/// The same for the command line, which has no account.
Result<ModerationStatistics> moderation_statistics(Database& database);

}  // namespace everyface
