// Our client of Open Payments against a wallet that holds each request to the specification.
#include "everyface/payments/open_payments.h"

#include <gmock/gmock.h>

#include <chrono>
#include <set>

#include "tests/payments/wallet/wallet_server.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::json;
using testing::WalletServer;

const Asset kEuro{"EUR", 2};
const InteractionFinish kFinish{"http://127.0.0.1:9/back", "a number of ours"};

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

template <typename T>
T must(PaymentResult<T> result) {
  if (!result) {
    throw std::runtime_error(result.error().code + ": " + result.error().message);
  }
  return std::move(*result);
}

class OpenPaymentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = WalletServer::unavailable(); !why.empty()) {
      GTEST_SKIP() << why;
    }
    server_ = &WalletServer::as_new();
    http_ = std::make_unique<OutgoingHttp>(
        OutgoingRules{.allow_loopback = true, .longest_answer = 100'000});
    client_ =
        std::make_unique<OpenPayments>(*http_, server_->key(), server_->wallet("site"), now_s);
  }

  WalletAddress wallet(const std::string& name) {
    return must(client_->wallet_address(server_->wallet(name)));
  }
  std::string token_for(const WalletAddress& wallet, const PaymentAccess& access) {
    return must(client_->request_grant(wallet.auth_server, {access})).token->value;
  }
  IncomingPayment ask_for(const WalletAddress& payee, std::uint64_t amount) {
    return must(client_->create_incoming_payment(
        payee.resource_server, token_for(payee, PaymentAccess::to_receive(payee.id)),
        {.wallet_address = payee.id, .incoming_amount = PaymentAmount{amount, payee.asset}}));
  }
  Quote quote_for(const WalletAddress& payer, const IncomingPayment& payment) {
    return must(client_->create_quote(payer.resource_server,
                                      token_for(payer, PaymentAccess::to_quote()),
                                      {.wallet_address = payer.id, .receiver = payment.id}));
  }
  Grant ask_to_pay(const WalletAddress& payer, std::uint64_t limit) {
    PaymentAccess access = PaymentAccess::to_pay(payer.id);
    access.debit_amount = PaymentAmount{limit, payer.asset};
    return must(client_->request_grant(payer.auth_server, {access}, kFinish));
  }
  AccessToken consent(const WalletAddress& payer, std::uint64_t limit) {
    const Grant grant = ask_to_pay(payer, limit);
    const auto back = server_->answer(grant.interaction->redirect, true);
    return *must(client_->continue_grant(*grant.next, back.at("interact_ref"))).token;
  }
  void expect_no_violations() { EXPECT_EQ(server_->state().at("violations"), json::array()); }

  WalletServer* server_ = nullptr;
  std::unique_ptr<OutgoingHttp> http_;
  std::unique_ptr<OpenPayments> client_;
};

TEST_F(OpenPaymentsTest, AWalletTellsWhatItIs) {
  const WalletAddress alice = wallet("alice");
  EXPECT_EQ(alice.id, server_->wallet("alice"));
  EXPECT_EQ(alice.public_name, "alice");
  EXPECT_EQ(alice.asset, kEuro);
  const auto keys = must(client_->wallet_keys(wallet("site")));
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].id, "site-key");
  EXPECT_EQ(keys[0].public_key, server_->key().public_key());
  EXPECT_EQ(client_->wallet_address(server_->wallet("nobody")).error().fault,
            PaymentFault::kNotFound);
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, AWalletIsWhatItsOwnAddressSays) {
  const auto claim = [&](const std::string& name, const json& claims) {
    server_->control("claim", {{"name", name}, {"claims", claims}});
  };
  claim("bob", {{"id", server_->wallet("alice")},
                {"authServer", "http://127.0.0.1:9/"},
                {"assetCode", "XXX"}});
  const WalletAddress alice = wallet("bob");
  EXPECT_EQ(alice.id, server_->wallet("alice"));
  EXPECT_EQ(alice.auth_server, server_->origin() + "/auth");
  EXPECT_EQ(alice.asset, kEuro);
  claim("alice", {{"id", server_->wallet("carol")}});
  EXPECT_EQ(client_->wallet_address(server_->wallet("bob")).error().fault,
            PaymentFault::kMalformed);
}

