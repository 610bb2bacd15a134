// Everything behind the pages: database, blobs, keys, the commons' parts, and the work that goes on
// by itself (mails, upkeep, releases being cut).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/accounts.h"
#include "everyface/commons/consent.h"
#include "everyface/commons/declaration.h"
#include "everyface/commons/mailer.h"
#include "everyface/commons/moderation.h"
#include "everyface/commons/password.h"
#include "everyface/commons/people.h"
#include "everyface/commons/photo_intake.h"
#include "everyface/commons/photos.h"
#include "everyface/commons/release_key.h"
#include "everyface/commons/releases.h"
#include "everyface/commons/second_factor.h"
#include "everyface/commons/sessions.h"
#include "everyface/commons/statistics.h"
#include "everyface/commons/vault.h"
#include "everyface/money/transparency.h"
#include "everyface/store/blobs.h"
#include "everyface/store/database.h"
#include "everyface/web/config.h"
#include "everyface/web/response.h"
#include "web/wallet_money.h"

namespace everyface::web {

/// The key that seals secrets: of the file that the configuration names, or of the one in the data
/// folder, which is made where it is missing.
Result<Vault> open_vault(const Config& config);

/// The folder or S3-compatible store of the configuration.
Result<std::unique_ptr<BlobStore>> open_blobs(const Config& config);

class Commons {
 public:
  /// Opens what the configuration names and makes what a first start needs: folders, the SQLite
  /// file, keys; migrates the database. Errors name what could not be opened, and what to do.
  /// `photo_worker`: what starts a worker that decodes photos; empty: this program.
  static Result<std::unique_ptr<Commons>> open(const Config& config, const std::string& public_url,
                                               const std::vector<std::string>& photo_worker = {},
                                               const Clock& clock = system_clock());
  Commons(const Commons&) = delete;
  Commons& operator=(const Commons&) = delete;
  /// Waits for the work under way.
  ~Commons();

  /// Starts the background work: once, and only where the site serves.
  void start_background();

  /// Error: the database or the blob store does not answer.
  Result<void> ready();

  /// Cuts a release on a thread of its own. Code: cutting.
  Result<void> start_cutting(const Uuid& administrator, const std::string& notes);
  bool is_cutting();
  /// Why the last release could not be cut, until the next is begun.
  std::optional<Error> cutting_problem();

  /// Watches what is declared, and rewards releases that were not: part of the background work.
  Result<void> reward(std::int64_t now_ms);

  /// With targets for all groups of the site where the configuration names none.
  [[nodiscard]] RewardSettings reward_settings() const;

  /// What the site says in public of its money. Read anew once a minute at most: it takes every
  /// posting there is.
  Result<std::vector<MoneyPeriod>> published_money();

  /// All that the site knows of an account, as a ZIP in a file that is gone when it has been read.
  Result<std::shared_ptr<BodySource>> export_of(const Uuid& account);

  // In the order in which they depend on each other.
  const Config config;
  const Clock clock;
  Database database;
  const std::unique_ptr<BlobStore> blobs;
  const Vault vault;
  const ReleaseKey release_key;
  const DeclarationChoices choices;
  const std::unique_ptr<Mailer> mailer;
  PasswordHasher passwords;
  Photos photos;
  People people;
  Accounts accounts;
  Sessions sessions;
  SecondFactor second_factor;
  Moderation moderation;
  Releases releases;
  Statistics statistics;
  const std::unique_ptr<PhotoIntake> intake;
  const std::unique_ptr<WalletMoney> wallet;  ///< none where none is configured
  const Rails rails;

 private:
  struct Parts;
  Commons(Parts parts, const std::string& public_url);
  void run_background();
  void deliver();
  void keep_up();
  /// Wallets may take their time: on a thread of its own.
  void run_money();

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool cutting_ = false;
  std::optional<Error> cutting_problem_;
  std::thread background_;
  std::thread money_;
  std::thread cutter_;

  std::mutex money_mutex_;  ///< of what follows
  std::optional<std::vector<MoneyPeriod>> published_money_;
  std::int64_t published_money_ms_ = 0;
};

}  // namespace everyface::web
