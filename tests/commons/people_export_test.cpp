#include <archive.h>
#include <archive_entry.h>

#include <nlohmann/json.hpp>

#include "everyface/commons/api_tokens.h"
#include "everyface/commons/declaration.h"
#include "everyface/commons/export.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Files = std::map<std::string, std::string>;

/// The files of a ZIP, in one go as a reader of a stream sees it.
Files unzipped(const std::string& zip) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(::archive_read_new(),
                                                           &::archive_read_free);
  ::archive_read_support_format_zip(reader.get());
  EXPECT_EQ(::archive_read_open_memory(reader.get(), zip.data(), zip.size()), ARCHIVE_OK);
  Files files;
  archive_entry* entry = nullptr;
  while (::archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
    std::string& content = files[::archive_entry_pathname(entry)];
    std::string block(65536, '\0');
    for (la_ssize_t size = 0;
         (size = ::archive_read_data(reader.get(), block.data(), block.size())) > 0;) {
      content.append(block, 0, static_cast<std::size_t>(size));
    }
  }
  return files;
}

class ExportTest : public testing::PeopleTest {};
EVERYFACE_ON_EVERY_DATABASE(ExportTest);

TEST_P(ExportTest, HoldsWhatTheSiteKnowsOfThePersonAndNoSecrets) {
  ASSERT_TRUE(record_consent_texts(database(), clock()).ok());
  const Uuid ada = joined("ada@example.org");
  const Uuid bob = joined("bob@example.org");
  const std::string session = sign_in("ada@example.org").value().token;
  const ConsentText& text = current_consent_text(ConsentKind::templates, "de");
  ASSERT_TRUE(give_consent(database(), clock(), ada, ConsentKind::templates, text.sha256).ok());
  ASSERT_TRUE(declare(database(), clock(), DeclarationChoices::standard(), ada,
                      {{"jewish", "european"}, "man", "65-and-over", "FR", {}, "from Alsace"})
                  .ok());
  const std::string token =
      create_api_token(database(), clock(), ada, "script", {"photos:read"}).value().token;
  ASSERT_TRUE(accounts().set_role(bob, ada, AccountRole::moderator).ok());

  std::string zip;
  const auto written =
      export_account(ada,
                     {people_export(database(), clock()),
                      [](ZipWriter& writer, const Uuid&) {
                        return writer.add("photos/1.jpg", std::string(1 << 20, 'p'), 0);
                      }},
                     [&](std::string_view bytes) {
                       zip += bytes;
                       return Result<void>();
                     });
  ASSERT_TRUE(written.ok()) << written.error().message;
  const Files files = unzipped(zip);
  const auto json = [&](const char* name) { return nlohmann::json::parse(files.at(name)); };
  EXPECT_EQ(json("account.json")["email"], "ada@example.org");
  EXPECT_EQ(json("account.json")["joined"], "2027-01-15T08:00:00Z");
  EXPECT_EQ(json("declarations.json")[0]["groups"], nlohmann::json::array({"jewish", "european"}));
  EXPECT_EQ(json("declarations.json")[0]["own_words"], "from Alsace");
  EXPECT_EQ(json("consents.json")[0]["kind"], "templates");
  EXPECT_THAT(files.at(json("consents.json")[0]["text"]), HasSubstr(std::string(text.text)));
  EXPECT_EQ(json("api-tokens.json")[0]["name"], "script");
  EXPECT_EQ(json("log.json").back()["action"], "account.role");
  EXPECT_EQ(json("log.json").back()["by_you"], false);
  EXPECT_EQ(files.at("photos/1.jpg").size(), std::size_t{1} << 20U);
  for (const auto& [name, content] : files) {
    for (const std::string& secret : {session, token, bob.text(), std::string("argon2id")}) {
      EXPECT_THAT(content, Not(HasSubstr(secret))) << name;
    }
  }
}

TEST_P(ExportTest, ASinkThatTakesNoMoreEndsIt) {
  const Uuid ada = joined("ada@example.org");
  const auto written = export_account(
      ada, {people_export(database(), clock())},
      [](std::string_view) -> Result<void> { return Error{"the visitor has gone"}; });
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().message, "the visitor has gone");
}

TEST_P(ExportTest, OfAnUnknownAccountThereIsNone) {
  const auto written = export_account(Uuid::make(), {people_export(database(), clock())},
                                      [](std::string_view) { return Result<void>(); });
  EXPECT_EQ(code_of(written), "unknown_account");
}

}  // namespace
}  // namespace everyface
