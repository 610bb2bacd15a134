#include <gtest/gtest.h>

#include "everyface/payments/open_payments.h"

namespace everyface {
namespace {

// RFC 9635, section 4.2.3.
constexpr const char* kClientNonce = "VJLO6A4CATR0KRO";
constexpr const char* kServerNonce = "MBDOFXG4Y5CVJCX821LH";
constexpr const char* kReference = "4IFWWIKYB2PQ6U56NL1";
constexpr const char* kEndpoint = "https://server.example.com/tx";
constexpr const char* kHash = "x-gguKWTj8rQf7d7i3w3UhzvuJ5bpOlKyAlVpLxBffY";

bool matches(std::string_view hash, std::string_view reference = kReference) {
  return is_finish_hash(hash, kClientNonce, kServerNonce, reference, kEndpoint);
}

TEST(FinishHash, IsThatOfTheStandardInEveryWayOfWritingIt) {
  EXPECT_TRUE(matches(kHash));
  EXPECT_TRUE(matches(std::string(kHash) + "="));
  EXPECT_TRUE(matches("x+gguKWTj8rQf7d7i3w3UhzvuJ5bpOlKyAlVpLxBffY="));
  EXPECT_TRUE(matches("x+gguKWTj8rQf7d7i3w3UhzvuJ5bpOlKyAlVpLxBffY"));
}

TEST(FinishHash, IsForItsNumbersAlone) {
  EXPECT_FALSE(matches(kHash, "4IFWWIKYB2PQ6U56NL2"));
  EXPECT_FALSE(matches(""));
  EXPECT_FALSE(matches("x-gguKWTj8rQf7d7i3w3UhzvuJ5bpOlKyAlVpLxBffZ"));
  EXPECT_FALSE(matches("x-gguKWTj8rQf7d7i3w3"));
  EXPECT_FALSE(matches(std::string(kHash) + "=="));
}

}  // namespace
}  // namespace everyface
