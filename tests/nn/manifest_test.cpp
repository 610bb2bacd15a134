#include "nn/manifest.h"

#include <gmock/gmock.h>

#include <set>

#include "support.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using testing::entry_json;
using ::testing::HasSubstr;
using testing::manifest_text;

std::string problem_of(const std::vector<json>& entries) {
  const auto parsed = parse_manifest(manifest_text(entries), "m.json");
  return parsed ? "accepted" : parsed.error().message;
}

std::string quoted(std::string text) {
  text.insert(text.begin(), '"');
  text.push_back('"');
  return text;
}

/// What the parser says when one field of a right entry is replaced.
std::string problem_with(const std::string& field, const json& value) {
  json entry = entry_json("a", "abc");
  entry[field] = value;
  return problem_of({entry});
}

TEST(Manifest, ReadsEveryField) {
  json entry = entry_json("a", "abc");
  entry["upstream_sha256"] = std::string(64, '0');
  entry["conversion"] = "upstream publishes a .pth";
  const auto parsed = parse_manifest(manifest_text({entry}), "m.json");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 1U);
  const ModelEntry& model = parsed->front();
  EXPECT_EQ(model.name, "a");
  EXPECT_EQ(model.task, "detect");
  EXPECT_EQ(model.file, "a.onnx");
  EXPECT_EQ(model.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(model.bytes, 3U);
  EXPECT_EQ(model.input, "BGR");
  EXPECT_EQ(model.licence, "MIT");
  EXPECT_EQ(model.use, "anyone");
  EXPECT_EQ(model.paper, "none");
  EXPECT_EQ(model.source, "https://example.invalid/a.onnx");
  EXPECT_EQ(model.upstream_sha256, std::string(64, '0'));
  EXPECT_EQ(model.conversion, "upstream publishes a .pth");
}

json embedder_json() {
  json entry = entry_json("e", "abc");
  entry["task"] = "embed";
  entry["embed"] = {{"width", 112},
                    {"height", 96},
                    {"points", {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10.5}}},
                    {"order", "rgb"},
                    {"mean", {1, 2, 3}},
                    {"std", {4, 5, 6}},
                    {"dimensions", 128}};
  return entry;
}

TEST(Manifest, ReadsTheContractOfAnEmbedder) {
  const auto parsed = parse_manifest(manifest_text({embedder_json()}), "m.json");
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_TRUE(parsed->front().embed);
  const EmbedContract& contract = *parsed->front().embed;
  EXPECT_EQ(contract.width, 112);
  EXPECT_EQ(contract.height, 96);
  EXPECT_EQ(contract.points[4][1], 10.5);
  EXPECT_TRUE(contract.rgb);
  EXPECT_EQ(contract.mean[2], 3);
  EXPECT_EQ(contract.std[0], 4);
  EXPECT_EQ(contract.dimensions, 128U);
  EXPECT_FALSE(contract.logarithms);

  json curved = embedder_json();
  curved["embed"]["curve"] = "log2";
  const auto with_curve = parse_manifest(manifest_text({curved}), "m.json");
  ASSERT_TRUE(with_curve) << with_curve.error().message;
  EXPECT_TRUE(with_curve->front().embed->logarithms);
}

TEST(Manifest, RefusesAnEmbedderWithoutAWholeContract) {
  json entry = embedder_json();
  entry.erase("embed");
  EXPECT_THAT(problem_of({entry}), HasSubstr("\"embed\" is for models whose task is embed"));
  entry = embedder_json();
  entry["task"] = "detect";
  EXPECT_THAT(problem_of({entry}), HasSubstr("\"embed\" is for models whose task is embed"));
  const std::vector<std::pair<std::string, json>> wrong = {
      {"width", 5000},  {"height", "112"},           {"points", {{1, 2}}}, {"order", "gray"},
      {"mean", {1, 2}}, {"std", {1, 0, 1}},          {"dimensions", 0},    {"points", "arcface"},
      {"size", 3},      {"points", {1, 2, 3, 4, 5}}, {"curve", "gamma"}};
  for (const auto& [field, value] : wrong) {
    entry = embedder_json();
    entry["embed"][field] = value;
    EXPECT_THAT(problem_of({entry}),
                AllOf(HasSubstr("model 1: \"embed\""), HasSubstr(quoted(field))));
  }
}

TEST(Manifest, NamesTheFileTheEntryAndTheFieldThatIsMissing) {
  for (const char* field :
       {"name", "task", "file", "sha256", "bytes", "input", "licence", "use", "paper", "source"}) {
    json entry = entry_json("b", "abc");
    entry.erase(field);
    EXPECT_THAT(problem_of({entry_json("a", "abc"), entry}),
                AllOf(HasSubstr("m.json: model 2"), HasSubstr(quoted(field))));
  }
}

