#include "everyface/commons/vault.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "everyface/base/file.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;

class VaultTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path key_file(const std::string& name = "vault.key") const {
    return folder_.path() / name;
  }

  Vault new_vault() {
    EXPECT_TRUE(Vault::create_key_file(key_file()).ok());
    return std::move(Vault::open(key_file())).value();
  }

  Result<Vault> vault_of(const std::string& text) {
    std::ofstream(key_file("written.key")) << text;
    ::chmod(key_file("written.key").c_str(), 0600);
    return Vault::open(key_file("written.key"));
  }

  testing::TemporaryFolder folder_;
};

// Two keys of 32 bytes: zeros, and 0xff.
constexpr const char* kZeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
constexpr const char* kOnes = "//////////////////////////////////////////8=";

TEST_F(VaultTest, OpensWhatItSealedForTheSameOwner) {
  const Vault vault = new_vault();
  const std::string plain("a template\0with zeros", 21);
  for (const std::string& text : {std::string(), plain, std::string(4096, 'x')}) {
    EXPECT_EQ(vault.unseal(vault.seal(text, "account-1"), "account-1").value(), text);
  }
}

TEST_F(VaultTest, DoesNotOpenForAnotherOwner) {
  const Vault vault = new_vault();
  EXPECT_THAT(vault.unseal(vault.seal("secret", "account-1"), "account-2").error().message,
              HasSubstr("another account"));
}

TEST_F(VaultTest, SealsTheSameTextDifferentlyEachTimeAndHidesIt) {
  const Vault vault = new_vault();
  const std::string sealed = vault.seal("secret", "a");
  EXPECT_NE(sealed, vault.seal("secret", "a"));
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
}

TEST_F(VaultTest, NoBitCanBeChangedAndNoByteBeMissing) {
  const Vault vault = new_vault();
  const std::string sealed = vault.seal("secret", "a");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(vault.unseal(changed, "a").ok()) << "byte " << i;
    EXPECT_FALSE(vault.unseal(std::string_view(sealed).substr(0, i), "a").ok()) << i << " bytes";
  }
}

TEST_F(VaultTest, AnOlderKeyOpensButTheNewestSeals) {
  const Vault old_vault = vault_of(kZeros).value();
  const std::string sealed = old_vault.seal("secret", "a");
  const Vault both = vault_of(std::string("# newest first\n\n") + kOnes + "\n" + kZeros).value();
  EXPECT_EQ(both.unseal(sealed, "a").value(), "secret");
  EXPECT_FALSE(both.is_newest(sealed));
  EXPECT_TRUE(both.is_newest(both.seal("secret", "a")));
  const Vault new_only = vault_of(kOnes).value();
  EXPECT_THAT(new_only.unseal(sealed, "a").error().message, HasSubstr("key file lacks"));
}

TEST_F(VaultTest, AKeyedDigestNamesATextForHoldersOfTheKeyOnly) {
  const Vault zeros = vault_of(kZeros).value();
  const std::string digest = zeros.keyed_digest("203.0.113.7");
  EXPECT_EQ(digest.size(), 64U);
  EXPECT_EQ(digest, zeros.keyed_digest("203.0.113.7"));
  EXPECT_NE(digest, zeros.keyed_digest("203.0.113.8"));
  EXPECT_NE(digest, vault_of(kOnes).value().keyed_digest("203.0.113.7"));
}

TEST_F(VaultTest, AKeyFileIsReadableByItsOwnerAloneAndNeverReplaced) {
  ASSERT_TRUE(Vault::create_key_file(key_file()).ok());
  struct stat status {};
  ASSERT_EQ(::stat(key_file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const std::string before = read_file(key_file()).value();
  EXPECT_THAT(Vault::create_key_file(key_file()).error().message, HasSubstr("exists"));
  EXPECT_EQ(read_file(key_file()).value(), before);
}

TEST_F(VaultTest, RefusesKeyFilesThatAreWrongWithoutShowingTheirText) {
  EXPECT_THAT(vault_of("").error().message, HasSubstr("holds no key"));
  EXPECT_THAT(vault_of(std::string(kZeros) + "\n" + kZeros).error().message,
              HasSubstr("line 2: this key stands there twice"));
  const std::string too_short = vault_of("\nQUJD\n").error().message;
  EXPECT_THAT(too_short, HasSubstr("line 2: not 32 bytes"));
  EXPECT_EQ(too_short.find("QUJD"), std::string::npos);
  EXPECT_THAT(Vault::open(key_file("missing")).error().message, HasSubstr("missing"));
  std::ofstream(key_file("open.key")) << kZeros;
  ::chmod(key_file("open.key").c_str(), 0644);
  EXPECT_THAT(Vault::open(key_file("open.key")).error().message, HasSubstr("chmod"));
}

}  // namespace
}  // namespace everyface
