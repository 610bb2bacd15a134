#include "web/commons.h"

#include <chrono>
#include <filesystem>

#include "everyface/base/file.h"
#include "everyface/commons/expiry.h"
#include "everyface/commons/export.h"
#include "everyface/commons/outbox.h"
#include "everyface/commons/upkeep.h"
#include "everyface/store/migrate.h"
#include "web/log.h"

namespace everyface::web {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr seconds kMailPause{1};
constexpr seconds kMoneyPause{1};
constexpr std::int64_t kUpkeepMs = kMinuteMs;

/// The database, migrated.
Result<Database> open_database(const Config& config, const Clock& clock) {
  const std::string url = config.database.url.empty()
                              ? "sqlite:" + (config.data.folder / "everyface.db").string()
                              : config.database.url;
  auto database = Database::open(url, {.connections = config.database.connections});
  if (!database) {
    return database.error();
  }
  if (auto migrated = migrate(*database, schema_migrations()); !migrated) {
    return migrated.error();
  }
  if (auto recorded = record_consent_texts(*database, clock); !recorded) {
    return recorded.error();
  }
  return std::move(*database);
}

Result<std::unique_ptr<Mailer>> open_mailer(const Config& config, const Clock& clock) {
  const MailConfig& mail = config.mail;
  if (mail.host.empty()) {
    const fs::path folder = mail.folder.empty() ? config.data.folder / "mail" : mail.folder;
    if (auto made = make_folder(folder); !made) {
      return made.error();
    }
    log_event("info", "no SMTP server is configured: mails are written to a folder",
              {{"folder", fs::absolute(folder).string()}});
    return folder_mailer(folder, clock);
  }
  const std::string_view scheme = mail.tls == "tls" ? "smtps" : "smtp";
  SmtpSettings settings;
  settings.url = std::string(scheme) + "://" + mail.host + ":" + std::to_string(mail.port);
  settings.user = mail.user;
  settings.password = mail.password;
  settings.sender = mail.from;
  settings.sender_name = config.site.name;
  settings.plain_text = mail.tls == "none";
  return smtp_mailer(settings, clock);
}

fs::path vault_file(const Config& config) {
  return config.keys.vault.empty() ? config.data.folder / "vault.key" : config.keys.vault;
}

fs::path release_key_file(const Config& config) {
  return config.keys.release.empty() ? config.data.folder / "release.key.pem" : config.keys.release;
}

/// Opens a key; one that the configuration does not name is made where it is missing.
template <typename Key>
Result<Key> open_key(const fs::path& file, bool configured,
                     Result<void> (*create)(const fs::path&)) {
  if (!configured && !fs::exists(file)) {
    if (auto made = create(file); !made) {
      return made.error();
    }
  }
  return Key::open(file);
}

/// For who reads the log of a first start.
void announce_new_keys(const Config& config) {
  for (const auto& [file, configured] :
       {std::pair(vault_file(config), !config.keys.vault.empty()),
        std::pair(release_key_file(config), !config.keys.release.empty())}) {
    if (!configured && !fs::exists(file)) {
      log_event("info", "a new key is made: keep a copy of it in a safe place",
                {{"file", fs::absolute(file).string()}});
    }
  }
}

Result<DeclarationChoices> open_choices(const fs::path& file) {
  if (file.empty()) {
    return DeclarationChoices::standard();
  }
  auto text = read_file(file, std::uint64_t{1} << 20U);
  if (!text) {
    return text.error();
  }
  auto choices = DeclarationChoices::parse(*text);
  if (!choices) {
    return Error{file.string() + ": " + choices.error().message};
  }
  return choices;
}

Result<std::string> licence_text(const fs::path& file) {
  return file.empty() ? Result<std::string>(std::string{})
                      : read_file(file, std::uint64_t{1} << 20U);
}

}  // namespace

Result<Vault> open_vault(const Config& config) {
  return open_key<Vault>(vault_file(config), !config.keys.vault.empty(), &Vault::create_key_file);
}

Result<std::unique_ptr<BlobStore>> open_blobs(const Config& config) {
  if (config.blobs.kind == "s3") {
    S3Options options;
    options.endpoint = config.blobs.endpoint;
    options.bucket = config.blobs.bucket;
    if (!config.blobs.region.empty()) {
      options.region = config.blobs.region;
    }
    options.access_key = config.blobs.access_key;
    options.secret_key = config.blobs.secret_key;
    return open_s3_blobs(options);
  }
  return open_folder_blobs(config.blobs.folder.empty() ? config.data.folder / "blobs"
                                                       : config.blobs.folder);
}