TEST(Manifest, RefusesWrongTypesAndUnknownFields) {
  EXPECT_THAT(problem_with("bytes", "3"), HasSubstr("\"bytes\" must be a whole number"));
  EXPECT_THAT(problem_with("bytes", -3), HasSubstr("\"bytes\" must be a whole number"));
  EXPECT_THAT(problem_with("bytes", 0), HasSubstr("\"bytes\" must be a whole number"));
  EXPECT_THAT(problem_with("bytes", 1e18), HasSubstr("\"bytes\" must be a whole number"));
  EXPECT_THAT(problem_with("paper", 7), HasSubstr("\"paper\" must be a text"));
  EXPECT_THAT(problem_with("paper", ""), HasSubstr("\"paper\" is empty"));
  EXPECT_THAT(problem_with("sha265", "x"), HasSubstr("\"sha265\" is not a field"));
  EXPECT_THAT(problem_with("task", "paint"), HasSubstr("\"task\" must be"));
  EXPECT_THAT(problem_with("source", "ftp://x/y"), HasSubstr("\"source\" must be"));
  EXPECT_THAT(problem_with("name", "A b"), HasSubstr("\"name\""));
}

TEST(Manifest, RefusesChecksumsThatAreNone) {
  const std::string good = sha256_hex("abc");
  EXPECT_THAT(problem_with("sha256", good.substr(1)), HasSubstr("\"sha256\""));
  EXPECT_THAT(problem_with("sha256", good + "0"), HasSubstr("\"sha256\""));
  EXPECT_THAT(problem_with("sha256", std::string(64, 'G')), HasSubstr("\"sha256\""));
  EXPECT_THAT(problem_with("upstream_sha256", good), HasSubstr("\"upstream_sha256\""));
}

TEST(Manifest, RefusesFileNamesThatLeaveTheStore) {
  for (const char* file : {"../a.onnx", "..", ".", "/etc/passwd", "a/b.onnx", "a\\b.onnx", ".a",
                           "a\nb", "", "a\x01"}) {
    EXPECT_THAT(problem_with("file", file), HasSubstr("\"file\"")) << file;
  }
}

TEST(Manifest, RefusesDoubles) {
  json other = entry_json("a", "abc");
  other["file"] = "other.onnx";
  EXPECT_THAT(problem_of({entry_json("a", "abc"), other}), HasSubstr("\"name\" a stands twice"));
  other["name"] = "b";
  other["file"] = "a.onnx";
  EXPECT_THAT(problem_of({entry_json("a", "abc"), other}), HasSubstr("\"file\" a.onnx"));
  const auto keys =
      parse_manifest(R"({"schema": "everyface.models/1", "models": [], "models": []})", "m.json");
  ASSERT_FALSE(keys);
  EXPECT_THAT(keys.error().message, HasSubstr("\"models\" stands twice"));
}

TEST(Manifest, RefusesWhatIsNoManifest) {
  for (const char* text :
       {"", "{", "[]", "7", "{}", R"({"schema": "everyface.models/2", "models": []})",
        R"({"schema": "everyface.models/1"})", R"({"schema": "everyface.models/1", "models": {}})",
        R"({"schema": "everyface.models/1", "models": [1]})",
        R"({"schema": "everyface.models/1", "models": [], "more": 1})", "\xff"}) {
    const auto parsed = parse_manifest(text, "m.json");
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("m.json")) << text;
  }
}

TEST(Manifest, OfTheProjectIsRightAndSaysWhatIsConverted) {
  const auto text = testing::read(testing::source_folder() / "models" / "manifest.json");
  const auto parsed = parse_manifest(text, "models/manifest.json");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->size(), 21U);
  const std::set<std::string> as_published = {"dusk",   "dawn",    "kin",          "gauge",
                                              "llflow", "yunet-n", "ultraface-rfb"};
  for (const ModelEntry& entry : *parsed) {
    EXPECT_EQ(entry.file, entry.name == "llflow" ? "llflow-small.weights" : entry.name + ".onnx");
    EXPECT_EQ(entry.conversion.empty(), as_published.contains(entry.name)) << entry.name;
    EXPECT_NE(entry.upstream_sha256, entry.sha256);
  }
}

TEST(Manifest, OfTheProjectDescribesTheFilesThatShipAndThoseOfTheMirror) {
  EVERYFACE_NEEDS_SHARED("models");
  const auto parsed = parse_manifest(
      testing::read(testing::source_folder() / "models" / "manifest.json"), "models/manifest.json");
  ASSERT_TRUE(parsed);
  for (const ModelEntry& entry : *parsed) {
    const auto own = testing::source_folder() / "models" / entry.file;
    const auto file =
        std::filesystem::exists(own) ? own : testing::shared_folder() / "models" / entry.file;
    EXPECT_EQ(std::filesystem::file_size(file), entry.bytes) << entry.name;
    EXPECT_EQ(sha256_hex(testing::read(file)), entry.sha256) << entry.name;
  }
}

}  // namespace
}  // namespace everyface
