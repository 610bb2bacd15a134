#include "everyface/nn/registry.h"

#include <gmock/gmock.h>

#include "support.h"
#include "tests/testing.h"
#include "tests/web_server.h"

namespace everyface {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::entry_json;
using ::testing::HasSubstr;
using testing::manifest_text;
using ::testing::Not;
using testing::read;
using testing::ScopedVariable;
using testing::WebServer;
using testing::write;

constexpr char kContent[] = "weights of the model";

/// A manifest with "own", whose source is `source_`, and "converted", which upstream publishes in
/// another format; an empty store and an empty folder as mirror.
class Registry : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(mirror_);
    use_source("https://example.invalid/own.onnx");
  }

  void use_source(const std::string& source) {
    auto own = entry_json("own", kContent);
    own["source"] = source;
    auto converted = entry_json("converted", "converted weights");
    converted["conversion"] = "upstream publishes a .pth file";
    write(manifest_, manifest_text({own, converted}));
  }

  [[nodiscard]] ModelRegistry open(const std::string& mirror) const {
    return ModelRegistry::open(store_, mirror).value();
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path store_ = folder_.path() / "store" / "models";
  std::filesystem::path mirror_ = folder_.path() / "mirror";
  std::filesystem::path manifest_ = folder_.path() / "manifest.json";
  ScopedVariable variable_{"EVERYFACE_MANIFEST", manifest_.string()};
  ScopedVariable no_proxy_{"no_proxy", "127.0.0.1"};
};

TEST_F(Registry, AddsOwnEntriesToTheBuiltInOnesAndReplacesByName) {
  auto entry = entry_json("yunet-n", "abc");
  auto other = entry_json("own", "abc");
  write(manifest_, manifest_text({entry, other}));
  const auto models = open("");
  EXPECT_EQ(models.entries().size(), 22U);
  EXPECT_EQ(models.find("yunet-n")->bytes, 3U);
  EXPECT_EQ(models.find("own")->bytes, 3U);
}

TEST_F(Registry, RefusesAMalformedManifestAndNamesItAndTheField) {
  write(manifest_, R"({"schema": "everyface.models/1", "models": [{"name": "x"}]})");
  auto opened = ModelRegistry::open(store_, "");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, AllOf(HasSubstr(manifest_.string()), HasSubstr("\"task\"")));

  auto thief = entry_json("thief", "abc");
  thief["file"] = "yunet-n.onnx";
  write(manifest_, manifest_text({thief}));
  opened = ModelRegistry::open(store_, "");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("both yunet-n and thief"));

  std::filesystem::remove(manifest_);
  opened = ModelRegistry::open(store_, "");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("EVERYFACE_MANIFEST"));
}

TEST_F(Registry, KeepsWeightsWhereTheEnvironmentSays) {
  const ScopedVariable home("HOME", "/home/somebody");
  const ScopedVariable data("XDG_DATA_HOME", "/data");
  {
    const ScopedVariable models("EVERYFACE_MODEL_DIR", "/own/models");
    EXPECT_EQ(ModelRegistry::open()->store(), "/own/models");
  }
  const ScopedVariable none("EVERYFACE_MODEL_DIR", "");
  EXPECT_EQ(ModelRegistry::open()->store(), "/data/everyface/models");
  const ScopedVariable relative("XDG_DATA_HOME", "data");
  EXPECT_EQ(ModelRegistry::open()->store(), "/home/somebody/.local/share/everyface/models");
}

TEST_F(Registry, SuggestsTheNearestName) {
  const auto found = open("").find("yunet");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("did you mean yunet-n"));
}

TEST_F(Registry, TellsHowToGetAnAbsentModel) {
  const auto models = open("");
  EXPECT_THAT(models.load("own").error().message, HasSubstr("run everyface models fetch own"));
  EXPECT_THAT(models.load("converted").error().message,
              HasSubstr("run everyface models fetch converted --mirror DIR|URL"));
  EXPECT_EQ(models.status(*models.find("own")).state, ModelRegistry::State::kAbsent);
  EXPECT_TRUE(models.status(*models.find("own")).file.empty());
}

