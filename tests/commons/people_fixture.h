// A site's people on an empty database, with a clock of its own and mails kept in memory.
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "everyface/commons/accounts.h"
#include "everyface/commons/outbox.h"
#include "everyface/commons/second_factor.h"
#include "everyface/commons/sessions.h"
#include "everyface/store/migrate.h"
#include "tests/store/databases.h"

namespace everyface::testing {

inline constexpr const char* kPassword = "walnut tram 71 orbit";
inline constexpr const char* kOtherPassword = "lentil comet 9 ferry";

/// Argon2id as cheap as libsodium allows: check_production_cost() would refuse it.
inline constexpr PasswordCost kCheapPasswords{8192, 1, 8, 60'000};

/// Keeps mails instead of sending them.
class KeptMails : public Mailer {
 public:
  Result<void> send(const Mail& mail) override {
    mails.push_back(mail);
    return {};
  }
  std::vector<Mail> mails;
};

class PeopleTest : public OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    database_ = std::make_unique<Database>(open());
    ASSERT_TRUE(migrate(*database_, schema_migrations()).ok());
    ASSERT_TRUE(Vault::create_key_file(folder() / "vault.key").ok());
    vault_ = std::make_unique<Vault>(std::move(Vault::open(folder() / "vault.key")).value());
    people_ =
        std::make_unique<People>(People{*database_, passwords_, *vault_, clock(), {}, {}, {}});
    people_->settings.base_url = "https://faces.example";
    people_->on_close = [](Transaction&, const Uuid&) { return Result<void>(); };
    people_->on_withdrawal = [](Transaction&, const Uuid&, ConsentKind) { return Result<void>(); };
  }

  Database& database() { return *database_; }
  People& people() { return *people_; }
  Accounts accounts() { return Accounts(*people_); }
  Sessions sessions() { return Sessions(*people_); }
  SecondFactor second_factor() { return SecondFactor(*people_); }
  Clock clock() {
    return [this] { return now_ms_.load(); };
  }
  void pass(std::int64_t ms) { now_ms_ += ms; }

  /// All mails that were queued since the last call.
  std::vector<Mail> mails() {
    KeptMails kept;
    EXPECT_TRUE(deliver_mail(*database_, kept, clock(), 1000).ok());
    return std::move(kept.mails);
  }
  /// The secret in the one mail that was queued since the last call.
  std::string mailed_token() {
    const std::vector<Mail> queued = mails();
    EXPECT_EQ(queued.size(), 1U);
    return queued.empty() ? "" : token_in(queued.front());
  }
  /// The same, of those to an address, where others went elsewhere.
  std::string mailed_token(const std::string& recipient) {
    std::vector<Mail> queued = mails();
    std::erase_if(queued, [&](const Mail& mail) { return mail.recipient != recipient; });
    EXPECT_EQ(queued.size(), 1U);
    return queued.empty() ? "" : token_in(queued.front());
  }
  static std::string token_in(const Mail& mail) {
    const std::size_t start = mail.body.find("token=") + 6;
    return mail.body.substr(start, mail.body.find('\n', start) - start);
  }

  Uuid joined(const std::string& email, const std::string& password = kPassword) {
    EXPECT_TRUE(accounts().request_join({email, "en", "net"}, true).ok());
    auto chosen = accounts().choose_password(mailed_token(), password);
    EXPECT_TRUE(chosen.ok()) << chosen.error().message;
    return chosen->account;
  }
  Result<SignedIn> sign_in(const std::string& email, const std::string& password = kPassword,
                           const std::string& code = "") {
    return sessions().sign_in({email, password, code, "Firefox on Linux", "net"});
  }
  /// The code of an error; empty of a success.
  template <typename T>
  static std::string code_of(const Result<T>& result) {
    return result ? "" : result.error().code.empty() ? result.error().message : result.error().code;
  }

  /// Runs work(0), work(1), … at the same time, each in a thread.
  template <typename Work>
  static void at_once(std::size_t threads, Work work) {
    std::vector<std::thread> running;
    std::atomic<std::size_t> ready = 0;
    for (std::size_t i = 0; i < threads; ++i) {
      running.emplace_back([&, i] {
        ++ready;
        while (ready < threads) {
          std::this_thread::yield();
        }
        work(i);
      });
    }
    for (std::thread& thread : running) {
      thread.join();
    }
  }

  template <typename... Values>
  std::int64_t number(SqlFor<std::type_identity_t<Values>...> statement, const Values&... values) {
    return database_
        ->read(
            [&](Transaction& tx) { return tx.one<std::int64_t, Values...>(statement, values...); })
        .value();
  }

 private:
  std::atomic<std::int64_t> now_ms_ = 1'800'000'000'000;
  PasswordHasher passwords_{kCheapPasswords};
  std::unique_ptr<Database> database_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<People> people_;
};

}  // namespace everyface::testing
