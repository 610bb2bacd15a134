#include "everyface/commons/release_key.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "everyface/base/file.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReleaseKeyTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return folder_.path() / name;
  }

  ReleaseKey new_key() {
    EXPECT_TRUE(ReleaseKey::create_file(file("release.pem")).ok());
    return std::move(ReleaseKey::open(file("release.pem"))).value();
  }

  /// Whether OpenSSL's program, run in the folder, succeeds.
  [[nodiscard]] bool openssl(const std::string& arguments) const {
    const std::string command =
        "cd '" + folder_.path().string() + "' && openssl " + arguments + " >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;  // NOLINT(*-env33-c,concurrency-mt-unsafe)
  }

  testing::TemporaryFolder folder_;
};

// RFC 8032, section 7.1, test 2; the key in the PEM of RFC 8410.
TEST_F(ReleaseKeyTest, SignsAsTheStandardSays) {
  std::ofstream(file("rfc.pem"))
      << "-----BEGIN PRIVATE KEY-----\n"
         "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
         "-----END PRIVATE KEY-----\n";
  ::chmod(file("rfc.pem").c_str(), 0600);
  const auto key = ReleaseKey::open(file("rfc.pem"));
  ASSERT_TRUE(key.ok()) << key.error().message;
  const std::string signature = key->sign("\x72");
  EXPECT_EQ(static_cast<unsigned char>(signature[0]), 0x92);
  EXPECT_EQ(static_cast<unsigned char>(signature[1]), 0xa0);
  EXPECT_EQ(static_cast<unsigned char>(signature[62]), 0x0c);
  EXPECT_EQ(static_cast<unsigned char>(signature[63]), 0x00);
}

TEST_F(ReleaseKeyTest, ChecksItsOwnSignaturesAndNoOthers) {
  const ReleaseKey key = new_key();
  const std::string signature = key.sign("text");
  EXPECT_EQ(signature.size(), kSignatureBytes);
  EXPECT_TRUE(is_signed("text", signature, key.public_pem()).value());
  EXPECT_FALSE(is_signed("Text", signature, key.public_pem()).value());
  EXPECT_FALSE(is_signed("text", signature.substr(1), key.public_pem()).value());
  EXPECT_FALSE(is_signed("text", "", key.public_pem()).value());
  ASSERT_TRUE(ReleaseKey::create_file(file("other.pem")).ok());
  const auto other = ReleaseKey::open(file("other.pem"));
  EXPECT_FALSE(is_signed("text", signature, other->public_pem()).value());
}

TEST_F(ReleaseKeyTest, OpensslChecksOurSignatures) {
  const ReleaseKey key = new_key();
  ASSERT_TRUE(write_file_atomic(file("public.pem"), key.public_pem()).ok());
  ASSERT_TRUE(write_file_atomic(file("text"), "what was signed").ok());
  ASSERT_TRUE(write_file_atomic(file("text.sig"), key.sign("what was signed")).ok());
  const std::string check =
      "pkeyutl -verify -pubin -inkey public.pem -rawin -in text -sigfile text.sig";
  EXPECT_TRUE(openssl(check));
  ASSERT_TRUE(write_file_atomic(file("text"), "what was forged").ok());
  EXPECT_FALSE(openssl(check));
}

TEST_F(ReleaseKeyTest, OpensOpensslsKeys) {
  ASSERT_TRUE(openssl("genpkey -algorithm ed25519 -out made.pem"));
  ::chmod(file("made.pem").c_str(), 0600);
  ASSERT_TRUE(openssl("pkey -in made.pem -pubout -out public.pem"));
  const auto key = ReleaseKey::open(file("made.pem"));
  ASSERT_TRUE(key.ok()) << key.error().message;
  EXPECT_EQ(key->public_pem(), read_file(file("public.pem")).value());
}

TEST_F(ReleaseKeyTest, NeverReplacesAKeyAndKeepsItToItsOwner) {
  new_key();
  EXPECT_FALSE(ReleaseKey::create_file(file("release.pem")).ok());
  struct stat status {};
  ASSERT_EQ(::stat(file("release.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ReleaseKeyTest, SaysWhatIsWrongWithoutShowingTheKey) {
  EXPECT_THAT(ReleaseKey::open(file("none.pem")).error().message, HasSubstr("none.pem"));
  std::ofstream(file("bad.pem"))
      << "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----";
  ::chmod(file("bad.pem").c_str(), 0600);
  const auto bad = ReleaseKey::open(file("bad.pem"));
  ASSERT_FALSE(bad.ok());
  EXPECT_THAT(bad.error().message, HasSubstr("no Ed25519 private key"));
  EXPECT_THAT(bad.error().message, Not(HasSubstr("secret")));
  new_key();
  ::chmod(file("release.pem").c_str(), 0644);
  EXPECT_THAT(ReleaseKey::open(file("release.pem")).error().message, HasSubstr("chmod"));
  EXPECT_FALSE(is_signed("text", "", "no key").ok());
}

}  // namespace
}  // namespace everyface