TEST_F(Registry, HasTheWeightsThatShipWithoutStoreOrMirror) {
  const auto models = open("");
  const auto entry = models.find("dusk");
  ASSERT_TRUE(entry);
  const auto status = models.status(*entry);
  EXPECT_EQ(status.state, ModelRegistry::State::kShipped);
  EXPECT_TRUE(status.file.empty());
  const auto bytes = models.load("dusk");
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*bytes, read(EVERYFACE_SOURCE_DIR "/models/dusk.onnx"));
  const auto fetched = models.fetch("dusk");
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(read(*fetched), *bytes);
}

TEST_F(Registry, AManifestOfOnesOwnPutsOtherWeightsInPlaceOfThoseThatShip) {
  write(manifest_, manifest_text({entry_json("dusk", kContent)}));
  const auto models = open(mirror_.string());
  EXPECT_EQ(models.status(*models.find("dusk")).state, ModelRegistry::State::kAbsent);
  EXPECT_FALSE(models.load("dusk"));
  write(mirror_ / "dusk.onnx", kContent);
  EXPECT_EQ(*models.load("dusk"), kContent);
}

TEST_F(Registry, LoadsFromAFolderMirrorWithoutCopying) {
  write(mirror_ / "own.onnx", kContent);
  const auto models = open(mirror_.string());
  EXPECT_EQ(*models.load("own"), kContent);
  const auto status = models.status(*models.find("own"));
  EXPECT_EQ(status.state, ModelRegistry::State::kGood);
  EXPECT_EQ(status.file, mirror_ / "own.onnx");
  EXPECT_FALSE(std::filesystem::exists(store_));
}

TEST_F(Registry, RefusesToLoadDamagedWeights) {
  std::filesystem::create_directories(store_);
  write(store_ / "own.onnx", "weights of the modem");
  write(mirror_ / "own.onnx", kContent);
  const auto models = open(mirror_.string());
  EXPECT_EQ(models.status(*models.find("own")).state, ModelRegistry::State::kDamaged);
  const auto loaded = models.load("own");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message,
              AllOf(HasSubstr((store_ / "own.onnx").string()), HasSubstr(sha256_hex(kContent)),
                    HasSubstr("everyface models fetch own")));
  ASSERT_TRUE(models.fetch("own"));
  EXPECT_EQ(*models.load("own"), kContent);
}

TEST_F(Registry, ForDamagedWeightsInTheMirrorAnotherMirrorIsSuggested) {
  write(mirror_ / "own.onnx", "weights of the modem");
  const auto loaded = open(mirror_.string()).load("own");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(
      loaded.error().message,
      AllOf(HasSubstr((mirror_ / "own.onnx").string() + " is not the file of own"),
            HasSubstr("fetch own --mirror DIR|URL with another mirror than " + mirror_.string())));
  const auto other = folder_.path() / "other";
  std::filesystem::create_directories(other);
  write(other / "own.onnx", kContent);
  ASSERT_TRUE(open(other.string()).fetch("own"));
  EXPECT_EQ(*open(mirror_.string()).load("own"), kContent);
}

TEST_F(Registry, FetchesFromAFolder) {
  write(mirror_ / "own.onnx", kContent);
  const auto fetched = open(mirror_.string()).fetch("own");
  ASSERT_TRUE(fetched);
  EXPECT_EQ(*fetched, store_ / "own.onnx");
  EXPECT_EQ(read(*fetched), kContent);
  // The mirror is not asked again.
  std::filesystem::remove(mirror_ / "own.onnx");
  EXPECT_TRUE(open(mirror_.string()).fetch("own"));
}

TEST_F(Registry, FetchNamesWhatTheFolderLacks) {
  const auto fetched = open(mirror_.string()).fetch("own");
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message, HasSubstr((mirror_ / "own.onnx").string()));
}

TEST_F(Registry, FetchesFromAFileUrl) {
  write(mirror_ / "own.onnx", kContent);
  const auto fetched = open("file://" + mirror_.string()).fetch("own");
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(read(*fetched), kContent);
  EXPECT_FALSE(open("file://" + mirror_.string() + "/none").fetch("converted"));
}

