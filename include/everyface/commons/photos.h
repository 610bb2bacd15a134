// The life of a photo, as its contributor sees it: sent, waiting, approved or rejected, withdrawn.
//
// What is kept of a photo: its pixels re-encoded without metadata and a thumbnail (blob store), the
// digests that find duplicates, where the face is. With the contributor's consent, a template of
// the face, sealed, until it expires; it is compared with those of other accounts and used for
// nothing else. The file as it was sent is never kept.
//
// Withdrawing erases all of that at once, in one transaction and for good: what stays is the row
// with its times, so that books and tombstones stay right. Files are erased right after it; where
// the server dies in between, upkeep.h does it.
//
// Codes of errors (Error::code):
//   not_found      no such photo, or not this account's: the two cannot be told apart
//   no_consent     the consents for publication and for special-category data are not both given
//   no_declaration the declaration is missing
//   too_many       the account has as many photos as one may have
//   too_often      as many today as one may send in a day
//   withdrawn      it was withdrawn already
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/commons/consent.h"
#include "everyface/commons/duplicates.h"
#include "everyface/commons/export.h"
#include "everyface/commons/prepared_photo.h"
#include "everyface/commons/vault.h"
#include "everyface/store/database.h"
#include "everyface/store/uuid.h"

namespace everyface {

class BlobStore;

enum class PhotoState { kPending, kApproved, kRejected, kEscalated, kWithdrawn };
/// "pending", "approved", "rejected", "escalated", "withdrawn".
std::string_view photo_state_name(PhotoState state);

enum class PhotoSize { kFull, kThumbnail };

/// What the site publishes about how it handles photos.
struct PhotoPolicy {
  std::int64_t most_photos = 200;        ///< of one account, withdrawn ones not counted
  std::int64_t most_a_day = 50;          ///< of one account, within 24 hours
  std::int64_t template_days = 180;      ///< how long a face template is kept
  std::int64_t network_days = 30;        ///< how long the digest of the sender's network is kept
  int perceptual_bits = kSamePhotoBits;  ///< hashes that differ in at most so many bits are alike
};

/// One of the contributor's photos.
struct MyPhoto {
  Uuid id;
  PhotoState state = PhotoState::kPending;
  std::int64_t sent_ms = 0;
  std::optional<std::int64_t> decided_ms;
  std::optional<std::int64_t> withdrawn_ms;
  int width = 0;  ///< 0 once withdrawn
  int height = 0;
  std::string reason;  ///< why it was rejected: one of rejection_reasons()
  std::string words;   ///< the moderator's, with a rejection
  bool may_appeal = false;
  bool in_appeal = false;             ///< the second round is on
  std::optional<int> quality;         ///< reviewed points, 1..5: the lower of both approvals
  std::vector<std::string> releases;  ///< published ones that hold it: "1.0", "1.1"
};

class Photos {
 public:
  /// All outlive it.
  Photos(Database& database, BlobStore& blobs, const Vault& vault, Clock clock,
         PhotoPolicy policy = {});

  [[nodiscard]] const PhotoPolicy& policy() const { return policy_; }

  /// Why the account may not send a photo now (no_consent, no_declaration, too_many, too_often):
  /// to be asked before a file is received. submit() asks again.
  Result<void> may_submit(const Uuid& account);

  /// Keeps a photo and puts it before the moderators. `network`: the sender's, as network_of()
  /// gives it; kept as a keyed digest for network_days. A template is kept only with the
  /// consent for templates. Resembling others refuses nothing: moderators see it. Returns the
  /// photo's key. After an error nothing is kept; a server that dies leaves the photo whole or not
  /// at all.
  Result<Uuid> submit(const Uuid& account, const PreparedPhoto& photo, std::string_view network);

  /// All photos of the account, the newest first, withdrawn ones too.
  Result<std::vector<MyPhoto>> list(const Uuid& account);
  Result<MyPhoto> find(const Uuid& account, const Uuid& photo);

  /// The contributor's own photo, a JPEG. Error: not_found, also once it is withdrawn.
  Result<std::string> image(const Uuid& account, const Uuid& photo, PhotoSize size);

  /// Withdraws one photo: gone from moderation and from the next release, its files erased, and in
  /// the tombstone list if it was released.
  Result<void> withdraw(const Uuid& account, const Uuid& photo);
  /// All photos of the account. Returns how many there were.
  Result<std::int64_t> withdraw_all(const Uuid& account);

  /// What follows in the transaction that withdraws a consent (People::on_withdrawal): without
  /// publication or special-category data all photos are withdrawn, without templates the face
  /// templates are deleted. The files go with the next tidy() of upkeep.h.
  Result<void> on_withdrawal(Transaction& tx, const Uuid& account, ConsentKind kind);
  /// And in the one that closes the account (People::on_close).
  Result<void> on_close(Transaction& tx, const Uuid& account);

  /// Searches for photos that resemble this one and shows it to the moderators. submit() does so;
  /// upkeep.h does it for photos whose server died in between.
  Result<void> screen(const Uuid& photo);
  Result<std::int64_t> screen_all();

 private:
  Result<Uuid> keep(const Uuid& account, const PreparedPhoto& photo, std::string_view network,
                    const std::vector<std::string>& keys);
  Result<std::vector<std::string>> withdraw_all(Transaction& tx, const Uuid& account);

  Database& database_;
  BlobStore& blobs_;
  const Vault& vault_;
  Clock clock_;
  PhotoPolicy policy_;
};

/// The photos' part of a person's own data: photos.json with all that is known of them, and
/// photos/<key>.jpg. `photos` outlives it.
ExportPart photos_export(Photos& photos);

}  // namespace everyface