TEST_F(OpenPaymentsTest, PaysAsTheSpecificationSays) {
  const WalletAddress site = wallet("site");
  const WalletAddress alice = wallet("alice");
  const IncomingPayment incoming = ask_for(alice, 500);
  EXPECT_EQ(incoming.wallet_address, alice.id);
  EXPECT_EQ(incoming.received.value, 0U);
  const Quote quote = quote_for(site, incoming);
  EXPECT_EQ(quote.debit_amount, (PaymentAmount{500, kEuro}));
  const AccessToken token = consent(site, 1200);
  const OutgoingPayment sent = must(client_->create_outgoing_payment(
      site.resource_server, token.value, {site.id, quote.id, "for a photo"}));
  EXPECT_FALSE(sent.failed);
  EXPECT_EQ(sent.sent_amount.value, 0U);
  EXPECT_EQ(sent.quote_id, quote.id);
  EXPECT_EQ(must(client_->outgoing_payment(sent.id, token.value)).sent_amount.value, 500U);
  const auto received = must(client_->received_by(incoming.id));
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->value, 500U);
  const GrantSpent spent = must(client_->grant_spent(site.resource_server, token.value));
  EXPECT_EQ(spent.debit->value, 500U);
  EXPECT_FALSE(spent.receive.has_value());
  EXPECT_EQ(server_->balance("site"), 1'000'000 - 500);
  EXPECT_EQ(server_->balance("alice"), 1'000'000 + 500);
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, AQuoteServesOnceAndAGrantUpToItsLimit) {
  const WalletAddress site = wallet("site");
  const WalletAddress bob = wallet("bob");
  const AccessToken token = consent(site, 700);
  const Quote first = quote_for(site, ask_for(bob, 500));
  const auto pay = [&](const Quote& quote) {
    return client_->create_outgoing_payment(site.resource_server, token.value, {site.id, quote.id});
  };
  must(pay(first));
  EXPECT_EQ(pay(first).error().status, 400);
  const auto above = pay(quote_for(site, ask_for(bob, 201)));
  EXPECT_EQ(above.error().status, 403);
  EXPECT_THAT(above.error().message, HasSubstr("the grant's limit is reached"));
  must(pay(quote_for(site, ask_for(bob, 200))));
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, QuotesExchange) {
  const Quote quote = quote_for(wallet("site"), ask_for(wallet("carol"), 1100));
  EXPECT_EQ(quote.receive_amount, (PaymentAmount{1100, {"USD", 2}}));
  EXPECT_EQ(quote.debit_amount, (PaymentAmount{1000, kEuro}));
  const WalletAddress site = wallet("site");
  EXPECT_EQ(must(client_->quote(quote.id, token_for(site, PaymentAccess::to_quote()))).id,
            quote.id);
}

