// STREAM receipts (Interledger RFC 39): what a wallet has received on a stream, said by the wallet
// with a secret that it was given when the stream began.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

inline constexpr std::size_t kReceiptNonceBytes = 16;

struct StreamReceipt {
  std::string nonce;        ///< 16 bytes, of a connection
  std::uint8_t stream = 0;  ///< of the connection's streams
  std::uint64_t total = 0;  ///< received on the stream so far, in the wallet's minor units
};

/// The secret for a connection: HMAC-SHA-256 of the nonce under HMAC-SHA-256 of "receipt_secret"
/// under the seed, as Interledger's receipt verifier derives it. The seed is kept, secrets are not.
std::string stream_receipt_secret(std::string_view seed, std::string_view nonce);

/// Reads base64 of the 58 bytes: version 1, nonce, stream, total (big-endian), HMAC-SHA-256 of
/// these under the secret of the nonce. Codes: receipt_malformed, receipt_wrong (not made with a
/// secret of this seed). Whether the total is more than before is for the caller to know.
Result<StreamReceipt> verify_stream_receipt(std::string_view encoded, std::string_view seed);

}  // namespace everyface