struct Commons::Parts {
  Config config;
  Clock clock;
  Database database;
  std::unique_ptr<BlobStore> blobs;
  Vault vault;
  ReleaseKey release_key;
  DeclarationChoices choices;
  std::unique_ptr<Mailer> mailer;
  std::unique_ptr<PhotoIntake> intake;
  std::string licence;
};

Result<std::unique_ptr<Commons>> Commons::open(const Config& config, const std::string& public_url,
                                               const std::vector<std::string>& photo_worker,
                                               const Clock& clock) {
  const fs::path& folder = config.data.folder;
  if (auto made = make_folder(folder); !made) {
    return made.error();
  }
  std::error_code ignored;  // on a file system without permissions there are none to take away
  fs::permissions(folder, fs::perms::owner_all, ignored);
  announce_new_keys(config);
  auto vault = open_vault(config);
  if (!vault) {
    return vault.error();
  }
  auto release_key = open_key<ReleaseKey>(release_key_file(config), !config.keys.release.empty(),
                                          &ReleaseKey::create_file);
  if (!release_key) {
    return release_key.error();
  }
  auto choices = open_choices(config.site.choices);
  if (!choices) {
    return choices.error();
  }
  auto licence = licence_text(config.site.licence);
  if (!licence) {
    return licence.error();
  }
  auto database = open_database(config, clock);
  if (!database) {
    return database.error();
  }
  auto blobs = open_blobs(config);
  if (!blobs) {
    return blobs.error();
  }
  auto mailer = open_mailer(config, clock);
  if (!mailer) {
    return mailer.error();
  }
  SandboxOptions sandbox;
  if (!photo_worker.empty()) {
    sandbox.command = photo_worker;
  }
  auto intake = PhotoIntake::start(std::move(sandbox));
  if (!intake) {
    return intake.error();
  }
  return std::unique_ptr<Commons>(
      new Commons(Parts{config, clock, std::move(*database), std::move(*blobs), std::move(*vault),
                        std::move(*release_key), std::move(*choices), std::move(*mailer),
                        std::move(*intake), std::move(*licence)},
                  public_url));
}

Commons::Commons(Parts parts, const std::string& public_url)
    : config(std::move(parts.config)),
      clock(std::move(parts.clock)),
      database(std::move(parts.database)),
      blobs(std::move(parts.blobs)),
      vault(std::move(parts.vault)),
      release_key(std::move(parts.release_key)),
      choices(std::move(parts.choices)),
      mailer(std::move(parts.mailer)),
      passwords(PasswordCost{}),
      photos(database, *blobs, vault, clock),
      people{database,
             passwords,
             vault,
             clock,
             {.site_name = config.site.name, .base_url = public_url},
             [this](Transaction& tx, const Uuid& account) -> Result<void> {
               auto closed = photos.on_close(tx, account);
               return closed ? forget_wallet(tx, account) : closed;
             },
             [this](Transaction& tx, const Uuid& account, ConsentKind kind) {
               return photos.on_withdrawal(tx, account, kind);
             }},
      accounts(people),
      sessions(people),
      second_factor(people),
      moderation(database, *blobs, clock),
      releases(database, *blobs, vault, release_key, clock,
               {.title = config.site.name + " Commons",
                .site_url = public_url,
                .licence_text = std::move(parts.licence),
                .publisher = config.site.name,
                .choices = choices,
                .work_folder = config.data.folder / "tmp"}),
      statistics(database, clock, choices),
      intake(std::move(parts.intake)),
      wallet(std::move(WalletMoney::open(config, database, vault, clock, public_url).value())),
      rails(open_rails(config, database, clock, wallet.get())) {}

Commons::~Commons() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread* thread : {&background_, &money_, &cutter_}) {
    if (thread->joinable()) {
      thread->join();
    }
  }
}

void Commons::start_background() {
  background_ = std::thread([this] { run_background(); });
  money_ = std::thread([this] { run_money(); });
}

void Commons::run_background() {
  std::int64_t upkeep_ms = 0;
  for (;;) {
    deliver();
    if (const std::int64_t now_ms = clock(); now_ms - upkeep_ms >= kUpkeepMs) {
      upkeep_ms = now_ms;
      keep_up();
    }
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kMailPause, [this] { return stopping_; })) {
      return;
    }
  }
}

void Commons::deliver() {
  std::string problem;
  const auto delivery = deliver_mail(database, *mailer, clock, 50, &problem);
  if (!delivery) {
    log_event("error", "mails cannot be read", {{"reason", delivery.error().message}});
  } else if (!problem.empty()) {
    log_event("warning", "a mail could not be sent", {{"reason", problem}});
  }
}

