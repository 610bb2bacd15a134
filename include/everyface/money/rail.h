// A way by which money comes in. A fourth one is a file that implements this, a line in
// open_rails() (src/web/wallet_money.cpp) and its words in web/messages: the donate page, receipts,
// background work and webhooks know rails by this alone.
//
//   Bank transfer     offers a transfer with a reference; an administrator books the statement
//   Open Payments     offers a quote out of the donor's wallet, asks for consent, pays
//   Web Monetization  offers nothing to fill in: visitors' agents pay by the link on the pages
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/payments/amount.h"

namespace everyface {

/// What a donor fills in. The words are the texts "donate.field_<name>".
struct RailField {
  std::string name;
  enum class Kind { kAmount, kAddress, kMonths } kind = Kind::kAmount;
};

struct RailMoney {
  std::int64_t minor = 0;
  Asset asset;
};
struct RailTime {
  std::int64_t at_ms = 0;
};
struct RailCode {
  std::string text;  ///< to be copied exactly
};
using RailValue = std::variant<std::string, RailMoney, RailTime, RailCode>;

/// What a donation's page says. Words are texts: "donate.state_<state>", "donate.fact_<name>",
/// "donate.do_<action>".
struct RailReceipt {
  std::string state;
  bool good = false;     ///< the money has come
  bool bad = false;      ///< it will not
  bool waiting = false;  ///< it comes within seconds: look again
  std::vector<std::pair<std::string, RailValue>> facts;
  std::string qr;  ///< text for a QR code; empty: none
  std::vector<std::string> actions;
  std::string problem;  ///< code of an Error, whose words are "problem.<code>"; empty: none
};

using RailAnswers = std::map<std::string, std::string, std::less<>>;

class Rail {
 public:
  Rail() = default;
  Rail(const Rail&) = delete;
  Rail& operator=(const Rail&) = delete;
  virtual ~Rail() = default;

  /// "bank": in paths and keys of texts.
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Empty: nobody donates by this rail on a page.
  [[nodiscard]] virtual std::vector<RailField> fields() const { return {}; }
  /// Begins a donation of an amount; returns what its page is called: unguessable, since who knows
  /// it sees the receipt. Error codes: "problem.<code>" says what to mend.
  virtual Result<std::string> begin(std::int64_t amount, const RailAnswers& answers);
  virtual Result<RailReceipt> receipt(std::string_view donation);
  /// Does an action of a receipt; returns a page elsewhere where it goes on, or nothing.
  virtual Result<std::string> act(std::string_view donation, std::string_view action);

  /// What is due, in the background, from several servers at once.
  virtual Result<void> advance() { return {}; }
};

using Rails = std::vector<std::unique_ptr<Rail>>;

}  // namespace everyface
