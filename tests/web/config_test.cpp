#include "everyface/web/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "everyface/base/file.h"
#include "tests/testing.h"

namespace everyface::web {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string mistake(std::string_view text, const Environment& environment = {}) {
  const auto config = parse_config(text, "site.toml", environment);
  return config ? "" : config.error().message;
}

TEST(Config, NothingSaidIsALocalSite) {
  const Config config = parse_config("", "site.toml", {}).value();
  EXPECT_EQ(config.server.host, "127.0.0.1");
  EXPECT_EQ(config.server.port, 8080);
  EXPECT_EQ(config.database.url, "sqlite:everyface-data/everyface.db");
  EXPECT_EQ(config.blobs.folder, "everyface-data/blobs");
  EXPECT_EQ(config.mail.folder, "everyface-data/mail");
  EXPECT_TRUE(config.server.metrics_networks.front().contains(*Address::parse("127.0.0.1")));
  EXPECT_EQ(config.limits.rates.at("sign_in").burst, 10);
}

TEST(Config, TheFileThenTheEnvironment) {
  const char* text = R"(
[site]
name = "Faces"
public_url = "https://faces.example/"
languages = ["fr", "en"]
[server]
listen = "0.0.0.0:80"
trusted_proxies = ["10.0.0.0/8"]
[database]
url = "postgresql://everyface@db/everyface"
connections = 20
[limits]
rate_upload = "7/60"
)";
  const Config config = parse_config(text, "site.toml",
                                     {{"EVERYFACE_DATABASE_CONNECTIONS", "30"},
                                      {"EVERYFACE_SITE_LANGUAGES", "en, de"},
                                      {"EVERYFACE_SHARED", "another part's"}})
                            .value();
  EXPECT_EQ(config.site.name, "Faces");
  EXPECT_EQ(config.site.public_url, "https://faces.example");
  EXPECT_THAT(config.site.languages, ElementsAre("en", "de"));
  EXPECT_EQ(config.server.port, 80);
  EXPECT_TRUE(config.server.trusted_proxies.front().contains(*Address::parse("10.1.2.3")));
  EXPECT_EQ(config.database.connections, 30U);
  EXPECT_EQ(config.limits.rates.at("upload").burst, 7);
  EXPECT_EQ(config.limits.rates.at("upload").period.count(), 60);
}

TEST(Config, SecretsComeFromFiles) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "password").string();
  ASSERT_TRUE(write_file_atomic(path, "s3cret \r\n").ok());
  EXPECT_EQ(parse_config("[mail]\npassword_file = '" + path + "'", "f", {})->mail.password,
            "s3cret ");
  EXPECT_EQ(parse_config("", "f", {{"EVERYFACE_MAIL_PASSWORD_FILE", path}})->mail.password,
            "s3cret ");
  EXPECT_THAT(mistake("[mail]\npassword_file = '/absent'"), StartsWith("site.toml line 2: "));
  EXPECT_THAT(mistake("", {{"EVERYFACE_MAIL_PASSWORD_FILE", "/absent"}}),
              StartsWith("EVERYFACE_MAIL_PASSWORD_FILE: "));
}

TEST(Config, MistakesNameTheLineAndWhatWasMeant) {
  EXPECT_EQ(mistake("[site]\n\nnane = 'x'"),
            "site.toml line 3: [site] has no key nane; did you mean name?");
  EXPECT_EQ(mistake("[sites]\nname = 'x'"),
            "site.toml line 2: there is no section [sites]; did you mean site?");
  EXPECT_THAT(mistake("name = 'x'"), HasSubstr("line 1: name stands outside every section"));
  EXPECT_THAT(mistake("[site]\nname = "), StartsWith("site.toml line 2: "));
  EXPECT_THAT(mistake("[site]\nname = 'a'\nname = 'b'"), StartsWith("site.toml line 3: "));
  EXPECT_THAT(mistake("[site]\nname = 5"), HasSubstr("site.name must be a text"));
  EXPECT_THAT(mistake("[site]\nname = 5.5"), HasSubstr("neither text nor whole number"));
  EXPECT_THAT(mistake("[site]\nlanguages = [1]"), HasSubstr("neither text nor whole number"));
  EXPECT_THAT(mistake("[server]\nworkers = 'many'"), HasSubstr("must be a whole number"));
  EXPECT_THAT(mistake("[server]\nworkers = -1"), HasSubstr("from 0 to 1024"));
  EXPECT_THAT(mistake("[server]\nlisten = '127.0.0.1'"), HasSubstr("HOST:PORT"));
  EXPECT_THAT(mistake("[server]\ntrusted_proxies = ['ten']"), HasSubstr("no network"));
  EXPECT_THAT(mistake("[blobs]\nkind = 'cloud'"), HasSubstr("one of folder, s3"));
  EXPECT_THAT(mistake("[limits]\nrate_api = '5'"), HasSubstr("REQUESTS/SECONDS"));
  EXPECT_THAT(mistake("[limits]\nrate_api = '0/5'"), HasSubstr("REQUESTS/SECONDS"));
  EXPECT_THAT(mistake("[site]\nkey = 'short'"), HasSubstr("32 characters"));
  EXPECT_EQ(mistake("", {{"EVERYFACE_SITE_NANE", "x"}}),
            "EVERYFACE_SITE_NANE: no key has this variable; did you mean EVERYFACE_SITE_NAME?");
  EXPECT_THAT(mistake("", {{"EVERYFACE_MAIL_PORT", "x"}}), HasSubstr("EVERYFACE_MAIL_PORT"));
}

