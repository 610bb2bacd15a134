#include "everyface/payments/stream_receipt.h"

#include <sodium.h>

#include "everyface/base/base64.h"
#include "payments/hmac.h"

namespace everyface {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kTotalBytes = 8;
constexpr std::size_t kSignedBytes = 1 + kReceiptNonceBytes + 1 + kTotalBytes;
constexpr std::size_t kReceiptBytes = kSignedBytes + crypto_auth_hmacsha256_BYTES;
static_assert(kReceiptBytes == 58);

}  // namespace

std::string stream_receipt_secret(std::string_view seed, std::string_view nonce) {
  return hmac_sha256(hmac_sha256(seed, {"receipt_secret"}), {nonce});
}

Result<StreamReceipt> verify_stream_receipt(std::string_view encoded, std::string_view seed) {
  const auto receipt = from_base64(encoded);
  if (!receipt || receipt->size() != kReceiptBytes || receipt->front() != kVersion) {
    return Error{"a STREAM receipt is 58 bytes in base64, of version 1", "receipt_malformed"};
  }
  const std::string_view text = *receipt;
  StreamReceipt read;
  read.nonce = text.substr(1, kReceiptNonceBytes);
  const std::string expected =
      hmac_sha256(stream_receipt_secret(seed, read.nonce), {text.substr(0, kSignedBytes)});
  if (sodium_memcmp(expected.data(), text.data() + kSignedBytes, expected.size()) != 0) {
    return Error{"this STREAM receipt was not made with a secret of this site", "receipt_wrong"};
  }
  read.stream = static_cast<std::uint8_t>(text[1 + kReceiptNonceBytes]);
  for (const char c : text.substr(kSignedBytes - kTotalBytes, kTotalBytes)) {
    read.total = read.total << 8U | static_cast<std::uint8_t>(c);
  }
  return read;
}

}  // namespace everyface
