#include "everyface/payments/sepa_qr.h"

#include <gmock/gmock.h>

namespace everyface {
namespace {

using ::testing::StartsWith;

SepaTransfer transfer() {
  return {"Red Cross", "BE72000000001616", "BPOTBEB1", 100, "RF18539007547034"};
}

TEST(SepaQr, TheTextIsThatOfTheGuideline) {
  EXPECT_EQ(sepa_qr_text(transfer()).value(),
            "BCD\n002\n1\nSCT\nBPOTBEB1\nRed Cross\nBE72000000001616\nEUR1.00\n\nRF18539007547034");
}

TEST(SepaQr, WhatIsLeftOutAtTheEndIsNoLine) {
  SepaTransfer plain = transfer();
  plain.bic.clear();
  plain.cents = 0;
  plain.reference.clear();
  EXPECT_EQ(sepa_qr_text(plain).value(), "BCD\n002\n1\nSCT\n\nRed Cross\nBE72000000001616");
}

TEST(SepaQr, MistakesNameTheField) {
  const auto problem = [](auto change) {
    SepaTransfer wrong = transfer();
    change(wrong);
    const auto text = sepa_qr_text(wrong);
    return text ? std::string() : text.error().message;
  };
  EXPECT_THAT(problem([](SepaTransfer& t) { t.name = ""; }), StartsWith("name: "));
  EXPECT_THAT(problem([](SepaTransfer& t) { t.name = std::string(71, 'a'); }),
              StartsWith("name: "));
  EXPECT_THAT(problem([](SepaTransfer& t) { t.name = "a\nb"; }), StartsWith("name: "));
  EXPECT_THAT(problem([](SepaTransfer& t) { t.iban = "BE73000000001616"; }), StartsWith("iban: "));
  EXPECT_THAT(problem([](SepaTransfer& t) { t.bic = "BPOT"; }), StartsWith("bic: "));
  EXPECT_THAT(problem([](SepaTransfer& t) { t.cents = -1; }), StartsWith("amount: "));
  EXPECT_THAT(problem([](SepaTransfer& t) { t.cents = 100'000'000'000; }), StartsWith("amount: "));
  EXPECT_THAT(problem([](SepaTransfer& t) { t.reference = "hello"; }), StartsWith("reference: "));
}

}  // namespace
}  // namespace everyface