TEST_F(Registry, FetchesFromTheSourceWhereThereIsNoMirror) {
  WebServer server;
  server.serve("/somewhere/else.bin", kContent);
  use_source(server.url() + "/somewhere/else.bin");
  const auto fetched = open("").fetch("own");
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(*fetched, store_ / "own.onnx");
  EXPECT_EQ(read(*fetched), kContent);
}

TEST_F(Registry, FetchesFromAMirrorOnTheWebByTheFilesName) {
  WebServer server;
  server.serve("/models/own.onnx", kContent);
  EXPECT_TRUE(open(server.url() + "/models").fetch("own"));
  std::filesystem::remove(store_ / "own.onnx");
  EXPECT_TRUE(open(server.url() + "/models/").fetch("own"));
  EXPECT_THAT(server.requested(), ElementsAre("/models/own.onnx", "/models/own.onnx"));
}

TEST_F(Registry, FollowsRedirectsToTheWebOnly) {
  WebServer server;
  server.serve("/new", kContent);
  server.answer("/old/own.onnx",
                "HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 0\r\n"
                "Connection: close\r\n\r\n");
  EXPECT_TRUE(open(server.url() + "/old").fetch("own"));

  std::filesystem::remove(store_ / "own.onnx");
  write(mirror_ / "secret", kContent);
  server.answer("/evil/own.onnx", "HTTP/1.1 302 Found\r\nLocation: file://" +
                                      (mirror_ / "secret").string() +
                                      "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_FALSE(open(server.url() + "/evil").fetch("own"));
  EXPECT_FALSE(std::filesystem::exists(store_ / "own.onnx"));
}

TEST_F(Registry, FetchReportsHttpErrors) {
  WebServer server;
  const auto fetched = open(server.url()).fetch("own");
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message,
              AllOf(HasSubstr(server.url() + "/own.onnx"), HasSubstr("404")));
  EXPECT_FALSE(std::filesystem::exists(store_));
}

TEST_F(Registry, FetchReportsATransferThatEndsEarly) {
  WebServer server;
  server.answer("/own.onnx",
                "HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\nweights");
  const auto fetched = open(server.url()).fetch("own");
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message, HasSubstr("cannot download"));
  EXPECT_FALSE(std::filesystem::exists(store_));
}

TEST_F(Registry, FetchReportsWhereNobodyListens) {
  std::string url;
  {
    const WebServer server;
    url = server.url();
  }
  const auto fetched = open(url).fetch("own");
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message, HasSubstr(url));
}

TEST_F(Registry, FetchStopsWhereTheFileIsTooLarge) {
  WebServer server;
  server.serve("/own.onnx", std::string(2U << 20U, 'x'));
  const auto fetched = open(server.url()).fetch("own");
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message, HasSubstr("more than the expected"));
  EXPECT_FALSE(std::filesystem::exists(store_));
}

TEST_F(Registry, FetchSpeaksNoOtherProtocol) {
  for (const char* mirror : {"ftp://127.0.0.1", "gopher://127.0.0.1", "nonsense://x"}) {
    EXPECT_FALSE(open(mirror).fetch("own")) << mirror;
  }
}

TEST_F(Registry, RefusesAWrongChecksumAndKeepsTheFileAside) {
  WebServer server;
  server.serve("/own.onnx", "something else");
  const auto fetched = open(server.url()).fetch("own");
  ASSERT_FALSE(fetched);
  const auto aside = store_ / "own.onnx.refused";
  EXPECT_THAT(fetched.error().message,
              AllOf(HasSubstr("refused"), HasSubstr(sha256_hex("something else")),
                    HasSubstr(sha256_hex(kContent)), HasSubstr(aside.string())));
  EXPECT_EQ(read(aside), "something else");
  EXPECT_FALSE(std::filesystem::exists(store_ / "own.onnx"));
}

TEST_F(Registry, AWrongFileDoesNotReplaceADamagedOne) {
  std::filesystem::create_directories(store_);
  write(store_ / "own.onnx", "damaged");
  write(mirror_ / "own.onnx", "wrong");
  EXPECT_FALSE(open(mirror_.string()).fetch("own"));
  EXPECT_EQ(read(store_ / "own.onnx"), "damaged");
  EXPECT_EQ(read(store_ / "own.onnx.refused"), "wrong");
}

