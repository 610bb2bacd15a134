#include "everyface/commons/expiry.h"
#include "everyface/commons/outbox.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;

/// Fails as it is told, per subject.
class FailingMailer : public Mailer {
 public:
  Result<void> send(const Mail& mail) override {
    tried.push_back(mail.subject);
    return answer(mail);
  }
  std::function<Result<void>(const Mail&)> answer;
  std::vector<std::string> tried;
};

class OutboxTest : public testing::PeopleTest {
 protected:
  void queue(const std::string& subject) {
    const auto queued = database().transact([&](Transaction& tx) {
      return queue_mail(tx, {"ada@example.org", subject, "body"}, clock()());
    });
    ASSERT_TRUE(queued.ok()) << queued.error().message;
  }
  Delivery deliver(Mailer& mailer) { return deliver_mail(database(), mailer, clock()).value(); }
  std::int64_t waiting() { return waiting_mails(database()).value(); }
};
EVERYFACE_ON_EVERY_DATABASE(OutboxTest);

TEST_P(OutboxTest, SendsTheOldestFirstAndForgetsWhatWasSent) {
  queue("one");
  pass(1);
  queue("two");
  testing::KeptMails mailer;
  EXPECT_EQ(deliver(mailer).sent, 2U);
  ASSERT_EQ(mailer.mails.size(), 2U);
  EXPECT_EQ(mailer.mails[0].subject, "one");
  EXPECT_EQ(mailer.mails[1].body, "body");
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(deliver(mailer).sent, 0U);
}

TEST_P(OutboxTest, AMailGoesOnlyIfItsTransactionDoes) {
  const auto refused = database().transact([&](Transaction& tx) -> Result<void> {
    if (auto queued = queue_mail(tx, {"ada@example.org", "one", ""}, clock()()); !queued) {
      return queued;
    }
    return Error{"refused"};
  });
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(waiting(), 0);
}

TEST_P(OutboxTest, TriesAgainAfterLongerAndLongerPausesThenGivesUp) {
  queue("one");
  FailingMailer mailer;
  mailer.answer = [](const Mail&) -> Result<void> { return Error{"the server is away"}; };
  std::vector<std::int64_t> minutes;
  std::int64_t last_ms = clock()();
  std::size_t given_up = 0;
  while (waiting() > 0) {
    const Delivery delivery = deliver(mailer);
    given_up += delivery.given_up;
    if (delivery.postponed + delivery.given_up > 0) {
      minutes.push_back((clock()() - last_ms) / kMinuteMs);
      last_ms = clock()();
    }
    pass(kMinuteMs);
  }
  EXPECT_THAT(minutes, ElementsAre(0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360));
  EXPECT_EQ(given_up, 1U);
}

TEST_P(OutboxTest, OneBadMailDoesNotHoldUpTheOthers) {
  queue("bad");
  queue("good");
  FailingMailer mailer;
  mailer.answer = [](const Mail& mail) -> Result<void> {
    return mail.subject == "bad" ? Result<void>(Error{"no such user", "mail_refused"})
                                 : Result<void>();
  };
  std::string problem;
  const Delivery delivery = deliver_mail(database(), mailer, clock(), 50, &problem).value();
  EXPECT_EQ(delivery.sent, 1U);
  EXPECT_EQ(delivery.given_up, 1U);
  EXPECT_EQ(problem, "no such user");
  EXPECT_EQ(waiting(), 0);
}

TEST_P(OutboxTest, AMailOfAServerThatDiesIsSentByAnother) {
  queue("one");
  FailingMailer dying;
  dying.answer = [](const Mail&) -> Result<void> { throw std::runtime_error("killed"); };
  EXPECT_THROW(deliver(dying), std::runtime_error);
  testing::KeptMails mailer;
  EXPECT_EQ(deliver(mailer).sent, 0U);  // claimed
  pass(10 * kMinuteMs);
  EXPECT_EQ(deliver(mailer).sent, 1U);
}

TEST_P(OutboxTest, ManyServersSendEachMailOnce) {
  for (int i = 0; i < 12; ++i) {
    queue("mail " + std::to_string(i));
  }
  std::vector<testing::KeptMails> mailers(4);
  at_once(mailers.size(), [&](std::size_t i) {
    Database server = open({.attempts = 100});
    while (waiting_mails(server).value() > 0 &&
           deliver_mail(server, mailers[i], clock()).value().sent > 0) {
    }
  });
  std::map<std::string, int> times;
  for (const testing::KeptMails& mailer : mailers) {
    for (const Mail& mail : mailer.mails) {
      ++times[mail.subject];
    }
  }
  EXPECT_EQ(times.size(), 12U);
  for (const auto& [subject, sent] : times) {
    EXPECT_EQ(sent, 1) << subject;
  }
}

TEST_P(OutboxTest, WhatHasHadItsTimeIsRemovedAndNothingElse) {
  joined("ada@example.org");
  const std::string session = sign_in("ada@example.org").value().token;
  ASSERT_TRUE(accounts().request_join({"bob@example.org", "en", "net"}, true).ok());
  const std::string link = mailed_token();
  EXPECT_EQ(remove_expired(database(), clock()).value(), 0);
  pass(2 * kHourMs + kMinuteMs);  // counts of an hour are over
  EXPECT_GT(remove_expired(database(), clock()).value(), 0);
  EXPECT_EQ(number(sql("SELECT COUNT(*) FROM throttles")), 0);
  EXPECT_TRUE(sessions().authenticate(session).value().has_value());
  EXPECT_TRUE(accounts().look_at_link(link).ok());
  pass(30 * kDayMs);
  EXPECT_EQ(remove_expired(database(), clock()).value(), 2);
  EXPECT_EQ(number(sql("SELECT COUNT(*) FROM sessions")), 0);
  EXPECT_EQ(number(sql("SELECT COUNT(*) FROM mail_links")), 0);
}

}  // namespace
}  // namespace everyface
