#include "everyface/money/rails.h"

#include <charconv>
#include <utility>

#include "everyface/money/donations.h"
#include "everyface/money/gifts.h"
#include "everyface/money/incoming.h"
#include "everyface/payments/iban.h"
#include "everyface/payments/sepa_qr.h"

namespace everyface {
namespace {

class BankRail : public Rail {
 public:
  BankRail(Database& database, const Clock& clock, BankAccount account, Asset asset)
      : database_(database),
        clock_(clock),
        account_(std::move(account)),
        asset_(std::move(asset)) {}

  [[nodiscard]] std::string_view name() const override { return "bank"; }

  [[nodiscard]] std::vector<RailField> fields() const override { return {{"amount"}}; }

  Result<std::string> begin(std::int64_t amount, const RailAnswers& /*answers*/) override {
    auto donation = announce_donation(database_, clock_(), asset_, amount);
    return donation ? Result<std::string>(std::move(donation->reference)) : donation.error();
  }

  Result<RailReceipt> receipt(std::string_view reference) override {
    const auto donation = find_donation(database_, reference);
    if (!donation) {
      return donation.error();
    }
    RailReceipt receipt;
    receipt.state = donation->received_ms ? "received" : "transfer";
    receipt.good = donation->received_ms.has_value();
    if (donation->received_ms) {
      receipt.facts = {{"received", RailMoney{donation->received, donation->asset}},
                       {"date", RailTime{*donation->received_ms}}};
    } else if (const auto text = sepa_qr_text({account_.holder, account_.iban, account_.bic,
                                               donation->announced, donation->reference})) {
      receipt.qr = *text;
    }
    receipt.facts.emplace_back("holder", account_.holder);
    receipt.facts.emplace_back("iban", RailCode{spaced_iban(account_.iban)});
    if (!account_.bic.empty()) {
      receipt.facts.emplace_back("bic", RailCode{account_.bic});
    }
    receipt.facts.emplace_back("announced", RailMoney{donation->announced, donation->asset});
    receipt.facts.emplace_back("reference", RailCode{spaced_iban(donation->reference)});
    return receipt;
  }

 private:
  Database& database_;
  const Clock& clock_;
  BankAccount account_;
  Asset asset_;
};

class OpenPaymentsRail : public Rail {
 public:
  OpenPaymentsRail(WalletDesk& desk, Settle settle) : desk_(desk), settle_(std::move(settle)) {}

  [[nodiscard]] std::string_view name() const override { return "wallet"; }

  [[nodiscard]] std::vector<RailField> fields() const override {
    using Kind = RailField::Kind;
    return {{"wallet", Kind::kAddress}, {"amount"}, {"months", Kind::kMonths}};
  }

  Result<std::string> begin(std::int64_t amount, const RailAnswers& answers) override {
    const auto wallet = answers.find("wallet");
    const auto typed = answers.find("months");
    std::int64_t months = 1;
    if (typed != answers.end() && !typed->second.empty()) {
      const char* end = typed->second.data() + typed->second.size();
      const auto [stop, error] = std::from_chars(typed->second.data(), end, months);
      months = error == std::errc() && stop == end ? months : 0;
    }
    const auto turn = desk_.visitors.take();
    if (!turn) {
      return turn.error();
    }
    const auto gift =
        begin_gift(desk_, wallet == answers.end() ? "" : wallet->second, amount, months);
    return gift ? Result<std::string>(gift->text()) : gift.error();
  }

  Result<RailReceipt> receipt(std::string_view donation) override {
    const auto id = Uuid::parse(donation);
    const auto gift = id ? find_gift(desk_.database, *id)
                         : Result<Gift>(Error{"there is no such donation", "not_found"});
    return gift ? Result<RailReceipt>(receipt_of(*gift)) : gift.error();
  }

  Result<std::string> act(std::string_view donation, std::string_view action) override {
    const auto id = Uuid::parse(donation);
    const auto turn = desk_.visitors.take();
    if (!turn) {
      return turn.error();
    }
    if (id && action == "consent") {
      return ask_donor(desk_, *id);
    }
    if (id && action == "stop") {
      const auto stopped = stop_gift(desk_, *id);
      return stopped ? Result<std::string>(std::string()) : stopped.error();
    }
    return Error{"there is no such action", "not_found"};
  }

  Result<void> advance() override {
    if (const auto moved = advance_transfers(desk_, settle_); !moved) {
      return moved.error();
    }
    const auto paid = advance_gifts(desk_, settle_);
    return paid ? Result<void>() : paid.error();
  }

 private:
  static RailReceipt receipt_of(const Gift& gift) {
    RailReceipt receipt;
    const bool arrived = gift.received > 0;
    // "given" is the donor's side; until the site's wallet has it, it is on its way.
    receipt.state = gift.state == "given" && !arrived ? "paying" : gift.state;
    receipt.good = arrived;
    receipt.bad = gift.state == "failed";
    receipt.waiting = receipt.state == "paying";
    receipt.problem = gift.problem.substr(0, gift.problem.find(':'));
    if (!gift.wallet.empty()) {
      receipt.facts.emplace_back("wallet", RailCode{gift.wallet});
    }
    receipt.facts.emplace_back("debit", RailMoney{gift.debit, gift.debit_asset});
    receipt.facts.emplace_back("arrives", RailMoney{gift.amount, gift.asset});
    if (gift.months > 1) {
      receipt.facts.emplace_back("months", std::to_string(gift.months));
      receipt.facts.emplace_back("limit", RailMoney{gift.debit_most, gift.debit_asset});
      if (gift.state == "active" && gift.months_left > 0 && gift.next_ms) {
        receipt.facts.emplace_back("next", RailTime{*gift.next_ms});
      }
    }
    if (arrived) {
      receipt.facts.emplace_back("received", RailMoney{gift.received, gift.asset});
    }
    if (gift.state == "quoted" || gift.state == "asked" || gift.state == "refused") {
      receipt.actions = {"consent"};
    } else if (gift.state == "active") {
      receipt.actions = {"stop"};
    }
    return receipt;
  }

  WalletDesk& desk_;
  Settle settle_;
};

class WebMonetizationRail : public Rail {
 public:
  explicit WebMonetizationRail(WalletDesk& desk) : desk_(desk) {}

  [[nodiscard]] std::string_view name() const override { return "monetization"; }

  Result<void> advance() override {
    const auto looked = look_at_all_incoming(desk_);
    return looked ? Result<void>() : looked.error();
  }

 private:
  WalletDesk& desk_;
};

}  // namespace

std::unique_ptr<Rail> bank_rail(Database& database, const Clock& clock, BankAccount account,
                                Asset asset) {
  return std::make_unique<BankRail>(database, clock, std::move(account), std::move(asset));
}

std::unique_ptr<Rail> open_payments_rail(WalletDesk& desk, Settle settle) {
  return std::make_unique<OpenPaymentsRail>(desk, std::move(settle));
}

std::unique_ptr<Rail> web_monetization_rail(WalletDesk& desk) {
  return std::make_unique<WebMonetizationRail>(desk);
}

}  // namespace everyface
