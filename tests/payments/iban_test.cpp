#include "everyface/payments/iban.h"

#include <gtest/gtest.h>

namespace everyface {
namespace {

TEST(Iban, PublishedOnesAreRight) {
  // Examples of the IBAN registry (SWIFT).
  for (const char* iban :
       {"GB33BUKB20201555555555", "DE89370400440532013000", "FR1420041010050500013M02606",
        "MT84MALT011000012345MTLCAST001S", "NO9386011117947", "SA0380000000608010167519"}) {
    EXPECT_EQ(check_iban(iban).value(), iban);
  }
  EXPECT_EQ(check_iban(" de89 3704 0044 0532 0130 00 ").value(), "DE89370400440532013000");
  EXPECT_EQ(spaced_iban("DE89370400440532013000"), "DE89 3704 0044 0532 0130 00");
}

TEST(Iban, OneWrongDigitShows) {
  EXPECT_FALSE(check_iban("DE89370400440532013001"));
  EXPECT_FALSE(check_iban("DE98370400440532013000"));
  for (const char* text : {"", "DE", "89DE370400440532013000", "DE8937040044053201300-",
                           "DE893704004405320130000000000000000000"}) {
    EXPECT_FALSE(check_iban(text)) << text;
  }
}

TEST(CreditorReference, IsThatOfTheStandard) {
  EXPECT_EQ(creditor_reference("539007547034"), "RF18539007547034");  // ISO 11649's example
  EXPECT_EQ(find_creditor_reference("RF18539007547034"), "RF18539007547034");
}

TEST(CreditorReference, IsFoundInWhatPeopleType) {
  for (const char* text : {"donation rf18 5390 0754 7034", "RF18539007547034 thank you",
                           "to RF RF18 5390 0754 7034", "RF18539007547034/from Ada"}) {
    EXPECT_EQ(find_creditor_reference(text), "RF18539007547034") << text;
  }
  for (const char* text : {"", "RF", "RF1", "RF18", "RF19539007547034", "thanks"}) {
    EXPECT_EQ(find_creditor_reference(text), "") << text;
  }
}

}  // namespace
}  // namespace everyface