TEST_F(OpenPaymentsTest, IncomingPaymentsAreReadListedAndCompleted) {
  const WalletAddress alice = wallet("alice");
  const std::string token = token_for(alice, PaymentAccess::to_receive(alice.id));
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) {
    made.push_back(must(client_->create_incoming_payment(
                            alice.resource_server, token,
                            {.wallet_address = alice.id, .expires_at = "2099-01-01T00:00:00Z"}))
                       .id);
  }
  EXPECT_EQ(must(client_->incoming_payment(made[0], token)).id, made[0]);
  EXPECT_TRUE(must(client_->complete_incoming_payment(made[0], token)).completed);
  std::vector<std::string> listed;
  PageRequest page{{}, 2, 0};
  bool more = true;
  while (more) {
    const auto part =
        must(client_->list_incoming_payments(alice.resource_server, token, alice.id, page));
    for (const IncomingPayment& payment : part.items) {
      listed.push_back(payment.id);
    }
    more = part.has_next;
    page.cursor = part.end_cursor;
  }
  std::reverse(made.begin(), made.end());  // the newest first
  EXPECT_EQ(listed, made);
  const auto before = must(client_->list_incoming_payments(
      alice.resource_server, token, alice.id, {made[3].substr(made[3].rfind('/') + 1), 0, 2}));
  ASSERT_EQ(before.items.size(), 2U);
  EXPECT_EQ(before.items[0].id, made[1]);
  EXPECT_TRUE(before.has_previous);
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, TheOwnersAnswerProvesItselfPaddedOrNot) {
  for (const bool padded : {true, false}) {
    server_->control("set", {{"padHash", padded}});
    const WalletAddress site = wallet("site");
    const Grant grant = ask_to_pay(site, 100);
    const auto back = server_->answer(grant.interaction->redirect, true);
    const auto genuine = [&](const std::string& reference) {
      return is_finish_hash(back.at("hash"), kFinish.nonce, grant.interaction->finish, reference,
                            site.auth_server);
    };
    EXPECT_TRUE(genuine(back.at("interact_ref")));
    EXPECT_FALSE(genuine("another"));
    EXPECT_EQ(client_->continue_grant(*grant.next, "another").error().fault,
              PaymentFault::kInvalidContinuation);
  }
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, AnOwnerMaySayNo) {
  const Grant grant = ask_to_pay(wallet("site"), 100);
  EXPECT_EQ(server_->answer(grant.interaction->redirect, false).at("result"), "grant_rejected");
  EXPECT_EQ(client_->continue_grant(*grant.next).error().fault, PaymentFault::kRequestDenied);
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, AnOwnerSaysThatAWalletIsTheirs) {
  const WalletAddress bob = wallet("bob");
  const Grant grant = must(client_->request_subject(bob.auth_server, bob.id, kFinish));
  const auto back = server_->answer(grant.interaction->redirect, true);
  const Grant answered = must(client_->continue_grant(*grant.next, back.at("interact_ref")));
  EXPECT_EQ(answered.subject, bob.id);
  EXPECT_FALSE(answered.token.has_value());
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, AskingTooSoonIsSaidSo) {
  server_->control("set", {{"wait", 30}});
  const Grant grant = ask_to_pay(wallet("site"), 100);
  EXPECT_EQ(grant.next->wait_s, 30);
  EXPECT_EQ(client_->continue_grant(*grant.next).error().fault, PaymentFault::kTooFast);
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, TokensAreExchangedAndHandedBack) {
  const WalletAddress site = wallet("site");
  const AccessToken first = consent(site, 100);
  const AccessToken second = must(client_->rotate_token(first));
  EXPECT_NE(second.value, first.value);
  EXPECT_EQ(client_->grant_spent(site.resource_server, first.value).error().fault,
            PaymentFault::kInvalidRequest);
  must(client_->grant_spent(site.resource_server, second.value));
  EXPECT_TRUE(client_->revoke_token(second).ok());
  EXPECT_EQ(client_->rotate_token(second).error().fault, PaymentFault::kInvalidClient);
  const Grant grant = ask_to_pay(site, 100);
  EXPECT_TRUE(client_->cancel_grant(*grant.next).ok());
  EXPECT_EQ(client_->continue_grant(*grant.next).error().fault, PaymentFault::kInvalidContinuation);
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, AnotherKeyIsRefused) {
  const auto other = SigningKey::from_pem(testing::kWalletPem, "unknown-key");
  OpenPayments stranger(*http_, *other, server_->wallet("site"), now_s);
  const auto grant =
      stranger.request_grant(wallet("alice").auth_server, {PaymentAccess::to_quote()});
  EXPECT_EQ(grant.error().fault, PaymentFault::kInvalidClient);
  EXPECT_THAT(grant.error().message, HasSubstr("the signature is not the client's"));
}

struct Failure {
  std::string how;
  PaymentFault fault;
  bool unknown;
};