void Commons::run_money() {
  const auto log = [](std::string_view what, const Result<void>& done) {
    if (!done) {
      log_event("error", "money cannot be moved",
                {{"by", what}, {"code", done.error().code}, {"reason", done.error().message}});
    }
  };
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kMoneyPause, [this] { return stopping_; })) {
    lock.unlock();
    for (const std::unique_ptr<Rail>& rail : rails) {
      log(rail->name(), rail->advance());
    }
    if (wallet != nullptr) {
      log("payouts", wallet->advance());
    }
    lock.lock();
  }
}

void Commons::keep_up() {
  if (auto removed = remove_expired(database, clock); !removed) {
    log_event("error", "upkeep failed", {{"reason", removed.error().message}});
  }
  if (auto done = tidy(photos, database, *blobs, clock()); !done) {
    log_event("error", "upkeep failed", {{"reason", done.error().message}});
  }
  if (auto removed = remove_dead_work(releases.settings().work_folder, clock()); !removed) {
    log_event("error", "upkeep failed", {{"reason", removed.error().message}});
  }
  if (auto rewarded = reward(clock()); !rewarded) {
    log_event("error", "releases could not be rewarded", {{"reason", rewarded.error().message}});
  }
}

Result<void> Commons::reward(std::int64_t now_ms) {
  // Watched first: a release that is rewarded afterwards is held by what is seen.
  const RewardSettings settings = reward_settings();
  const auto raised = watch_declarations(database, now_ms, settings);
  if (!raised) {
    return raised.error();
  }
  if (*raised > 0) {
    log_event("warning", "a group is declared more often than before: see /admin/money");
  }
  if (auto rewarded = reward_releases(database, now_ms, settings); !rewarded) {
    return rewarded.error();
  }
  return {};
}

RewardSettings Commons::reward_settings() const {
  RewardSettings settings = config.money.rewards;
  if (settings.rules.targets.empty()) {
    for (const Choice& group : choices.groups) {
      if (group.code != kUndisclosed) {
        settings.rules.targets[group.code] = 1;
      }
    }
  }
  return settings;
}

Result<void> Commons::ready() {
  return database.read([](Transaction& tx) -> Result<void> {
    auto one = tx.one<std::int64_t>(sql("SELECT COUNT(*) FROM consent_texts"));
    return one ? Result<void>() : Result<void>(one.error());
  });
}

Result<void> Commons::start_cutting(const Uuid& administrator, const std::string& notes) {
  const std::lock_guard lock(mutex_);
  if (cutting_) {
    return Error{"a release is being cut already", "cutting"};
  }
  if (cutter_.joinable()) {
    cutter_.join();
  }
  cutting_ = true;
  cutting_problem_.reset();
  cutter_ = std::thread([this, administrator, notes] {
    const auto release = releases.cut(administrator, notes);
    const std::lock_guard done(mutex_);
    cutting_ = false;
    if (!release) {
      log_event("error", "the release was not cut", {{"reason", release.error().message}});
      cutting_problem_ = release.error();
    }
  });
  return {};
}

bool Commons::is_cutting() {
  const std::lock_guard lock(mutex_);
  return cutting_;
}

std::optional<Error> Commons::cutting_problem() {
  const std::lock_guard lock(mutex_);
  return cutting_problem_;
}

Result<std::vector<MoneyPeriod>> Commons::published_money() {
  const std::lock_guard lock(money_mutex_);
  const std::int64_t now_ms = clock();
  if (!published_money_ || now_ms - published_money_ms_ >= kMinuteMs) {
    auto periods = money_periods(database, now_ms, releases.settings().smallest_count);
    if (!periods) {
      return periods;
    }
    published_money_ = std::move(*periods);
    published_money_ms_ = now_ms;
  }
  return *published_money_;
}

Result<std::shared_ptr<BodySource>> Commons::export_of(const Uuid& account) {
  const fs::path& folder = releases.settings().work_folder;
  if (auto made = make_folder(folder); !made) {
    return made.error();
  }
  const fs::path file = folder / (Uuid::make().text() + ".zip");
  auto archive = AppendFile::open(file);
  if (!archive) {
    return archive.error();
  }
  const auto written =
      export_account(account,
                     {people_export(database, clock), photos_export(photos),
                      rewards_export(database, clock), wallet_export(database)},
                     [&](std::string_view bytes) { return archive->append(bytes); });
  auto source = written ? file_source(file) : Result<std::shared_ptr<BodySource>>(written.error());
  std::error_code ignored;  // what cannot be removed now goes with remove_dead_work()
  fs::remove(file, ignored);
  return source;
}

}  // namespace everyface::web
