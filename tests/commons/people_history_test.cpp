// Random histories of joining, resetting, changing and leaving, against a model of what must hold.
#include <optional>

#include "everyface/base/random.h"
#include "everyface/commons/audit_log.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

class HistoryTest : public testing::PeopleTest {
 protected:
  struct Link {
    std::string token;
    std::string email;
    std::int64_t sent_ms;
  };

  /// What each address's password must be; none: no account.
  std::map<std::string, std::optional<std::string>> passwords_ = {
      {"a@example.org", {}}, {"b@example.org", {}}, {"c@example.org", {}}};
  std::map<std::string, Uuid> accounts_;
  std::vector<Link> links_;  // those that must work unless too old

  void collect_links() {
    for (const Mail& mail : mails()) {
      if (mail.body.find("choose-password") != std::string::npos) {
        links_.push_back({token_in(mail), mail.recipient, clock()()});
      }
    }
  }

  void use_link(std::size_t index, const std::string& password) {
    const Link link = links_[index];
    const bool known = passwords_[link.email].has_value();
    const std::int64_t life_ms =
        known ? people().settings.reset_link_ms : people().settings.join_link_ms;
    const auto chosen = accounts().choose_password(link.token, password);
    if (clock()() < link.sent_ms + life_ms) {
      ASSERT_TRUE(chosen.ok()) << chosen.error().message;
      EXPECT_EQ(chosen->joined, !known);
      passwords_[link.email] = password;
      accounts_[link.email] = chosen->account;
    } else {
      EXPECT_EQ(code_of(chosen), "link_invalid");
    }
    // Used or not, links of this address that were sent before are over now, or too old.
    std::erase_if(links_, [&](const Link& other) {
      return chosen ? other.email == link.email : other.token == link.token;
    });
  }

  void close(const std::string& email) {
    ASSERT_TRUE(accounts().close(accounts_[email]).ok());
    passwords_[email].reset();
    std::erase_if(links_, [&](const Link& link) { return link.email == email; });
  }

  void check_everybody() {
    for (const auto& [email, password] : passwords_) {
      const auto session = sign_in(email, password.value_or(testing::kPassword));
      EXPECT_EQ(session.ok(), password.has_value()) << email;
      if (session) {
        EXPECT_EQ(session->account, accounts_[email]);
      }
    }
  }
};
EVERYFACE_ON_EVERY_DATABASE(HistoryTest);

TEST_P(HistoryTest, WhoeverHasTheLatestPasswordAndNobodyElseSignsIn) {
  people().settings.mails_per_address = {1000, kHourMs};
  people().settings.mails_per_network = {1000, kHourMs};
  people().settings.sign_ins_per_account_and_network = {1000, kHourMs};
  people().settings.sign_ins_per_account = {1000, kHourMs};
  people().settings.sign_ins_per_network = {1000, kHourMs};
  const std::vector<std::string> words = {testing::kPassword, testing::kOtherPassword,
                                          "copper yacht 5 moss", "quiet nine lamp vapour"};
  Random random(20261125);
  for (int step = 0; step < 150; ++step) {
    auto at = passwords_.begin();
    std::advance(at, static_cast<long>(random.below(passwords_.size())));
    const std::string email = at->first;
    switch (random.below(6)) {
      case 0:
        ASSERT_TRUE(accounts().request_join({email, "en", "net"}, true).ok());
        break;
      case 1:
        ASSERT_TRUE(accounts().request_reset({email, "de", "net"}).ok());
        break;
      case 2:
      case 3:
        if (!links_.empty()) {
          use_link(random.below(links_.size()), words[random.below(words.size())]);
        }
        break;
      case 4:
        if (at->second && random.below(3) == 0) {
          close(email);
        }
        break;
      default:
        pass(static_cast<std::int64_t>(random.below(40)) * kMinuteMs);
    }
    collect_links();
    if (step % 10 == 9) {
      check_everybody();
    }
  }
  EXPECT_TRUE(audit::verify(database()).ok());
}

}  // namespace
}  // namespace everyface