/// Every way to fail at every step.
class FailingWallet : public OpenPaymentsTest {
 protected:
  /// What each step of paying gives when it fails.
  std::map<std::string, std::function<std::optional<PaymentError>()>> steps() {
    const auto error = [](const auto& result) -> std::optional<PaymentError> {
      return result ? std::nullopt : std::optional<PaymentError>(result.error());
    };
    site_ = wallet("site");
    receiving_ = token_for(site_, PaymentAccess::to_receive(site_.id));
    quoting_ = token_for(site_, PaymentAccess::to_quote());
    incoming_ = ask_for(site_, 100).id;
    paying_ = consent(site_, 100'000);
    quote_ = quote_for(site_, ask_for(wallet("alice"), 100));
    const std::string spare = quote_for(site_, ask_for(wallet("alice"), 100)).id;
    outgoing_ = must(client_->create_outgoing_payment(site_.resource_server, paying_.value,
                                                      {site_.id, spare}))
                    .id;
    grant_ = ask_to_pay(site_, 100);
    return {
        {"wallet", [=, this] { return error(client_->wallet_address(site_.id)); }},
        {"keys", [=, this] { return error(client_->wallet_keys(site_)); }},
        {"grant",
         [=, this] {
           return error(client_->request_grant(site_.auth_server, {PaymentAccess::to_quote()}));
         }},
        {"continue", [=, this] { return error(client_->continue_grant(*grant_.next)); }},
        {"incoming.create",
         [=, this] {
           return error(client_->create_incoming_payment(site_.resource_server, receiving_,
                                                         {.wallet_address = site_.id}));
         }},
        {"incoming.get",
         [=, this] { return error(client_->incoming_payment(incoming_, receiving_)); }},
        {"incoming.list",
         [=, this] {
           return error(
               client_->list_incoming_payments(site_.resource_server, receiving_, site_.id));
         }},
        {"incoming.complete",
         [=, this] { return error(client_->complete_incoming_payment(incoming_, receiving_)); }},
        {"quote.create",
         [=, this] {
           return error(client_->create_quote(site_.resource_server, quoting_,
                                              {.wallet_address = site_.id, .receiver = incoming_}));
         }},
        {"quote.get", [=, this] { return error(client_->quote(quote_.id, quoting_)); }},
        {"outgoing.create",
         [=, this] {
           return error(client_->create_outgoing_payment(site_.resource_server, paying_.value,
                                                         {site_.id, quote_.id}));
         }},
        {"outgoing.get",
         [=, this] { return error(client_->outgoing_payment(outgoing_, paying_.value)); }},
        {"outgoing.list",
         [=, this] {
           return error(
               client_->list_outgoing_payments(site_.resource_server, paying_.value, site_.id));
         }},
        {"outgoing.spent",
         [=, this] { return error(client_->grant_spent(site_.resource_server, paying_.value)); }},
        {"rotate", [=, this] { return error(client_->rotate_token(paying_)); }},
    };
  }

  WalletAddress site_;
  std::string receiving_;
  std::string quoting_;
  std::string incoming_;
  AccessToken paying_;
  Quote quote_;
  std::string outgoing_;
  Grant grant_;
};

TEST_F(FailingWallet, SaysWhatIsKnownAtEveryStep) {
  const Failure failures[] = {
      {"lost_before", PaymentFault::kNoAnswer, true},
      {"lost_after", PaymentFault::kNoAnswer, true},
      {"huge", PaymentFault::kNoAnswer, true},
      {"garbage", PaymentFault::kMalformed, true},
      {"500", PaymentFault::kServer, true},
      {"redirect", PaymentFault::kNotAllowed, false},
      {"401", PaymentFault::kInvalidClient, false},
      {"403", PaymentFault::kInvalidRequest, false},
      {"404", PaymentFault::kNotFound, false},
      {"409", PaymentFault::kConflict, false},
      {"429", PaymentFault::kTooFast, false},
  };
  for (const auto& [step, ask] : steps()) {
    for (const Failure& failure : failures) {
      // What was done although its answer was lost cannot be done again.
      const bool spends = step == "outgoing.create" || step == "rotate" || step == "continue";
      if (failure.how == "lost_after" && spends) {
        continue;
      }
      server_->fail(step, failure.how);
      const auto error = ask();
      ASSERT_TRUE(error.has_value()) << step << ", " << failure.how;
      EXPECT_EQ(error->fault, failure.fault)
          << step << ", " << failure.how << ": " << error->code << ": " << error->message;
      EXPECT_EQ(error->outcome_unknown(), failure.unknown) << step << ", " << failure.how;
    }
    const auto good = ask();
    EXPECT_FALSE(good.has_value()) << step << ": " << (good ? good->message : "");
  }
  expect_no_violations();
}

TEST_F(OpenPaymentsTest, AWalletThatDoesNotAnswerIsNotWaitedFor) {
  OutgoingHttp impatient({.allow_loopback = true, .timeout_ms = 300});
  OpenPayments client(impatient, server_->key(), server_->wallet("site"), now_s);
  server_->fail("wallet", "timeout");
  const auto wallet = client.wallet_address(server_->wallet("alice"));
  ASSERT_FALSE(wallet.ok());
  EXPECT_EQ(wallet.error().fault, PaymentFault::kNoAnswer);
  EXPECT_TRUE(wallet.error().outcome_unknown());
}

TEST_F(FailingWallet, ALostAnswerMayHaveMovedMoney) {
  const auto all = steps();
  server_->fail("outgoing.create", "lost_after");
  EXPECT_EQ(all.at("outgoing.create")()->fault, PaymentFault::kNoAnswer);
  EXPECT_EQ(all.at("outgoing.create")()->status, 400);
  const auto list =
      must(client_->list_outgoing_payments(site_.resource_server, paying_.value, site_.id));
  EXPECT_EQ(std::count_if(list.items.begin(), list.items.end(),
                          [&](const OutgoingPayment& one) { return one.quote_id == quote_.id; }),
            1);
}

}  // namespace
}  // namespace everyface