TEST_F(Registry, FetchOfAConvertedModelNeedsAMirror) {
  const auto fetched = open("").fetch("converted");
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message,
              AllOf(HasSubstr("upstream publishes a .pth file"), HasSubstr("--mirror DIR|URL"),
                    HasSubstr("https://example.invalid/converted.onnx")));
  write(mirror_ / "converted.onnx", "converted weights");
  EXPECT_TRUE(open(mirror_.string()).fetch("converted"));
}

TEST_F(Registry, ImportsTheUsersFileVerified) {
  const auto file = folder_.path() / "mine.bin";
  write(file, kContent);
  const auto models = open("");
  const auto imported = models.import_file("own", file);
  ASSERT_TRUE(imported);
  EXPECT_EQ(read(*imported), kContent);
  EXPECT_TRUE(std::filesystem::exists(file));

  write(file, "other");
  EXPECT_FALSE(models.import_file("own", file));
  EXPECT_EQ(read(store_ / "own.onnx"), kContent);
  EXPECT_EQ(read(store_ / "own.onnx.refused"), "other");
  EXPECT_THAT(models.import_file("own", folder_.path() / "none").error().message,
              HasSubstr("none"));
  EXPECT_FALSE(models.import_file("unheard-of", file));
}

TEST_F(Registry, FetchReportsAStoreThatCannotBeWritten) {
  write(mirror_ / "own.onnx", kContent);
  write(folder_.path() / "store", "a file where the folder should be");
  const auto fetched = open(mirror_.string()).fetch("own");
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message, HasSubstr(store_.string()));
}

TEST(RegistryMirror, OfTheProjectGivesEveryModel) {
  EVERYFACE_NEEDS_SHARED("models");
  const testing::TemporaryFolder store;
  const auto models =
      ModelRegistry::open(store.path(), (testing::shared_folder() / "models").string());
  ASSERT_TRUE(models);
  for (const ModelEntry& entry : models->entries()) {
    const auto fetched = models->fetch(entry.name);
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(fetched->parent_path(), store.path());
  }
}

TEST_F(Registry, TakesNothingOutOfTheProgramForAnotherChecksum) {
  auto entry = entry_json("llflow", "other weights");
  entry["file"] = "llflow-small.weights";
  write(manifest_, manifest_text({entry}));
  const auto models = open("");
  EXPECT_EQ(models.status(*models.find("llflow")).state, ModelRegistry::State::kAbsent);
  EXPECT_FALSE(models.load("llflow"));
}

TEST_F(Registry, KeepsWhatIsAddedAndFindsItWhenOpenedAgain) {
  ModelEntry entry = open("").find("own").value();
  entry.name = "added";
  entry.file = "added.weights";
  ASSERT_TRUE(open("").add(entry, "first"));
  const auto path = open("").add(entry, "second");
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(read(*path), "second");

  const auto models = open("");
  EXPECT_EQ(models.load("added").value(), "second");
  EXPECT_EQ(models.find("added")->bytes, 6U);
  EXPECT_EQ(models.status(*models.find("added")).state, ModelRegistry::State::kGood);
}

TEST_F(Registry, AddsNothingThatWouldTakeAnotherModelsFileOrIsMalformed) {
  ModelEntry entry = open("").find("own").value();
  entry.name = "added";
  auto added = open("").add(entry, "weights");  // own's file
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message, HasSubstr("both own and added"));
  entry.file = "../added.weights";
  added = open("").add(entry, "weights");
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message, HasSubstr("\"file\""));
  EXPECT_FALSE(std::filesystem::exists(store_));
}

TEST_F(Registry, NamesADamagedListOfWhatWasAdded) {
  std::filesystem::create_directories(store_);
  write(store_ / "imported.json", "{");
  const auto opened = ModelRegistry::open(store_, "");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr((store_ / "imported.json").string()));
}

}  // namespace
}  // namespace everyface
