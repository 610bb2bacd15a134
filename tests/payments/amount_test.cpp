#include "everyface/payments/amount.h"

#include <gtest/gtest.h>

#include "everyface/base/random.h"

namespace everyface {
namespace {

const Asset kEuro{"EUR", 2};

std::int64_t parsed(std::string_view text, const Asset& asset = kEuro) {
  return parse_amount(text, asset).value();
}

TEST(Amount, IsReadExactly) {
  EXPECT_EQ(parsed("12.34"), 1234);
  EXPECT_EQ(parsed("12"), 1200);
  EXPECT_EQ(parsed("0.1"), 10);
  EXPECT_EQ(parsed("-0.01"), -1);
  EXPECT_EQ(parsed("92233720368547758.07"), INT64_MAX);
  EXPECT_EQ(parsed("-92233720368547758.08"), INT64_MIN);
  EXPECT_EQ(parsed("7", {"JPY", 0}), 7);
  EXPECT_EQ(parsed("0.000000001", {"XRP", 9}), 1);
}

TEST(Amount, WhatIsNoneIsRefused) {
  for (const char* text : {"", "-", ".5", "5.", "1,50", "1e3", " 1", "+1", "0x1", "1.2.3", "--1"}) {
    EXPECT_FALSE(parse_amount(text, kEuro)) << text;
  }
  EXPECT_FALSE(parse_amount("1.234", kEuro));
  EXPECT_FALSE(parse_amount("1.0", {"JPY", 0}));
  EXPECT_FALSE(parse_amount("92233720368547758.08", kEuro));
  EXPECT_FALSE(parse_amount("-92233720368547758.09", kEuro));
}

TEST(Amount, ComesBackAsItWas) {
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    const auto minor = static_cast<std::int64_t>(random.bits() >> random.below(64));
    const Asset asset{"EUR", static_cast<int>(random.below(19))};
    EXPECT_EQ(parsed(amount_digits(minor, asset), asset), minor);
  }
  EXPECT_EQ(amount_text(-5, kEuro), "-0.05 EUR");
}

TEST(Amount, AssetsAreChecked) {
  EXPECT_TRUE(check_asset({"EUR", 2}).ok());
  EXPECT_FALSE(check_asset({"", 2}).ok());
  EXPECT_FALSE(check_asset({"eur", 2}).ok());
  EXPECT_FALSE(check_asset({"EUR", 19}).ok());
  EXPECT_FALSE(check_asset({"EUR", -1}).ok());
}

}  // namespace
}  // namespace everyface
