#include "everyface/payments/stream_receipt.h"

#include <gtest/gtest.h>

#include "everyface/base/base64.h"

namespace everyface {
namespace {

// npm's ilp-protocol-stream 2.7.1 made it, for this seed and nonce, stream 7 and 2^64 - 1.
const std::string kSeed(32, '\x5e');
const std::string kNonce(16, '\x0a');
constexpr std::string_view kReceipt =
    "AQoKCgoKCgoKCgoKCgoKCgoH//////////8cS3dOZ/Nl34K6CeyN5eTTE7ZZBJJX4EV8kz09FNa49Q==";

std::string code_of(std::string_view encoded, const std::string& seed = kSeed) {
  const auto receipt = verify_stream_receipt(encoded, seed);
  return receipt ? "" : receipt.error().code;
}

TEST(StreamReceipt, IsReadAsTheReferenceWritesIt) {
  EXPECT_EQ(base64(stream_receipt_secret(kSeed, kNonce)),
            "da/c3c9jka3KrUhfyfb2KZeNrtEcTkQPe9mN2tsBQTs=");
  const auto receipt = verify_stream_receipt(kReceipt, kSeed);
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(receipt->nonce, kNonce);
  EXPECT_EQ(receipt->stream, 7);
  EXPECT_EQ(receipt->total, 18'446'744'073'709'551'615U);
}

TEST(StreamReceipt, RefusesWhatNobodySaid) {
  const std::string bytes = from_base64(kReceipt).value();
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(code_of(base64(changed)), "receipt_wrong") << i;
  }
  EXPECT_EQ(code_of(kReceipt, std::string(32, 'x')), "receipt_wrong");
  std::string newer = bytes;
  newer[0] = 2;
  EXPECT_EQ(code_of(base64(newer)), "receipt_malformed");
  EXPECT_EQ(code_of(base64(bytes + "x")), "receipt_malformed");
  EXPECT_EQ(code_of(base64(bytes.substr(1))), "receipt_malformed");
  for (const char* text : {"", "x", "AQ=="}) {
    EXPECT_EQ(code_of(text), "receipt_malformed") << text;
  }
}

}  // namespace
}  // namespace everyface