TEST(Config, MoneyIsSplitAsTheOperatorSays) {
  const auto config = parse_config(
      "[money]\nasset = 'USD'\ncap_percent = 10\ntargets = ['african=12.5', 'other=87.5']",
      "site.toml", {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->money.rewards.asset.code, "USD");
  EXPECT_EQ(config->money.rewards.rules.most_share, 0.1);
  EXPECT_EQ(config->money.rewards.rules.targets.at("african"), 12.5);
  for (const char* entry : {"african", "=5", "african=", "african=0", "african=x", "african=5 "}) {
    EXPECT_THAT(mistake(std::string("[money]\ntargets = ['") + entry + "']"),
                HasSubstr("GROUP=SHARE"))
        << entry;
  }
  EXPECT_THAT(mistake("[money]\nasset = 'euro'"), HasSubstr("capital letters"));
  EXPECT_THAT(mistake("[money]\nleast_quality = 6"), HasSubstr("from 1 to 5"));
}

TEST(Config, JsonHoldsTheSameKeys) {
  const auto config = parse_config(R"( {"site": {"name": "Ours", "languages": ["de", "en"]},
      "server": {"workers": 3}})",
                                   "site.json", {{"EVERYFACE_SERVER_WORKERS", "5"}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->site.name, "Ours");
  EXPECT_EQ(config->site.languages, (std::vector<std::string>{"de", "en"}));
  EXPECT_EQ(config->server.workers, 5);
  EXPECT_EQ(mistake(R"({"site": {"nane": "x"}})"),
            "site.toml: [site] has no key nane; did you mean name?");
  EXPECT_THAT(mistake(R"({"name": "x"})"), HasSubstr("name stands outside every section"));
  EXPECT_THAT(mistake(R"({"site": {"name": 5.5}})"), HasSubstr("neither text nor whole number"));
  EXPECT_THAT(mistake(R"({"site": {"name": {"a": "b"}}})"), HasSubstr("neither text nor"));
  EXPECT_THAT(mistake(R"({"site": {"languages": [1]}})"), HasSubstr("neither text nor"));
  EXPECT_THAT(mistake("{\n\"site\": {\n,}}"), HasSubstr("not JSON from line 3 on"));
  EXPECT_THAT(mistake(R"({"site": {"name": "a", "name": "b"}})"), HasSubstr("twice"));
}

TEST(Config, WhatDoesNotGoTogetherIsRefused) {
  EXPECT_THAT(mistake("[server]\nlisten = '0.0.0.0:80'"), HasSubstr("site.public_url is missing"));
  EXPECT_THAT(mistake("[site]\npublic_url = 'http://faces.example'"), HasSubstr("https://"));
  EXPECT_THAT(mistake("[site]\npublic_url = 'faces.example'"), HasSubstr("https://HOST"));
  EXPECT_EQ(mistake("[site]\npublic_url = 'http://127.0.0.1:9000'"), "");
  EXPECT_THAT(mistake("[database]\nurl = 'mysql://x'"), HasSubstr("sqlite:"));
  EXPECT_THAT(mistake("[blobs]\nkind = 's3'\nbucket = 'b'"), HasSubstr("endpoint"));
  EXPECT_THAT(mistake("[mail]\nhost = 'mail.example'"), HasSubstr("mail.from"));
  EXPECT_THAT(mistake("[mail]\nhost = 'mail.example'\nfrom = 'a@b.example'\ntls = 'none'"),
              HasSubstr("in the clear"));
  EXPECT_EQ(mistake("[mail]\nhost = '127.0.0.1'\nfrom = 'a@b.example'\ntls = 'none'"), "");
}

TEST(Config, FilesAreReadWholeOrRefused) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "site.toml";
  ASSERT_TRUE(write_file_atomic(path, "[site]\nname = 'From a file'\n").ok());
  EXPECT_EQ(load_config(path, {})->site.name, "From a file");
  EXPECT_FALSE(load_config(folder.path() / "absent", {}).ok());
  EXPECT_EQ(load_config(std::nullopt, {})->site.name, "Everyface");
}

TEST(Config, EveryKeyIsInTheManual) {
  const auto manual = read_file(testing::source_folder() / "docs" / "operate.md");
  ASSERT_TRUE(manual.ok()) << manual.error().message;
  std::set<std::string> seen;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(seen.insert(key.section + "." + key.key).second) << key.key;
    EXPECT_THAT(*manual, HasSubstr("| `" + key.section + "` | `" + key.key + "` |"));
  }
}

}  // namespace
}  // namespace everyface::web
