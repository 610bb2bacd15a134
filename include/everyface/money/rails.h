// The rails that there are.
#pragma once

#include <memory>
#include <string>

#include "everyface/money/rail.h"
#include "everyface/money/transfers.h"
#include "everyface/money/wallet_desk.h"

namespace everyface {

struct BankAccount {
  std::string holder;
  std::string iban;
  std::string bic;
};

/// donations.h. What is handed in outlives the rail, here and below.
std::unique_ptr<Rail> bank_rail(Database& database, const Clock& clock, BankAccount account,
                                Asset asset);

/// gifts.h.
std::unique_ptr<Rail> open_payments_rail(WalletDesk& desk, Settle settle);

/// incoming.h: looks again at payments that visitors' agents told of.
std::unique_ptr<Rail> web_monetization_rail(WalletDesk& desk);

}  // namespace everyface
