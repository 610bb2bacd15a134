#include "everyface/base/hash.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

namespace everyface {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      throw std::runtime_error("OpenSSL has no SHA-256");
    }
  }

  void add(const char* bytes, std::size_t count) { EVP_DigestUpdate(context_.get(), bytes, count); }

  std::array<unsigned char, 32> finish() {
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

std::string to_hex(const std::array<unsigned char, 32>& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Sha256 sha;
  sha.add(bytes.data(), bytes.size());
  return to_hex(sha.finish());
}

Result<std::string> sha256_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{"cannot read " + path.string() + ": check that it exists and is readable"};
  }
  Sha256 sha;
  std::vector<char> block(1U << 18U);
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    sha.add(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) {
    return Error{"reading " + path.string() + " failed halfway: check the disk"};
  }
  return to_hex(sha.finish());
}

std::uint64_t stable_hash64(std::string_view text) {
  Sha256 sha;
  sha.add(text.data(), text.size());
  const auto digest = sha.finish();
  std::uint64_t folded = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    folded = (folded << 8U) | digest[i];
  }
  return folded;
}

}  // namespace everyface
